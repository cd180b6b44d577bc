/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_SECONDS 300U
#define MAX_AGE_MAX 3600U
#define REQUEST_SECONDS_MAX 300U

const char usage_text[] =
    "Usage: beid-portal --listen 127.0.0.1:PORT --origin ORIGIN [OPTION]...\n"
    "A small citizen portal with a login by Belgian eID card.\n"
    "\n"
    "  --listen ADDRESS:PORT     IPv4 address and port to listen on\n"
    "  --origin ORIGIN           how browsers write this portal's origin, for\n"
    "                            example https://localhost:18443\n"
    "  --tls-cert FILE           serve https with this certificate (PEM) ...\n"
    "  --tls-key FILE            ... and this key (PEM)\n"
    "  --trust FILE              trust this root or issuing CA instead of the\n"
    "                            Belgium Root CAs; may be repeated\n"
    "  --intermediate FILE       CA certificates that help to build chains;\n"
    "                            may be repeated\n"
    "  --revocation MODE         who is asked whether a certificate was revoked:\n"
    "                            login (default): OCSP, else a CRL; required:\n"
    "                            OCSP only; step-up: nobody at logins; off:\n"
    "                            nobody at all, and the pages say so. Step-ups\n"
    "                            and statements want OCSP in all but off\n"
    "  --ocsp-prefix URL         ask OCSP servers below this URL instead of the\n"
    "                            Belgian ones; may be repeated\n"
    "  --crl-prefix URL          likewise for CRLs\n"
    "  --request-key FILE        sign step-up requests with this key (PEM,\n"
    "                            P-256 or P-384) ...\n"
    "  --request-kid KID         ... which the portal's file at the agent\n"
    "                            knows by this name\n"
    "  --connections-per-address COUNT\n"
    "                            1 to 256 (default 192): so many connections may\n"
    "                            one address have, of 256 in all; more of them\n"
    "                            are closed unanswered. Behind a proxy, whose\n"
    "                            address everybody has: 256\n"
    "  --request-time SECONDS    1 to 300 (default 30): how long a client may take\n"
    "                            to ask, to send what it posts, and to take the\n"
    "                            answer; then it is cut off\n"
    "  --max-age SECONDS         1 to 3600: how long a card gives the high\n"
    "                            level (default 300)\n"
    "  --people FILE             invented people and their data; they may log\n"
    "                            in without a card, at the low level\n"
    "  --pseudonym-key FILE      32 bytes that pseudonyms are made with; else\n"
    "                            new ones at each start\n"
    "  --store FILE              keep sessions in this SQLite database, which\n"
    "                            several portals of one machine may share\n"
    "                            (default: in memory), or in Redis, which those\n"
    "                            of several machines share: redis://HOST:PORT[/DB]\n"
    "                            or redis+unix:///SOCKET[?db=DB]\n"
    "  --store-password FILE     the first line is what Redis wants to be told\n"
    "  --archive PLACE           keep signed statements, choices, messages and\n"
    "                            feedback in this SQLite database or Redis,\n"
    "                            sealed with a key made of the pseudonym key\n"
    "                            (default: where --store keeps sessions)\n"
    "  --show-feedback           print the feedback in the archive, and end\n"
    "  --name LANG=NAME          how the portal's file at the agent calls this\n"
    "                            portal in nl, fr, de or en; statements say it\n"
    "  --source-key FILE         32 or more printable characters with which the\n"
    "                            source of reported data asks for reports and\n"
    "                            returns corrections\n"
    "  --audit FILE              append the audit trail to this file\n"
    "  --municipality ORIGIN     this municipality's site may send people here\n"
    "                            to log in and show the profile in a panel; may\n"
    "                            be repeated, 8 times at most\n"
    "  --portal ORIGIN           be the site of a municipality instead, whose\n"
    "                            people log in at this portal\n"
    "  --portal-ca FILE          trust this CA for the portal's certificate\n"
    "  --nonce-lifetime SECONDS  1 to 300 (default 300)\n"
    "  --www DIR                 folder with pages, style and texts\n"
    "  --sdk DIR                 folder with the browser SDK\n"
    "  --help                    print this text\n"
    "  --version                 print the version\n"
    "\n"
    "Exit status: 0 after SIGTERM or SIGINT, 1 trouble, 2 wrong arguments.\n";

/* What --revocation names, for each of the two verifiers. */
static const struct {
    const char *name;
    enum beid_verify_revocation_mode asked[VERIFIERS];
} revocation_modes[REVOCATIONS] = {
    [REVOCATION_LOGIN] = {"login",
                          {[VERIFY_LOGIN] = BEID_VERIFY_REVOCATION_LOGIN,
                           [VERIFY_STEP_UP] = BEID_VERIFY_REVOCATION_REQUIRED}},
    [REVOCATION_REQUIRED] = {"required",
                             {[VERIFY_LOGIN] = BEID_VERIFY_REVOCATION_REQUIRED,
                              [VERIFY_STEP_UP] =
                                  BEID_VERIFY_REVOCATION_REQUIRED}},
    [REVOCATION_STEP_UP] = {"step-up",
                            {[VERIFY_LOGIN] = BEID_VERIFY_REVOCATION_OFF,
                             [VERIFY_STEP_UP] =
                                 BEID_VERIFY_REVOCATION_REQUIRED}},
    [REVOCATION_OFF] = {"off",
                        {[VERIFY_LOGIN] = BEID_VERIFY_REVOCATION_OFF,
                         [VERIFY_STEP_UP] = BEID_VERIFY_REVOCATION_OFF}},
};

static enum beid_err
wrong(const char *what)
{
    (void)fprintf(stderr, "beid-portal: %s\nTry: beid-portal --help\n", what);
    return BEID_ERR_ARGUMENT;
}

static enum beid_err
number_parse(const char *text, unsigned long max, unsigned long *out)
{
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text)
        || strlen(text) > 6) {
        return BEID_ERR_FORMAT;
    }
    unsigned long value = strtoul(text, NULL, 10);
    if (value == 0 || value > max) {
        return BEID_ERR_FORMAT;
    }
    *out = value;
    return BEID_OK;
}

static enum beid_err
listen_parse(const char *text, struct options *out)
{
    const char *colon = strrchr(text, ':');
    unsigned long port = 0;
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    if (len == 0 || len >= sizeof out->address
        || number_parse(colon + 1, UINT16_MAX, &port) != BEID_OK) {
        return wrong("--listen wants ADDRESS:PORT");
    }
    memcpy(out->address, text, len);
    out->address[len] = '\0';
    out->port = (uint16_t)port;
    return BEID_OK;
}

typedef enum beid_verify_result add_call(struct beid_verify *verifier,
                                         const void *data, size_t len);

static enum beid_err
certificates_add(struct site *site, const char *path, add_call *add)
{
    struct beid_buf file;
    enum beid_err err = file_load(NULL, path, &file);
    for (size_t i = 0; err == BEID_OK && i < VERIFIERS; i++) {
        if (add(site->verifiers[i], file.ptr, file.len) != BEID_VERIFY_OK) {
            err = BEID_ERR_FORMAT;
        }
    }
    beid_buf_clear(&file);
    if (err != BEID_OK) {
        (void)fprintf(stderr,
                      "beid-portal: %s: cannot be read as CA "
                      "certificates\n",
                      path);
    }
    return err;
}

typedef enum beid_verify_result prefix_call(struct beid_verify *verifier,
                                            const char *prefix);

static enum beid_err
prefix_add(struct site *site, prefix_call *add)
{
    for (size_t i = 0; i < VERIFIERS; i++) {
        if (add(site->verifiers[i], optarg) != BEID_VERIFY_OK) {
            return wrong("--ocsp-prefix and --crl-prefix want a URL such as "
                         "http://ocsp.example, and at most 8 of each");
        }
    }
    return BEID_OK;
}

static enum beid_err
revocation_parse(struct site *site)
{
    for (size_t i = 0; i < REVOCATIONS; i++) {
        if (strcmp(optarg, revocation_modes[i].name) == 0) {
            site->revocation = (enum revocation)i;
            return BEID_OK;
        }
    }
    return wrong("--revocation wants login, required, step-up or off");
}

/* An origin that single sign-on may lead to, or come from. */
static bool
origin_good(const char *origin)
{
    return strlen(origin) < SESSION_NAME_SIZE
           && beid_verify_origin_check(origin) == BEID_VERIFY_OK;
}

static enum beid_err
town_add(struct site *site)
{
    if (site->town_count == TOWNS_MAX || !origin_good(optarg)) {
        return wrong("--municipality wants an origin as browsers write it, "
                     "and at most 8 of them");
    }
    site->towns[site->town_count++] = optarg;
    return BEID_OK;
}

static enum beid_err
sso_check(const struct site *site)
{
    if (site->portal != NULL && !origin_good(site->portal)) {
        return wrong("--portal wants an origin as browsers write it");
    }
    if (site->portal != NULL && site->town_count > 0) {
        return wrong("--portal and --municipality do not go together");
    }
    if (site->portal == NULL && site->portal_ca != NULL) {
        return wrong("--portal-ca wants --portal");
    }
    return BEID_OK;
}

static enum beid_err
name_parse(struct site *site)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        if (strncmp(optarg, site_languages[i], 2) == 0 && optarg[2] == '='
            && optarg[3] != '\0') {
            site->names[i] = optarg + 3;
            return BEID_OK;
        }
    }
    return wrong("--name wants nl=NAME, fr=NAME, de=NAME or en=NAME");
}

/* Where an option's text goes as it is; NULL for the others. */
static const char **
text_slot(int option, struct site *site, struct options *out)
{
    switch (option) {
    case 'o':
        return &site->origin;
    case 'c':
        return &out->tls_cert;
    case 'k':
        return &out->tls_key;
    case 'r':
        return &out->request_key;
    case 'R':
        return &out->request_kid;
    case 'p':
        return &out->people;
    case 'P':
        return &out->pseudonym_key;
    case 'a':
        return &out->audit;
    case 'S':
        return &out->store;
    case 'W':
        return &out->store_password;
    case 'A':
        return &out->archive;
    case 'K':
        return &out->source_key;
    case 'U':
        return &site->portal;
    case 'u':
        return &site->portal_ca;
    case 'w':
        return &out->www;
    case 's':
        return &out->sdk;
    default:
        return NULL;
    }
}

static enum beid_err
option_apply(int option, struct site *site, struct options *out)
{
    unsigned long number = 0;
    const char **text = text_slot(option, site, out);
    if (text != NULL) {
        *text = optarg;
        return BEID_OK;
    }
    switch (option) {
    case 'l':
        return listen_parse(optarg, out);
    case 't':
        return certificates_add(site, optarg, beid_verify_add_trust);
    case 'i':
        return certificates_add(site, optarg, beid_verify_add_intermediate);
    case 'n':
        if (number_parse(optarg, NONCE_SECONDS, &number) != BEID_OK) {
            return wrong("--nonce-lifetime wants 1 to 300 seconds");
        }
        site->nonce_lifetime = (unsigned)number;
        return BEID_OK;
    case 'm':
        if (number_parse(optarg, MAX_AGE_MAX, &number) != BEID_OK) {
            return wrong("--max-age wants 1 to 3600 seconds");
        }
        site->max_age = (unsigned)number;
        return BEID_OK;
    case 'x':
        if (number_parse(optarg, HTTP_CONNECTIONS_MAX, &number) != BEID_OK) {
            return wrong("--connections-per-address wants 1 to 256");
        }
        out->per_address = (unsigned)number;
        return BEID_OK;
    case 'T':
        if (number_parse(optarg, REQUEST_SECONDS_MAX, &number) != BEID_OK) {
            return wrong("--request-time wants 1 to 300 seconds");
        }
        out->request_seconds = (unsigned)number;
        return BEID_OK;
    case 'v':
        return revocation_parse(site);
    case 'f':
        out->show_feedback = true;
        return BEID_OK;
    case 'N':
        return name_parse(site);
    case 'O':
        return prefix_add(site, beid_verify_add_ocsp_prefix);
    case 'C':
        return prefix_add(site, beid_verify_add_crl_prefix);
    case 'M':
        return town_add(site);
    default:
        return wrong("unknown option, or a value is missing");
    }
}

/* https needs certificate and key, and an origin that says so. */
static enum beid_err
options_check(struct site *site, const struct options *options)
{
    if (site->origin == NULL || options->port == 0) {
        return wrong("--listen and --origin are needed");
    }
    bool tls = options->tls_cert != NULL && options->tls_key != NULL;
    bool http = strncmp(site->origin, "http://", 7) == 0;
    site->secure = strncmp(site->origin, "https://", 8) == 0;
    if (beid_verify_origin_check(site->origin) != BEID_VERIFY_OK) {
        return wrong("--origin wants https://host[:port] as browsers write "
                     "it: lower case, no default port, no path and no slash "
                     "at the end (http:// only for this machine)");
    }
    if (!tls && (options->tls_cert != NULL || options->tls_key != NULL)) {
        return wrong("--tls-cert and --tls-key go together");
    }
    if ((options->request_key == NULL) != (options->request_kid == NULL)) {
        return wrong("--request-key and --request-kid go together");
    }
    if (options->store != NULL && options->pseudonym_key == NULL) {
        return wrong("--store wants --pseudonym-key: the sessions in it name "
                     "people by pseudonyms");
    }
    if (options->archive != NULL && options->pseudonym_key == NULL) {
        return wrong("--archive wants --pseudonym-key: what is in it is sealed "
                     "with it");
    }
    if (options->show_feedback && options->archive == NULL
        && options->store == NULL) {
        return wrong("--show-feedback wants --archive or --store");
    }
    if (tls && http) {
        return wrong("--tls-cert needs an https origin");
    }
    return sso_check(site);
}

/* Each verifier asks as the mode says. */
static enum beid_err
revocation_apply(struct site *site)
{
    for (size_t i = 0; i < VERIFIERS; i++) {
        enum beid_verify_result result = beid_verify_set_revocation(
            site->verifiers[i], revocation_modes[site->revocation].asked[i]);
        if (result != BEID_VERIFY_OK) {
            (void)fprintf(stderr, "beid-portal: cannot ask about revocation\n");
            return BEID_ERR_INTERNAL;
        }
    }
    return BEID_OK;
}

enum beid_err
options_parse(int argc, char **argv, struct site *site, struct options *out)
{
    static const struct option known[] = {
        {"listen", required_argument, NULL, 'l'},
        {"origin", required_argument, NULL, 'o'},
        {"tls-cert", required_argument, NULL, 'c'},
        {"tls-key", required_argument, NULL, 'k'},
        {"trust", required_argument, NULL, 't'},
        {"intermediate", required_argument, NULL, 'i'},
        {"nonce-lifetime", required_argument, NULL, 'n'},
        {"request-key", required_argument, NULL, 'r'},
        {"request-kid", required_argument, NULL, 'R'},
        {"max-age", required_argument, NULL, 'm'},
        {"connections-per-address", required_argument, NULL, 'x'},
        {"request-time", required_argument, NULL, 'T'},
        {"people", required_argument, NULL, 'p'},
        {"pseudonym-key", required_argument, NULL, 'P'},
        {"audit", required_argument, NULL, 'a'},
        {"store", required_argument, NULL, 'S'},
        {"store-password", required_argument, NULL, 'W'},
        {"revocation", required_argument, NULL, 'v'},
        {"ocsp-prefix", required_argument, NULL, 'O'},
        {"crl-prefix", required_argument, NULL, 'C'},
        {"municipality", required_argument, NULL, 'M'},
        {"portal", required_argument, NULL, 'U'},
        {"portal-ca", required_argument, NULL, 'u'},
        {"archive", required_argument, NULL, 'A'},
        {"show-feedback", no_argument, NULL, 'f'},
        {"name", required_argument, NULL, 'N'},
        {"source-key", required_argument, NULL, 'K'},
        {"www", required_argument, NULL, 'w'},
        {"sdk", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0}};
    int option = 0;
    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        enum beid_err err = option_apply(option, site, out);
        if (err != BEID_OK) {
            return err;
        }
    }
    if (optind != argc) {
        return wrong("there are no arguments beside options");
    }
    enum beid_err err = options_check(site, out);
    return err == BEID_OK ? revocation_apply(site) : err;
}

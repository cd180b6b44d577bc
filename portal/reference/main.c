/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include <beid/log.h>
#include <beid/secret.h>
#include <beid/verify.h>

#include <openssl/rand.h>

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NONCE_SECONDS 300U
#define MAX_AGE_SECONDS 300U
#define MAX_AGE_MAX 3600U
#define SESSIONS_MAX 100000U
#define ADDRESS_SIZE 16U

static const char usage_text[] =
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
    "  --request-key FILE        sign step-up requests with this key (PEM,\n"
    "                            P-256 or P-384) ...\n"
    "  --request-kid KID         ... which the portal's file at the agent\n"
    "                            knows by this name\n"
    "  --max-age SECONDS         1 to 3600: how long a card gives the high\n"
    "                            level (default 300)\n"
    "  --people FILE             invented people and their data; they may log\n"
    "                            in without a card, at the low level\n"
    "  --pseudonym-key FILE      32 bytes that pseudonyms are made with; else\n"
    "                            new ones at each start\n"
    "  --store FILE              keep sessions in this SQLite database, which\n"
    "                            several portals of one machine may share\n"
    "                            (default: in memory)\n"
    "  --audit FILE              append the audit trail to this file\n"
    "  --nonce-lifetime SECONDS  1 to 300 (default 300)\n"
    "  --www DIR                 folder with pages, style and texts\n"
    "  --sdk DIR                 folder with the browser SDK\n"
    "  --help                    print this text\n"
    "  --version                 print the version\n"
    "\n"
    "Exit status: 0 after SIGTERM or SIGINT, 1 trouble, 2 wrong arguments.\n";

struct options {
    char address[ADDRESS_SIZE];
    uint16_t port;
    const char *tls_cert;
    const char *tls_key;
    const char *www;
    const char *sdk;
    const char *request_key;
    const char *request_kid;
    const char *people;
    const char *pseudonym_key;
    const char *audit;
    const char *store;
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
    if (err == BEID_OK
        && add(site->verifier, file.ptr, file.len) != BEID_VERIFY_OK) {
        err = BEID_ERR_FORMAT;
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

static enum beid_err
option_apply(int option, struct site *site, struct options *out)
{
    unsigned long number = 0;
    switch (option) {
    case 'l':
        return listen_parse(optarg, out);
    case 'o':
        site->origin = optarg;
        return BEID_OK;
    case 'c':
        out->tls_cert = optarg;
        return BEID_OK;
    case 'k':
        out->tls_key = optarg;
        return BEID_OK;
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
    case 'r':
        out->request_key = optarg;
        return BEID_OK;
    case 'R':
        out->request_kid = optarg;
        return BEID_OK;
    case 'p':
        out->people = optarg;
        return BEID_OK;
    case 'P':
        out->pseudonym_key = optarg;
        return BEID_OK;
    case 'a':
        out->audit = optarg;
        return BEID_OK;
    case 'S':
        out->store = optarg;
        return BEID_OK;
    case 'w':
        out->www = optarg;
        return BEID_OK;
    case 's':
        out->sdk = optarg;
        return BEID_OK;
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
    if (tls && http) {
        return wrong("--tls-cert needs an https origin");
    }
    return BEID_OK;
}

static enum beid_err
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
        {"people", required_argument, NULL, 'p'},
        {"pseudonym-key", required_argument, NULL, 'P'},
        {"audit", required_argument, NULL, 'a'},
        {"store", required_argument, NULL, 'S'},
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
    return options_check(site, out);
}

/* Serves until a signal asks to end. Signals are blocked since main(). */
static enum beid_err
serve(struct site *site, const struct options *options, const char *cert,
      const char *key)
{
    const struct http_options http = {.address = options->address,
                                      .port = options->port,
                                      .tls_cert = cert,
                                      .tls_key = key,
                                      .fields = site_fields,
                                      .handler = site_handle,
                                      .user = site};
    struct http_server *server = NULL;
    enum beid_err err = http_start(&http, &server);
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot listen on %s:%u%s\n",
                      options->address, (unsigned)options->port,
                      cert != NULL ? " with this certificate and key" : "");
        return err;
    }
    (void)printf("listening on %s\n", site->origin);
    (void)fflush(stdout);
    sigset_t ending;
    int got = 0;
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    (void)sigwait(&ending, &got);
    http_stop(&server);
    return BEID_OK;
}

/* Reads certificate and key, when there are any, and serves. */
static enum beid_err
serve_tls(struct site *site, const struct options *options)
{
    struct beid_buf cert;
    struct beid_buf key;
    beid_buf_init(&cert, FILE_MAX);
    beid_buf_init(&key, FILE_MAX);
    enum beid_err err = BEID_OK;
    if (options->tls_cert != NULL) {
        err = file_load(NULL, options->tls_cert, &cert);
        if (err == BEID_OK) {
            err = file_load(NULL, options->tls_key, &key);
        }
        if (err != BEID_OK) {
            (void)fprintf(stderr, "beid-portal: cannot read the TLS files\n");
        }
    }
    if (err == BEID_OK) {
        bool tls = options->tls_cert != NULL;
        err = serve(site, options, tls ? beid_buf_cstr(&cert) : NULL,
                    tls ? beid_buf_cstr(&key) : NULL);
    }
    beid_buf_clear(&key);
    beid_buf_clear(&cert);
    return err;
}

/* 32 bytes from the file, or random ones. */
static enum beid_err
pseudonym_key_load(struct site *site, const char *path)
{
    struct beid_buf file;
    if (path == NULL) {
        return RAND_bytes(site->pseudonym_key, PSEUDONYM_KEY_SIZE) == 1
                   ? BEID_OK
                   : BEID_ERR_INTERNAL;
    }
    enum beid_err err = file_load(NULL, path, &file);
    if (err == BEID_OK && file.len != PSEUDONYM_KEY_SIZE) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        memcpy(site->pseudonym_key, file.ptr, PSEUDONYM_KEY_SIZE);
    }
    beid_buf_clear(&file);
    return err;
}

static enum beid_err
request_key_load(struct site *site, const struct options *options)
{
    struct beid_buf file;
    enum beid_err err = file_load(NULL, options->request_key, &file);
    if (err == BEID_OK) {
        err = request_key_new(beid_buf_span(&file), options->request_kid,
                              &site->request_key);
    }
    beid_buf_clear(&file);
    return err;
}

/* Says which file it was when one cannot be used. */
static enum beid_err
files_load(struct site *site, const struct options *options)
{
    const char *path = options->pseudonym_key;
    enum beid_err err = pseudonym_key_load(site, path);
    if (err == BEID_OK && options->request_key != NULL) {
        path = options->request_key;
        err = request_key_load(site, options);
    }
    if (err == BEID_OK && options->people != NULL) {
        path = options->people;
        err = people_load(path, site->pseudonym_key, &site->people);
    }
    if (err == BEID_OK && options->audit != NULL) {
        path = options->audit;
        site->audit_fd =
            open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        err = site->audit_fd < 0 ? BEID_ERR_IO : BEID_OK;
    }
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot use %s: %s\n",
                      path == NULL ? "random numbers" : path,
                      beid_err_text(err));
    }
    return err;
}

static enum beid_err
run(int argc, char **argv, struct site *site)
{
    struct options options = {.www = BEID_PORTAL_WWW, .sdk = BEID_PORTAL_SDK};
    const char *missing = "";
    enum beid_err err = options_parse(argc, argv, site, &options);
    if (err != BEID_OK) {
        return err;
    }
    err = site_load(site, options.www, options.sdk, &missing);
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot use %s: %s\n", missing,
                      beid_err_text(err));
        return BEID_ERR_IO;
    }
    err = files_load(site, &options);
    if (err != BEID_OK) {
        return BEID_ERR_IO;
    }
    err = store_new(options.store, SESSIONS_MAX, &site->store);
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot keep sessions in %s\n",
                      options.store == NULL ? "memory" : options.store);
    } else {
        err = serve_tls(site, &options);
    }
    store_free(&site->store);
    return err;
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage_text, stdout);
            return EXIT_SUCCESS;
        }
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)puts("beid-portal " BEID_VERSION);
        return EXIT_SUCCESS;
    }
    /* Blocked before the server's thread starts, so that sigwait() gets them. */
    sigset_t ending;
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ending, NULL);
    beid_log_set(beid_log_stderr, NULL, BEID_LEVEL_INFO);

    struct site *site = calloc(1, sizeof *site);
    enum beid_err err = BEID_ERR_MEMORY;
    if (site != NULL) {
        site->nonce_lifetime = NONCE_SECONDS;
        site->max_age = MAX_AGE_SECONDS;
        site->audit_fd = -1;
        if (beid_verify_new(&site->verifier) == BEID_VERIFY_OK) {
            err = run(argc, argv, site);
        }
        site_clear(site);
        people_clear(&site->people);
        request_key_free(&site->request_key);
        if (site->audit_fd >= 0) {
            (void)close(site->audit_fd);
        }
        beid_wipe(site->pseudonym_key, sizeof site->pseudonym_key);
        beid_verify_free(&site->verifier);
        free(site);
    }
    if (err == BEID_ERR_ARGUMENT || err == BEID_ERR_FORMAT) {
        return 2;
    }
    return err == BEID_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "grammar.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CERTIFICATE_FILE_MAX ((size_t)4 * 1024 * 1024)
#define READ_STEP 2048U

enum beid_err
file_read(const char *path, struct beid_buf *out)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    uint8_t step[READ_STEP];
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && beid_buf_status(out) == BEID_OK) {
        got = read(fd, step, sizeof step);
        if (got > 0) {
            beid_buf_put(out, beid_span_of(step, (size_t)got));
        } else if (got < 0 && errno == EINTR) {
            got = 1;
        }
    }
    if (got < 0) {
        (void)fputs("beid-verify: ", stderr);
        perror(path);
    }
    if (fd >= 0 && !standard) {
        (void)close(fd);
    }
    return got < 0 ? BEID_ERR_IO : beid_buf_status(out);
}

typedef enum beid_verify_result add_call(struct beid_verify *verifier,
                                         const void *data, size_t len);

static enum beid_verify_result
certificates_read(struct beid_verify *verifier, const char *path, add_call *add)
{
    struct beid_buf file;
    beid_buf_init(&file, CERTIFICATE_FILE_MAX);
    enum beid_err err = file_read(path, &file);
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    if (err == BEID_OK) {
        result = add(verifier, file.ptr, file.len);
    }
    if (err == BEID_ERR_LIMIT || result == BEID_VERIFY_ARGUMENT) {
        result = BEID_VERIFY_ARGUMENT;
        (void)fprintf(stderr,
                      "beid-verify: %s: not a CA certificate in PEM or DER\n",
                      path);
    }
    beid_buf_clear(&file);
    return result;
}

enum beid_verify_result
usage_error(const char *what)
{
    (void)fprintf(stderr, "beid-verify: %s\nTry: beid-verify --help\n", what);
    return BEID_VERIFY_ARGUMENT;
}

#define JUDGING (COMMAND_TOKEN | COMMAND_CERTIFICATE | COMMAND_STATEMENT)
#define ALL (JUDGING | COMMAND_CAS)

static const struct known {
    struct option option;
    unsigned commands;
} known[] = {
    {{"origin", required_argument, NULL, 'o'}, COMMAND_TOKEN},
    {{"nonce", required_argument, NULL, 'n'}, COMMAND_TOKEN},
    {{"use", required_argument, NULL, 'u'}, COMMAND_CERTIFICATE},
    {{"trust", required_argument, NULL, 't'}, ALL},
    {{"intermediate", required_argument, NULL, 'i'}, ALL},
    {{"at", required_argument, NULL, 'a'}, ALL},
    {{"policy", required_argument, NULL, 'p'}, JUDGING},
    {{"no-inferred-policies", no_argument, NULL, 'P'}, JUDGING},
    {{"require-device", no_argument, NULL, 'd'},
     COMMAND_CERTIFICATE | COMMAND_STATEMENT},
    {{"request", required_argument, NULL, 'r'}, COMMAND_STATEMENT},
    {{"portal-name", required_argument, NULL, 'N'}, COMMAND_STATEMENT},
    {{"lang", required_argument, NULL, 'l'},
     COMMAND_STATEMENT | COMMAND_REFERENCE},
    {{"same-person-as", required_argument, NULL, 's'}, COMMAND_STATEMENT},
    {{"person", required_argument, NULL, 'h'}, COMMAND_STATEMENT},
    {{"revocation", required_argument, NULL, 'R'}, JUDGING},
    {{"ocsp-prefix", required_argument, NULL, 'O'}, JUDGING},
    {{"crl-prefix", required_argument, NULL, 'C'}, JUDGING},
    {{"ocsp-age", required_argument, NULL, 'A'}, JUDGING},
    {{"skew", required_argument, NULL, 'S'}, JUDGING},
    {{"timeout", required_argument, NULL, 'T'}, JUDGING},
    {{"json", no_argument, NULL, 'j'}, ALL | COMMAND_REFERENCE},
};

#define KNOWN_COUNT (sizeof known / sizeof known[0])

static enum beid_verify_result
use_apply(struct options *out)
{
    if (strcmp(optarg, "authentication") == 0) {
        out->use = BEID_VERIFY_USE_AUTHENTICATION;
    } else if (strcmp(optarg, "signature") == 0) {
        out->use = BEID_VERIFY_USE_SIGNATURE;
    } else {
        return usage_error("--use wants authentication or signature");
    }
    return BEID_VERIFY_OK;
}

/* A policy is accepted for the use that this command judges. */
static enum beid_verify_result
policy_apply(const struct options *out)
{
    enum beid_verify_result result = BEID_VERIFY_OK;
    if (out->command != COMMAND_TOKEN) {
        result = beid_verify_add_policy(out->verifier,
                                        BEID_VERIFY_USE_SIGNATURE, optarg);
    }
    if (result == BEID_VERIFY_OK) {
        result = beid_verify_add_policy(out->verifier,
                                        BEID_VERIFY_USE_AUTHENTICATION, optarg);
    }
    return result == BEID_VERIFY_OK
               ? result
               : usage_error("--policy wants an object identifier such as "
                             "2.16.56.12.1.1.2.2");
}

static enum beid_verify_result
time_apply(const struct options *out)
{
    time_t at = 0;
    if (rfc3339_parse(optarg, &at) != BEID_OK) {
        return usage_error("--at wants a time such as 2026-11-23T20:15:00Z");
    }
    beid_verify_set_time(out->verifier, at);
    return BEID_VERIFY_OK;
}

static enum beid_verify_result
person_apply(struct options *out)
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(optarg) != 2 * sizeof out->person
        || strspn(optarg, digits) != 2 * sizeof out->person) {
        return usage_error("--person wants 64 lower-case hexadecimal digits");
    }
    for (size_t i = 0; i < sizeof out->person; i++) {
        out->person[i] =
            (uint8_t)((strchr(digits, optarg[2 * i]) - digits) << 4
                      | (strchr(digits, optarg[2 * i + 1]) - digits));
    }
    out->has_person = true;
    return BEID_VERIFY_OK;
}

static enum beid_verify_result
mode_apply(struct options *out)
{
    static const char *const modes[] = {"off", "login", "required"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(optarg, modes[i]) == 0) {
            out->revocation = (enum beid_verify_revocation_mode)i;
            out->has_revocation = true;
            return BEID_VERIFY_OK;
        }
    }
    return usage_error("--revocation wants off, login or required");
}

static enum beid_verify_result
number_apply(long *out, const char *complaint)
{
    char *end = NULL;
    errno = 0;
    *out = strtol(optarg, &end, 10);
    return errno == 0 && end != optarg && *end == '\0' && *out >= 0
               ? BEID_VERIFY_OK
               : usage_error(complaint);
}

static enum beid_verify_result
prefix_apply(enum beid_verify_result result, const char *complaint)
{
    return result == BEID_VERIFY_OK ? result : usage_error(complaint);
}

/* Options about revocation. */
static enum beid_verify_result
option_revocation(int option, struct options *out)
{
    switch (option) {
    case 'R':
        return mode_apply(out);
    case 'O':
        out->has_servers = true;
        return prefix_apply(
            beid_verify_add_ocsp_prefix(out->verifier, optarg),
            "--ocsp-prefix wants http://host[:port][/path], 8 times at most");
    case 'C':
        out->has_servers = true;
        return prefix_apply(
            beid_verify_add_crl_prefix(out->verifier, optarg),
            "--crl-prefix wants http://host[:port][/path], 8 times at most");
    case 'A':
        return number_apply(&out->limits.ocsp_age_s,
                            "--ocsp-age wants a number of seconds");
    case 'S':
        return number_apply(&out->limits.skew_s,
                            "--skew wants a number of seconds");
    default:
        return number_apply(&out->limits.timeout_ms,
                            "--timeout wants a number of milliseconds");
    }
}

static enum beid_verify_result
option_statement(int option, struct options *out)
{
    switch (option) {
    case 'r':
        out->request = optarg;
        return BEID_VERIFY_OK;
    case 'N':
        out->portal_name = optarg;
        return BEID_VERIFY_OK;
    case 'l':
        out->lang = optarg;
        return BEID_VERIFY_OK;
    case 's':
        out->same_person_as = optarg;
        return BEID_VERIFY_OK;
    case 'h':
        return person_apply(out);
    default:
        return option_revocation(option, out);
    }
}

static enum beid_verify_result
option_apply(int option, struct options *out)
{
    switch (option) {
    case 'o':
        out->origin = optarg;
        return BEID_VERIFY_OK;
    case 'n':
        out->nonce = optarg;
        return BEID_VERIFY_OK;
    case 'u':
        return use_apply(out);
    case 't':
        out->has_trust = true;
        return certificates_read(out->verifier, optarg, beid_verify_add_trust);
    case 'i':
        return certificates_read(out->verifier, optarg,
                                 beid_verify_add_intermediate);
    case 'a':
        return time_apply(out);
    case 'p':
        return policy_apply(out);
    case 'P':
        beid_verify_refuse_inferred_policies(out->verifier);
        return BEID_VERIFY_OK;
    case 'd':
        beid_verify_require_device(out->verifier);
        return BEID_VERIFY_OK;
    case 'j':
        out->json = true;
        return BEID_VERIFY_OK;
    default:
        return option_statement(option, out);
    }
}

static enum beid_verify_result
token_options_check(const struct options *options)
{
    if (options->origin == NULL || options->nonce == NULL) {
        return usage_error("--origin and --nonce are needed");
    }
    if (!origin_wellformed(options->origin)) {
        return usage_error("--origin wants what browsers write: "
                           "https://host[:port], lower case, no slash at the "
                           "end, no :443");
    }
    if (!nonce_wellformed(options->nonce)) {
        return usage_error("--nonce wants 44 to 128 visible characters");
    }
    return BEID_VERIFY_OK;
}

static enum beid_verify_result
needed_check(const struct options *options)
{
    if (options->command == COMMAND_STATEMENT
        && (options->request == NULL || options->portal_name == NULL)) {
        return usage_error("--request and --portal-name are needed");
    }
    if (options->lang != NULL && !language_known(options->lang)) {
        return usage_error("--lang wants nl, fr, de or en");
    }
    return options->command == COMMAND_TOKEN ? token_options_check(options)
                                             : BEID_VERIFY_OK;
}

/* Names the option where getopt_long() leaves no doubt which it was. */
static enum beid_verify_result
option_wrong(int argc, char **argv)
{
    const char *last = argv[optind - 1];
    const char *what = "unknown option, or a value is missing";
    if (strncmp(last, "--", 2) == 0 && (optopt == 0 || optind == argc)) {
        (void)fprintf(stderr, "beid-verify: %s: ", last);
        (void)fprintf(stderr, "%s\nTry: beid-verify --help\n",
                      optopt == 0 ? "unknown option, or one of another command"
                                  : "a value is missing");
        return BEID_VERIFY_ARGUMENT;
    }
    return usage_error(what);
}

/*
 * Without --revocation: required for a statement, else login. Nobody is asked
 * about a test PKI (--trust) whose servers were not named.
 */
static enum beid_verify_result
revocation_apply(const struct options *options)
{
    enum beid_verify_revocation_mode mode = options->revocation;
    if (!options->has_revocation) {
        mode = options->has_trust && !options->has_servers
                   ? BEID_VERIFY_REVOCATION_OFF
                   : BEID_VERIFY_REVOCATION_LOGIN;
        if (options->command == COMMAND_STATEMENT) {
            mode = BEID_VERIFY_REVOCATION_REQUIRED;
        }
    }
    if (beid_verify_set_limits(options->verifier, &options->limits)
        != BEID_VERIFY_OK) {
        return usage_error("--ocsp-age, --skew or --timeout is too large");
    }
    return beid_verify_set_revocation(options->verifier, mode);
}

enum beid_verify_result
options_parse(int argc, char **argv, struct options *out)
{
    static const char *const wanted[] = {
        [COMMAND_TOKEN] = "one TOKEN.json is needed",
        [COMMAND_CERTIFICATE] = "one CERTIFICATE is needed",
        [COMMAND_STATEMENT] = "one ANSWER.json is needed",
        [COMMAND_REFERENCE] = "one CODE is needed"};
    out->limits = (struct beid_verify_limits){
        .ocsp_age_s = 120, .skew_s = 900, .timeout_ms = 5000};
    struct option here[KNOWN_COUNT + 1] = {{NULL, 0, NULL, 0}};
    size_t count = 0;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if ((known[i].commands & (unsigned)out->command) != 0) {
            here[count++] = known[i].option;
        }
    }
    int option = 0;
    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    while ((option = getopt_long(argc, argv, "", here, NULL)) != -1) {
        enum beid_verify_result result = option == '?'
                                             ? option_wrong(argc, argv)
                                             : option_apply(option, out);
        if (result != BEID_VERIFY_OK) {
            return result;
        }
    }
    enum beid_verify_result result = needed_check(out);
    if (result != BEID_VERIFY_OK) {
        return result;
    }
    out->files = argv + optind;
    out->file_count = (size_t)(argc - optind);
    if (out->command == COMMAND_CAS) {
        return BEID_VERIFY_OK;
    }
    if (out->file_count != 1) {
        return usage_error(wanted[out->command]);
    }
    return out->command == COMMAND_REFERENCE ? BEID_VERIFY_OK
                                             : revocation_apply(out);
}

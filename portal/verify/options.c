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

#define ALL (COMMAND_TOKEN | COMMAND_CERTIFICATE)

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
    {{"policy", required_argument, NULL, 'p'}, ALL},
    {{"no-inferred-policies", no_argument, NULL, 'P'}, ALL},
    {{"require-device", no_argument, NULL, 'd'}, COMMAND_CERTIFICATE},
    {{"json", no_argument, NULL, 'j'}, ALL},
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
        return usage_error("unknown option, or a value is missing");
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

enum beid_verify_result
options_parse(int argc, char **argv, struct options *out)
{
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
        enum beid_verify_result result = option_apply(option, out);
        if (result != BEID_VERIFY_OK) {
            return result;
        }
    }
    if (out->command == COMMAND_TOKEN) {
        enum beid_verify_result result = token_options_check(out);
        if (result != BEID_VERIFY_OK) {
            return result;
        }
    }
    if (optind + 1 != argc) {
        return usage_error(out->command == COMMAND_TOKEN
                               ? "one TOKEN.json is needed"
                               : "one CERTIFICATE is needed");
    }
    out->file = argv[optind];
    return BEID_VERIFY_OK;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"

#include <beid/bytes.h>
#include <beid/verify.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_FILE_MAX 65537U /* one more than the library takes */
#define CERTIFICATE_FILE_MAX ((size_t)4 * 1024 * 1024)
#define READ_STEP 2048U

/* The codes 10 and up are the verdicts of beid/verify.h. */
static const char usage_text[] =
    "Usage: beid-verify token --origin ORIGIN --nonce NONCE [OPTION]... "
    "TOKEN.json\n"
    "Verify that a Belgian eID card signed this origin and this nonce.\n"
    "\n"
    "TOKEN.json is a Web eID token, or an answer of the agent with the members\n"
    "token and unverifiedEvidence; \"-\" reads standard input.\n"
    "\n"
    "  --origin ORIGIN      the portal's origin, for example "
    "https://portal.example\n"
    "  --nonce NONCE        the nonce that was handed out, 44 to 128 "
    "characters\n"
    "  --trust FILE         trust this root or issuing CA (PEM or DER) "
    "instead of\n"
    "                       the Belgium Root CAs; may be repeated\n"
    "  --intermediate FILE  CA certificates that help to build the chain; "
    "may be\n"
    "                       repeated\n"
    "  --at TIME            judge validity at this moment (RFC 3339), not now\n"
    "  --json               print the verdict as JSON\n"
    "  --help               print this text\n"
    "  --version            print the version\n"
    "\n"
    "Exit status: 0 verified; 1 trouble (a file, memory); 2 wrong arguments;\n"
    "refused: 10 token size, 11 JSON, 12 token format, 13 algorithm,\n"
    "14 certificate, 15 key, 16 key usage, 17 not yet valid, 18 expired,\n"
    "19 weak signature, 20 evidence, 21 untrusted, 22 CA validity, 23 subject,\n"
    "24 signature format, 25 signature.\n"
    "Revocation is not checked. The Belgium Root CAs are known by their keys: "
    "the\n"
    "root's certificate comes with the token's evidence or by "
    "--intermediate.\n";

struct options {
    const char *origin;
    const char *nonce;
    bool json;
};

/* Appends a whole file, or standard input for "-", to out. */
static enum beid_err
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

static enum beid_verify_result
usage_error(const char *what)
{
    (void)fprintf(stderr, "beid-verify: %s\nTry: beid-verify --help\n", what);
    return BEID_VERIFY_ARGUMENT;
}

static enum beid_verify_result
option_apply(int option, struct beid_verify *verifier, struct options *out)
{
    time_t at = 0;
    switch (option) {
    case 'o':
        out->origin = optarg;
        return BEID_VERIFY_OK;
    case 'n':
        out->nonce = optarg;
        return BEID_VERIFY_OK;
    case 't':
        return certificates_read(verifier, optarg, beid_verify_add_trust);
    case 'i':
        return certificates_read(verifier, optarg,
                                 beid_verify_add_intermediate);
    case 'a':
        if (rfc3339_parse(optarg, &at) != BEID_OK) {
            return usage_error("--at wants a time such as "
                               "2026-11-23T20:15:00Z");
        }
        beid_verify_set_time(verifier, at);
        return BEID_VERIFY_OK;
    case 'j':
        out->json = true;
        return BEID_VERIFY_OK;
    default:
        return usage_error("unknown option, or a value is missing");
    }
}

static enum beid_verify_result
options_parse(int argc, char **argv, struct beid_verify *verifier,
              struct options *out)
{
    static const struct option known[] = {
        {"origin", required_argument, NULL, 'o'},
        {"nonce", required_argument, NULL, 'n'},
        {"trust", required_argument, NULL, 't'},
        {"intermediate", required_argument, NULL, 'i'},
        {"at", required_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0}};
    int option = 0;
    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        enum beid_verify_result result = option_apply(option, verifier, out);
        if (result != BEID_VERIFY_OK) {
            return result;
        }
    }
    if (out->origin == NULL || out->nonce == NULL) {
        return usage_error("--origin and --nonce are needed");
    }
    if (!origin_wellformed(out->origin)) {
        return usage_error("--origin wants what browsers write: "
                           "https://host[:port], lower case, no slash at the "
                           "end, no :443");
    }
    if (!nonce_wellformed(out->nonce)) {
        return usage_error("--nonce wants 44 to 128 visible characters");
    }
    if (optind + 1 != argc) {
        return usage_error("one TOKEN.json is needed");
    }
    return BEID_VERIFY_OK;
}

static void
print_line(const char *label, const char *text)
{
    if (text != NULL) {
        (void)printf("%-17s %s\n", label, text);
    }
}

static void
print_text(enum beid_verify_result result,
           const struct beid_verify_report *report)
{
    if (result != BEID_VERIFY_OK) {
        (void)fprintf(stderr, "refused (%s): %s\n",
                      beid_verify_result_name(result),
                      beid_verify_result_text(result));
        return;
    }
    char until[RFC3339_SIZE];
    rfc3339_format(report->not_after, until);
    (void)printf("verified\n");
    print_line("name:", report->common_name);
    print_line("given names:", report->given_names);
    print_line("surname:", report->surname);
    print_line("national number:", report->national_number);
    print_line("algorithm:", report->algorithm);
    print_line("issuer:", report->issuer);
    print_line("trusted through:", report->anchor);
    print_line("valid until:", until);
    print_line("revocation:", "not checked");
}

/* Prints the verdict; a verdict that cannot be written is trouble. */
static enum beid_verify_result
verdict_print(enum beid_verify_result result,
              const struct beid_verify_report *report, bool json)
{
    if (json) {
        char *text = beid_verify_report_json(result, report);
        if (text == NULL) {
            return BEID_VERIFY_INTERNAL;
        }
        (void)puts(text);
        free(text);
    } else {
        print_text(result, report);
    }
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "beid-verify: cannot write the verdict\n");
        return BEID_VERIFY_INTERNAL;
    }
    return result;
}

static enum beid_verify_result
token_verify(const struct beid_verify *verifier, const char *path,
             const struct options *options)
{
    struct beid_buf file;
    beid_buf_init(&file, TOKEN_FILE_MAX);
    enum beid_err err = file_read(path, &file);
    if (err != BEID_OK && err != BEID_ERR_LIMIT) {
        beid_buf_clear(&file);
        return BEID_VERIFY_INTERNAL;
    }
    enum beid_verify_result result = BEID_VERIFY_TOKEN_SIZE;
    struct beid_verify_report *report = NULL;
    if (err == BEID_OK) {
        const struct beid_verify_token request = {
            .token = file.len == 0 ? "" : (const char *)file.ptr,
            .token_len = file.len,
            .origin = options->origin,
            .nonce = options->nonce};
        result = beid_verify_token(verifier, &request, &report);
    }
    result = verdict_print(result, report, options->json);
    beid_verify_report_free(&report);
    beid_buf_clear(&file);
    return result;
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage_text, stdout);
            return BEID_VERIFY_OK;
        }
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)puts("beid-verify " BEID_VERSION);
        return BEID_VERIFY_OK;
    }
    if (argc < 2 || strcmp(argv[1], "token") != 0) {
        return (int)usage_error("the command \"token\" is needed");
    }
    struct beid_verify *verifier = NULL;
    struct options options = {0};
    enum beid_verify_result result = beid_verify_new(&verifier);
    if (result == BEID_VERIFY_OK) {
        result = options_parse(argc - 1, argv + 1, verifier, &options);
    }
    if (result == BEID_VERIFY_OK) {
        result = token_verify(verifier, argv[argc - 1], &options);
    }
    beid_verify_free(&verifier);
    return (int)result;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX 65537U /* one more than the library takes */

/* What is judged, and what it is compared with. */
struct input {
    struct beid_buf content;
    struct beid_buf request;
    struct beid_buf login;
};

/* A file that is too long is what the library says of too long a one. */
static enum beid_verify_result
input_read(const char *path, enum beid_verify_result too_long,
           struct beid_buf *out)
{
    enum beid_err err = path == NULL ? BEID_OK : file_read(path, out);
    if (err == BEID_ERR_LIMIT) {
        return too_long;
    }
    return err == BEID_OK ? BEID_VERIFY_OK : BEID_VERIFY_INTERNAL;
}

static enum beid_verify_result
inputs_read(const struct options *options, struct input *out)
{
    enum beid_verify_result result = input_read(
        options->files[0],
        options->command == COMMAND_CERTIFICATE ? BEID_VERIFY_CERTIFICATE
                                                : BEID_VERIFY_TOKEN_SIZE,
        &out->content);
    if (result == BEID_VERIFY_OK) {
        result =
            input_read(options->request, BEID_VERIFY_REQUEST, &out->request);
    }
    if (result == BEID_VERIFY_OK) {
        result = input_read(options->same_person_as, BEID_VERIFY_ARGUMENT,
                            &out->login);
    }
    while (out->request.len > 0
           && out->request.ptr[out->request.len - 1] == '\n') {
        out->request.len--;
    }
    return result;
}

static const char *
text_of(const struct beid_buf *file)
{
    return file->len == 0 ? "" : (const char *)file->ptr;
}

static enum beid_verify_result
statement_judge(const struct options *options, const struct input *input,
                struct beid_verify_inquiry *inquiry,
                struct beid_verify_report **report)
{
    const struct beid_verify_statement asked = {
        .request = text_of(&input->request),
        .request_len = input->request.len,
        .answer = text_of(&input->content),
        .answer_len = input->content.len,
        .portal_name = options->portal_name,
        .lang = options->lang,
        .login_certificate =
            options->same_person_as == NULL ? NULL : text_of(&input->login),
        .login_certificate_len = input->login.len,
        .person_sha256 = options->has_person ? options->person : NULL,
        .inquiry = inquiry};
    return beid_verify_statement(options->verifier, &asked, report);
}

static enum beid_verify_result
judge(const struct options *options, const struct input *input,
      struct beid_verify_inquiry *inquiry, struct beid_verify_report **report)
{
    const struct beid_verify_token request = {.token = text_of(&input->content),
                                              .token_len = input->content.len,
                                              .origin = options->origin,
                                              .nonce = options->nonce,
                                              .inquiry = inquiry};
    if (options->command == COMMAND_CERTIFICATE) {
        return beid_verify_certificate(options->verifier, input->content.ptr,
                                       input->content.len, options->use,
                                       inquiry, report);
    }
    if (options->command == COMMAND_STATEMENT) {
        return statement_judge(options, input, inquiry, report);
    }
    return beid_verify_token(options->verifier, &request, report);
}

static enum beid_verify_result
file_judge(const struct options *options)
{
    struct input input;
    struct beid_verify_inquiry inquiry = {0};
    struct beid_verify_report *report = NULL;
    beid_buf_init(&input.content, FILE_MAX);
    beid_buf_init(&input.request, FILE_MAX);
    beid_buf_init(&input.login, FILE_MAX);
    enum beid_verify_result result = inputs_read(options, &input);
    bool complained = result == BEID_VERIFY_INTERNAL;
    if (result == BEID_VERIFY_OK) {
        result = judge(options, &input, &inquiry, &report);
    }
    if (result == BEID_VERIFY_ARGUMENT && options->same_person_as != NULL) {
        (void)fprintf(stderr,
                      "beid-verify: %s: not one certificate in PEM or DER\n",
                      options->same_person_as);
        complained = true;
    }
    if (options->json || !complained) {
        result = verdict_print(result, report, &inquiry, options->json);
    }
    beid_verify_report_free(&report);
    beid_buf_clear(&input.login);
    beid_buf_clear(&input.request);
    beid_buf_clear(&input.content);
    return result;
}

static enum beid_verify_result
command_run(const struct options *options)
{
    switch (options->command) {
    case COMMAND_CAS:
        return cas_list(options);
    case COMMAND_REFERENCE:
        return reference_print(options);
    case COMMAND_TOKEN:
    case COMMAND_CERTIFICATE:
    case COMMAND_STATEMENT:
        break;
    }
    return file_judge(options);
}

static bool
command_find(const char *word, struct options *out)
{
    static const struct {
        const char *word;
        enum command command;
    } commands[] = {{"token", COMMAND_TOKEN},
                    {"certificate", COMMAND_CERTIFICATE},
                    {"statement", COMMAND_STATEMENT},
                    {"cas", COMMAND_CAS},
                    {"reference", COMMAND_REFERENCE}};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].word, word) == 0) {
            out->command = commands[i].command;
            return true;
        }
    }
    return false;
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            help_print();
            return BEID_VERIFY_OK;
        }
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)puts("beid-verify " BEID_VERSION);
        return BEID_VERIFY_OK;
    }
    struct options options = {0};
    if (argc < 2 || !command_find(argv[1], &options)) {
        return (int)usage_error(
            "the command token, statement, certificate, cas or reference is "
            "needed");
    }
    enum beid_verify_result result = beid_verify_new(&options.verifier);
    if (result == BEID_VERIFY_OK) {
        result = options_parse(argc - 1, argv + 1, &options);
    }
    if (result == BEID_VERIFY_OK) {
        result = command_run(&options);
    }
    beid_verify_free(&options.verifier);
    return (int)result;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX 65537U /* one more than the library takes */

/* The files of the options, then the answer itself. */
static enum beid_verify_result
statement_judge(const struct options *options, struct beid_span answer,
                struct beid_verify_report **report)
{
    struct beid_buf request;
    struct beid_buf login;
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    beid_buf_init(&request, FILE_MAX);
    beid_buf_init(&login, FILE_MAX);
    if (file_read(options->request, &request) == BEID_OK
        && (options->same_person_as == NULL
            || file_read(options->same_person_as, &login) == BEID_OK)) {
        while (request.len > 0 && request.ptr[request.len - 1] == '\n') {
            request.len--;
        }
        const struct beid_verify_statement asked = {
            .request = request.len == 0 ? "" : (const char *)request.ptr,
            .request_len = request.len,
            .answer = answer.len == 0 ? "" : (const char *)answer.ptr,
            .answer_len = answer.len,
            .portal_name = options->portal_name,
            .lang = options->lang,
            .login_certificate =
                options->same_person_as == NULL ? NULL : login.ptr,
            .login_certificate_len = login.len,
            .person_sha256 = options->has_person ? options->person : NULL};
        result = options->same_person_as != NULL && login.len == 0
                     ? BEID_VERIFY_ARGUMENT
                     : beid_verify_statement(options->verifier, &asked, report);
    }
    beid_buf_clear(&login);
    beid_buf_clear(&request);
    return result;
}

static enum beid_verify_result
judge(const struct options *options, struct beid_span content,
      struct beid_verify_report **report)
{
    const struct beid_verify_token request = {
        .token = content.len == 0 ? "" : (const char *)content.ptr,
        .token_len = content.len,
        .origin = options->origin,
        .nonce = options->nonce};
    if (options->command == COMMAND_CERTIFICATE) {
        return beid_verify_certificate(options->verifier, content.ptr,
                                       content.len, options->use, report);
    }
    if (options->command == COMMAND_STATEMENT) {
        return statement_judge(options, content, report);
    }
    return beid_verify_token(options->verifier, &request, report);
}

static enum beid_verify_result
file_judge(const struct options *options)
{
    struct beid_buf file;
    beid_buf_init(&file, FILE_MAX);
    enum beid_err err = file_read(options->files[0], &file);
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    struct beid_verify_report *report = NULL;
    if (err == BEID_OK) {
        result = judge(options, beid_buf_span(&file), &report);
    } else if (err == BEID_ERR_LIMIT) {
        result = options->command == COMMAND_CERTIFICATE
                     ? BEID_VERIFY_CERTIFICATE
                     : BEID_VERIFY_TOKEN_SIZE;
    }
    if (err == BEID_OK || err == BEID_ERR_LIMIT) {
        result = verdict_print(result, report, options->json);
    }
    beid_verify_report_free(&report);
    beid_buf_clear(&file);
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

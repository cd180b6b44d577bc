/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "complain.h"
#include "errand.h"
#include "json_say.h"
#include "prompt/plain.h"
#include "say.h"
#include "sign_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".p7s"
#define READABLE 0666U /* less the umask */

/* What the journal has in the place of a website. */
#define SIGN_ORIGIN "beid-agent:sign"

enum sign_option {
    OPTION_OUTPUT,
    OPTION_FORCE,
    OPTION_ERRAND
};

static const struct cli_option sign_options[] = {
    [OPTION_OUTPUT] = {"output", "FILE", BEID_TEXT_SIGN_OUTPUT},
    [OPTION_FORCE] = {"force", NULL, BEID_TEXT_SIGN_FORCE},
    ERRAND_OPTIONS(OPTION_ERRAND),
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

/* One run of the command. */
struct sign {
    const struct cli_call *call;
    struct errand_options options;
    const char *path;
    const char *output_path;
    mode_t mode;
};

static const struct complaint unreadable = {"file_unreadable",
                                            BEID_TEXT_SIGN_UNREADABLE};
static const struct complaint exists = {"output_exists", BEID_TEXT_SIGN_EXISTS};
static const struct complaint unwritable = {"output_unwritable",
                                            BEID_TEXT_SIGN_UNWRITABLE};
static const struct complaint changed = {"file_changed",
                                         BEID_TEXT_SIGN_FILE_CHANGED};

static int
say_file(const struct sign *sign, const struct complaint *complaint,
         const char *file)
{
    const struct say_word words[] = {{"file", file}, {NULL, NULL}};
    return complain_own(sign->options.json, sign->call->lang, complaint, words);
}

static int
say_done(const struct sign *sign, const struct sign_file *file,
         const char *signature)
{
    const struct say_word words[] = {{"file", signature}, {NULL, NULL}};
    char hash[(2 * DIGEST_SHA256_LEN) + 1];
    struct json_say json;
    if (!sign->options.json) {
        say_text(stdout, 0, sign->call->lang, BEID_TEXT_SIGN_DONE, words);
        return CLI_DONE;
    }
    for (size_t i = 0; i < DIGEST_SHA256_LEN; i++) {
        (void)snprintf(hash + (2 * i), 3, "%02x", file->sha256[i]);
    }
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    json_say_path(&json, "file", sign->path);
    json_say_number(&json, "size", file->size);
    json_say_text(&json, "sha256", beid_span_str(hash));
    json_say_path(&json, "signature", signature);
    json_say_close(&json, '}');
    return json_say_print(&json);
}

/* Its last part, in characters that every prompt shows. */
static enum beid_err
put_name(const struct sign *sign, struct beid_buf *out)
{
    const char *slash = strrchr(sign->path, '/');
    prompt_plain(out, beid_span_str(slash != NULL ? slash + 1 : sign->path),
                 BEID_WIRE_NAME_MAX);
    return beid_buf_status(out);
}

static enum beid_err
ask(const struct sign *sign, const struct sign_file *file,
    struct errand_answer *answer)
{
    struct beid_buf name;
    beid_buf_init(&name, BEID_WIRE_NAME_MAX);
    enum beid_err err = put_name(sign, &name);
    struct beid_wire_operation asked = {
        .type = BEID_WIRE_SIGN_FILE,
        .base = {.portal_name = beid_span_str("beid-agent"),
                 .origin = beid_span_str(SIGN_ORIGIN),
                 .development = sign->options.serve.development,
                 .timeout_ms = sign->options.timeout_ms,
                 .wait_for_card = true},
        .hash_function = BEID_HASH_SHA256,
        .hash = beid_span_of(file->sha256, sizeof file->sha256),
        .sha384 = beid_span_of(file->sha384, sizeof file->sha384),
        .document = beid_buf_span(&name),
        .size = file->size};
    memcpy(asked.base.lang, beid_lang_code(sign->options.lang),
           sizeof asked.base.lang);
    if (err == BEID_OK) {
        err = errand_run(&sign->options, true, &asked, answer);
    }
    beid_buf_clear(&name);
    return err;
}

static int
finish(const struct sign *sign, const struct sign_file *file,
       struct sign_output *output, struct beid_span signature)
{
    if (!sign_file_same(file)) {
        return say_file(sign, &changed, sign->path);
    }
    enum beid_err err = sign_output_write(output, signature);
    if (err != BEID_OK) {
        return say_file(sign, err == BEID_ERR_STATE ? &exists : &unwritable,
                        output->path);
    }
    return say_done(sign, file, output->path);
}

static int
sign_read(const struct sign *sign, const struct sign_file *file)
{
    struct sign_output output;
    struct errand_answer answer;
    enum beid_err err =
        sign_output_open(&output, sign->output_path,
                         sign->call->values[OPTION_FORCE] != NULL, sign->mode);
    int status = CLI_FAILED;
    if (err != BEID_OK) {
        status = say_file(sign, err == BEID_ERR_STATE ? &exists : &unwritable,
                          sign->output_path);
        sign_output_close(&output);
        return status;
    }
    errand_answer_init(&answer);
    err = ask(sign, file, &answer);
    status = err == BEID_OK
                 ? finish(sign, file, &output, answer.reply.signature)
                 : complain_as(sign->options.json, sign->call->lang, err);
    errand_answer_clear(&answer);
    sign_output_close(&output);
    return status;
}

static int
sign_path(struct sign *sign)
{
    struct sign_file file;
    struct stat there;
    char *beside = NULL;
    sign->output_path = sign->call->values[OPTION_OUTPUT];
    if (sign->output_path == NULL) {
        if (asprintf(&beside, "%s" SUFFIX, sign->path) < 0) {
            return CLI_FAILED;
        }
        sign->output_path = beside;
    }
    int status = CLI_FAILED;
    /* Told before a large file is read in vain. */
    if (sign->call->values[OPTION_FORCE] == NULL
        && lstat(sign->output_path, &there) == 0) {
        status = say_file(sign, &exists, sign->output_path);
    } else if (sign_file_read(&file, sign->path, sign->call->lang) != BEID_OK) {
        status = say_file(sign, &unreadable, sign->path);
        sign_file_close(&file);
    } else {
        status = sign_read(sign, &file);
        sign_file_close(&file);
    }
    free(beside);
    return status;
}

static int
sign_run(const struct cli_call *call)
{
    mode_t mask = umask(0);
    (void)umask(mask);
    struct sign sign = {
        .call = call, .path = call->operands[0], .mode = READABLE & ~mask};
    int status = errand_options_read(call, OPTION_ERRAND, NULL, &sign.options);
    if (status == CLI_DONE) {
        status = errand_prepare(call, &sign.options);
    }
    return status == CLI_DONE ? sign_path(&sign) : status;
}

const struct cli_command sign_command = {
    .name = "sign",
    .usage = "FILE",
    .summary = BEID_TEXT_SIGN_SUMMARY,
    .options = sign_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = sign_run,
};

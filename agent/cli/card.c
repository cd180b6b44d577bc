/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card_read.h"
#include "card_show.h"
#include "cli.h"
#include "complain.h"
#include "json_say.h"
#include "module.h"
#include "place.h"
#include "say.h"
#include "sys/harden.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum card_option {
    OPTION_JSON,
    OPTION_PHOTO,
    OPTION_TEST_CARDS,
    OPTION_MODULE
};

static const struct cli_option card_options[] = {
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    [OPTION_PHOTO] = {"photo", "FILE", BEID_TEXT_CARD_OPTION_PHOTO},
    [OPTION_TEST_CARDS] = {"test-cards", NULL, BEID_TEXT_CARD_OPTION_TEST},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

/* What a person can do about it, and the exit status. */
static int
say_failure(enum beid_lang lang, enum beid_err err)
{
    static const struct complain_row table[] = {
        {BEID_ERR_NO_SERVICE, BEID_TEXT_PCSCD_UNAVAILABLE, CLI_NO_CARD},
        {BEID_ERR_NO_READER, BEID_TEXT_NO_READER, CLI_NO_CARD},
        {BEID_ERR_NO_CARD, BEID_TEXT_NO_CARD, CLI_NO_CARD},
        {BEID_ERR_READER_BUSY, BEID_TEXT_READER_IN_USE, CLI_NO_CARD},
        {BEID_ERR_CARD_UNKNOWN, BEID_TEXT_UNSUPPORTED_CARD, CLI_NO_CARD},
        {BEID_ERR_CARD_TOO_OLD, BEID_TEXT_CARD_TOO_OLD, CLI_NO_CARD},
        {BEID_ERR_CARD_MUTE, BEID_TEXT_CARD_MUTE, CLI_NO_CARD},
        {BEID_ERR_CARD_REMOVED, BEID_TEXT_CARD_REMOVED, CLI_NO_CARD},
        {BEID_ERR_LIMIT, BEID_TEXT_CARD_SEVERAL, CLI_USAGE},
        {BEID_ERR_NOT_FOUND, BEID_TEXT_CARD_NO_MODULE, CLI_FAILED},
    };
    int status = CLI_FAILED;
    if (!complain_by(table, sizeof table / sizeof *table, lang, err, &status)) {
        say_error(lang, BEID_TEXT_CARD_ERROR, NULL);
    }
    return status;
}

static enum beid_err
err_of_state(enum cli_card_state state)
{
    switch (state) {
    case CLI_CARD_READABLE:
        return BEID_OK;
    case CLI_CARD_FOREIGN:
        return BEID_ERR_CARD_UNKNOWN;
    case CLI_CARD_MUTE:
        return BEID_ERR_CARD_MUTE;
    case CLI_CARD_BUSY:
        return BEID_ERR_READER_BUSY;
    case CLI_CARD_NONE:
        break;
    }
    return BEID_ERR_NO_CARD;
}

static struct identity_date
today_here(void)
{
    struct tm parts = {0};
    time_t now = time(NULL);
    (void)localtime_r(&now, &parts);
    return (struct identity_date){.year = (unsigned)(parts.tm_year + 1900),
                                  .month = (unsigned)(parts.tm_mon + 1),
                                  .day = (unsigned)parts.tm_mday};
}

/* Only a photo that belongs to the identity, and only for this user. */
static int
write_photo(const char *path, const struct card_facts *facts,
            enum beid_lang lang)
{
    const struct beid_buf *photo = &facts->data[CARD_DATA_PHOTO];
    if (facts->check[CARD_CHECK_PHOTO] != CARD_GOOD) {
        say_error(lang, BEID_TEXT_CARD_BAD_PHOTO, NULL);
        return CLI_FAILED;
    }
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0;
    for (size_t at = 0; good && at < photo->len;) {
        ssize_t done = write(fd, photo->ptr + at, photo->len - at);
        good = done > 0;
        at += good ? (size_t)done : 0;
    }
    if (fd >= 0 && close(fd) != 0) {
        good = false;
    }
    if (!good) {
        say_error(lang, BEID_TEXT_CLI_CANNOT_WRITE, NULL);
    }
    return good ? CLI_DONE : CLI_FAILED;
}

/* One card that was read: shows it, writes its photo. */
static int
show(const struct cli_call *call, const struct card_facts *facts,
     struct json_say *json)
{
    enum card_origin wanted = call->values[OPTION_TEST_CARDS] != NULL
                                  ? CARD_ORIGIN_TEST
                                  : CARD_ORIGIN_BELGIUM;
    int status = card_facts_hold(facts, wanted)
                         || card_facts_hold(facts, CARD_ORIGIN_BELGIUM)
                     ? CLI_DONE
                     : CLI_FAILED;
    if (call->values[OPTION_JSON] != NULL) {
        card_json(facts, today_here(), json);
    } else {
        card_text(facts, today_here(), call->lang);
    }
    if (call->values[OPTION_PHOTO] != NULL) {
        int written =
            write_photo(call->values[OPTION_PHOTO], facts, call->lang);
        status = status == CLI_DONE ? written : status;
    }
    return status;
}

/* Every readable card in turn; *status is the worst of them. */
static enum beid_err
show_all(const struct cli_call *call, struct cli_module *module,
         const struct cli_slots *slots, struct json_say *json, int *status)
{
    enum beid_err err = BEID_OK;
    bool first = true;
    for (size_t i = 0; err == BEID_OK && i < slots->count; i++) {
        struct card_facts facts;
        if (slots->state[i] != CLI_CARD_READABLE) {
            continue;
        }
        if (!first && call->values[OPTION_JSON] == NULL) {
            (void)fputc('\n', stdout);
        }
        first = false;
        card_facts_init(&facts);
        err = cli_module_use(module, slots->id[i]);
        if (err == BEID_OK) {
            err = card_facts_read(module, &facts);
        }
        if (err == BEID_OK) {
            int one = show(call, &facts, json);
            *status = *status == CLI_DONE ? one : *status;
        }
        card_facts_clear(&facts);
    }
    return err;
}

/* At least one card, and only one when its photo is wanted. */
static enum beid_err
choose(const struct cli_slots *slots, bool only_one)
{
    size_t readable = 0;
    enum beid_err why =
        slots->count == 0 ? BEID_ERR_NO_READER : BEID_ERR_NO_CARD;
    for (size_t i = 0; i < slots->count; i++) {
        enum beid_err err = err_of_state(slots->state[i]);
        readable += err == BEID_OK ? 1 : 0;
        why = err != BEID_OK && err != BEID_ERR_NO_CARD ? err : why;
    }
    if (readable == 0) {
        return why;
    }
    return only_one && readable > 1 ? BEID_ERR_LIMIT : BEID_OK;
}

static int
card_run(const struct cli_call *call)
{
    struct cli_module *module = NULL;
    struct cli_slots slots = {0};
    struct json_say json;
    int status = CLI_DONE;
    const char *path = call->values[OPTION_MODULE];
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    json_say_open(&json, "cards", '[');
    enum beid_err err = beid_harden_start();
    if (err == BEID_OK) {
        err = cli_module_open(path != NULL ? path : place_module(), &module);
    }
    if (err == BEID_OK) {
        err = cli_module_slots(module, &slots);
    }
    if (err == BEID_OK) {
        err = choose(&slots, call->values[OPTION_PHOTO] != NULL);
    }
    if (err == BEID_OK) {
        err = show_all(call, module, &slots, &json, &status);
    }
    cli_module_close(&module);
    json_say_close(&json, ']');
    json_say_close(&json, '}');
    if (err == BEID_OK && call->values[OPTION_JSON] != NULL
        && json_say_print(&json) != CLI_DONE) {
        status = CLI_FAILED;
    }
    beid_buf_clear(&json.text);
    return err == BEID_OK ? status : say_failure(call->lang, err);
}

const struct cli_command card_command = {
    .name = "card",
    .usage = "",
    .summary = BEID_TEXT_CARD_SUMMARY,
    .options = card_options,
    .run = card_run,
};

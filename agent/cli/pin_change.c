/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "pin_change.h"

#include "cli.h"
#include "complain.h"
#include "person.h"
#include "say.h"
#include "sys/harden.h"

#define NEW_PINS_MAX 3U /* pairs that differ */

/* What is asked for a change on the keyboard. */
struct pins {
    struct beid_secret *old;
    struct beid_secret *fresh;
    struct beid_secret *again;
};

void
pin_say_tries(enum beid_lang lang, unsigned int tries)
{
    const char digit[2] = {(char)('0' + (int)(tries % 10U)), '\0'};
    const struct say_word words[] = {{"tries", digit}, {NULL, NULL}};
    if (tries == 0) {
        say_text(stdout, 0, lang, BEID_TEXT_PIN_BLOCKED, NULL);
    } else if (tries == 1) {
        say_text(stdout, 0, lang, BEID_TEXT_PROMPT_TRIES_ONE, NULL);
    } else {
        say_text(stdout, 0, lang, BEID_TEXT_PROMPT_TRIES_MANY, words);
    }
    (void)fflush(stdout); /* before a question on the terminal */
}

static enum beid_err
why_not(enum cli_card_state state)
{
    switch (state) {
    case CLI_CARD_FOREIGN:
        return BEID_ERR_CARD_UNKNOWN;
    case CLI_CARD_MUTE:
        return BEID_ERR_CARD_MUTE;
    case CLI_CARD_BUSY:
        return BEID_ERR_READER_BUSY;
    case CLI_CARD_NONE:
    case CLI_CARD_READABLE:
        break;
    }
    return BEID_ERR_NO_CARD;
}

enum beid_err
pin_card(struct cli_module *module, bool only_one)
{
    struct cli_slots slots = {.count = 0};
    size_t readable = 0;
    size_t first = 0;
    enum beid_err err = cli_module_slots(module, &slots);
    if (err != BEID_OK) {
        return err;
    }
    err = slots.count == 0 ? BEID_ERR_NO_READER : BEID_ERR_NO_CARD;
    for (size_t i = slots.count; i > 0; i--) {
        if (slots.state[i - 1] == CLI_CARD_READABLE) {
            first = i - 1;
            readable++;
        } else if (err == BEID_ERR_NO_CARD) {
            err = why_not(slots.state[i - 1]);
        }
    }
    if (readable == 0) {
        return err;
    }
    return only_one && readable > 1 ? BEID_ERR_LIMIT
                                    : cli_module_use(module, slots.id[first]);
}

int
pin_complain(enum beid_lang lang, enum beid_err err)
{
    if (err == BEID_ERR_NOT_FOUND) {
        say_error(lang, BEID_TEXT_CARD_NO_MODULE, NULL);
        return CLI_FAILED;
    }
    if (err == BEID_ERR_LIMIT) {
        say_error(lang, BEID_TEXT_PIN_SEVERAL, NULL);
        return CLI_USAGE;
    }
    return complain(lang, err);
}

static void
pins_free(struct pins *pins)
{
    beid_secret_free(&pins->old);
    beid_secret_free(&pins->fresh);
    beid_secret_free(&pins->again);
}

static enum beid_err
pins_new(struct pins *pins)
{
    *pins = (struct pins){NULL, NULL, NULL};
    enum beid_err err = beid_secret_new(&pins->old);
    if (err == BEID_OK) {
        err = beid_secret_new(&pins->fresh);
    }
    return err == BEID_OK ? beid_secret_new(&pins->again) : err;
}

/* BEID_ERR_FORMAT: they differed too often. */
static enum beid_err
ask_new(const struct person *person, const struct pins *pins)
{
    enum beid_text_id error = BEID_TEXT_COUNT;
    for (unsigned i = 0; i < NEW_PINS_MAX; i++) {
        enum beid_err err =
            person_pin(person, BEID_TEXT_PIN_NEW, error, pins->fresh);
        if (err == BEID_OK) {
            err = person_pin(person, BEID_TEXT_PIN_AGAIN, BEID_TEXT_COUNT,
                             pins->again);
        }
        if (err != BEID_OK
            || beid_secret_equal(beid_secret_span(pins->fresh),
                                 beid_secret_span(pins->again))) {
            return err;
        }
        error = BEID_TEXT_PIN_NOT_THE_SAME;
    }
    return BEID_ERR_FORMAT;
}

/* *sent: the card was asked. */
static enum beid_err
change_typed(const struct cli_module *module, const struct person *person,
             bool *sent)
{
    struct pins pins;
    enum beid_err err = pins_new(&pins);
    if (err == BEID_OK) {
        err = person_pin(person, BEID_TEXT_PIN_OLD, BEID_TEXT_COUNT, pins.old);
    }
    if (err == BEID_OK) {
        err = ask_new(person, &pins);
    }
    if (err == BEID_OK) {
        *sent = true;
        err = cli_module_change_pin(module, pins.old, pins.fresh);
    }
    pins_free(&pins);
    return err;
}

static enum beid_err
change_on_reader(const struct cli_module *module, enum beid_lang lang,
                 bool *sent)
{
    say_text(stdout, 0, lang, BEID_TEXT_PIN_ON_READER, NULL);
    (void)fflush(stdout);
    *sent = true;
    return cli_module_change_pin(module, NULL, NULL);
}

static enum beid_err
change(const struct cli_module *module, const struct pin_change *how,
       unsigned int tries, bool *sent)
{
    struct person person;
    enum beid_err err = BEID_OK;
    if (tries == 0) {
        return BEID_ERR_PIN_BLOCKED;
    }
    person_find(&person, how->lang, how->pinentry);
    pin_say_tries(how->lang, tries);
    if (tries == 1) {
        err = person_agrees(&person, BEID_TEXT_PROMPT_LAST_TRY);
    }
    if (err == BEID_OK && !how->keyboard && cli_module_has_keys(module)) {
        err = change_on_reader(module, how->lang, sent);
    } else if (err == BEID_OK) {
        err = change_typed(module, &person, sent);
    }
    person_leave(&person);
    return err;
}

/* The exit status. */
static int
say_outcome(enum beid_lang lang, enum beid_err err, bool sent)
{
    static const struct complain_row table[] = {
        {BEID_ERR_CANCELLED, BEID_TEXT_PIN_STOPPED, CLI_CANCELLED},
        {BEID_ERR_TIMEOUT, BEID_TEXT_PIN_TIME_UP, CLI_CANCELLED},
        {BEID_ERR_FORMAT, BEID_TEXT_PIN_DIFFERED, CLI_FAILED},
        {BEID_ERR_PIN_LENGTH, BEID_TEXT_PIN_BAD_LENGTH, CLI_FAILED},
        {BEID_ERR_PIN_WRONG, BEID_TEXT_PIN_WRONG, CLI_PIN},
        {BEID_ERR_UNSUPPORTED, BEID_TEXT_PIN_NO_KEYS, CLI_FAILED},
    };
    if (err == BEID_OK) {
        say_text(stdout, 0, lang, BEID_TEXT_PIN_CHANGED, NULL);
        return CLI_DONE;
    }
    int status = CLI_FAILED;
    if (complain_by(table, sizeof table / sizeof *table, lang, err, &status)) {
        return status;
    }
    status = pin_complain(lang, err);
    if (sent && err != BEID_ERR_PIN_BLOCKED) {
        say_error(lang, BEID_TEXT_PIN_UNSURE, NULL);
    }
    return status;
}

int
pin_change(const struct pin_change *how)
{
    struct cli_module *module = NULL;
    unsigned int tries = 0;
    bool sent = false;
    enum beid_err err = beid_harden_start();
    if (err == BEID_OK) {
        err = cli_module_open(how->module, &module);
    }
    if (err == BEID_OK) {
        err = pin_card(module, true);
    }
    if (err == BEID_OK) {
        err = cli_module_tries(module, &tries);
    }
    if (err == BEID_OK) {
        err = change(module, how, tries, &sent);
    }
    int status = say_outcome(how->lang, err, sent);
    if (err == BEID_ERR_PIN_WRONG
        && cli_module_tries(module, &tries) == BEID_OK) {
        pin_say_tries(how->lang, tries);
    }
    cli_module_close(&module);
    return status;
}

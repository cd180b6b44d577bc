/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_PERSON_H
#define BEID_CLI_PERSON_H

#include "po/text.h"

#include <beid/bytes.h>
#include <beid/err.h>
#include <beid/secret.h>

/* How long an answer may take. */
#define PERSON_WAIT_MS 300000

/*
 * Who runs a subcommand: asked on the terminal, or in a window of pinentry
 * where there is none.
 */
struct person {
    enum beid_lang lang;
    int terminal; /* -1: windows */
    const char *pinentry;
};

void person_find(struct person *person, enum beid_lang lang,
                 const char *pinentry);
void person_leave(struct person *person);

/*
 * Asks for one PIN, without echo; what is not a PIN is asked again a few
 * times. error is shown with the first question, BEID_TEXT_COUNT: none. pin
 * is empty unless the answer is BEID_OK. BEID_ERR_CANCELLED, BEID_ERR_TIMEOUT,
 * BEID_ERR_PIN_LENGTH after the last time, BEID_ERR_PROMPT.
 */
enum beid_err person_pin(const struct person *person,
                         enum beid_text_id question, enum beid_text_id error,
                         struct beid_secret *pin) BEID_NODISCARD;

/* Does the person want to go on after reading this? BEID_ERR_CANCELLED. */
enum beid_err person_agrees(const struct person *person,
                            enum beid_text_id warning) BEID_NODISCARD;

/*
 * On the terminal; the question is shown as it is. A signal that would end the
 * program while nothing is echoed counts as cancelling: the terminal is as it
 * was when these return. BEID_ERR_PIN_LENGTH for what is not a PIN.
 */
enum beid_err person_typed_pin(int terminal, const char *question,
                               struct beid_secret *pin) BEID_NODISCARD;

/* A line with echo, without its line feed. */
enum beid_err person_typed_line(int terminal, const char *question,
                                struct beid_buf *line) BEID_NODISCARD;

#endif

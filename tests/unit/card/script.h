/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_CARD_SCRIPT_H
#define BEID_TESTS_CARD_SCRIPT_H

#include "card/card.h"
#include "card/transport.h"

#include <stddef.h>

/*
 * A transport that follows a script: each command must be the next expected
 * one, and gets its reply. Hexadecimal, blanks allowed; a NULL reply means
 * the error beside it. A control request is '@', its code, its data.
 */
struct script_step {
    const char *command;
    const char *reply;
    enum beid_err err;
};

#define SCRIPT_ANSWER_MAX 300U /* also answers that are too long */

/* A transport over count steps, borrowed until script_end(). */
struct transport script_start(const struct script_step *steps, size_t count);

/* As script_start() with an array. */
#define SCRIPT(steps) script_start((steps), sizeof(steps) / sizeof *(steps))

/* The file that READ BINARY reads, in place of steps; SELECT always works. */
struct transport script_file(struct beid_span content);

/* A card of applet 1.7 or 1.8, recognised before, its tries unknown. */
struct card script_card_17(struct transport transport);
struct card script_card_18(struct transport transport);

/* Fails the test unless every step was taken. */
void script_end(void);

/* Commands so far; transactions open; resets asked; closed? */
size_t script_commands(void);
int script_transactions(void);
size_t script_resets(void);
size_t script_reconnects(void);
bool script_closed(void);

/* What the reader says its firmware is from now on. */
void script_firmware(uint16_t version);

/* The next so many calls of begin answer this. */
void script_begin_fails(enum beid_err err, unsigned times);

/* Bytes of a hexadecimal text, at most max; their number. */
size_t script_hex(const char *text, uint8_t *out, size_t max);

#endif

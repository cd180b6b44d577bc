/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_PINPAD_ORDER_H
#define BEID_CARD_PINPAD_ORDER_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stdint.h>

/* Seconds until the reader gives up, before the first key and after each. */
#define PINPAD_SECONDS 30U

/* LANGIDs (facts §6.2). */
#define PINPAD_DUTCH 0x0813U
#define PINPAD_FRENCH 0x080CU
#define PINPAD_GERMAN 0x0407U
#define PINPAD_ENGLISH 0x0409U

/* In what a reader differs from the others (facts §6.4). */
struct pinpad_habits {
    bool refused; /* its keys do harm: it is a reader without keys */
    bool pseudo; /* features by pseudo-APDU */
    uint8_t format; /* bmFormatString */
    uint8_t verify_messages; /* bNumberMessage */
    uint8_t modify_messages;
    unsigned wait_ms; /* before an entry, for keys that are still down */
};

/*
 * The habits of a reader; firmware is its version as 0xMMmm, 0 when it is not
 * known.
 */
struct pinpad_habits pinpad_habits_of(const char *name, uint16_t firmware);

/* The longer one of the two. */
#define PINPAD_ORDER_MAX 45U

/*
 * PIN_VERIFY_STRUCTURE around VERIFY, PIN_MODIFY_STRUCTURE around CHANGE
 * REFERENCE DATA (PC/SC part 10 §2.5, facts §6.2), into the emptied buffer.
 */
void pinpad_order_verify(struct beid_buf *out,
                         const struct pinpad_habits *habits, uint16_t language);
void pinpad_order_modify(struct beid_buf *out,
                         const struct pinpad_habits *habits, uint16_t language);

/*
 * The LANGID for a locale's name such as fr_BE.UTF-8; NULL and languages that
 * the card's people do not have give Dutch.
 */
uint16_t pinpad_language(const char *locale);

#endif

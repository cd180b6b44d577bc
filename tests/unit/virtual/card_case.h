/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TEST_CARD_CASE_H
#define BEID_TEST_CARD_CASE_H

#include "vcard.h"

#include <openssl/types.h>

/*
 * Cards for tests. The keys are made once per program, in a directory of its
 * own that case_teardown() removes; every card is fresh otherwise.
 */

/* cmocka group fixtures. */
int case_setup(void **state);
int case_teardown(void **state);

/* A card of the person "adult", PIN 1234; to be freed by the test. */
struct vcard *case_card(enum vcard_applet applet);

/* The same for another person. */
struct vcard *case_card_of(enum vcard_applet applet, const char *person);

/* Where case_card() keeps the PKI of this applet's cards, once it was called;
 * static storage until the next call. */
const char *case_pki(enum vcard_applet applet);

/* Sends a command written in hexadecimal; the status word. */
unsigned case_sw(struct vcard *card, const char *command);

/* The same and the data in front of the status word. */
unsigned case_ask(struct vcard *card, const char *command,
                  struct vcard_answer *answer);

/* Decodes hexadecimal of at most max bytes; the length. */
size_t case_hex(const char *hex, uint8_t *out, size_t max);

/* Fails the test unless the status words, in hexadecimal, are as expected. */
#define CASE_EXPECT(card, command, expected)                                   \
    assert_int_equal(case_sw(card, command), expected)

#endif

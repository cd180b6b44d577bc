/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_PINPAD_H
#define BEID_CARD_PINPAD_H

#include "card/card.h"
#include "card/pinpad_order.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* Tags of PC/SC part 10 that we know are below this. */
#define PINPAD_TAGS 0x0CU

/* How a reader's features are reached. */
struct pinpad {
    uint32_t code[PINPAD_TAGS]; /* by tag; 0: the reader has no such feature */
    bool pseudo; /* code is the tag of a pseudo-APDU, not a control code */
    struct pinpad_habits habits;
};

/* What the reader said, whatever it means. */
struct pinpad_outcome {
    uint16_t sw; /* of the card, or 64xx and 6B80 of the reader; 0: none */
    bool sent; /* the card may have got the PIN */
};

/* A person at the keys, for as long as it takes. */
struct pinpad_person {
    uint16_t language; /* LANGID of what the reader shows */
    /* Asked before and, where the reader can be polled, during an entry: true
     * ends it. May be NULL. */
    bool (*withdrawn)(void *ctx);
    void *ctx;
};

/*
 * Asks the connected reader of that name for its features. BEID_OK also when
 * it has none; a reader that cannot tell now gives its error.
 */
enum beid_err pinpad_discover(const struct transport *transport,
                              const char *name,
                              struct pinpad *out) BEID_NODISCARD;

/* The answer to CM_IOCTL_GET_FEATURE_REQUEST, for a reader of that name. */
void pinpad_read_features(struct beid_span list, const char *name,
                          struct pinpad *out);

/*
 * Does a reader of this name take its features as pseudo-APDUs? Those can be
 * asked only with a card in it.
 */
bool pinpad_is_pseudo(const char *name);

bool pinpad_can_verify(const struct pinpad *pinpad);
bool pinpad_can_modify(const struct pinpad *pinpad);

/*
 * Inside a transaction: lets the person type the PIN on the reader, which
 * sends VERIFY once. Errors as pin_verify(), and BEID_ERR_CANCELLED,
 * BEID_ERR_TIMEOUT, BEID_ERR_PIN_LENGTH and BEID_ERR_READER from the reader,
 * for which the card got nothing. card->tries follows.
 */
enum beid_err pinpad_verify(struct card *card, const struct pinpad *pinpad,
                            const struct pinpad_person *person,
                            struct pinpad_outcome *out) BEID_NODISCARD;

/*
 * Inside a transaction: the old PIN, the new one and the new one again, then
 * CHANGE REFERENCE DATA. As pinpad_verify(); BEID_ERR_ARGUMENT when the new
 * ones differ.
 */
enum beid_err pinpad_change(struct card *card, const struct pinpad *pinpad,
                            const struct pinpad_person *person,
                            struct pinpad_outcome *out) BEID_NODISCARD;

#endif

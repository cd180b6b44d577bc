/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PIN_ORDER_H
#define BEID_VIRTUAL_PIN_ORDER_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stdint.h>

#define PIN_ORDER_APDU_MAX 21U
#define PIN_ORDER_DIGITS_MAX 14U

/* How a reader of that name differs from the others (facts §6.4). */
struct pad_model {
    const char *name; /* what the reader's name begins with */
    uint16_t old_firmware; /* below this version format is wanted */
    uint8_t format; /* bmFormatString; 0: any that makes sense */
    int messages; /* bNumberMessage; -1: any */
    unsigned digits_max; /* 0: no limit of its own */
    bool asks_itself; /* sends an empty VERIFY before each entry */
};

/* The model for a reader's name and firmware, never NULL. */
const struct pad_model *pad_model_find(const char *name, uint16_t firmware);

/*
 * A PIN_VERIFY_STRUCTURE or PIN_MODIFY_STRUCTURE (PC/SC part 10, §2.5), read
 * as strictly as the pickiest reader would.
 */
struct pin_order {
    bool modify;
    unsigned first_s; /* seconds until the first key */
    unsigned next_s; /* and until each further one */
    unsigned min;
    unsigned max;
    unsigned condition; /* bEntryValidationCondition */
    bool ask_old;
    bool confirm;
    uint16_t language;
    unsigned length_at; /* nibble of the block */
    unsigned digits_at;
    unsigned old_at; /* byte of the data field */
    unsigned new_at;
    uint8_t apdu[PIN_ORDER_APDU_MAX];
    size_t apdu_len;
};

/* false: the reader answers 6B80. */
bool pin_order_read(struct beid_span structure, bool modify,
                    const struct pad_model *model, struct pin_order *out);

/* Digits as they were typed. */
struct pin_digits {
    uint8_t count;
    uint8_t digit[PIN_ORDER_DIGITS_MAX];
};

/* Puts a PIN into the block at that byte of the data field. */
void pin_order_insert(struct pin_order *order, unsigned at,
                      const struct pin_digits *digits);

#endif

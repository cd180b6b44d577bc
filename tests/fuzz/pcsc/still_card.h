/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_STILL_CARD_H
#define BEID_FUZZ_STILL_CARD_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A Belgian card that is quick and does the same each time: no key and no
 * libcrypto behind it. Its files were read off the virtual card; a signature
 * has the right length and no meaning. PIN rights are kept as a card keeps
 * them.
 */

#define STILL_ANSWER_MAX 258U
#define STILL_FILES_MAX 24U
#define STILL_PENDING_MAX 512U
#define STILL_PIN "739205"
#define STILL_TRIES 3U

enum still_applet {
    STILL_1_7 = 0x17,
    STILL_1_8 = 0x18
};

struct still_file {
    uint16_t df;
    uint16_t id;
    struct beid_span content; /* borrowed */
};

struct still_card {
    enum still_applet applet;
    uint8_t serial[16];
    struct still_file files[STILL_FILES_MAX];
    size_t file_count;
    const struct still_file *ef; /* selected */
    unsigned tries;
    uint8_t pin[8];
    bool open; /* the PIN right */
    bool chosen; /* a key */
    uint8_t pending[STILL_PENDING_MAX];
    size_t pending_at;
    size_t pending_len;
    size_t verifies; /* that carried a PIN */
    size_t changes;
    size_t signatures;
};

/* A new card, right after its reset. Ends the program without its files. */
void still_card_init(struct still_card *card, enum still_applet applet);

/* Puts another content, borrowed, into a file; makes it when it is not there
 * and room is left. */
void still_card_put(struct still_card *card, uint16_t id,
                    struct beid_span content);

/* The file with that identifier; empty when there is none. */
struct beid_span still_card_file(const struct still_card *card, uint16_t id);

void still_card_reset(struct still_card *card);

struct beid_span still_card_atr(const struct still_card *card);

/* One exchange: the length of the answer, at least 2. */
size_t still_card_transmit(struct still_card *card, struct beid_span command,
                           uint8_t answer[STILL_ANSWER_MAX]);

#endif

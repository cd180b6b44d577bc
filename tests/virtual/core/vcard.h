/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_VCARD_H
#define BEID_VIRTUAL_VCARD_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <openssl/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A virtual Belgian eID card: command APDU in, response APDU out, no input or
 * output of its own. It follows the public applet manuals 1.7 and 1.8; 1.1 is
 * there to be recognised. Not thread-safe: one card, one thread at a time.
 */

/* Values are byte 21 of GET CARD DATA. */
enum vcard_applet {
    VCARD_FOREIGN = 0x00, /* no eID card: another ATR, refuses every command */
    VCARD_APPLET_1_1 = 0x11, /* RSA-1024, an empty VERIFY costs a try */
    VCARD_APPLET_1_7 = 0x17, /* RSA-2048 */
    VCARD_APPLET_1_8 = 0x18 /* EC P-384 */
};

#define VCARD_SERIAL_LEN 16U
#define VCARD_PIN_BLOCK_LEN 8U
#define VCARD_PIN_TRIES 3U
#define VCARD_PUK_TRIES 12U
#define VCARD_INTERNAL_AUTH_MAX 5000U /* manual 1.8 §5.2 */
#define VCARD_FILES_MAX 20U
#define VCARD_FILE_MAX 16384U
#define VCARD_ANSWER_MAX 258U /* 256 bytes and the status word */
#define VCARD_ATR_MAX 33U

#define VCARD_MF 0x3F00U
#define VCARD_DF_BELPIC 0xDF00U
#define VCARD_DF_ID 0xDF01U

/* A transparent file; tlv files can be read by record on 1.8. */
struct vcard_file {
    uint16_t df;
    uint16_t id;
    bool tlv;
    struct beid_buf content;
};

/* What personalisation puts on a card. Keys are owned. */
struct vcard_image {
    enum vcard_applet applet;
    uint8_t serial[VCARD_SERIAL_LEN];
    struct vcard_file files[VCARD_FILES_MAX];
    size_t file_count;
    EVP_PKEY *basic; /* key reference 81 */
    EVP_PKEY *auth; /* 82 */
    EVP_PKEY *sign; /* 83 */
    uint8_t pin[VCARD_PIN_BLOCK_LEN];
    uint8_t puk[VCARD_PIN_BLOCK_LEN]; /* up to 1.7 */
};

/* What a card has been asked since it was made or counted anew. */
struct vcard_counts {
    unsigned long verify; /* PINs presented, CHANGE not included */
    unsigned long verify_ok;
    unsigned long verify_empty; /* questions for the try counter */
    unsigned long signatures;
    unsigned long logoffs;
};

struct vcard_answer {
    uint8_t bytes[VCARD_ANSWER_MAX];
    size_t len; /* at least 2 */
};

struct vcard;

/* Frees files and keys of an image; it is empty afterwards. */
void vcard_image_clear(struct vcard_image *image);

/*
 * Adds a file with this content to an image. BEID_ERR_LIMIT when the image is
 * full or the file longer than VCARD_FILE_MAX.
 */
enum beid_err vcard_image_put(struct vcard_image *image, uint16_t df,
                              uint16_t id,
                              struct beid_span content) BEID_NODISCARD;

/* The content of a file of an image; an empty span when there is none. */
struct beid_span vcard_image_file(const struct vcard_image *image, uint16_t df,
                                  uint16_t id);

/*
 * Makes a card, just reset, from an image and takes the image over: *image is
 * empty afterwards. BEID_ERR_MEMORY leaves it untouched.
 */
enum beid_err vcard_new(struct vcard_image *image,
                        struct vcard **out) BEID_NODISCARD;

/* Wipes and frees; accepts NULL; sets *card to NULL. */
void vcard_free(struct vcard **card);

/* Reset or power-on: rights, security environment and selection are gone. */
void vcard_reset(struct vcard *card);

/* The answer to reset of this applet, in static storage. */
struct beid_span vcard_atr(const struct vcard *card);

/* One T=0 exchange; every command gets an answer. */
void vcard_transmit(struct vcard *card, struct beid_span command,
                    struct vcard_answer *answer);

/* The image that the card was made from, borrowed. */
const struct vcard_image *vcard_image_of(const struct vcard *card);

/* Counters, and setting them to zero. */
struct vcard_counts vcard_counts_of(const struct vcard *card);
void vcard_counts_reset(struct vcard *card);

/* PIN tries left, and setting them (a repair that a real card has not). */
unsigned vcard_tries(const struct vcard *card);
void vcard_tries_set(struct vcard *card, unsigned tries);

/* INTERNAL AUTHENTICATE calls left (1.8), settable to reach the limit. */
void vcard_internal_auth_set(struct vcard *card, unsigned left);

/*
 * Encodes 4 to 12 digits as a PIN block (manual 1.7 §3.2): 2n, BCD digits,
 * filled with F. BEID_ERR_FORMAT on anything else.
 */
enum beid_err
vcard_pin_block(const char *digits,
                uint8_t block[VCARD_PIN_BLOCK_LEN]) BEID_NODISCARD;

/* Is this a well-formed PIN block? */
bool vcard_pin_block_valid(struct beid_span block);

#endif

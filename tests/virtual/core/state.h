/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_STATE_H
#define BEID_VIRTUAL_STATE_H

#include "vcard.h"

/* Status words of the manuals; SW_LEFT and SW_LE carry a count. */
enum {
    SW_OK = 0x9000,
    SW_MORE = 0x6100,
    SW_TRIES = 0x63C0,
    SW_LENGTH = 0x6700,
    SW_FILE_TYPE = 0x6981,
    SW_SECURITY = 0x6982,
    SW_BLOCKED = 0x6983,
    SW_CONDITIONS = 0x6985,
    SW_NO_EF = 0x6986,
    SW_DATA = 0x6A80,
    SW_NOT_FOUND = 0x6A82,
    SW_RECORD = 0x6A83,
    SW_P1P2 = 0x6A86,
    SW_LC = 0x6A87,
    SW_REFERENCE = 0x6A88,
    SW_PARAMETERS = 0x6B00,
    SW_LE = 0x6C00,
    SW_INS = 0x6D00,
    SW_CLA = 0x6E00,
    SW_UNKNOWN = 0x6F00
};

enum {
    KEY_BASIC = 0x81,
    KEY_AUTH = 0x82,
    KEY_SIGN = 0x83,
    KEY_CA_ROLE = 0x87
};

struct vcard_command {
    uint8_t cla;
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    struct beid_span data; /* empty in case 1 and 2 */
    size_t le; /* 1..256; only of commands that return data */
};

struct vcard {
    struct vcard_image image;
    struct vcard_counts counts;

    uint16_t df; /* current directory */
    const struct vcard_file *ef; /* current file, or NULL */

    bool se_set; /* security environment */
    uint8_t se_alg;
    uint8_t se_key;

    unsigned tries;
    unsigned puk_tries;
    bool auth_ok; /* the authentication key may be used */
    unsigned pend; /* commands left in which key 83 may be used */
    unsigned internal_auth; /* calls left */

    struct beid_buf pending; /* for GET RESPONSE */
    size_t pending_off;
};

/* Each handler appends at most 256 bytes to out and returns a status word. */
typedef unsigned vcard_handler(struct vcard *card,
                               const struct vcard_command *command,
                               struct beid_buf *out);

vcard_handler vcard_select;
vcard_handler vcard_read_binary;
vcard_handler vcard_read_record;
vcard_handler vcard_get_card_data;
vcard_handler vcard_get_response;
vcard_handler vcard_get_challenge;
vcard_handler vcard_log_off;
vcard_handler vcard_verify;
vcard_handler vcard_change_pin;
vcard_handler vcard_unblock_pin;
vcard_handler vcard_set_environment;
vcard_handler vcard_compute_signature;
vcard_handler vcard_internal_authenticate;

/* Drops rights and security environment: reset, applet select, LOG OFF. */
void vcard_rights_clear(struct vcard *card);

/* A command other than VERIFY arrived (manual §5.1): time for key 83 runs. */
void vcard_pin_tick(struct vcard *card);

/* May key 82 be used? May key 83? Asking consumes the latter right. */
bool vcard_pin_use_auth(struct vcard *card);
bool vcard_pin_use_sign(struct vcard *card);

/* Keeps an answer for GET RESPONSE; the status word that announces it. */
unsigned vcard_pending_set(struct vcard *card, struct beid_span answer);
void vcard_pending_drop(struct vcard *card);

/* "61xx": that many bytes wait, 00 for 256 and more. */
unsigned vcard_sw_more(size_t left);

#endif

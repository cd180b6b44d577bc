/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * PIN: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER and the rights that
 * follow from them (manual 1.7 §5.1, 1.8 §5.1).
 */

#include "state.h"

#include <beid/secret.h>

#include <string.h>

#define PIN_REFERENCE 0x01U
#define PIN_DIGITS_MIN 4U
#define PIN_DIGITS_MAX 12U

void
vcard_rights_clear(struct vcard *card)
{
    card->auth_ok = false;
    card->pend = 0;
    card->se_set = false;
}

void
vcard_pin_tick(struct vcard *card)
{
    if (card->pend > 0) {
        card->pend--;
        if (card->pend == 0) {
            card->auth_ok = true;
        }
    }
}

bool
vcard_pin_use_auth(struct vcard *card)
{
    if (card->pend > 0) {
        card->pend = 0;
        card->auth_ok = true;
    }
    return card->auth_ok;
}

bool
vcard_pin_use_sign(struct vcard *card)
{
    bool allowed = card->pend > 0;
    card->pend = 0;
    if (allowed && card->image.applet < VCARD_APPLET_1_7) {
        card->auth_ok = true; /* no mixed mode before 1.7 */
    }
    return allowed;
}

enum beid_err
vcard_pin_block(const char *digits, uint8_t block[VCARD_PIN_BLOCK_LEN])
{
    size_t len = strlen(digits);
    if (len < PIN_DIGITS_MIN || len > PIN_DIGITS_MAX
        || strspn(digits, "0123456789") != len) {
        return BEID_ERR_FORMAT;
    }
    memset(block, 0xFF, VCARD_PIN_BLOCK_LEN);
    block[0] = (uint8_t)(0x20U | len);
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(digits[i] - '0');
        uint8_t *byte = &block[1 + (i / 2)];
        *byte = (uint8_t)(i % 2 == 0 ? (digit << 4) | 0x0FU
                                     : (*byte & 0xF0U) | digit);
    }
    return BEID_OK;
}

bool
vcard_pin_block_valid(struct beid_span block)
{
    if (block.len != VCARD_PIN_BLOCK_LEN || block.ptr[0] >> 4 != 2) {
        return false;
    }
    size_t digits = block.ptr[0] & 0x0FU;
    if (digits < PIN_DIGITS_MIN || digits > PIN_DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < 14; i++) {
        uint8_t byte = block.ptr[1 + (i / 2)];
        unsigned nibble = i % 2 == 0 ? byte >> 4 : byte & 0x0FU;
        if (i < digits ? nibble > 9 : nibble != 0x0F) {
            return false;
        }
    }
    return true;
}

static unsigned
sw_tries(unsigned left)
{
    return left > 0 ? SW_TRIES | left : SW_BLOCKED;
}

/* Counts down before it compares, as a card that may lose power must. */
static unsigned
present(struct vcard *card, struct beid_span block)
{
    if (card->tries == 0) {
        return SW_BLOCKED;
    }
    card->tries--;
    struct beid_span right = {card->image.pin, VCARD_PIN_BLOCK_LEN};
    if (!beid_secret_equal(block, right)) {
        card->auth_ok = false;
        card->pend = 0;
        return sw_tries(card->tries);
    }
    card->tries = VCARD_PIN_TRIES;
    card->internal_auth = VCARD_INTERNAL_AUTH_MAX;
    return SW_OK;
}

static unsigned
reference_check(const struct vcard_command *command)
{
    if (command->p1 != 0x00) {
        return SW_P1P2;
    }
    return command->p2 == PIN_REFERENCE ? SW_OK : SW_REFERENCE;
}

/* VERIFY without data: the state, since 1.7 at no cost. */
static unsigned
verify_empty(struct vcard *card)
{
    if (card->image.applet < VCARD_APPLET_1_7) {
        card->counts.verify++;
        return present(card, beid_span_of(NULL, 0));
    }
    card->counts.verify_empty++;
    if (card->tries > 0 && (card->auth_ok || card->pend > 0)) {
        return SW_OK;
    }
    return sw_tries(card->tries);
}

unsigned
vcard_verify(struct vcard *card, const struct vcard_command *command,
             struct beid_buf *out)
{
    (void)out;
    unsigned sw = reference_check(command);
    if (sw != SW_OK) {
        return sw;
    }
    if (command->data.len == 0) {
        return verify_empty(card);
    }
    if (command->data.len != VCARD_PIN_BLOCK_LEN) {
        return SW_LENGTH;
    }
    card->counts.verify++;
    sw = present(card, command->data);
    if (sw != SW_OK) {
        return sw;
    }
    card->counts.verify_ok++;
    if (card->pend > 0) {
        card->auth_ok = true; /* the earlier one was not used to sign */
    }
    card->pend = card->image.applet >= VCARD_APPLET_1_8 ? 2 : 1;
    return SW_OK;
}

unsigned
vcard_change_pin(struct vcard *card, const struct vcard_command *command,
                 struct beid_buf *out)
{
    (void)out;
    unsigned sw = reference_check(command);
    if (sw != SW_OK) {
        return sw;
    }
    struct beid_span rest = command->data;
    struct beid_span old_pin;
    if (rest.len != (size_t)2 * VCARD_PIN_BLOCK_LEN
        || beid_span_take(&rest, VCARD_PIN_BLOCK_LEN, &old_pin) != BEID_OK) {
        return SW_LENGTH;
    }
    sw = present(card, old_pin);
    if (sw != SW_OK) {
        return sw;
    }
    card->pend = 0;
    card->auth_ok = vcard_pin_block_valid(rest);
    if (!card->auth_ok) {
        return SW_DATA;
    }
    memcpy(card->image.pin, rest.ptr, VCARD_PIN_BLOCK_LEN);
    return SW_OK;
}

unsigned
vcard_unblock_pin(struct vcard *card, const struct vcard_command *command,
                  struct beid_buf *out)
{
    (void)out;
    unsigned sw = reference_check(command);
    if (sw != SW_OK) {
        return sw;
    }
    if (card->image.applet >= VCARD_APPLET_1_8) {
        return SW_SECURITY; /* an administrator's task since 1.8 */
    }
    if (command->data.len != VCARD_PIN_BLOCK_LEN) {
        return SW_LENGTH;
    }
    if (card->puk_tries == 0) {
        return SW_BLOCKED;
    }
    card->puk_tries--;
    struct beid_span right = {card->image.puk, VCARD_PIN_BLOCK_LEN};
    if (!beid_secret_equal(command->data, right)) {
        return sw_tries(card->puk_tries);
    }
    card->puk_tries = VCARD_PUK_TRIES;
    card->tries = VCARD_PIN_TRIES;
    return SW_OK;
}

unsigned
vcard_log_off(struct vcard *card, const struct vcard_command *command,
              struct beid_buf *out)
{
    (void)out;
    if (command->p1 != 0x00 || command->p2 != 0x00) {
        return SW_PARAMETERS;
    }
    if (command->data.len != 0) {
        return SW_LENGTH;
    }
    card->counts.logoffs++;
    vcard_rights_clear(card);
    return SW_OK;
}

unsigned
vcard_tries(const struct vcard *card)
{
    return card->tries;
}

void
vcard_tries_set(struct vcard *card, unsigned tries)
{
    card->tries = tries > VCARD_PIN_TRIES ? VCARD_PIN_TRIES : tries;
    if (card->tries == 0) {
        card->auth_ok = false;
        card->pend = 0;
    }
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_REPLY_H
#define BEID_WIRE_REPLY_H

#include "wire.h"

struct beid_wire_auth_reply {
    enum beid_err err;
    uint32_t clock_behind_s; /* BEID_ERR_CLOCK: at least so much */
    enum beid_wire_algorithm algorithm;
    struct beid_span certificate; /* DER */
    struct beid_span signature;
    struct beid_span document; /* DOCUMENT_REPLY: what was signed */
    struct beid_span chain[BEID_WIRE_CHAIN_MAX]; /* DER */
    enum beid_wire_pin_entry pin_entry;
    uint8_t chain_count;
    uint8_t tries; /* left, or BEID_WIRE_TRIES_UNKNOWN */
};

enum beid_err
beid_wire_get_auth_reply(const struct beid_wire_message *message,
                         struct beid_wire_auth_reply *out) BEID_NODISCARD;
enum beid_err
beid_wire_put_auth_reply(struct beid_buf *out, uint32_t operation,
                         const struct beid_wire_auth_reply *in) BEID_NODISCARD;

/*
 * The reply to a STEP_UP for a statement, a CERTIFICATE, a SIGN: as AUTH_REPLY
 * with a longer signature, which may be missing, and the signed document.
 */
enum beid_err
beid_wire_get_document_reply(const struct beid_wire_message *message,
                             struct beid_wire_auth_reply *out) BEID_NODISCARD;
enum beid_err beid_wire_put_document_reply(
    struct beid_buf *out, uint32_t operation,
    const struct beid_wire_auth_reply *in) BEID_NODISCARD;

#endif

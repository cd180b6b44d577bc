/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_APDU_H
#define BEID_CARD_APDU_H

#include "card/transport.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* GET RESPONSE rounds that one command may cost (threats C-01). */
#define APDU_ROUNDS_MAX 64U

/* Does the command only read, so that it may be sent again? */
bool apdu_reads(struct beid_span command);

/*
 * Sends a command and resolves 61xx with GET RESPONSE and 6Cxx with the
 * length the card asks for, once per command. A 6D00 to a command that reads
 * is not believed the first time (facts §1.5). The data goes into *data
 * (appended; its maximum is the cap), the final status word into *sw; a status
 * word other than 9000 is BEID_OK here. BEID_ERR_FORMAT for an answer without
 * status word or with too many parts, BEID_ERR_LIMIT for too much data.
 */
enum beid_err apdu_exchange(const struct transport *transport,
                            struct beid_span command, struct beid_buf *data,
                            uint16_t *sw) BEID_NODISCARD;

/*
 * Sends a command that must never be repeated (VERIFY): one exchange, only
 * the status word counts.
 */
enum beid_err apdu_once(const struct transport *transport,
                        struct beid_span command, uint16_t *sw) BEID_NODISCARD;

#endif

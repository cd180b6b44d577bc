/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_PCSC_CARD_H
#define BEID_CARD_PCSC_CARD_H

#include "card/transport.h"

#include <beid/err.h>

#include <stddef.h>
#include <stdint.h>

/*
 * The half of the service of pcsc.h that is about one reader: connections to
 * the card in it, or to the reader alone. A context and a result are numbers
 * of libpcsclite, whose header only the two files behind these include.
 */

/* The meaning of a result (PC/SC part 3 §3.2). */
enum beid_err pcsc_err(long rv) BEID_NODISCARD;

/* As struct service_ops has them. */
enum beid_err pcsc_card_connect(long context, const char *name,
                                struct transport *out) BEID_NODISCARD;
enum beid_err pcsc_card_features(long context, const char *name,
                                 uint8_t *answer, size_t *len) BEID_NODISCARD;

#endif

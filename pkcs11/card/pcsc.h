/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_PCSC_H
#define BEID_CARD_PCSC_H

#include "card/transport.h"

/* Readers behind pcscd, through libpcsclite. */
extern const struct service_ops pcsc_service;

#endif

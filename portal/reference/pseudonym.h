/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_PSEUDONYM_H
#define BEID_PORTAL_PSEUDONYM_H

#include <beid/err.h>

#include <stddef.h>
#include <stdint.h>

#define PSEUDONYM_KEY_SIZE 32U
#define PSEUDONYM_SIZE 65U

/*
 * The name under which the portal remembers a person: HMAC-SHA-256 over the
 * national number, in hexadecimal. The number itself is kept nowhere.
 */
enum beid_err pseudonym_make(const uint8_t key[PSEUDONYM_KEY_SIZE],
                             const char *national_number,
                             char out[PSEUDONYM_SIZE]) BEID_NODISCARD;

/* Bytes in lower-case hexadecimal, with an end; out has 2 * len + 1. */
void pseudonym_hex(const uint8_t *bytes, size_t len, char *out);

#endif

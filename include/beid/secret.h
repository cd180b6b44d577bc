/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SECRET_H
#define BEID_SECRET_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a PIN of 12 digits, a PIN block, and an APDU that carries two. */
#define BEID_SECRET_MAX 64U

/*
 * A secret on a page of its own: fixed capacity, explicit length, no
 * terminator, never grown. The page lies between two that cannot be touched,
 * is locked and left out of core dumps where the system allows it. No log, JSON
 * or format function takes this type.
 */
struct beid_secret;

/* Makes an empty secret. BEID_ERR_MEMORY when no page can be had. */
enum beid_err beid_secret_new(struct beid_secret **out) BEID_NODISCARD;

/* Wipes, unlocks and frees; accepts NULL; sets *secret to NULL. */
void beid_secret_free(struct beid_secret **secret);

/* Wipes the content; the secret is empty afterwards. */
void beid_secret_wipe(struct beid_secret *secret);

/* Appends; BEID_ERR_LIMIT past BEID_SECRET_MAX, the content is then kept. */
enum beid_err beid_secret_put(struct beid_secret *secret,
                              struct beid_span bytes) BEID_NODISCARD;

/* The content, borrowed until the next change. */
struct beid_span beid_secret_span(const struct beid_secret *secret);

/*
 * Room of BEID_SECRET_MAX bytes to fill in place, followed by
 * beid_secret_set_len(). BEID_ERR_LIMIT when len does not fit.
 */
uint8_t *beid_secret_room(struct beid_secret *secret);
enum beid_err beid_secret_set_len(struct beid_secret *secret,
                                  size_t len) BEID_NODISCARD;

/* Constant-time comparison; different lengths are unequal. */
bool beid_secret_equal(struct beid_span a, struct beid_span b);

/* Wipes len bytes in a way the compiler keeps. Accepts NULL with len 0. */
void beid_wipe(void *ptr, size_t len);

#endif

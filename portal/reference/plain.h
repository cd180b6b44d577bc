/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_PLAIN_H
#define BEID_PORTAL_PLAIN_H

#include <beid/bytes.h>

#include <stddef.h>

/*
 * Makes one line of what somebody typed: runs of white space become one
 * blank, none at the ends. BEID_ERR_FORMAT for what is no UTF-8, or has
 * characters that the agent does not show (controls, directions, '<', scripts
 * it has no width for): a statement must be readable before it is signed.
 */
enum beid_err plain_line(char *text) BEID_NODISCARD;

/* Is it a telephone number, or an e-mail address, as people write them? */
bool plain_phone(const char *text);
bool plain_email(const char *text);

/* Appends a text in which {1} stands for values[0], and so on to {9}. */
void plain_fill(struct beid_buf *out, const char *text,
                const char *const *values, size_t count);

#endif

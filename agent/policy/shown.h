/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_SHOWN_H
#define BEID_POLICY_SHOWN_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Will the citizen see this text exactly as it is? Strict UTF-8 of characters
 * that every prompt shows (beid_utf8_shown()), and spaces only one at a time
 * between words, because lines are wrapped there. Not empty.
 */
bool policy_text_shown(struct beid_span text);

/* How many characters it has. */
size_t policy_text_length(struct beid_span text);

#endif

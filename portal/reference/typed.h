/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_TYPED_H
#define BEID_PORTAL_TYPED_H

#include "wish.h"

/*
 * What a citizen typed in a form that is to be signed, as it was typed: kept as
 * long as a wish, so that nobody types it twice when something in it is wrong,
 * when the card is asked for meanwhile, or to change it before it is signed.
 */

/* With this in its address a form shows it; so it does when it is wrong. */
#define TYPED_QUERY "typed=yes"

/* Keeps what was posted, in place of what was typed in this form before. */
enum beid_err typed_keep(struct visit *visit, enum wish_id id) BEID_NODISCARD;

/* It was signed. */
void typed_forget(const struct visit *visit, enum wish_id id);

/* Is it to be shown? */
bool typed_wanted(const struct visit *visit);

/* Finds what was typed in the form of this section, if it is wanted. */
void typed_find(struct visit *visit, const char *path);
void typed_clear(struct visit *visit);

/* A field as it was typed; NULL when nothing was found. */
const char *typed_value(const struct visit *visit, const char *field);

/* The same; else what is known of the citizen. */
const char *typed_field(const struct visit *visit, const char *field);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_ANSWER_H
#define BEID_PORTAL_ANSWER_H

#include "site.h"

/* {"name":"value"}; value is base64url or a fixed word: nothing to escape. */
void answer_json(struct visit *visit, unsigned status, const char *name,
                 const char *value);

/* The same, 200, with several members; at least one. */
void answer_members(struct visit *visit, const struct text *members,
                    size_t count);

/* A refusal with a stable word that the page has a text for. */
void answer_error(struct visit *visit, unsigned status, const char *code);

/*
 * What a failing store is answered with; BEID_ERR_BUSY is too many nonces,
 * BEID_ERR_NOT_FOUND a session that ended meanwhile.
 */
void answer_failure(struct visit *visit, enum beid_err err);

/* 303 to a path or URL, which is copied. */
void answer_redirect(struct visit *visit, const char *where);

/*
 * Did one of our own pages ask? The Origin that the browser writes, and the
 * CSRF token of the session, are both needed.
 */
bool answer_ours(const struct visit *visit, const char *csrf);

/* The same for a posted form, with the token in it; false: told already. */
bool answer_form(struct visit *visit);

/* What a person is shown when a store fails. */
void answer_trouble(struct visit *visit, enum beid_err err);

/* The same for a script's request with JSON; false: refused already. */
bool answer_script(struct visit *visit);

/* Which page of a list is asked for, from 1; 1 for none, and for nonsense. */
size_t answer_page(const struct visit *visit);

/*
 * A field of a posted form, decoded and cut off nowhere: NULL when it is
 * absent, malformed or does not fit.
 */
const char *answer_field(const struct visit *visit, const char *name, char *out,
                         size_t size);

#endif

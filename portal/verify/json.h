/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_JSON_H
#define BEID_VERIFY_JSON_H

#include <beid/bytes.h>
#include <beid/verify.h>

#include <stdbool.h>
#include <time.h>

/*
 * Parses a strict JSON object, no member twice, into *tree, which the caller
 * gives to json_free(). OK, TOKEN_JSON or INTERNAL; *tree is then NULL.
 */
enum beid_verify_result json_read(struct beid_span text,
                                  void **tree) BEID_VERIFY_CHECK;
void json_free(void *tree);

/* A member by its exact name; NULL when absent. Borrowed. */
const void *json_member(const void *object, const char *name);

/* A member that is text; NULL when it is absent or something else. */
const char *json_text(const void *object, const char *name);

/* A member that is a whole number of seconds since 1970, before 2106. */
bool json_time(const void *object, const char *name, time_t *out);

#endif

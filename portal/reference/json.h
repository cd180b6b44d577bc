/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_JSON_H
#define BEID_PORTAL_JSON_H

#include <beid/bytes.h>

/*
 * Appends the text of a member of an answer that libbeid-verify accepted (it
 * is strict about what JSON is). BEID_ERR_FORMAT when there is no such text.
 */
enum beid_err json_member(struct beid_span json, const char *name,
                          struct beid_buf *out) BEID_NODISCARD;

#endif

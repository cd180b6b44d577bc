/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_TOKEN_H
#define BEID_API_TOKEN_H

#include "wire/reply.h"

/* Appends the answer to a successful authentication (design §4 "Token"). */
void api_token_write(struct beid_buf *out,
                     const struct beid_wire_auth_reply *reply);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_MESSAGE_H
#define BEID_TOKEN_MESSAGE_H

#include "token/hashes.h"

#include <beid/bytes.h>

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

/* What an operation gets in one part or in several: its hash, or the bytes as
 * they are. All zeros is an empty one that was not begun. */
struct message {
    EVP_MD_CTX *digest; /* NULL: the bytes as they are */
    struct beid_buf bytes; /* those, or the hash at the end */
};

/* Begins; with hash NULL the bytes themselves are kept, at most max of them.
 */
CK_RV message_begin(struct message *message, const struct hash *hash,
                    size_t max);

/* Adds a part; CKR_DATA_LEN_RANGE past the maximum. */
CK_RV message_add(struct message *message, struct beid_span part);

/* The hash, or all bytes; *out is valid until message_clear(). */
CK_RV message_end(struct message *message, struct beid_span *out);

/* Forgets everything; the message is all zeros afterwards. */
void message_clear(struct message *message);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_TOKEN_H
#define BEID_WORKER_TOKEN_H

#include <beid/bytes.h>
#include <beid/err.h>
#include <beid/secret.h>

#include <openssl/evp.h>

/*
 * The card through libp11: the only file that includes libp11.h. The PIN is
 * never given to PKCS11_login(), which keeps a copy in the heap: libp11 asks
 * a UI_METHOD of ours for it between C_SignInit and C_Sign, and wipes the copy
 * on its stack after the context login. All calls belong to the card thread.
 */
struct token;

/* Loads and initialises the module; BEID_ERR_NOT_FOUND when it cannot be. */
enum beid_err token_open(const char *module, struct token **out) BEID_NODISCARD;

/* Releases, finalises and unloads; accepts NULL. */
void token_close(struct token **token);

/*
 * Finds the authentication key of a slot. Sends nothing to the card that the
 * module does not remember. BEID_ERR_NO_CERTIFICATE without such a key.
 */
enum beid_err token_select(struct token *token,
                           unsigned long slot) BEID_NODISCARD;

/* Closes the sessions that libp11 opened. */
void token_release(struct token *token);

/*
 * Signs message with the selected key and the digest md: VERIFY, signature and
 * LOG OFF in one transaction. pin is handed over when the module asks, once, and
 * wiped by that; it is not looked at for a pinpad. The signature (DER for EC) goes into the emptied
 * buffer out. Errors as in cryptoki_error.h.
 */
enum beid_err token_sign(struct token *token, const EVP_MD *md,
                         struct beid_span message, struct beid_secret *pin,
                         struct beid_buf *out) BEID_NODISCARD;

#endif

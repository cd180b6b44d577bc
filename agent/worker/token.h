/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_TOKEN_H
#define BEID_WORKER_TOKEN_H

#include <beid/bytes.h>
#include <beid/err.h>
#include <beid/secret.h>

#include <openssl/evp.h>

#include <stdbool.h>

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
 * Initialises the module anew if the signature key has to be listed and is
 * not, or the other way round. No session may be open; what the module
 * remembered of a card is gone then. BEID_ERR_NOT_FOUND when it cannot be
 * initialised any more.
 */
enum beid_err token_offer(struct token *token,
                          bool signature_key) BEID_NODISCARD;

enum token_key {
    TOKEN_KEY_AUTHENTICATION,
    TOKEN_KEY_SIGNATURE
};

/*
 * Finds one of the two keys of a slot. Sends nothing to the card that the
 * module does not remember. BEID_ERR_NO_CERTIFICATE without such a key.
 */
enum beid_err token_select(struct token *token, unsigned long slot,
                           enum token_key which) BEID_NODISCARD;

/* Closes the sessions that libp11 opened. */
void token_release(struct token *token);

/*
 * What is done with the selected key: false with OpenSSL's error queue filled
 * when it failed.
 */
typedef bool token_use_fn(EVP_PKEY *key, void *user);

/*
 * Lets use sign once with the selected key: VERIFY, signature and LOG OFF in
 * one transaction. pin as for token_sign(). Errors as in cryptoki_error.h.
 */
enum beid_err token_use(struct token *token, struct beid_secret *pin,
                        token_use_fn *use, void *user) BEID_NODISCARD;

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

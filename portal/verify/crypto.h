/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_CRYPTO_H
#define BEID_VERIFY_CRYPTO_H

#include <beid/bytes.h>

#include <openssl/x509.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * The library's own OpenSSL context, in which certificates are read and the
 * signatures of certificates, tokens, statements and CRLs verified. Only the
 * keys, hashes and signatures of Belgian certificates exist in it, by OpenSSL's
 * default provider: what openssl.cnf or the program around us loaded or took
 * away has no part in it, and OpenSSL 3.0, which looks through all decoders
 * that it has for each key that it reads, has few to look through. Made at the
 * first call, for the whole process; NULL when there is no memory for it, and
 * then the next call tries again.
 */
OSSL_LIB_CTX *crypto_context(void);

/* False when there is no memory. */
bool crypto_sha256(struct beid_span data, uint8_t out[32]);

/* The certificate that fills der, in that context; NULL when none does. */
X509 *crypto_certificate(struct beid_span der);

/*
 * The next certificate of a PEM text, NULL at its end. False when what follows
 * is none; an encrypted one is none, nobody is asked for a passphrase.
 */
bool crypto_pem_next(BIO *text, X509 **out);

/*
 * Hands each certificate of a PEM text to take, which owns it then; false when
 * the text is none, or one was not taken. *count of them were.
 */
bool crypto_pem_each(struct beid_span text,
                     bool (*take)(STACK_OF(X509) * list, X509 *cert),
                     STACK_OF(X509) * list, size_t *count);

#endif

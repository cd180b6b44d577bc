/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"

#include "key.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define ALGORITHMS_MAX 12U /* and one more, and the end */
#define NAMES_MAX 5U

/* What is offered of one kind of operation, by the first of its names. */
static struct offer {
    const int operation;
    const char *const names[NAMES_MAX];
    const char *const property; /* NULL: any */
    const OSSL_ALGORITHM *given;
    OSSL_ALGORITHM room[ALGORITHMS_MAX + 2];
} offers[] = {
    /* SHA-1 signed the CAs of old roots, see chain.c, and finds issuers. */
    {.operation = OSSL_OP_DIGEST,
     .names = {"SHA1", "SHA2-256", "SHA2-384", "SHA2-512"}},
    {.operation = OSSL_OP_KEYMGMT, .names = {"EC", "RSA"}},
    {.operation = OSSL_OP_SIGNATURE, .names = {"ECDSA", "RSA"}},
    {.operation = OSSL_OP_DECODER,
     .names = {"EC", "RSA"},
     .property = "structure=SubjectPublicKeyInfo"},
};

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(OSSL_LIB_CTX *) made;
static OSSL_PROVIDER *everything; /* the default provider, in its own context */

static bool
named(const OSSL_ALGORITHM *algorithm, const char *name)
{
    size_t len = strcspn(algorithm->algorithm_names, ":");
    return strlen(name) == len
           && memcmp(name, algorithm->algorithm_names, len) == 0;
}

static bool
offered(const struct offer *offer, const OSSL_ALGORITHM *algorithm)
{
    bool found = false;
    for (size_t i = 0; i < NAMES_MAX && offer->names[i] != NULL; i++) {
        found = found || named(algorithm, offer->names[i]);
    }
    return found
           && (offer->property == NULL
               || strstr(algorithm->property_definition, offer->property)
                      != NULL);
}

/* Can we read P-384 keys faster? It takes the functions for EC keys. */
static bool
keys_ready(void)
{
    int changing = 0;
    const OSSL_ALGORITHM *all =
        OSSL_PROVIDER_query_operation(everything, OSSL_OP_KEYMGMT, &changing);
    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (named(all, "EC")) {
            return key_prepare(all->implementation,
                               OSSL_PROVIDER_get0_provider_ctx(everything));
        }
    }
    return false;
}

/*
 * Picks what is offered. When a later OpenSSL names things otherwise nothing
 * is left out: slower, but as right.
 */
static void
offer_fill(struct offer *offer)
{
    int changing = 0;
    size_t count = 0;
    const OSSL_ALGORITHM *all =
        OSSL_PROVIDER_query_operation(everything, offer->operation, &changing);
    offer->given = all;
    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (offered(offer, all)) {
            if (count == ALGORITHMS_MAX) {
                return;
            }
            offer->room[count++] = *all;
        }
    }
    if (count > 0 && offer->operation == OSSL_OP_DECODER && keys_ready()) {
        offer->room[count++] = key_decoder; /* OpenSSL tries the last first */
    }
    offer->room[count] = (OSSL_ALGORITHM){0};
    if (count > 0) {
        offer->given = offer->room;
    }
}

static const OSSL_ALGORITHM *
provider_query(void *context, int operation, int *changing)
{
    (void)context;
    *changing = 0;
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        if (offers[i].operation == operation) {
            return offers[i].given;
        }
    }
    return NULL;
}

/* The algorithms stay the default provider's, so they get its context. */
static int
provider_start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
               const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))provider_query},
        {0, NULL}};
    (void)handle;
    key_connect(in);
    *out = functions;
    *context = OSSL_PROVIDER_get0_provider_ctx(everything);
    return 1;
}

/* Both contexts live as long as the process does. */
static OSSL_LIB_CTX *
context_make(void)
{
    OSSL_LIB_CTX *base = OSSL_LIB_CTX_new();
    OSSL_LIB_CTX *own = OSSL_LIB_CTX_new();
    everything = base == NULL ? NULL : OSSL_PROVIDER_load(base, "default");
    if (everything != NULL && own != NULL) {
        for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
            offer_fill(&offers[i]);
        }
        if (OSSL_PROVIDER_add_builtin(own, "beid-verify", provider_start) == 1
            && OSSL_PROVIDER_load(own, "beid-verify") != NULL) {
            return own;
        }
    }
    OSSL_LIB_CTX_free(own);
    key_forget();
    (void)OSSL_PROVIDER_unload(everything);
    OSSL_LIB_CTX_free(base);
    return NULL;
}

OSSL_LIB_CTX *
crypto_context(void)
{
    OSSL_LIB_CTX *known = atomic_load_explicit(&made, memory_order_acquire);
    if (known == NULL) {
        (void)pthread_mutex_lock(&making);
        known = atomic_load_explicit(&made, memory_order_relaxed);
        if (known == NULL) {
            known = context_make();
            atomic_store_explicit(&made, known, memory_order_release);
        }
        (void)pthread_mutex_unlock(&making);
    }
    return known;
}

bool
crypto_sha256(struct beid_span data, uint8_t out[32])
{
    size_t len = 0;
    OSSL_LIB_CTX *context = crypto_context();
    return context != NULL
           && EVP_Q_digest(context, "SHA2-256", NULL, data.ptr, data.len, out,
                           &len)
                  == 1;
}

X509 *
crypto_certificate(struct beid_span der)
{
    const unsigned char *at = der.ptr;
    OSSL_LIB_CTX *context = crypto_context();
    /* An empty one to read into, because it carries the context. */
    X509 *cert = context == NULL ? NULL : X509_new_ex(context, NULL);
    if (cert != NULL
        && (ASN1_item_d2i((ASN1_VALUE **)&cert, &at, (long)der.len,
                          ASN1_ITEM_rptr(X509))
                == NULL
            || at != der.ptr + der.len)) {
        X509_free(cert); /* NULL already when it could not be read */
        cert = NULL;
    }
    return cert;
}

bool
crypto_pem_next(BIO *text, X509 **out)
{
    /* Tried on an encrypted one, else OpenSSL would ask on the terminal. */
    static char no_passphrase[] = "";
    unsigned char *der = NULL;
    long len = 0;
    *out = NULL;
    if (PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509, text, NULL,
                           no_passphrase)
        != 1) {
        return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    }
    *out = crypto_certificate(beid_span_of(der, (size_t)len));
    OPENSSL_free(der);
    return *out != NULL;
}

bool
crypto_pem_each(struct beid_span text,
                bool (*take)(STACK_OF(X509) * list, X509 *cert),
                STACK_OF(X509) * list, size_t *count)
{
    BIO *mem = BIO_new_mem_buf(text.ptr, (int)text.len);
    bool good = mem != NULL;
    bool end = false;
    *count = 0;
    while (good && !end) {
        X509 *cert = NULL;
        good = crypto_pem_next(mem, &cert);
        end = cert == NULL;
        if (good && !end) {
            good = take(list, cert);
            *count += good ? 1 : 0;
        }
    }
    BIO_free(mem);
    return good;
}

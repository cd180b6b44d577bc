/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"
#include "crypto.h"
#include "grammar.h"
#include "internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>

/* More than all Belgian CAs together. */
#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define CERTIFICATES_MAX 1024

enum beid_verify_result
beid_verify_new(struct beid_verify **out)
{
    struct beid_verify *made = calloc(1, sizeof *made);
    *out = NULL;
    if (made == NULL) {
        return BEID_VERIFY_INTERNAL;
    }
    made->trust = sk_X509_new_null();
    made->helpers = sk_X509_new_null();
    made->pins = belgium_roots;
    made->pin_count = belgium_root_count;
    made->cache = crypto_context() == NULL ? NULL : cache_new();
    made->revocation.limits = (struct beid_verify_limits){.ocsp_age_s = 120,
                                                          .skew_s = 900,
                                                          .timeout_ms = 5000,
                                                          .kept_age_s = 600};
    if (made->trust == NULL || made->helpers == NULL || made->cache == NULL) {
        beid_verify_free(&made);
        return BEID_VERIFY_INTERNAL;
    }
    *out = made;
    return BEID_VERIFY_OK;
}

void
beid_verify_free(struct beid_verify **verifier)
{
    if (*verifier == NULL) {
        return;
    }
    sk_X509_pop_free((*verifier)->trust, X509_free);
    sk_X509_pop_free((*verifier)->helpers, X509_free);
    cache_free((*verifier)->cache);
    free(*verifier);
    *verifier = NULL;
}

/* Takes over cert when it is a CA's and there is room, else frees it. */
static bool
push_ca(STACK_OF(X509) * list, X509 *cert)
{
    if (cert != NULL && X509_check_ca(cert) == 1
        && sk_X509_num(list) < CERTIFICATES_MAX
        && sk_X509_push(list, cert) > 0) {
        return true;
    }
    X509_free(cert);
    return false;
}

static bool
push_file(STACK_OF(X509) * list, const void *data, size_t len)
{
    static const char mark[] = "-----BEGIN ";
    if (memmem(data, len, mark, sizeof mark - 1) != NULL) {
        size_t count = 0;
        return crypto_pem_each(beid_span_of(data, len), push_ca, list, &count)
               && count > 0;
    }
    X509 *cert = crypto_certificate(beid_span_of(data, len));
    return cert != NULL && push_ca(list, cert);
}

static enum beid_verify_result
certificates_add(STACK_OF(X509) * list, const void *data, size_t len)
{
    int before = sk_X509_num(list);
    if (data == NULL || len == 0 || len > FILE_MAX) {
        return BEID_VERIFY_ARGUMENT;
    }
    (void)ERR_set_mark();
    bool good = push_file(list, data, len);
    while (!good && sk_X509_num(list) > before) {
        X509_free(sk_X509_pop(list));
    }
    (void)ERR_pop_to_mark();
    return good ? BEID_VERIFY_OK : BEID_VERIFY_ARGUMENT;
}

enum beid_verify_result
beid_verify_add_trust(struct beid_verify *verifier, const void *data,
                      size_t len)
{
    cache_ca_forget(verifier->cache);
    return certificates_add(verifier->trust, data, len);
}

enum beid_verify_result
beid_verify_add_intermediate(struct beid_verify *verifier, const void *data,
                             size_t len)
{
    return certificates_add(verifier->helpers, data, len);
}

void
beid_verify_set_time(struct beid_verify *verifier, time_t at)
{
    verifier->has_time = true;
    verifier->at = at;
}

time_t
verifier_time(const struct beid_verify *verifier)
{
    return verifier->has_time ? verifier->at : time(NULL);
}

enum beid_verify_result
beid_verify_add_policy(struct beid_verify *verifier, enum beid_verify_use use,
                       const char *oid)
{
    if (oid == NULL || !policy_wellformed(oid)
        || verifier->policy_count == POLICIES_MAX
        || (use != BEID_VERIFY_USE_AUTHENTICATION
            && use != BEID_VERIFY_USE_SIGNATURE)) {
        return BEID_VERIFY_ARGUMENT;
    }
    struct policy *policy = &verifier->policies[verifier->policy_count++];
    policy->use = use;
    memcpy(policy->oid, oid, strlen(oid) + 1);
    return BEID_VERIFY_OK;
}

void
beid_verify_refuse_inferred_policies(struct beid_verify *verifier)
{
    verifier->refuse_inferred = true;
}

void
beid_verify_require_device(struct beid_verify *verifier)
{
    verifier->require_device = true;
}

enum beid_verify_result
beid_verify_origin_check(const char *origin)
{
    return origin != NULL && origin_wellformed(origin) ? BEID_VERIFY_OK
                                                       : BEID_VERIFY_ARGUMENT;
}

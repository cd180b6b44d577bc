/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"
#include "crypto.h"
#include "internal.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

/* Root, one CA between, issuing CA, holder: Belgium has one less. */
#define DEPTH_MAX 4
#define OPENSSL_MAJOR_READ 3U
#define RSA_BITS_MIN 2048
#define EC_BITS_MIN 256

/*
 * Which certificates may end the chain.
 *
 * Without named trust these are the certificates, from the evidence or from
 * the caller's intermediates, that carry a pinned key under the pinned name.
 * Such a certificate needs no signature that we check: everything that gives
 * it weight comes from the pin. The key decides what it issued; name and
 * validity are the pin's, so that an invented certificate around the genuine
 * key of an expired root revives nothing; and a child only chains to it when
 * the child's issuer name is the same. It may therefore be self-signed or
 * cross-signed by anyone.
 */
const struct pin *
pin_of(const struct beid_verify *verifier, const X509 *cert)
{
    uint8_t hash[SHA256_SIZE];
    char name[NAME_MAX_BYTES];
    if (!certificate_spki_sha256(cert, hash)) {
        return NULL;
    }
    for (size_t i = 0; i < verifier->pin_count; i++) {
        const struct pin *pin = &verifier->pins[i];
        if (memcmp(pin->spki_sha256, hash, sizeof hash) == 0) {
            int len = X509_NAME_get_text_by_NID(
                X509_get_subject_name(cert), NID_commonName, name, sizeof name);
            return len > 0 && strcmp(name, pin->common_name) == 0 ? pin : NULL;
        }
    }
    return NULL;
}

bool
digest_accepted(int nid)
{
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* Moves pinned certificates into the store; tells when one was too old. */
static bool
pinned_anchors(const struct beid_verify *verifier, STACK_OF(X509) * among,
               time_t at, X509_STORE *store)
{
    bool outside = false;
    for (int i = 0; i < sk_X509_num(among); i++) {
        X509 *cert = sk_X509_value(among, i);
        const struct pin *pin = pin_of(verifier, cert);
        if (pin == NULL || X509_check_ca(cert) != 1) {
            continue;
        }
        if (at < pin->not_before || at > pin->not_after) {
            outside = true;
        } else if (X509_STORE_add_cert(store, cert) != 1) {
            return outside;
        }
    }
    return outside;
}

/*
 * How a certificate of the chain must be signed: with SHA-256 or better.
 * SHA-1 passes only for a CA certificate that a pinned root issued: roots of
 * 2003 to 2013 signed their CAs so, long ago and with contents nobody else
 * chose, which is where SHA-1 still holds. Never for a citizen's certificate.
 */
static bool
signature_strong(X509 *cert, bool old_ca)
{
    int digest = NID_undef;
    return X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1
           && (digest_accepted(digest) || (old_ca && digest == NID_sha1));
}

bool
certificate_signed_strongly(X509 *cert)
{
    return signature_strong(cert, false);
}

static bool
key_strong(const X509 *cert)
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    /* Without a provider an ENGINE of the program's has the key: not ours. */
    if (key == NULL || EVP_PKEY_get0_provider(key) == NULL) {
        return false;
    }
    int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA")) {
        return bits >= RSA_BITS_MIN;
    }
    return EVP_PKEY_is_a(key, "EC") && bits >= EC_BITS_MIN;
}

static enum beid_verify_result
strength_check(STACK_OF(X509) * chain, bool pinned, bool holder)
{
    int last = sk_X509_num(chain) - 1;
    if (last < 1) {
        return BEID_VERIFY_UNTRUSTED; /* a holder is nobody's anchor */
    }
    for (int i = 0; i <= last; i++) {
        X509 *cert = sk_X509_value(chain, i);
        bool old_ca = pinned && (i > 0 || !holder) && i == last - 1;
        if (!key_strong(cert)
            || (i < last && !signature_strong(cert, old_ca))) {
            return BEID_VERIFY_WEAK_SIGNATURE;
        }
    }
    return BEID_VERIFY_OK;
}

/* May a certificate that the first one of the chain issues still follow? */
static bool
room_below(STACK_OF(X509) * chain)
{
    for (int i = 1; i < sk_X509_num(chain); i++) {
        long most = X509_get_pathlen(sk_X509_value(chain, i));
        if (most >= 0 && i > most) {
            return false;
        }
    }
    return true;
}

static enum beid_verify_result
failure_of(X509_STORE_CTX *ctx)
{
    int error = X509_STORE_CTX_get_error(ctx);
    if (error == X509_V_ERR_OUT_OF_MEM || error == X509_V_ERR_UNSPECIFIED) {
        return BEID_VERIFY_INTERNAL;
    }
    if (error == X509_V_ERR_CERT_HAS_EXPIRED
        || error == X509_V_ERR_CERT_NOT_YET_VALID) {
        return BEID_VERIFY_CHAIN_VALIDITY;
    }
    if (error == X509_V_ERR_INVALID_PURPOSE
        && X509_STORE_CTX_get_error_depth(ctx) == 0) {
        return BEID_VERIFY_USAGE;
    }
    return BEID_VERIFY_UNTRUSTED;
}

void
certificate_name(const X509_NAME *name, char *room, size_t size)
{
    BIO *mem = BIO_new(BIO_s_mem());
    room[0] = '\0';
    if (mem != NULL
        && X509_NAME_print_ex(mem, name, 0,
                              XN_FLAG_RFC2253 & ~(unsigned)ASN1_STRFLGS_ESC_MSB)
               >= 0) {
        int len = BIO_read(mem, room, (int)size - 1);
        room[len > 0 ? len : 0] = '\0';
    }
    BIO_free(mem);
}

static void
anchor_point(struct report *out, bool pinned)
{
    out->open.anchor_spki_sha256 = out->anchor_spki_sha256;
    out->open.anchor = out->anchor;
    out->open.issuer = out->issuer;
    out->open.anchor_pinned = pinned ? 1 : 0;
}

static enum beid_verify_result
anchor_describe(STACK_OF(X509) * chain, bool pinned, struct report *out)
{
    const X509 *anchor = sk_X509_value(chain, sk_X509_num(chain) - 1);
    uint8_t hash[SHA256_SIZE];
    if (!certificate_spki_sha256(anchor, hash)) {
        return BEID_VERIFY_INTERNAL;
    }
    certificate_hex(hash, out->anchor_spki_sha256);
    certificate_name(X509_get_subject_name(anchor), out->anchor,
                     sizeof out->anchor);
    certificate_name(X509_get_issuer_name(sk_X509_value(chain, 0)), out->issuer,
                     sizeof out->issuer);
    anchor_point(out, pinned);
    return BEID_VERIFY_OK;
}

/* What a certificate is to be good for. */
static const int purposes[] = {
    [BEID_VERIFY_USE_ANY] = X509_PURPOSE_ANY, /* a CA, see cas.c */
    [BEID_VERIFY_USE_AUTHENTICATION] = X509_PURPOSE_SSL_CLIENT,
    [BEID_VERIFY_USE_SIGNATURE] = X509_PURPOSE_SMIME_SIGN};

/* The chain itself, once the store and the helpers are there. */
static enum beid_verify_result
chain_build(X509_STORE *store, const struct leaf *leaf,
            STACK_OF(X509) * untrusted, X509_STORE_CTX *ctx)
{
    if (X509_STORE_CTX_init(ctx, store, leaf->cert, untrusted) != 1) {
        return BEID_VERIFY_INTERNAL;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, leaf->at);
    X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
    if (X509_VERIFY_PARAM_set_purpose(param, purposes[leaf->use]) != 1
        || X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) != 1) {
        return BEID_VERIFY_INTERNAL;
    }
    return X509_verify_cert(ctx) == 1 ? BEID_VERIFY_OK : failure_of(ctx);
}

/* Evidence and the caller's intermediates in one list, borrowed. */
static STACK_OF(X509)
    * helpers_of(const struct beid_verify *verifier, STACK_OF(X509) * evidence)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    STACK_OF(X509) *const parts[2] = {verifier->helpers, evidence};
    for (size_t p = 0; all != NULL && p < 2; p++) {
        for (int i = 0; i < sk_X509_num(parts[p]); i++) {
            if (sk_X509_push(all, sk_X509_value(parts[p], i)) == 0) {
                sk_X509_free(all);
                return NULL;
            }
        }
    }
    return all;
}

/* Fills the store with what may be trusted. */
static enum beid_verify_result
anchors_collect(const struct beid_verify *verifier, STACK_OF(X509) * all,
                time_t at, X509_STORE *store)
{
    if (sk_X509_num(verifier->trust) == 0) {
        return pinned_anchors(verifier, all, at, store)
                   ? BEID_VERIFY_CHAIN_VALIDITY
                   : BEID_VERIFY_UNTRUSTED;
    }
    for (int i = 0; i < sk_X509_num(verifier->trust); i++) {
        if (X509_STORE_add_cert(store, sk_X509_value(verifier->trust, i))
            != 1) {
            return BEID_VERIFY_INTERNAL;
        }
    }
    return BEID_VERIFY_UNTRUSTED;
}

static bool
same_bytes(const X509_NAME *one, const X509_NAME *two)
{
    const unsigned char *first = NULL;
    const unsigned char *second = NULL;
    size_t len = 0;
    size_t other = 0;
    return X509_NAME_get0_der(one, &first, &len) == 1
           && X509_NAME_get0_der(two, &second, &other) == 1 && len == other
           && memcmp(first, second, len) == 0;
}

/* What the report says of a CA that is known; its certificate is handed over. */
static void
known_point(struct cache_ca *known, const struct leaf *leaf, X509 **issuer,
            struct report *out)
{
    memcpy(out->anchor, known->anchor, sizeof out->anchor);
    memcpy(out->anchor_spki_sha256, known->anchor_spki_sha256,
           sizeof out->anchor_spki_sha256);
    if (same_bytes(X509_get_subject_name(known->ca),
                   X509_get_issuer_name(leaf->cert))) {
        memcpy(out->issuer, known->subject, sizeof out->issuer);
    } else { /* the same name, written otherwise */
        certificate_name(X509_get_issuer_name(leaf->cert), out->issuer,
                         sizeof out->issuer);
    }
    anchor_point(out, known->pinned);
    *issuer = known->ca;
    known->ca = NULL;
}

/*
 * A certificate that was checked before for this use: neither its bytes nor
 * its CA's have changed, and whether it is valid now was looked at before.
 */
static bool
known_holder_check(const struct beid_verify *verifier, const struct leaf *leaf,
                   X509 **issuer, struct report *out)
{
    struct cache_ca known = {0};
    if (!cache_holder_find(verifier->cache, out->open.certificate_sha256,
                           leaf->use, leaf->at, &known)) {
        return false;
    }
    known_point(&known, leaf, issuer, out);
    cache_ca_release(&known);
    return true;
}

/*
 * What X509_verify_cert() asks of the last link of a chain, where all above it
 * was checked. cache_ca_find() has looked at names, key identifiers, the CA's
 * key usage and its dates; certificate_check() at the holder's dates and
 * curve, and that it is no CA; a CA below name constraints is not remembered.
 * False only sends the certificate the whole way.
 */
static bool
issued_by(const struct leaf *leaf, X509 *ca)
{
    const uint32_t wrong =
        EXFLAG_INVALID | EXFLAG_CRITICAL | EXFLAG_PROXY | EXFLAG_CA;
    /* What a later OpenSSL asks besides has not been read. */
    return OPENSSL_version_major() == OPENSSL_MAJOR_READ
           && (X509_get_extension_flags(leaf->cert) & wrong) == 0
           && X509_get_ext_by_NID(leaf->cert, NID_sbgp_ipAddrBlock, -1) < 0
           && X509_get_ext_by_NID(leaf->cert, NID_sbgp_autonomousSysNum, -1) < 0
           && X509_check_purpose(leaf->cert, purposes[leaf->use], 0) == 1
           && X509_check_purpose(ca, purposes[leaf->use], 1) == 1
           && key_strong(leaf->cert) && key_strong(ca)
           && signature_strong(leaf->cert, false)
           && X509_verify(leaf->cert, X509_get0_pubkey(ca)) == 1;
}

/* Below a CA whose own chain was checked before; false: look again. */
static bool
known_ca_check(const struct beid_verify *verifier, const struct leaf *leaf,
               X509 **issuer, struct report *out)
{
    struct cache_ca known = {0};
    if (!cache_ca_find(verifier->cache, leaf->cert, leaf->at, &known)) {
        return false;
    }
    bool good = issued_by(leaf, known.ca);
    if (good) {
        cache_holder_add(verifier->cache, out->open.certificate_sha256,
                         leaf->use, &known);
        known_point(&known, leaf, issuer, out);
    }
    cache_ca_release(&known);
    return good;
}

/*
 * Narrows from..until to the validity of a CA; false when it has none. Of a
 * pinned root only the pin's counts: its certificate comes from whoever asks.
 */
static bool
narrow(const struct beid_verify *verifier, X509 *cert, bool anchor,
       struct cache_ca *entry)
{
    time_t from = 0;
    time_t until = 0;
    const struct pin *pin = anchor ? pin_of(verifier, cert) : NULL;
    if (pin != NULL) {
        from = pin->not_before;
        until = pin->not_after;
    } else if (!certificate_seconds(X509_get0_notBefore(cert), &from)
               || !certificate_seconds(X509_get0_notAfter(cert), &until)) {
        return false;
    }
    /* In its last second OpenSSL counts it as expired. */
    until -= pin == NULL ? 1 : 0;
    /* Judged over the whole chain only, so never shortened. */
    if (X509_get_ext_by_NID(cert, NID_name_constraints, -1) >= 0) {
        return false;
    }
    entry->from = entry->from > from ? entry->from : from;
    entry->until = entry->until < until ? entry->until : until;
    return true;
}

/* Remembers the parts of a chain that was checked to its anchor. */
static void
chain_remember(const struct beid_verify *verifier, const struct leaf *leaf,
               STACK_OF(X509) * chain, const struct report *report)
{
    int last = sk_X509_num(chain) - 1;
    bool pinned = report->open.anchor_pinned == 1;
    struct cache_ca entry = {.ca = sk_X509_value(chain, 1),
                             .from = 0,
                             .until = INT64_MAX,
                             .pinned = pinned};
    bool good = true;
    for (int i = 1; good && i <= last; i++) {
        X509 *cert = sk_X509_value(chain, i);
        cache_certificate_add(verifier->cache, cert);
        /* The use of the issuing CA is judged each time, of those above not. */
        good = (i == 1 || X509_get_ext_by_NID(cert, NID_ext_key_usage, -1) < 0)
               && narrow(verifier, cert, pinned && i == last, &entry);
    }
    if (good) {
        certificate_name(X509_get_subject_name(entry.ca), entry.subject,
                         sizeof entry.subject);
        memcpy(entry.anchor, report->anchor, sizeof entry.anchor);
        memcpy(entry.anchor_spki_sha256, report->anchor_spki_sha256,
               sizeof entry.anchor_spki_sha256);
        cache_ca_add(verifier->cache, &entry);
        cache_holder_add(verifier->cache, report->open.certificate_sha256,
                         leaf->use, &entry);
    }
}

enum beid_verify_result
chain_check(const struct beid_verify *verifier, const struct leaf *leaf,
            X509 **issuer, struct report *out)
{
    bool holder = leaf->use != BEID_VERIFY_USE_ANY;
    if (holder
        && (known_holder_check(verifier, leaf, issuer, out)
            || known_ca_check(verifier, leaf, issuer, out))) {
        return BEID_VERIFY_OK;
    }
    bool pinned = sk_X509_num(verifier->trust) == 0;
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    STACK_OF(X509) *all = helpers_of(verifier, leaf->evidence);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(crypto_context(), NULL);
    if (all != NULL && store != NULL && ctx != NULL) {
        enum beid_verify_result reason =
            anchors_collect(verifier, all, leaf->at, store);
        result = reason == BEID_VERIFY_INTERNAL
                     ? reason
                     : chain_build(store, leaf, all, ctx);
        /* An expired root explains better than "no root". */
        if (result == BEID_VERIFY_UNTRUSTED) {
            result = reason;
        }
    }
    if (result == BEID_VERIFY_OK) {
        result = strength_check(X509_STORE_CTX_get0_chain(ctx), pinned, holder);
    }
    if (result == BEID_VERIFY_OK && !holder
        && !room_below(X509_STORE_CTX_get0_chain(ctx))) {
        result = BEID_VERIFY_UNTRUSTED;
    }
    if (result == BEID_VERIFY_OK) {
        result = anchor_describe(X509_STORE_CTX_get0_chain(ctx), pinned, out);
    }
    if (result == BEID_VERIFY_OK) {
        if (holder) {
            chain_remember(verifier, leaf, X509_STORE_CTX_get0_chain(ctx), out);
        }
        *issuer = sk_X509_value(X509_STORE_CTX_get0_chain(ctx), 1);
        result =
            X509_up_ref(*issuer) == 1 ? BEID_VERIFY_OK : BEID_VERIFY_INTERNAL;
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_free(all);
    return result;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "internal.h"
#include "json.h"
#include "token.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define CAS_MAX 1024

/* One certificate of the list, with the room its strings point into. */
struct ca {
    char subject[2 * NAME_MAX_BYTES];
    char issuer[2 * NAME_MAX_BYTES];
    char spki_sha256[2 * SHA256_SIZE + 1];
    char anchor[2 * NAME_MAX_BYTES];
    char anchor_spki_sha256[2 * SHA256_SIZE + 1];
    char *pem;
};

struct cas {
    struct beid_verify_cas open; /* the first member */
    STACK_OF(X509) * all; /* what was added */
    struct beid_verify_ca *ca;
    struct ca *room;
};

enum beid_verify_result
beid_verify_root(size_t index, struct beid_verify_root *out)
{
    if (index >= belgium_root_count) {
        return BEID_VERIFY_ARGUMENT;
    }
    const struct pin *pin = &belgium_roots[index];
    out->common_name = pin->common_name;
    out->not_before = pin->not_before;
    out->not_after = pin->not_after;
    certificate_hex(pin->spki_sha256, out->spki_sha256);
    return BEID_VERIFY_OK;
}

/* Takes over a certificate that the list has not; false when it is full. */
static bool
push_new(STACK_OF(X509) * list, X509 *cert)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (X509_cmp(sk_X509_value(list, i), cert) == 0) {
            X509_free(cert);
            return true;
        }
    }
    if (sk_X509_num(list) < CAS_MAX && sk_X509_push(list, cert) > 0) {
        return true;
    }
    X509_free(cert);
    return false;
}

static enum beid_verify_result
read_answer(struct beid_span text, STACK_OF(X509) * out, bool *found)
{
    void *tree = NULL;
    struct token token = {0};
    STACK_OF(X509) *all = sk_X509_new_null();
    enum beid_verify_result result =
        all == NULL ? BEID_VERIFY_INTERNAL : json_read(text, &tree);
    if (result == BEID_VERIFY_OK) {
        result = token_chain(tree, &token);
    }
    if (result == BEID_VERIFY_OK) {
        result = evidence_parse(&token, NULL, all);
    }
    while (result == BEID_VERIFY_OK && sk_X509_num(all) > 0) {
        *found = true;
        result = push_new(out, sk_X509_shift(all)) ? BEID_VERIFY_OK
                                                   : BEID_VERIFY_CHAIN_FORMAT;
    }
    json_free(tree);
    sk_X509_pop_free(all, X509_free);
    return result;
}

static enum beid_verify_result
read_any(const void *data, size_t len, STACK_OF(X509) * out, bool *found)
{
    static const char mark[] = "-----BEGIN ";
    static const char blank[] = " \t\r\n";
    const char *text = data;
    size_t first = 0;
    while (first < len && memchr(blank, text[first], sizeof blank - 1)) {
        first++;
    }
    if (first < len && text[first] == '{') {
        return len > ANSWER_MAX
                   ? BEID_VERIFY_TOKEN_JSON
                   : read_answer(beid_span_of(data, len), out, found);
    }
    if (memmem(data, len, mark, sizeof mark - 1) != NULL) {
        size_t count = 0;
        bool good =
            crypto_pem_each(beid_span_of(data, len), push_new, out, &count);
        *found = count > 0;
        return good ? BEID_VERIFY_OK : BEID_VERIFY_CHAIN_FORMAT;
    }
    X509 *cert = certificate_read(data, len);
    *found = cert != NULL;
    return cert != NULL && push_new(out, cert) ? BEID_VERIFY_OK
                                               : BEID_VERIFY_CHAIN_FORMAT;
}

static bool
trusted_itself(const struct beid_verify *verifier, X509 *cert)
{
    for (int i = 0; i < sk_X509_num(verifier->trust); i++) {
        if (X509_cmp(sk_X509_value(verifier->trust, i), cert) == 0) {
            return true;
        }
    }
    return false;
}

static void
anchor_copy(const struct report *from, struct ca *room,
            struct beid_verify_ca *out)
{
    memcpy(room->anchor, from->anchor, sizeof room->anchor);
    memcpy(room->anchor_spki_sha256, from->anchor_spki_sha256,
           sizeof room->anchor_spki_sha256);
    out->anchor = room->anchor;
    out->anchor_spki_sha256 = room->anchor_spki_sha256;
}

/* What is trusted by itself has no chain: its dates are what is left. */
static enum beid_verify_result
anchor_judge(const struct beid_verify *verifier, X509 *cert, struct ca *room,
             struct beid_verify_ca *out)
{
    const struct pin *pin =
        sk_X509_num(verifier->trust) == 0 ? pin_of(verifier, cert) : NULL;
    time_t at = verifier_time(verifier);
    out->root =
        pin != NULL || (X509_get_extension_flags(cert) & EXFLAG_SI) != 0;
    if (pin != NULL) {
        out->not_before = pin->not_before;
        out->not_after = pin->not_after;
    }
    struct report same = {0};
    memcpy(same.anchor, room->subject, sizeof same.anchor);
    memcpy(same.anchor_spki_sha256, room->spki_sha256,
           sizeof same.anchor_spki_sha256);
    anchor_copy(&same, room, out);
    return at < out->not_before || at > out->not_after
               ? BEID_VERIFY_CHAIN_VALIDITY
               : BEID_VERIFY_OK;
}

static enum beid_verify_result
ca_judge(const struct beid_verify *verifier, X509 *cert, STACK_OF(X509) * all,
         struct ca *room, struct beid_verify_ca *out)
{
    if (X509_check_ca(cert) != 1
        || (X509_get_key_usage(cert) & KU_KEY_CERT_SIGN) == 0) {
        return BEID_VERIFY_USAGE;
    }
    if (sk_X509_num(verifier->trust) == 0 ? pin_of(verifier, cert) != NULL
                                          : trusted_itself(verifier, cert)) {
        return anchor_judge(verifier, cert, room, out);
    }
    X509 *issuer = NULL;
    struct report *report = calloc(1, sizeof *report);
    const struct leaf leaf = {.cert = cert,
                              .evidence = all,
                              .use = BEID_VERIFY_USE_ANY,
                              .at = verifier_time(verifier)};
    enum beid_verify_result result =
        report == NULL ? BEID_VERIFY_INTERNAL
                       : chain_check(verifier, &leaf, &issuer, report);
    if (result == BEID_VERIFY_OK) {
        anchor_copy(report, room, out);
    }
    X509_free(issuer);
    free(report);
    return result;
}

/* The certificate as PEM in memory of its own; NULL when there is none. */
static char *
pem_of(X509 *cert)
{
    BIO *mem = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *copy = NULL;
    if (mem != NULL && PEM_write_bio_X509(mem, cert) == 1) {
        long len = BIO_get_mem_data(mem, &data);
        copy = len > 0 ? strndup(data, (size_t)len) : NULL;
    }
    BIO_free(mem);
    return copy;
}

static bool
ca_describe(X509 *cert, struct ca *room, struct beid_verify_ca *out)
{
    uint8_t hash[SHA256_SIZE];
    if (!certificate_spki_sha256(cert, hash)
        || !certificate_seconds(X509_get0_notBefore(cert), &out->not_before)
        || !certificate_seconds(X509_get0_notAfter(cert), &out->not_after)) {
        return false;
    }
    certificate_hex(hash, room->spki_sha256);
    certificate_name(X509_get_subject_name(cert), room->subject,
                     sizeof room->subject);
    certificate_name(X509_get_issuer_name(cert), room->issuer,
                     sizeof room->issuer);
    room->pem = pem_of(cert);
    out->subject = room->subject;
    out->issuer = room->issuer;
    out->spki_sha256 = room->spki_sha256;
    out->pem = room->pem;
    return room->pem != NULL;
}

/* The reports of an earlier judgement. */
static void
judgement_clear(struct cas *made)
{
    for (size_t i = 0; i < made->open.count; i++) {
        free(made->room[i].pem);
    }
    free(made->ca);
    free(made->room);
    made->ca = NULL;
    made->room = NULL;
    made->open = (struct beid_verify_cas){0};
}

static enum beid_verify_result
all_judge(const struct beid_verify *verifier, struct cas *made)
{
    size_t count = (size_t)sk_X509_num(made->all);
    made->ca = calloc(count, sizeof *made->ca);
    made->room = calloc(count, sizeof *made->room);
    made->open.ca = made->ca;
    if (made->ca == NULL || made->room == NULL) {
        return BEID_VERIFY_INTERNAL;
    }
    for (size_t i = 0; i < count; i++) {
        X509 *cert = sk_X509_value(made->all, (int)i);
        made->open.count = i + 1;
        if (!ca_describe(cert, &made->room[i], &made->ca[i])) {
            return BEID_VERIFY_INTERNAL;
        }
        made->ca[i].result =
            ca_judge(verifier, cert, made->all, &made->room[i], &made->ca[i]);
    }
    return BEID_VERIFY_OK;
}

/* open is the first member of struct cas, the only maker of lists. */
static struct cas *
inside(struct beid_verify_cas *cas)
{
    return (struct cas *)(void *)cas;
}

enum beid_verify_result
beid_verify_cas_new(struct beid_verify_cas **cas)
{
    struct cas *made = calloc(1, sizeof *made);
    *cas = NULL;
    if (made != NULL && crypto_context() != NULL
        && (made->all = sk_X509_new_null()) != NULL) {
        *cas = &made->open;
        return BEID_VERIFY_OK;
    }
    free(made);
    return BEID_VERIFY_INTERNAL;
}

enum beid_verify_result
beid_verify_cas_add(struct beid_verify_cas *cas, const void *data, size_t len)
{
    STACK_OF(X509) *all = inside(cas)->all;
    int before = sk_X509_num(all);
    if (data == NULL || len == 0 || len > FILE_MAX) {
        return BEID_VERIFY_ARGUMENT;
    }
    bool found = false;
    (void)ERR_set_mark();
    enum beid_verify_result result = read_any(data, len, all, &found);
    (void)ERR_pop_to_mark();
    while (result != BEID_VERIFY_OK && sk_X509_num(all) > before) {
        X509_free(sk_X509_pop(all));
    }
    return result == BEID_VERIFY_OK && !found ? BEID_VERIFY_ARGUMENT : result;
}

enum beid_verify_result
beid_verify_cas_judge(const struct beid_verify *verifier,
                      struct beid_verify_cas *cas)
{
    struct cas *made = inside(cas);
    judgement_clear(made);
    (void)ERR_set_mark();
    enum beid_verify_result result = sk_X509_num(made->all) == 0
                                         ? BEID_VERIFY_OK
                                         : all_judge(verifier, made);
    (void)ERR_pop_to_mark();
    return result;
}

void
beid_verify_cas_free(struct beid_verify_cas **cas)
{
    if (*cas == NULL) {
        return;
    }
    struct cas *made = inside(*cas);
    judgement_clear(made);
    sk_X509_pop_free(made->all, X509_free);
    free(made);
    *cas = NULL;
}

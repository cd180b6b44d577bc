/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The issuers and the card holders' certificates of a test PKI. */

#include "pki.h"

#include "store.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

#define CA_BITS 4096
#define RRN_BITS 2048
#define NAME_LEN 32U
#define TEXT_LEN 128U

/* Issuers are old enough for a card that expired a year ago. */
#define CA_START_DAYS (-3650)
#define CA_END_DAYS 4380
#define CARD_START_DAYS (-30)
#define CARD_DAYS_RSA 1826
#define CARD_DAYS_EC 3652
#define EXPIRED_START_DAYS (-2190)
#define EXPIRED_END_DAYS (-365)
#define EXPIRING_END_DAYS 30
#define NOT_YET_START_DAYS 2

/*
 * A CA key may have four primes (RFC 8017 §3.2): ten times faster to make,
 * and no different for who verifies. Card keys have two.
 */
static EVP_PKEY *
rsa_make(int bits)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    int primes = bits == CA_BITS ? 4 : 2;
    if (ctx == NULL || EVP_PKEY_keygen_init(ctx) <= 0
        || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) <= 0
        || EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, primes) <= 0
        || EVP_PKEY_generate(ctx, &key) <= 0) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *
key_make(enum profile_family family, int rsa_bits)
{
    return family == PROFILE_EC ? EVP_EC_gen("P-384") : rsa_make(rsa_bits);
}

void
pki_pair_clear(struct pki_pair *pair)
{
    X509_free(pair->cert);
    EVP_PKEY_free(pair->key);
    pair->cert = NULL;
    pair->key = NULL;
}

void
pki_clear(struct pki *pki)
{
    pki_pair_clear(&pki->root);
    pki_pair_clear(&pki->ca);
    pki_pair_clear(&pki->rrn);
}

void
pki_card_clear(struct pki_card *card)
{
    EVP_PKEY_free(card->basic);
    card->basic = NULL;
    pki_pair_clear(&card->auth);
    pki_pair_clear(&card->sign);
}

static bool
family_is(const EVP_PKEY *key, enum profile_family family)
{
    return EVP_PKEY_is_a(key, family == PROFILE_EC ? "EC" : "RSA") == 1;
}

/* Does a certificate that names an OCSP responder name one of these? */
static bool
names_servers(X509 *cert, struct profile_servers servers)
{
    const char *base = servers.base == NULL ? "http://ocsp." : servers.base;
    STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(cert);
    bool good = true;
    for (int i = 0; i < sk_OPENSSL_STRING_num(urls); i++) {
        const char *url = sk_OPENSSL_STRING_value(urls, i);
        good = good && strncmp(url, base, strlen(base)) == 0;
    }
    X509_email_free(urls);
    return good;
}

/* Issues its certificate; the key is there. */
static enum beid_err
issuer_certify(const struct pki *pki, enum profile_role role,
               struct pki_pair *pair)
{
    struct certificate_request request = {
        .family = pki->family,
        .role = role,
        .name = profile_name(pki->family, role),
        .key = pair->key,
        .servers = pki->servers,
        .start_days = CA_START_DAYS,
        .end_days = CA_END_DAYS,
    };
    struct certificate_issuer issuer = {pki->root.cert, pki->root.key};
    if (role == PROFILE_ROOT) {
        issuer.key = pair->key;
    }
    return certificate_make(&request, issuer, &pair->cert);
}

static enum beid_err
issuer_open(const struct pki *pki, const char *name, enum profile_role role,
            struct pki_pair *out)
{
    enum beid_err err = store_load(pki->dir, name, out);
    if (err == BEID_OK) {
        if (out->cert == NULL || !family_is(out->key, pki->family)) {
            return BEID_ERR_FORMAT;
        }
        if (names_servers(out->cert, pki->servers)) {
            return BEID_OK;
        }
        X509_free(out->cert);
        out->cert = NULL;
    } else if (err == BEID_ERR_NOT_FOUND) {
        int bits = role == PROFILE_RRN ? RRN_BITS : CA_BITS;
        out->key = key_make(pki->family, bits);
        err = out->key == NULL ? BEID_ERR_INTERNAL : BEID_OK;
    }
    if (err == BEID_OK) {
        err = issuer_certify(pki, role, out);
    }
    return err == BEID_OK ? store_save(pki->dir, name, out) : err;
}

enum beid_err
pki_open(const char *dir, enum profile_family family,
         struct profile_servers servers, struct pki *out)
{
    struct pki pki = {.family = family, .servers = servers};
    int len = snprintf(pki.dir, sizeof(pki.dir), "%s", dir);
    if (len < 0 || (size_t)len >= sizeof(pki.dir)) {
        return BEID_ERR_LIMIT;
    }
    enum beid_err err = issuer_open(&pki, "root", PROFILE_ROOT, &pki.root);
    if (err == BEID_OK) {
        err = servers.foreigner
                  ? issuer_open(&pki, "foreigner-ca", PROFILE_FOREIGNER_CA,
                                &pki.ca)
                  : issuer_open(&pki, "ca", PROFILE_CITIZEN_CA, &pki.ca);
    }
    if (err == BEID_OK) {
        err = issuer_open(&pki, "rrn", PROFILE_RRN, &pki.rrn);
    }
    if (err != BEID_OK) {
        pki_clear(&pki);
        return err;
    }
    *out = pki;
    return BEID_OK;
}

/* C, CN, surname, given names, serialNumber: the order of real cards. */
static enum beid_err
holder_make(const struct pki *pki, enum profile_role role,
            const struct person *person, struct pki_pair *pair)
{
    char common[TEXT_LEN];
    char number[PERSON_NUMBER_LEN + 1];
    (void)snprintf(common, sizeof(common), "%s %s (%s)", person->first_name,
                   person->surname,
                   role == PROFILE_AUTH ? "Authentication" : "Signature");
    person_number(person, number);
    const struct profile_attribute name[] = {
        {NID_countryName, "BE"},        {NID_commonName, common},
        {NID_surname, person->surname}, {NID_givenName, person->given_names},
        {NID_serialNumber, number},     {0, NULL},
    };
    struct certificate_request request = {
        .family = pki->family,
        .role = role,
        .name = name,
        .key = pair->key,
        .servers = pki->servers,
        .start_days = person->expired ? EXPIRED_START_DAYS : CARD_START_DAYS,
        .end_days = pki->family == PROFILE_EC ? CARD_DAYS_EC : CARD_DAYS_RSA,
    };
    if (person->expired) {
        request.end_days = EXPIRED_END_DAYS;
    } else if (person->expiring) {
        request.end_days = EXPIRING_END_DAYS;
    } else if (person->not_yet) {
        request.start_days = NOT_YET_START_DAYS;
    }
    struct certificate_issuer issuer = {pki->ca.cert, pki->ca.key};
    return certificate_make(&request, issuer, &pair->cert);
}

/* A stored certificate of somebody else is replaced, the key is kept. */
static bool
issued_to(const X509 *cert, const struct person *person)
{
    char number[PERSON_NUMBER_LEN + 1];
    char found[TEXT_LEN] = "";
    person_number(person, number);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
                                    NID_serialNumber, found, sizeof(found));
    return strcmp(number, found) == 0;
}

static enum beid_err
holder_open(const struct pki *pki, const char *file, enum profile_role role,
            const struct person *person, int rsa_bits, struct pki_pair *out)
{
    enum beid_err err = store_load(pki->dir, file, out);
    if (err == BEID_ERR_NOT_FOUND) {
        out->key = key_make(pki->family, rsa_bits);
        err = out->key == NULL ? BEID_ERR_INTERNAL : BEID_OK;
    }
    if (err != BEID_OK) {
        return err;
    }
    if (!family_is(out->key, pki->family)
        || (pki->family == PROFILE_RSA
            && EVP_PKEY_get_bits(out->key) != rsa_bits)) {
        return BEID_ERR_FORMAT;
    }
    if (out->cert != NULL && issued_to(out->cert, person)
        && names_servers(out->cert, pki->servers)) {
        return BEID_OK;
    }
    X509_free(out->cert);
    out->cert = NULL;
    err = holder_make(pki, role, person, out);
    return err == BEID_OK ? store_save(pki->dir, file, out) : err;
}

static enum beid_err
basic_open(const struct pki *pki, const char *file, EVP_PKEY **out)
{
    if (pki->family == PROFILE_RSA) {
        return BEID_OK; /* no published command reaches it */
    }
    struct pki_pair pair = {NULL, NULL};
    enum beid_err err = store_load(pki->dir, file, &pair);
    if (err == BEID_ERR_NOT_FOUND) {
        pair.key = key_make(pki->family, 0);
        err = pair.key == NULL ? BEID_ERR_INTERNAL
                               : store_save(pki->dir, file, &pair);
    }
    X509_free(pair.cert);
    *out = pair.key;
    return err;
}

static void
file_name(char out[NAME_LEN], const char *base, unsigned number)
{
    if (number == 0) {
        (void)snprintf(out, NAME_LEN, "%s", base);
    } else {
        (void)snprintf(out, NAME_LEN, "%s-%u", base, number);
    }
}

enum beid_err
pki_card_open(const struct pki *pki, unsigned number,
              const struct person *person, int rsa_bits, struct pki_card *out)
{
    struct pki_card card = {NULL, {NULL, NULL}, {NULL, NULL}};
    char name[NAME_LEN];
    file_name(name, "basic", number);
    enum beid_err err = basic_open(pki, name, &card.basic);
    if (err == BEID_OK) {
        file_name(name, "auth", number);
        err =
            holder_open(pki, name, PROFILE_AUTH, person, rsa_bits, &card.auth);
    }
    if (err == BEID_OK) {
        file_name(name, "sign", number);
        err =
            holder_open(pki, name, PROFILE_SIGN, person, rsa_bits, &card.sign);
    }
    if (err != BEID_OK) {
        pki_card_clear(&card);
        return err;
    }
    *out = card;
    return BEID_OK;
}

enum beid_err
pki_responder_open(const char *dir, const char *name,
                   const struct pki_pair *issuer, struct pki_pair *out)
{
    char file[NAME_LEN];
    struct pki_pair pair = {NULL, NULL};
    (void)snprintf(file, sizeof(file), "%s-ocsp", name);
    enum profile_family family =
        family_is(issuer->key, PROFILE_EC) ? PROFILE_EC : PROFILE_RSA;
    enum beid_err err = store_load(dir, file, &pair);
    if (err == BEID_OK && pair.cert != NULL
        && X509_verify(pair.cert, issuer->key) == 1) {
        *out = pair;
        return BEID_OK;
    }
    pki_pair_clear(&pair); /* of another issuer */
    pair.key = key_make(family, RRN_BITS);
    struct certificate_request request = {
        .family = family,
        .role = PROFILE_RESPONDER,
        .name = profile_name(family, PROFILE_RESPONDER),
        .key = pair.key,
        .start_days = CARD_START_DAYS,
        .end_days = CARD_DAYS_RSA,
    };
    struct certificate_issuer by = {issuer->cert, issuer->key};
    err = pair.key == NULL ? BEID_ERR_INTERNAL
                           : certificate_make(&request, by, &pair.cert);
    if (err == BEID_OK) {
        err = store_save(dir, file, &pair);
    }
    if (err != BEID_OK) {
        pki_pair_clear(&pair);
        return err;
    }
    *out = pair;
    return BEID_OK;
}

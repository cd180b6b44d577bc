/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"

#include <openssl/ecdsa.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 48
#define ANSWER_SIZE 32768U

/* A test that cannot build its world must not look as if it passed. */
static void
need(bool good)
{
    if (!good) {
        (void)fprintf(stderr, "libcrypto cannot build the test PKI\n");
        abort();
    }
}

EVP_PKEY *
test_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-384");
    need(key != NULL);
    return key;
}

static void
name_put(X509_NAME *name, const char *field, const char *text)
{
    need(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    (const unsigned char *)text, -1, -1, 0)
         == 1);
}

static void
extension_put(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    need(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void
server_put(X509 *cert, int nid, const char *before, const char *url)
{
    char value[512];
    if (url != NULL) {
        int len = snprintf(value, sizeof value, "%s%s", before, url);
        need(len > 0 && (size_t)len < sizeof value);
        extension_put(cert, nid, value);
    }
}

/* What a card's certificates say: 2.16.56.12.1.1.2.2 or .2.1 with QcCompliance. */
static void
holder_put(X509 *cert, bool signer)
{
    name_put(X509_get_subject_name(cert), "serialNumber", "85073003328");
    extension_put(cert, NID_key_usage,
                  signer ? "critical,nonRepudiation"
                         : "critical,digitalSignature");
    extension_put(cert, NID_certificate_policies,
                  signer ? "DER:300B3009060760380C01010201"
                         : "DER:300B3009060760380C01010202");
    if (signer) {
        extension_put(cert, NID_qcStatements, "DER:300A3008060604008E460101");
    }
}

X509 *
test_cert_make(const struct test_cert *what)
{
    X509 *cert = X509_new();
    need(cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1
         && ASN1_INTEGER_set(X509_get_serialNumber(cert),
                             what->serial == 0 ? 42 : what->serial)
                == 1
         && X509_set_pubkey(cert, what->key) == 1
         && ASN1_TIME_set(X509_getm_notBefore(cert), what->not_before) != NULL
         && ASN1_TIME_set(X509_getm_notAfter(cert), what->not_after) != NULL);
    name_put(X509_get_subject_name(cert), "CN", what->subject);
    name_put(X509_get_issuer_name(cert), "CN", what->issuer);
    if (what->ca) {
        extension_put(cert, NID_basic_constraints, "critical,CA:TRUE");
        extension_put(cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        holder_put(cert, what->signer);
    }
    server_put(cert, NID_info_access, "OCSP;URI:", what->ocsp);
    server_put(cert, NID_crl_distribution_points, "URI:", what->crl);
    need(X509_sign(cert, what->issuer_key, what->hash) > 0);
    return cert;
}

static void
base64_put(char *out, size_t size, const unsigned char *bytes, size_t len)
{
    size_t at = strlen(out);
    need(at + len / 3 * 4 + 5 < size);
    (void)EVP_EncodeBlock((unsigned char *)out + at, bytes, (int)len);
}

static void
text_put(char *out, size_t size, const char *text)
{
    size_t at = strlen(out);
    need(at + strlen(text) < size);
    memcpy(out + at, text, strlen(text) + 1);
}

static void
cert_put(char *out, size_t size, X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    need(len > 0);
    text_put(out, size, "\"");
    base64_put(out, size, der, (size_t)len);
    text_put(out, size, "\"");
    OPENSSL_free(der);
}

static void
signature_put(char *out, size_t size, EVP_PKEY *key)
{
    unsigned char message[2 * EVP_MAX_MD_SIZE];
    unsigned char der[128];
    unsigned char raw[2 * NUMBER_BYTES];
    unsigned one = 0;
    unsigned two = 0;
    size_t len = sizeof der;
    const unsigned char *at = der;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    need(ctx != NULL
         && EVP_Digest(TEST_ORIGIN, strlen(TEST_ORIGIN), message, &one,
                       EVP_sha384(), NULL)
                == 1
         && EVP_Digest(TEST_NONCE, strlen(TEST_NONCE), message + one, &two,
                       EVP_sha384(), NULL)
                == 1
         && EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key) == 1
         && EVP_DigestSign(ctx, der, &len, message, (size_t)one + two) == 1);
    EVP_MD_CTX_free(ctx);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    need(pair != NULL
         && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, NUMBER_BYTES)
                == NUMBER_BYTES
         && BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + NUMBER_BYTES,
                         NUMBER_BYTES)
                == NUMBER_BYTES);
    ECDSA_SIG_free(pair);
    text_put(out, size, "\"");
    base64_put(out, size, raw, sizeof raw);
    text_put(out, size, "\"");
}

char *
test_answer(X509 *leaf, EVP_PKEY *key, X509 *const *chain, size_t count)
{
    char *out = calloc(1, ANSWER_SIZE);
    need(out != NULL);
    text_put(out, ANSWER_SIZE, "{\"token\":{\"unverifiedCertificate\":");
    cert_put(out, ANSWER_SIZE, leaf);
    text_put(out, ANSWER_SIZE, ",\"algorithm\":\"ES384\",\"signature\":");
    signature_put(out, ANSWER_SIZE, key);
    text_put(out, ANSWER_SIZE,
             ",\"format\":\"web-eid:1.0\",\"appVersion\":\"https://x/1\"},"
             "\"unverifiedEvidence\":{\"chain\":[");
    for (size_t i = 0; i < count; i++) {
        text_put(out, ANSWER_SIZE, i == 0 ? "" : ",");
        cert_put(out, ANSWER_SIZE, chain[i]);
    }
    text_put(out, ANSWER_SIZE, "]}}");
    return out;
}

enum beid_verify_result
test_verify(const struct beid_verify *verifier, const char *answer,
            struct beid_verify_report **report)
{
    const struct beid_verify_token request = {.token = answer,
                                              .token_len = strlen(answer),
                                              .origin = TEST_ORIGIN,
                                              .nonce = TEST_NONCE};
    return beid_verify_token(verifier, &request, report);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/proof.h"

#include <openssl/ec.h>
#include <openssl/err.h>

#define P384_LEN 48

const EVP_MD *
proof_hash(enum beid_wire_algorithm algorithm)
{
    switch (algorithm) {
    case BEID_ALGORITHM_RS256:
        return EVP_sha256();
    case BEID_ALGORITHM_ES384:
        return EVP_sha384();
    case BEID_ALGORITHM_NONE:
        break;
    }
    return NULL;
}

static enum beid_err
put_hash(struct beid_buf *out, const EVP_MD *md, struct beid_span text)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(text.ptr, text.len, hash, &len, md, NULL) != 1) {
        return BEID_ERR_INTERNAL;
    }
    beid_buf_put(out, beid_span_of(hash, len));
    return beid_buf_status(out);
}

enum beid_err
proof_message(enum beid_wire_algorithm algorithm, struct beid_span origin,
              struct beid_span nonce, struct beid_buf *out)
{
    const EVP_MD *md = proof_hash(algorithm);
    beid_buf_reset(out);
    if (md == NULL) {
        return BEID_ERR_ARGUMENT;
    }
    enum beid_err err = put_hash(out, md, origin);
    return err == BEID_OK ? put_hash(out, md, nonce) : err;
}

/* RFC 7518 §3.4: both numbers with the length of the order, one behind the
 * other. */
static enum beid_err
put_raw(struct beid_buf *out, struct beid_span der)
{
    const unsigned char *at = der.ptr;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    enum beid_err err = BEID_ERR_SIGNATURE;
    if (signature != NULL && at == der.ptr + der.len) {
        uint8_t *room = beid_buf_extend(out, (size_t)2 * P384_LEN);
        if (room == NULL) {
            err = beid_buf_status(out);
        } else if (BN_bn2binpad(ECDSA_SIG_get0_r(signature), room, P384_LEN)
                       == P384_LEN
                   && BN_bn2binpad(ECDSA_SIG_get0_s(signature), room + P384_LEN,
                                   P384_LEN)
                          == P384_LEN) {
            err = BEID_OK;
        }
    }
    ECDSA_SIG_free(signature);
    return err;
}

/* The other way round, for OpenSSL's verification. */
static unsigned char *
der_of_raw(struct beid_span raw, size_t *len)
{
    unsigned char *der = NULL;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.ptr, P384_LEN, NULL);
    BIGNUM *s = BN_bin2bn(raw.ptr + P384_LEN, P384_LEN, NULL);
    int done = 0;
    if (signature != NULL && r != NULL && s != NULL
        && ECDSA_SIG_set0(signature, r, s) == 1) {
        r = NULL;
        s = NULL;
        done = i2d_ECDSA_SIG(signature, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    *len = done > 0 ? (size_t)done : 0;
    return der;
}

static bool
verify(const struct certificate *certificate, struct beid_span message,
       struct beid_span signature)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context != NULL && key != NULL
        && EVP_DigestVerifyInit(context, NULL,
                                proof_hash(certificate->algorithm), NULL, key)
               == 1
        && EVP_DigestVerify(context, signature.ptr, signature.len, message.ptr,
                            message.len)
               == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static enum beid_err
finish_ec(const struct certificate *certificate, struct beid_span message,
          struct beid_span signature, struct beid_buf *out)
{
    enum beid_err err = put_raw(out, signature);
    if (err != BEID_OK) {
        return err;
    }
    size_t len = 0;
    unsigned char *der = der_of_raw(beid_buf_span(out), &len);
    bool good =
        der != NULL && verify(certificate, message, beid_span_of(der, len));
    OPENSSL_free(der);
    return good ? BEID_OK : BEID_ERR_SIGNATURE;
}

static enum beid_err
finish_rsa(const struct certificate *certificate, struct beid_span message,
           struct beid_span signature, struct beid_buf *out)
{
    beid_buf_put(out, signature);
    if (beid_buf_status(out) != BEID_OK) {
        return beid_buf_status(out);
    }
    return verify(certificate, message, beid_buf_span(out))
               ? BEID_OK
               : BEID_ERR_SIGNATURE;
}

enum beid_err
proof_finish(const struct certificate *certificate, struct beid_span message,
             struct beid_span signature, struct beid_buf *out)
{
    enum beid_err err = BEID_ERR_ARGUMENT;
    beid_buf_reset(out);
    switch (certificate->algorithm) {
    case BEID_ALGORITHM_RS256:
        err = finish_rsa(certificate, message, signature, out);
        break;
    case BEID_ALGORITHM_ES384:
        err = finish_ec(certificate, message, signature, out);
        break;
    case BEID_ALGORITHM_NONE:
        break;
    }
    ERR_clear_error();
    if (err != BEID_OK) {
        beid_buf_reset(out);
    }
    return err;
}

static bool
verify_hash(const struct certificate *certificate, const EVP_MD *md,
            struct beid_span hash, struct beid_span signature)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    EVP_PKEY_CTX *context = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
    bool good = context != NULL && EVP_PKEY_verify_init(context) == 1
                && EVP_PKEY_CTX_set_signature_md(context, md) == 1
                && EVP_PKEY_verify(context, signature.ptr, signature.len,
                                   hash.ptr, hash.len)
                       == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

enum beid_err
proof_finish_hash(const struct certificate *certificate, const EVP_MD *md,
                  struct beid_span hash, struct beid_span signature,
                  struct beid_buf *out)
{
    enum beid_err err = BEID_OK;
    beid_buf_reset(out);
    if (certificate->algorithm == BEID_ALGORITHM_ES384) {
        err = put_raw(out, signature);
    } else {
        beid_buf_put(out, signature);
        err = beid_buf_status(out);
    }
    /* Raw and DER say the same; put_raw() read the DER strictly. */
    if (err == BEID_OK && !verify_hash(certificate, md, hash, signature)) {
        err = BEID_ERR_SIGNATURE;
    }
    ERR_clear_error();
    if (err != BEID_OK) {
        beid_buf_reset(out);
    }
    return err;
}

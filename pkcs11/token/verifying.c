/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/verifying.h"

#include "card/sign.h"
#include "rv.h"
#include "token/objects.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define RSA_BITS 2048
#define EC_BITS 384
#define EC_HALF (SIGN_EC_LEN / 2)

void
verifying_forget(struct session *session)
{
    struct verifying *verifying = &session->verifying;
    EVP_PKEY_free(verifying->key);
    message_clear(&verifying->message);
    *verifying = (struct verifying){0};
}

static CK_RV
end_with(struct session *session, CK_RV rv)
{
    verifying_forget(session);
    return rv;
}

/* The key, if the method can verify with it. */
static CK_RV
take_key(struct verifying *verifying, struct beid_span spki)
{
    const unsigned char *at = spki.ptr;
    bool ec = verifying->method.algorithm == SIGN_ECDSA;
    (void)ERR_set_mark();
    verifying->key = d2i_PUBKEY(NULL, &at, (long)spki.len);
    (void)ERR_pop_to_mark();
    if (verifying->key == NULL) {
        return CKR_FUNCTION_FAILED;
    }
    if (EVP_PKEY_is_a(verifying->key, ec ? "EC" : "RSA") != 1) {
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    return EVP_PKEY_get_bits(verifying->key) == (ec ? EC_BITS : RSA_BITS)
               ? CKR_OK
               : CKR_KEY_SIZE_RANGE;
}

/* The public key object of a handle, its certificate read whole. */
static CK_RV
find_key(struct module *module, struct slot *slot, CK_OBJECT_HANDLE key,
         struct object *out)
{
    if (objects_get(module, slot, key, out) != CKR_OK) {
        return CKR_KEY_HANDLE_INVALID;
    }
    if (out->class == CKO_PRIVATE_KEY) {
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    }
    if (out->class != CKO_PUBLIC_KEY) {
        return CKR_KEY_HANDLE_INVALID;
    }
    enum beid_err err = objects_load(module, slot, out, true);
    return err == BEID_ERR_NO_CERTIFICATE ? CKR_KEY_HANDLE_INVALID : rv_of(err);
}

CK_RV
verifying_begin(struct module *module, struct session *session,
                const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct slot *slot = session->slot;
    struct object object = {0};
    struct method method = {0};
    if (mechanism == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (session->verifying.active) {
        return CKR_OPERATION_ACTIVE;
    }
    CK_RV rv = mechanisms_method(slot->card.applet, mechanism, &method);
    if (rv == CKR_OK) {
        rv = find_key(module, slot, key, &object);
    }
    if (rv != CKR_OK) {
        return rv;
    }
    const struct facts *facts = &slot->known[object.index].facts;
    session->verifying = (struct verifying){.active = true, .method = method};
    rv = take_key(&session->verifying, beid_buf_span(&facts->field[FACT_SPKI]));
    if (rv == CKR_OK) {
        rv = message_begin(&session->verifying.message, method.hash,
                           mechanisms_input_max(&method));
    }
    return rv == CKR_OK ? rv : end_with(session, rv);
}

CK_RV
verifying_update(struct session *session, struct beid_span part)
{
    struct verifying *verifying = &session->verifying;
    if (!verifying->active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    verifying->parts = true;
    CK_RV rv = part.ptr == NULL && part.len > 0
                   ? CKR_ARGUMENTS_BAD
                   : message_add(&verifying->message, part);
    return rv == CKR_OK ? rv : end_with(session, rv);
}

static bool
set_padding(EVP_PKEY_CTX *ctx, const struct method *method)
{
    if (method->pss == NULL) {
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    }
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1
           && EVP_PKEY_CTX_set_signature_md(ctx, method->pss->digest()) == 1
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)method->pss->len) == 1;
}

static bool
verifies(const struct verifying *verifying, struct beid_span input,
         struct beid_span signature)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(verifying->key, NULL);
    bool good = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1
                && (verifying->method.algorithm == SIGN_ECDSA
                    || set_padding(ctx, &verifying->method))
                && EVP_PKEY_verify(ctx, signature.ptr, signature.len, input.ptr,
                                   input.len)
                       == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

/* r and s side by side, as PKCS#11 has them, in the DER of OpenSSL. */
static bool
verifies_raw(const struct verifying *verifying, struct beid_span input,
             struct beid_span signature)
{
    unsigned char *der = NULL;
    bool good = false;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.ptr, EC_HALF, NULL);
    BIGNUM *s = BN_bin2bn(signature.ptr + EC_HALF, EC_HALF, NULL);
    if (sig == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else {
        int len = i2d_ECDSA_SIG(sig, &der);
        good = len > 0
               && verifies(verifying, input, beid_span_of(der, (size_t)len));
    }
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return good;
}

static CK_RV
check(struct verifying *verifying, struct beid_span signature)
{
    struct beid_span message = {0};
    struct beid_buf input;
    beid_buf_init(&input, SIGN_MAX);
    CK_RV rv = message_end(&verifying->message, &message);
    if (rv == CKR_OK) {
        rv = mechanisms_frame(&verifying->method, message, &input);
    }
    if (rv == CKR_OK) {
        bool ec = verifying->method.algorithm == SIGN_ECDSA;
        (void)ERR_set_mark();
        rv = (ec ? verifies_raw : verifies)(verifying, beid_buf_span(&input),
                                            signature)
                 ? CKR_OK
                 : CKR_SIGNATURE_INVALID;
        (void)ERR_pop_to_mark();
    }
    beid_buf_clear(&input);
    return rv;
}

CK_RV
verifying_finish(struct session *session, struct beid_span last, bool one_part,
                 struct beid_span signature)
{
    struct verifying *verifying = &session->verifying;
    if (!verifying->active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (signature.ptr == NULL || (last.ptr == NULL && last.len > 0)) {
        return end_with(session, CKR_ARGUMENTS_BAD);
    }
    if (one_part && verifying->parts) {
        return end_with(session, CKR_OPERATION_ACTIVE);
    }
    if (signature.len != mechanisms_signature_len(&verifying->method)) {
        return end_with(session, CKR_SIGNATURE_LEN_RANGE);
    }
    CK_RV rv = one_part ? message_add(&verifying->message, last) : CKR_OK;
    return end_with(session, rv == CKR_OK ? check(verifying, signature) : rv);
}

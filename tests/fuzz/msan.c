/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The memory sanitizer only sees writes of code that it compiled. libcrypto
 * and cJSON are the distribution's, so what they write would count as never
 * written. This file, linked into the harnesses of that build alone, says
 * otherwise at the border: their allocations are good from the start, and
 * after the calls below so is what they put into memory of ours (the linker
 * sends those calls here). Everything else is watched: what our code takes
 * from a card, a message or a request before it was written, and what it
 * hands to a client.
 */
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/ess.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

#define FOREIGN __attribute__((no_sanitize("memory")))

/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming,readability-function-size): names that the compiler and the linker make */
/* clang-format on */
void __msan_unpoison(const volatile void *at, size_t len);
void __msan_scoped_disable_interceptor_checks(void);
void __msan_scoped_enable_interceptor_checks(void);

/* Weak: not every harness links cJSON. */
struct cjson_hooks {
    void *(*malloc_fn)(size_t size);
    void (*free_fn)(void *block);
};
__attribute__((weak)) void cJSON_InitHooks(struct cjson_hooks *hooks);

FOREIGN static void *
clean_malloc(size_t size)
{
    void *block = malloc(size);
    if (block != NULL) {
        __msan_unpoison(block, size);
    }
    return block;
}

FOREIGN static void *
crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return clean_malloc(size);
}

FOREIGN static void *
crypto_realloc(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *larger = realloc(block, size);
    if (larger != NULL) {
        __msan_unpoison(larger, size);
    }
    return larger;
}

FOREIGN static void
crypto_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

__attribute__((constructor)) static void
take_over(void)
{
    struct cjson_hooks hooks = {clean_malloc, free};
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free)
        != 1) {
        abort();
    }
    if (cJSON_InitHooks != NULL) {
        cJSON_InitHooks(&hooks);
    }
}

static void
written(const void *at, size_t len)
{
    if (at != NULL) {
        __msan_unpoison(at, len);
    }
}

static int
written_text(const char *text, int result)
{
    if (result > 0 && text != NULL) {
        __msan_unpoison(text, (size_t)result + 1);
    }
    return result;
}

/* The head of the function that stands for another. */
#define WRAP(type, name, parameters)                                           \
    type __real_##name parameters;                                             \
    type __wrap_##name parameters;                                             \
    type __wrap_##name parameters

WRAP(int, EVP_Digest,
     (const void *data, size_t count, unsigned char *hash, unsigned *size,
      const EVP_MD *type, ENGINE *engine))
{
    int good = __real_EVP_Digest(data, count, hash, size, type, engine);
    written(hash, EVP_MAX_MD_SIZE);
    written(size, sizeof *size);
    return good;
}

WRAP(int, EVP_Q_digest,
     (OSSL_LIB_CTX * context, const char *name, const char *properties,
      const void *data, size_t count, unsigned char *hash, size_t *size))
{
    __msan_scoped_disable_interceptor_checks();
    int good =
        __real_EVP_Q_digest(context, name, properties, data, count, hash, size);
    __msan_scoped_enable_interceptor_checks();
    written(size, sizeof *size);
    written(hash, good == 1 ? *size : 0);
    return good;
}

WRAP(int, EVP_DigestFinal_ex,
     (EVP_MD_CTX * context, unsigned char *hash, unsigned *size))
{
    int good = __real_EVP_DigestFinal_ex(context, hash, size);
    written(size, sizeof *size);
    written(hash, good == 1 && size != NULL ? *size : 0);
    return good;
}

WRAP(int, RAND_bytes, (unsigned char *out, int len))
{
    /* The first one looks for the generator by its name, on its own stack. */
    __msan_scoped_disable_interceptor_checks();
    int good = __real_RAND_bytes(out, len);
    __msan_scoped_enable_interceptor_checks();
    written(out, (size_t)len);
    return good;
}

WRAP(int, BN_bn2bin, (const BIGNUM *number, unsigned char *out))
{
    int len = __real_BN_bn2bin(number, out);
    written(out, (size_t)len);
    return len;
}

WRAP(int, BIO_read, (BIO * bio, void *out, int len))
{
    int got = __real_BIO_read(bio, out, len);
    written(out, got > 0 ? (size_t)got : 0);
    return got;
}

WRAP(int, EVP_DecodeBlock,
     (unsigned char *out, const unsigned char *text, int len))
{
    int got = __real_EVP_DecodeBlock(out, text, len);
    written(out, got > 0 ? (size_t)got : 0);
    return got;
}

WRAP(int, EVP_PKEY_get_octet_string_param,
     (const EVP_PKEY *key, const char *name, unsigned char *out, size_t max,
      size_t *len))
{
    int good = __real_EVP_PKEY_get_octet_string_param(key, name, out, max, len);
    written(len, sizeof *len);
    written(out, good == 1 ? max : 0);
    return good;
}

WRAP(int, EVP_PKEY_get_utf8_string_param,
     (const EVP_PKEY *key, const char *name, char *out, size_t max,
      size_t *len))
{
    int good = __real_EVP_PKEY_get_utf8_string_param(key, name, out, max, len);
    written(len, sizeof *len);
    written(out, good == 1 ? max : 0);
    return good;
}

WRAP(int, EVP_PKEY_get_group_name,
     (const EVP_PKEY *key, char *out, size_t max, size_t *len))
{
    int good = __real_EVP_PKEY_get_group_name(key, out, max, len);
    written(len, sizeof *len);
    written(out, good == 1 ? max : 0);
    return good;
}

WRAP(int, X509_NAME_get_text_by_NID,
     (const X509_NAME *name, int nid, char *out, int max))
{
    return written_text(out,
                        __real_X509_NAME_get_text_by_NID(name, nid, out, max));
}

WRAP(int, X509_digest,
     (const X509 *certificate, const EVP_MD *type, unsigned char *hash,
      unsigned *len))
{
    int good = __real_X509_digest(certificate, type, hash, len);
    written(len, sizeof *len);
    written(hash, EVP_MAX_MD_SIZE);
    return good;
}

WRAP(int, X509_get_signature_info,
     (X509 * certificate, int *hash, int *key, int *bits, uint32_t *flags))
{
    written(hash, sizeof *hash);
    written(key, sizeof *key);
    written(bits, sizeof *bits);
    written(flags, sizeof *flags);
    return __real_X509_get_signature_info(certificate, hash, key, bits, flags);
}

WRAP(int, ASN1_TIME_to_tm, (const ASN1_TIME *time, struct tm *out))
{
    int good = __real_ASN1_TIME_to_tm(time, out);
    written(out, sizeof *out);
    return good;
}

static int
written_der(unsigned char *const *out, int len)
{
    written(out == NULL ? NULL : *out, len > 0 ? (size_t)len : 0);
    return len;
}

/* These allocate, and fill by way of their own stack. */
WRAP(int, i2d_ASN1_INTEGER, (const ASN1_INTEGER *in, unsigned char **out))
{
    return written_der(out, __real_i2d_ASN1_INTEGER(in, out));
}

WRAP(int, i2d_X509_NAME, (const X509_NAME *in, unsigned char **out))
{
    return written_der(out, __real_i2d_X509_NAME(in, out));
}

WRAP(int, i2d_X509_PUBKEY, (const X509_PUBKEY *in, unsigned char **out))
{
    return written_der(out, __real_i2d_X509_PUBKEY(in, out));
}

WRAP(int, EVP_EncodeBlock,
     (unsigned char *out, const unsigned char *from, int len))
{
    int made = __real_EVP_EncodeBlock(out, from, len);
    written(out, (size_t)made + 1);
    return made;
}

WRAP(int, OBJ_obj2txt,
     (char *out, int size, const ASN1_OBJECT *object, int no_name))
{
    __msan_scoped_disable_interceptor_checks();
    int len = __real_OBJ_obj2txt(out, size, object, no_name);
    __msan_scoped_enable_interceptor_checks();
    written(out, size > 0 ? (size_t)size : 0);
    return len;
}

/*
 * In these libcrypto hands memory of its stack to libc, whose functions the
 * sanitizer does watch: not here, where it cannot know what was written.
 */
#define QUIET(type, name, parameters, arguments)                               \
    WRAP(type, name, parameters)                                               \
    {                                                                          \
        __msan_scoped_disable_interceptor_checks();                            \
        type result = __real_##name arguments;                                 \
        __msan_scoped_enable_interceptor_checks();                             \
        return result;                                                         \
    }

QUIET(X509 *, d2i_X509, (X509 * *out, const unsigned char **at, long len),
      (out, at, len))
QUIET(X509 *, PEM_read_bio_X509,
      (BIO * in, X509 **out, pem_password_cb *ask, void *context),
      (in, out, ask, context))
QUIET(ASN1_VALUE *, ASN1_item_d2i,
      (ASN1_VALUE * *out, const unsigned char **at, long len,
       const ASN1_ITEM *item),
      (out, at, len, item))
QUIET(int, EVP_DigestVerifyInit_ex,
      (EVP_MD_CTX * context, EVP_PKEY_CTX **inner, const char *name,
       OSSL_LIB_CTX *library, const char *properties, EVP_PKEY *key,
       const OSSL_PARAM *params),
      (context, inner, name, library, properties, key, params))
QUIET(OSSL_PROVIDER *, OSSL_PROVIDER_load,
      (OSSL_LIB_CTX * library, const char *name), (library, name))
QUIET(int, PEM_write_bio_X509, (BIO * out, const X509 *cert), (out, cert))
QUIET(CMS_ContentInfo *, d2i_CMS_ContentInfo,
      (CMS_ContentInfo * *out, const unsigned char **at, long len),
      (out, at, len))
QUIET(int, CMS_verify,
      (CMS_ContentInfo * cms, STACK_OF(X509) * certs, X509_STORE *store,
       BIO *content, BIO *out, unsigned flags),
      (cms, certs, store, content, out, flags))
QUIET(int, OSSL_ESS_check_signing_certs,
      (const ESS_SIGNING_CERT *one, const ESS_SIGNING_CERT_V2 *two,
       const STACK_OF(X509) * chain, int needed),
      (one, two, chain, needed))
QUIET(EVP_PKEY *, d2i_PUBKEY,
      (EVP_PKEY * *out, const unsigned char **at, long len), (out, at, len))
QUIET(int, X509_cmp_time, (const ASN1_TIME *time, time_t *with), (time, with))
QUIET(int, X509_verify_cert, (X509_STORE_CTX * context), (context))
QUIET(int, X509_verify, (X509 * certificate, EVP_PKEY *key), (certificate, key))
QUIET(int, X509_check_issued, (X509 * issuer, X509 *subject), (issuer, subject))
QUIET(int, X509_NAME_print_ex,
      (BIO * out, const X509_NAME *name, int indent, unsigned long flags),
      (out, name, indent, flags))
QUIET(int, EVP_DigestVerifyInit,
      (EVP_MD_CTX * context, EVP_PKEY_CTX **inner, const EVP_MD *type,
       ENGINE *engine, EVP_PKEY *key),
      (context, inner, type, engine, key))
QUIET(int, EVP_DigestVerify,
      (EVP_MD_CTX * context, const unsigned char *signature, size_t len,
       const unsigned char *data, size_t data_len),
      (context, signature, len, data, data_len))
QUIET(int, EVP_PKEY_get_bn_param,
      (const EVP_PKEY *key, const char *name, BIGNUM **out), (key, name, out))
QUIET(int, EVP_DigestInit_ex,
      (EVP_MD_CTX * context, const EVP_MD *type, ENGINE *engine),
      (context, type, engine))

WRAP(int, PEM_bytes_read_bio,
     (unsigned char **out, long *len, char **name, const char *wanted, BIO *in,
      pem_password_cb *ask, void *context))
{
    __msan_scoped_disable_interceptor_checks();
    int good =
        __real_PEM_bytes_read_bio(out, len, name, wanted, in, ask, context);
    __msan_scoped_enable_interceptor_checks();
    written(good == 1 ? *out : NULL, good == 1 ? (size_t)*len : 0);
    return good;
}

WRAP(int, ASN1_STRING_to_UTF8, (unsigned char **out, const ASN1_STRING *in))
{
    int len = __real_ASN1_STRING_to_UTF8(out, in);
    written(len >= 0 ? *out : NULL, len >= 0 ? (size_t)len + 1 : 0);
    return len;
}
/* clang-format off */
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming,readability-function-size) */
/* clang-format on */

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Usage: libp11_client MODULE PIN DIRECTORY [OPTIONS]
 *
 * One authentication by libp11, call by call as the card worker makes it: load,
 * slots, certificates, keys, a signature with the authentication key, release,
 * unload. With OPTIONS (transaction=sign among them) the PIN is handed over
 * when libp11 asks for it between C_SignInit and C_Sign, as in the worker. Without
 * them it is PKCS11_login(), which every module understands.
 *
 * Leaves certificate.der, message and signature in DIRECTORY, the last one as
 * libp11 gave it. The exit code is 0, or 1 after a line that names the call and
 * the Cryptoki code.
 */
#include <libp11.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ui.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUTHENTICATION 0x02
#define SIGNATURE_MAX 512U
#define MESSAGE "what the portal wants to know"

struct run {
    const char *pin;
    const char *directory;
    const char *options; /* NULL: PKCS11_login() */
    PKCS11_CTX *context;
    PKCS11_SLOT *slots;
    unsigned slot_count;
    PKCS11_SLOT *slot;
    UI_METHOD *ask;
    bool loaded;
};

static bool
failed(const char *call)
{
    unsigned long code = ERR_get_error();
    while (code != 0 && ERR_GET_LIB(code) != ERR_get_CKR_code()) {
        code = ERR_get_error();
    }
    (void)printf("%s: %lx\n", call, (unsigned long)ERR_GET_REASON(code));
    return false;
}

static bool
save(const struct run *run, const char *name, const void *bytes, size_t len)
{
    char path[512];
    int size = snprintf(path, sizeof path, "%s/%s", run->directory, name);
    if (size < 0 || (size_t)size >= sizeof path) {
        return false;
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    bool good = fwrite(bytes, 1, len, file) == len;
    return fclose(file) == 0 && good;
}

/* Gives the PIN when libp11 asks. */
static int
hand_over(UI *ui, UI_STRING *string)
{
    const struct run *run = UI_get0_user_data(ui);
    if (UI_get_string_type(string) != UIT_PROMPT) {
        return 1;
    }
    return UI_set_result(ui, string, run->pin) == 0 ? 1 : 0;
}

static bool
load(struct run *run, const char *module)
{
    run->context = PKCS11_CTX_new();
    run->ask = UI_create_method("PIN already asked");
    if (run->context == NULL || run->ask == NULL
        || UI_method_set_reader(run->ask, hand_over) != 0) {
        return false;
    }
    if (run->options != NULL) {
        PKCS11_CTX_init_args(run->context, run->options);
    }
    if (PKCS11_CTX_load(run->context, module) != 0) {
        return failed("PKCS11_CTX_load");
    }
    run->loaded = true;
    if (PKCS11_enumerate_slots(run->context, &run->slots, &run->slot_count)
        != 0) {
        return failed("PKCS11_enumerate_slots");
    }
    run->slot = PKCS11_find_token(run->context, run->slots, run->slot_count);
    return run->slot != NULL && run->slot->token != NULL
               ? true
               : failed("PKCS11_find_token");
}

static bool
log_in(struct run *run)
{
    if (run->options != NULL) {
        return PKCS11_set_ui_method(run->context, run->ask, run) == 0
                   ? true
                   : failed("PKCS11_set_ui_method");
    }
    return PKCS11_login(run->slot, 0, run->pin) == 0 ? true
                                                     : failed("PKCS11_login");
}

static bool
read_certificate(const struct run *run)
{
    PKCS11_CERT *certificates = NULL;
    unsigned count = 0;
    if (PKCS11_enumerate_certs(run->slot->token, &certificates, &count) != 0) {
        return failed("PKCS11_enumerate_certs");
    }
    for (unsigned i = 0; i < count; i++) {
        if (certificates[i].id_len == 1
            && certificates[i].id[0] == AUTHENTICATION) {
            unsigned char *der = NULL;
            int len = i2d_X509(certificates[i].x509, &der);
            bool good =
                len > 0 && save(run, "certificate.der", der, (size_t)len);
            OPENSSL_free(der);
            return good;
        }
    }
    return failed("no certificate");
}

static PKCS11_KEY *
find_key(const struct run *run)
{
    PKCS11_KEY *keys = NULL;
    unsigned count = 0;
    if (PKCS11_enumerate_keys(run->slot->token, &keys, &count) != 0) {
        (void)failed("PKCS11_enumerate_keys");
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) {
        if (keys[i].id_len == 1 && keys[i].id[0] == AUTHENTICATION) {
            return &keys[i];
        }
    }
    (void)failed("no key");
    return NULL;
}

static bool
sign_with(const struct run *run, EVP_PKEY *key)
{
    unsigned char signature[SIGNATURE_MAX];
    size_t len = sizeof signature;
    const EVP_MD *md =
        EVP_PKEY_base_id(key) == EVP_PKEY_EC ? EVP_sha384() : EVP_sha256();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context != NULL && EVP_DigestSignInit(context, NULL, md, NULL, key) == 1
        && EVP_DigestSign(context, signature, &len,
                          (const unsigned char *)MESSAGE, strlen(MESSAGE))
               == 1;
    EVP_MD_CTX_free(context);
    return good ? save(run, "signature", signature, len)
                      && save(run, "message", MESSAGE, strlen(MESSAGE))
                : failed("EVP_DigestSign");
}

static bool
sign(struct run *run)
{
    PKCS11_KEY *found = find_key(run);
    EVP_PKEY *key = found != NULL ? PKCS11_get_private_key(found) : NULL;
    if (found == NULL) {
        return false;
    }
    bool good =
        key != NULL ? sign_with(run, key) : failed("PKCS11_get_private_key");
    EVP_PKEY_free(key);
    return good;
}

static void
unload(struct run *run)
{
    if (run->slots != NULL) {
        PKCS11_release_all_slots(run->context, run->slots, run->slot_count);
    }
    if (run->loaded) {
        PKCS11_CTX_unload(run->context);
    }
    if (run->context != NULL) {
        PKCS11_CTX_free(run->context);
    }
    UI_destroy_method(run->ask);
}

int
main(int argc, char **argv)
{
    if (argc < 4 || argc > 5) {
        (void)fprintf(stderr,
                      "usage: libp11_client MODULE PIN DIRECTORY [OPTIONS]\n");
        return 2;
    }
    struct run run = {.pin = argv[2],
                      .directory = argv[3],
                      .options = argc == 5 ? argv[4] : NULL};
    bool good = load(&run, argv[1]);
    /* OpenSC shows the certificates of a 1.7 card after the login only. */
    good = good && (run.options != NULL || log_in(&run));
    good = good && read_certificate(&run);
    good = good && (run.options == NULL || log_in(&run));
    good = good && sign(&run);
    unload(&run);
    return good ? 0 : 1;
}

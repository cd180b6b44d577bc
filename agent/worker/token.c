/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/token.h"

#include "worker/cryptoki_error.h"

#include <beid/log.h>
#include <beid/slot_state.h>

#include <libp11.h>
#include <openssl/err.h>
#include <openssl/ui.h>

#include <stdlib.h>

struct token {
    PKCS11_CTX *context;
    UI_METHOD *ask;
    bool loaded;
    PKCS11_SLOT *slots;
    unsigned slot_count;
    PKCS11_KEY *key; /* borrowed from its slot */
};

/*
 * libp11 puts the Cryptoki return value into OpenSSL's error queue as the
 * reason code of a library of its own, whose number is only known at run time.
 */
static enum beid_err
queued_error(void)
{
    enum beid_err err = BEID_ERR_INTERNAL;
    unsigned long code = ERR_get_error();
    while (code != 0) {
        if (ERR_GET_LIB(code) == ERR_get_CKR_code()) {
            err = cryptoki_err((unsigned long)ERR_GET_REASON(code));
        }
        code = ERR_get_error();
    }
    return err;
}

/*
 * Gives the PIN that was asked before, once: whatever libp11 repeats, one
 * entry makes one VERIFY. An empty PIN stops the signature.
 */
static int
hand_over(UI *ui, UI_STRING *string)
{
    struct beid_secret *pin = UI_get0_user_data(ui);
    if (UI_get_string_type(string) != UIT_PROMPT) {
        return 1;
    }
    if (pin == NULL) {
        return 0;
    }
    struct beid_span digits = beid_secret_span(pin);
    bool taken = digits.len > 0
                 && UI_set_result_ex(ui, string, (const char *)digits.ptr,
                                     (int)digits.len)
                        == 0;
    beid_secret_wipe(pin);
    return taken ? 1 : 0;
}

enum beid_err
token_open(const char *module, struct token **out)
{
    struct token *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->context = PKCS11_CTX_new();
    made->ask = UI_create_method("PIN already asked");
    if (made->context == NULL || made->ask == NULL
        || UI_method_set_reader(made->ask, hand_over) != 0) {
        token_close(&made);
        return BEID_ERR_MEMORY;
    }
    PKCS11_CTX_init_args(made->context, BEID_OPTION_TRANSACTION_SIGN
                         " " BEID_OPTION_OBJECTS
                         "auth,ca,root " BEID_OPTION_SLOT_STATE);
    made->loaded = PKCS11_CTX_load(made->context, module) == 0;
    if (!made->loaded) {
        BEID_LOG_ERROR("cannot start the module %s: %s", module,
                       beid_err_text(queued_error()));
        token_close(&made);
        return BEID_ERR_NOT_FOUND;
    }
    *out = made;
    return BEID_OK;
}

void
token_close(struct token **token)
{
    struct token *old = *token;
    if (old == NULL) {
        return;
    }
    token_release(old);
    if (old->loaded) {
        PKCS11_CTX_unload(old->context);
    }
    if (old->context != NULL) {
        PKCS11_CTX_free(old->context);
    }
    UI_destroy_method(old->ask);
    free(old);
    *token = NULL;
}

static PKCS11_SLOT *
find_slot(const struct token *token, unsigned long id)
{
    for (unsigned i = 0; i < token->slot_count; i++) {
        if (PKCS11_get_slotid_from_slot(&token->slots[i]) == id) {
            return &token->slots[i];
        }
    }
    return NULL;
}

enum beid_err
token_select(struct token *token, unsigned long slot)
{
    token_release(token);
    ERR_clear_error();
    if (PKCS11_enumerate_slots(token->context, &token->slots,
                               &token->slot_count)
        != 0) {
        return queued_error();
    }
    PKCS11_SLOT *found = find_slot(token, slot);
    if (found == NULL || found->token == NULL) {
        return BEID_ERR_NO_CARD;
    }
    PKCS11_KEY *keys = NULL;
    unsigned count = 0;
    if (PKCS11_enumerate_keys(found->token, &keys, &count) != 0) {
        return queued_error();
    }
    /* objects= lists no other private key than that of authentication. */
    if (count != 1) {
        return BEID_ERR_NO_CERTIFICATE;
    }
    token->key = &keys[0];
    return BEID_OK;
}

void
token_release(struct token *token)
{
    if (token->slots != NULL) {
        PKCS11_release_all_slots(token->context, token->slots,
                                 token->slot_count);
    }
    token->slots = NULL;
    token->slot_count = 0;
    token->key = NULL;
}

static enum beid_err
sign(EVP_PKEY *key, const EVP_MD *md, struct beid_span message,
     struct beid_buf *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = 0;
    beid_buf_reset(out);
    bool good =
        context != NULL && EVP_DigestSignInit(context, NULL, md, NULL, key) == 1
        && EVP_DigestSign(context, NULL, &len, message.ptr, message.len) == 1;
    uint8_t *room = good ? beid_buf_extend(out, len) : NULL;
    good =
        room != NULL
        && EVP_DigestSign(context, room, &len, message.ptr, message.len) == 1;
    EVP_MD_CTX_free(context);
    if (!good) {
        return queued_error();
    }
    return beid_buf_truncate(out, len);
}

enum beid_err
token_sign(struct token *token, const EVP_MD *md, struct beid_span message,
           struct beid_secret *pin, struct beid_buf *out)
{
    if (token->key == NULL) {
        return BEID_ERR_STATE;
    }
    ERR_clear_error();
    if (PKCS11_set_ui_method(token->context, token->ask, pin) != 0) {
        return BEID_ERR_INTERNAL;
    }
    EVP_PKEY *key = PKCS11_get_private_key(token->key);
    enum beid_err err =
        key != NULL ? sign(key, md, message, out) : queued_error();
    EVP_PKEY_free(key);
    /* The context must not remember where the PIN was. */
    if (PKCS11_set_ui_method(token->context, token->ask, NULL) != 0) {
        err = BEID_ERR_INTERNAL;
    }
    return err;
}

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
#include <string.h>

/*
 * What the module lists, without and with the signature key. Only on demand:
 * libp11 asks for all private keys, and whether that one exists costs two
 * commands to the card.
 */
static const char *const options[] = {
    BEID_OPTION_TRANSACTION_SIGN " " BEID_OPTION_OBJECTS
                                 "auth,ca,root " BEID_OPTION_SLOT_STATE,
    BEID_OPTION_TRANSACTION_SIGN " " BEID_OPTION_OBJECTS
                                 "auth,sign,ca,root " BEID_OPTION_SLOT_STATE,
};

struct token {
    char *module;
    bool with_signature_key; /* listed */
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

/* libp11 hands the options over as it initialises the module. */
static enum beid_err
load(struct token *token)
{
    token->context = PKCS11_CTX_new();
    if (token->context == NULL) {
        return BEID_ERR_MEMORY;
    }
    PKCS11_CTX_init_args(token->context, options[token->with_signature_key]);
    token->loaded = PKCS11_CTX_load(token->context, token->module) == 0;
    if (!token->loaded) {
        BEID_LOG_ERROR("cannot start the module %s: %s", token->module,
                       beid_err_text(queued_error()));
        return BEID_ERR_NOT_FOUND;
    }
    return BEID_OK;
}

static void
unload(struct token *token)
{
    token_release(token);
    if (token->loaded) {
        PKCS11_CTX_unload(token->context);
        token->loaded = false;
    }
    if (token->context != NULL) {
        PKCS11_CTX_free(token->context);
        token->context = NULL;
    }
}

enum beid_err
token_open(const char *module, struct token **out)
{
    struct token *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->module = strdup(module);
    made->ask = UI_create_method("PIN already asked");
    if (made->module == NULL || made->ask == NULL
        || UI_method_set_reader(made->ask, hand_over) != 0) {
        token_close(&made);
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = load(made);
    if (err != BEID_OK) {
        token_close(&made);
        return err;
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
    unload(old);
    UI_destroy_method(old->ask);
    free(old->module);
    free(old);
    *token = NULL;
}

enum beid_err
token_offer(struct token *token, bool signature_key)
{
    if (token->loaded && token->with_signature_key == signature_key) {
        return BEID_OK;
    }
    ERR_clear_error();
    unload(token);
    token->with_signature_key = signature_key;
    return load(token);
}

/* CKA_ID of the keys, in the order of enum token_key. */
static const unsigned char key_id[] = {0x02, 0x03};

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
token_select(struct token *token, unsigned long slot, enum token_key which)
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
    for (unsigned i = 0; i < count; i++) {
        if (keys[i].id_len == 1 && keys[i].id[0] == key_id[which]) {
            token->key = &keys[i];
            return BEID_OK;
        }
    }
    return BEID_ERR_NO_CERTIFICATE;
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

struct message {
    const EVP_MD *md;
    struct beid_span bytes;
    struct beid_buf *out;
};

static bool
sign(EVP_PKEY *key, void *user)
{
    const struct message *message = user;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = 0;
    bool good =
        context != NULL
        && EVP_DigestSignInit(context, NULL, message->md, NULL, key) == 1
        && EVP_DigestSign(context, NULL, &len, message->bytes.ptr,
                          message->bytes.len)
               == 1;
    uint8_t *room = good ? beid_buf_extend(message->out, len) : NULL;
    good = room != NULL
           && EVP_DigestSign(context, room, &len, message->bytes.ptr,
                             message->bytes.len)
                  == 1;
    EVP_MD_CTX_free(context);
    return good && beid_buf_truncate(message->out, len) == BEID_OK;
}

enum beid_err
token_use(struct token *token, struct beid_secret *pin, token_use_fn *use,
          void *user)
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
        key != NULL && use(key, user) ? BEID_OK : queued_error();
    EVP_PKEY_free(key);
    /* The context must not remember where the PIN was. */
    if (PKCS11_set_ui_method(token->context, token->ask, NULL) != 0) {
        err = BEID_ERR_INTERNAL;
    }
    return err;
}

enum beid_err
token_sign(struct token *token, const EVP_MD *md, struct beid_span message,
           struct beid_secret *pin, struct beid_buf *out)
{
    struct message what = {.md = md, .bytes = message, .out = out};
    beid_buf_reset(out);
    return token_use(token, pin, sign, &what);
}

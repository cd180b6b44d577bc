/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The PIN and a libp11 that asks for it more than once: this program has the
 * calls of libp11.h itself. That header has one including file only, so the
 * types stand here as far as they are needed.
 */
#include "../unit.h"
#include "worker/token.h"

#include <openssl/ui.h>

#include <string.h>

#define SLOT 7UL

struct slot_of_libp11 {
    char *manufacturer;
    char *description;
    unsigned char removable;
    void *token;
    void *own;
};

struct key_of_libp11 {
    char *label;
    unsigned char *id;
    size_t id_len;
    unsigned char is_private;
    unsigned char need_login;
    void *own;
};

static unsigned char key_ids[] = {0x03, 0x02};

static struct {
    struct slot_of_libp11 slot;
    struct key_of_libp11 keys[2];
    unsigned wanted; /* which of them is used */
    UI_METHOD *method;
    void *user;
    char answers[2][16];
    int results[2];
} fake;

/* NOLINTBEGIN(readability-identifier-naming): names of the library */
void *PKCS11_CTX_new(void);
void PKCS11_CTX_init_args(void *context, const char *args);
int PKCS11_CTX_load(void *context, const char *module);
void PKCS11_CTX_unload(void *context);
void PKCS11_CTX_free(void *context);
int PKCS11_enumerate_slots(void *context, struct slot_of_libp11 **slots,
                           unsigned *count);
void PKCS11_release_all_slots(void *context, struct slot_of_libp11 *slots,
                              unsigned count);
unsigned long PKCS11_get_slotid_from_slot(struct slot_of_libp11 *slot);
int PKCS11_enumerate_keys(void *token, void **keys, unsigned *count);
int PKCS11_set_ui_method(void *context, UI_METHOD *method, void *user);
EVP_PKEY *PKCS11_get_private_key(void *key);
int ERR_get_CKR_code(void);

void *
PKCS11_CTX_new(void)
{
    return &fake;
}

void
PKCS11_CTX_init_args(void *context, const char *args)
{
    assert_ptr_equal(context, &fake);
    assert_non_null(strstr(args, "transaction=sign"));
}

int
PKCS11_CTX_load(void *context, const char *module)
{
    assert_ptr_equal(context, &fake);
    assert_string_equal(module, "module");
    return 0;
}

void
PKCS11_CTX_unload(void *context)
{
    assert_ptr_equal(context, &fake);
}

void
PKCS11_CTX_free(void *context)
{
    assert_ptr_equal(context, &fake);
}

int
PKCS11_enumerate_slots(void *context, struct slot_of_libp11 **slots,
                       unsigned *count)
{
    assert_ptr_equal(context, &fake);
    fake.slot.token = &fake;
    *slots = &fake.slot;
    *count = 1;
    return 0;
}

void
PKCS11_release_all_slots(void *context, struct slot_of_libp11 *slots,
                         unsigned count)
{
    assert_ptr_equal(context, &fake);
    assert_ptr_equal(slots, &fake.slot);
    assert_int_equal(count, 1);
}

unsigned long
PKCS11_get_slotid_from_slot(struct slot_of_libp11 *slot)
{
    assert_ptr_equal(slot, &fake.slot);
    return SLOT;
}

int
PKCS11_enumerate_keys(void *token, void **keys, unsigned *count)
{
    assert_ptr_equal(token, &fake);
    for (unsigned i = 0; i < 2; i++) {
        fake.keys[i].id = &key_ids[i];
        fake.keys[i].id_len = 1;
    }
    *keys = fake.keys;
    *count = 2;
    return 0;
}

int
PKCS11_set_ui_method(void *context, UI_METHOD *method, void *user)
{
    assert_ptr_equal(context, &fake);
    fake.method = method;
    fake.user = user;
    return 0;
}

/* Asks twice, as a library would that repeats a context login. */
EVP_PKEY *
PKCS11_get_private_key(void *key)
{
    assert_ptr_equal(key, &fake.keys[fake.wanted]);
    for (int i = 0; i < 2; i++) {
        UI *ui = UI_new_method(fake.method);
        assert_non_null(ui);
        (void)UI_add_user_data(ui, fake.user);
        assert_true(UI_add_input_string(ui, "PIN", 0, fake.answers[i], 4, 12)
                    > 0);
        fake.results[i] = UI_process(ui);
        UI_free(ui);
    }
    return NULL;
}

int
ERR_get_CKR_code(void)
{
    return 0;
}

/* NOLINTEND(readability-identifier-naming) */

static void
one_entry_is_handed_over_once(void **state)
{
    (void)state;
    struct token *token = NULL;
    struct beid_secret *pin = NULL;
    struct beid_buf out;
    beid_buf_init(&out, 512);
    assert_int_equal(token_open("module", &token), BEID_OK);
    fake.wanted = 1;
    assert_int_equal(token_select(token, SLOT, TOKEN_KEY_AUTHENTICATION),
                     BEID_OK);
    assert_int_equal(beid_secret_new(&pin), BEID_OK);
    assert_int_equal(beid_secret_put(pin, beid_span_str("739205")), BEID_OK);
    assert_int_not_equal(
        token_sign(token, EVP_sha384(), beid_span_str("x"), pin, &out),
        BEID_OK);
    assert_int_equal(fake.results[0], 0);
    assert_string_equal(fake.answers[0], "739205");
    assert_int_not_equal(fake.results[1], 0);
    assert_string_equal(fake.answers[1], "");
    assert_int_equal(beid_secret_span(pin).len, 0);
    assert_null(fake.user);
    beid_secret_free(&pin);
    beid_buf_clear(&out);
    token_close(&token);
}

static void
each_key_is_found_by_its_name(void **state)
{
    (void)state;
    struct token *token = NULL;
    struct beid_buf out;
    beid_buf_init(&out, 512);
    assert_int_equal(token_open("module", &token), BEID_OK);
    assert_int_equal(token_offer(token, true), BEID_OK);
    assert_int_equal(token_select(token, SLOT, TOKEN_KEY_SIGNATURE), BEID_OK);
    fake.wanted = 0;
    assert_int_not_equal(
        token_sign(token, EVP_sha384(), beid_span_str("x"), NULL, &out),
        BEID_OK);
    assert_int_equal(token_select(token, SLOT + 1, TOKEN_KEY_SIGNATURE),
                     BEID_ERR_NO_CARD);
    key_ids[0] = 0x0A;
    assert_int_equal(token_select(token, SLOT, TOKEN_KEY_SIGNATURE),
                     BEID_ERR_NO_CERTIFICATE);
    key_ids[0] = 0x03;
    beid_buf_clear(&out);
    token_close(&token);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_entry_is_handed_over_once),
        cmocka_unit_test(each_key_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

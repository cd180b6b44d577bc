/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Readers and cards that come and go, and cards that are not ours. */
#include "../unit.h"
#include "client.h"

#include <beid/slot_state.h>

#include <string.h>

#define STATE_FLAGS                                                            \
    (BEID_SLOT_PINPAD | BEID_SLOT_UNSUPPORTED | BEID_SLOT_MUTE                 \
     | BEID_SLOT_BUSY | BEID_SLOT_TOO_OLD)

static int
prepare(void **state)
{
    (void)state;
    (void)client_list()->C_Finalize(NULL);
    return readers_reset() ? 0 : -1;
}

static CK_FLAGS
flags_of(CK_SLOT_ID slot)
{
    CK_SLOT_INFO info;
    assert_int_equal(client_list()->C_GetSlotInfo(slot, &info), CKR_OK);
    return info.flags & (STATE_FLAGS | CKF_TOKEN_PRESENT);
}

static CK_RV
token_rv(CK_SLOT_ID slot)
{
    CK_TOKEN_INFO info;
    return client_list()->C_GetTokenInfo(slot, &info);
}

static CK_ULONG
count_slots(unsigned char token_present)
{
    CK_ULONG count = 0;
    assert_int_equal(client_list()->C_GetSlotList(token_present, NULL, &count),
                     CKR_OK);
    return count;
}

static void
every_reader_is_a_slot(void **state)
{
    (void)state;
    CK_SLOT_ID slots[READERS_MAX];
    CK_SLOT_INFO info;
    CK_ULONG count = 3;
    readers_attach(READERS_MAX);
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(count_slots(CK_FALSE), READERS_MAX);
    assert_int_equal(client_list()->C_GetSlotList(CK_FALSE, slots, &count),
                     CKR_BUFFER_TOO_SMALL);
    assert_int_equal(count, READERS_MAX);
    assert_int_equal(client_list()->C_GetSlotList(CK_FALSE, slots, &count),
                     CKR_OK);
    assert_int_equal(client_list()->C_GetSlotInfo(slots[17], &info), CKR_OK);
    assert_memory_equal(info.slotDescription, "Reader 17  ", 11);
    assert_int_equal(count_slots(CK_TRUE), 0);
    assert_true(readers_insert(17, READERS_1_8, NULL));
    assert_int_equal(count_slots(CK_TRUE), 1);
    client_stop();
}

/* An identifier belongs to the reader's name, not to its place. */
static void
identifiers_are_stable(void **state)
{
    (void)state;
    readers_attach(3);
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID third = client_slot(2);
    readers_attach(1);
    assert_int_equal(count_slots(CK_FALSE), 1);
    assert_int_equal(flags_of(third), 0);
    assert_int_equal(token_rv(third), CKR_TOKEN_NOT_PRESENT);
    readers_attach(3);
    assert_int_equal(count_slots(CK_FALSE), 3);
    assert_int_equal(client_slot(2), third);
    client_stop();
}

static void
state_flags_need_the_option(void **state)
{
    (void)state;
    static const uint8_t foreign[] = {0x3B, 0x00};
    for (int asked = 0; asked < 2; asked++) {
        assert_true(readers_reset());
        assert_int_equal(client_start(asked ? "slot-state=yes" : NULL), CKR_OK);
        CK_SLOT_ID slot = client_slot(0);
        assert_int_equal(flags_of(slot), 0);
        readers_insert_foreign(0, beid_span_of(foreign, sizeof foreign));
        assert_int_equal(flags_of(slot),
                         CKF_TOKEN_PRESENT
                             | (asked ? BEID_SLOT_UNSUPPORTED : 0UL));
        assert_int_equal(token_rv(slot), CKR_TOKEN_NOT_RECOGNIZED);
        readers_mute(0, true);
        assert_int_equal(flags_of(slot),
                         CKF_TOKEN_PRESENT | (asked ? BEID_SLOT_MUTE : 0UL));
        assert_int_equal(token_rv(slot), CKR_TOKEN_NOT_RECOGNIZED);
        assert_true(readers_insert(0, READERS_1_8, NULL));
        readers_hold_exclusively(0, true);
        assert_int_equal(flags_of(slot),
                         CKF_TOKEN_PRESENT | (asked ? BEID_SLOT_BUSY : 0UL));
        assert_int_equal(token_rv(slot), CKR_TOKEN_NOT_RECOGNIZED);
        assert_int_equal(readers_count(), 0);
        readers_hold_exclusively(0, false);
        assert_int_equal(token_rv(slot), CKR_OK);
        client_stop();
    }
}

/* An applet 1.1 has the answer to reset of 1.7, and counts an empty VERIFY. */
static void
old_cards_are_told_apart_without_a_try(void **state)
{
    (void)state;
    assert_true(readers_insert(0, READERS_1_1, NULL));
    assert_int_equal(client_start("slot-state=yes"), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    assert_int_equal(flags_of(slot), CKF_TOKEN_PRESENT);
    assert_int_equal(token_rv(slot), CKR_TOKEN_NOT_RECOGNIZED);
    assert_int_equal(flags_of(slot), CKF_TOKEN_PRESENT | BEID_SLOT_TOO_OLD);
    assert_int_equal(readers_count_ins(0x20), 0);
    assert_int_equal(readers_tries(0), 3);
    assert_true(readers_insert(0, READERS_1_7, NULL));
    assert_int_equal(flags_of(slot), CKF_TOKEN_PRESENT);
    assert_int_equal(token_rv(slot), CKR_OK);
    client_stop();
}

/* A card of 1.1 is no token, whatever is asked of it. */
static void
old_card_is_refused_everywhere(void **state)
{
    (void)state;
    CK_TOKEN_INFO token;
    CK_MECHANISM_INFO mechanism;
    CK_ULONG count = 0;
    CK_SESSION_HANDLE session = 0;
    CK_FUNCTION_LIST *list = client_list();
    assert_true(readers_insert(0, READERS_1_1, NULL));
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(list->C_GetTokenInfo(slot, &token),
                         CKR_TOKEN_NOT_RECOGNIZED);
        assert_int_equal(list->C_GetMechanismList(slot, NULL, &count),
                         CKR_TOKEN_NOT_RECOGNIZED);
        assert_int_equal(
            list->C_GetMechanismInfo(slot, CKM_RSA_PKCS, &mechanism),
            CKR_TOKEN_NOT_RECOGNIZED);
        assert_int_equal(
            list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
            CKR_TOKEN_NOT_RECOGNIZED);
        assert_int_equal(list->C_InitToken(slot, NULL, 0, NULL),
                         CKR_TOKEN_NOT_RECOGNIZED);
    }
    assert_int_equal(readers_count_ins(0x20), 0);
    readers_remove(0);
    assert_int_equal(list->C_InitToken(slot, NULL, 0, NULL),
                     CKR_TOKEN_NOT_PRESENT);
    client_stop();
}

static void
answer_to_reset_alone_is_not_believed(void **state)
{
    (void)state;
    static const uint8_t ec[] = {0x3B, 0x7F, 0x96, 0x00, 0x00, 0x80, 0x31,
                                 0x80, 0x65, 0xB0, 0x85, 0x04, 0x01, 0x20,
                                 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00};
    readers_insert_foreign(0, beid_span_of(ec, sizeof ec));
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(token_rv(client_slot(0)), CKR_TOKEN_NOT_RECOGNIZED);
    client_stop();
}

static void
without_pcscd_there_are_no_slots(void **state)
{
    (void)state;
    CK_ULONG count = 7;
    readers_stop_service(true);
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(count_slots(CK_FALSE), 0);
    client_stop();
    assert_int_equal(client_start("slot-state=yes"), CKR_OK);
    assert_int_equal(client_list()->C_GetSlotList(CK_FALSE, NULL, &count),
                     BEID_RV_NO_SERVICE);
    readers_stop_service(false);
    assert_int_equal(count_slots(CK_FALSE), 1);
    client_stop();
}

/* pcscd ends and starts again while sessions are open. */
static void
pcscd_restarts(void **state)
{
    (void)state;
    CK_SESSION_INFO info;
    assert_true(readers_insert(0, READERS_1_8, NULL));
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    readers_stop_service(true);
    assert_int_equal(client_list()->C_GetSessionInfo(session, &info),
                     CKR_DEVICE_REMOVED);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                     CKR_DEVICE_REMOVED);
    readers_stop_service(false);
    CK_SESSION_HANDLE second = client_session();
    assert_int_equal(client_login(second, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    client_stop();
}

/* Listing costs no connection that stays; nor does anything after the end. */
static void
idle_holds_nothing(void **state)
{
    (void)state;
    assert_true(readers_insert(0, READERS_1_7, NULL));
    assert_int_equal(client_start(NULL), CKR_OK);
    (void)flags_of(client_slot(0));
    assert_int_equal(readers_open_services(), 0);
    CK_SESSION_HANDLE session = client_session();
    CK_SESSION_HANDLE second = client_session();
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    assert_int_equal(readers_open_cards(), 1);
    assert_int_equal(client_list()->C_CloseSession(second), CKR_OK);
    assert_int_equal(readers_open_cards(), 0);
    assert_int_equal(readers_open_services(), 0);
    client_stop();
}

static void
token_says_what_it_is(void **state)
{
    (void)state;
    static const char *const models[] = {"Applet 1.7      ",
                                         "Applet 1.8      "};
    CK_TOKEN_INFO info;
    for (int i = 0; i < 2; i++) {
        assert_true(
            readers_insert(0, i == 0 ? READERS_1_7 : READERS_1_8, NULL));
        assert_int_equal(client_start(NULL), CKR_OK);
        assert_int_equal(client_list()->C_GetTokenInfo(client_slot(0), &info),
                         CKR_OK);
        assert_memory_equal(info.label, "Belgian eID                     ", 32);
        assert_memory_equal(info.model, models[i], 16);
        for (size_t k = 0; k < 16; k++) {
            assert_non_null(
                memchr("0123456789ABCDEF", info.serialNumber[k], 16));
        }
        assert_int_equal(
            info.flags, CKF_RNG | CKF_WRITE_PROTECTED | CKF_LOGIN_REQUIRED
                            | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED);
        assert_int_equal(info.ulMinPinLen, 4);
        assert_int_equal(info.ulMaxPinLen, 12);
        client_stop();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_reader_is_a_slot, prepare),
        cmocka_unit_test_setup(identifiers_are_stable, prepare),
        cmocka_unit_test_setup(state_flags_need_the_option, prepare),
        cmocka_unit_test_setup(old_cards_are_told_apart_without_a_try, prepare),
        cmocka_unit_test_setup(old_card_is_refused_everywhere, prepare),
        cmocka_unit_test_setup(answer_to_reset_alone_is_not_believed, prepare),
        cmocka_unit_test_setup(without_pcscd_there_are_no_slots, prepare),
        cmocka_unit_test_setup(pcscd_restarts, prepare),
        cmocka_unit_test_setup(idle_holds_nothing, prepare),
        cmocka_unit_test_setup(token_says_what_it_is, prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}

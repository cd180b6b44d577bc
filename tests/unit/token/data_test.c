/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Data objects: what they hold, who has which, and what finding them costs. */
#include "../unit.h"
#include "card/identity_verify.h"
#include "client.h"

#include <stdio.h>
#include <string.h>

#define FOUND_MAX 64U
#define VALUE_MAX 8192U

static enum readers_applet kinds[] = {READERS_1_7, READERS_1_8};

static int
prepare(void **state)
{
    const enum readers_applet *kind = *state;
    (void)client_list()->C_Finalize(NULL);
    return readers_reset() && readers_insert(0, *kind, NULL) ? 0 : -1;
}

static CK_ULONG
find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count,
     CK_OBJECT_HANDLE *found)
{
    CK_ULONG len = 0;
    assert_int_equal(client_list()->C_FindObjectsInit(session, wanted, count),
                     CKR_OK);
    assert_int_equal(
        client_list()->C_FindObjects(session, found, FOUND_MAX, &len), CKR_OK);
    assert_int_equal(client_list()->C_FindObjectsFinal(session), CKR_OK);
    return len;
}

/* The data object with that label; 0: none. */
static CK_OBJECT_HANDLE
labelled(CK_SESSION_HANDLE session, const char *label)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_OBJECT_HANDLE found[FOUND_MAX] = {0};
    char text[64];
    (void)snprintf(text, sizeof text, "%s", label);
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_LABEL, text, strlen(text)}};
    CK_ULONG count = find(session, wanted, 2, found);
    assert_true(count <= 1);
    return found[0];
}

static struct beid_span
value_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
         CK_ATTRIBUTE_TYPE type, unsigned char *room)
{
    CK_ATTRIBUTE asked = {type, NULL, 0};
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    assert_true(asked.ulValueLen <= VALUE_MAX);
    CK_ULONG announced = asked.ulValueLen;
    asked.pValue = room;
    asked.ulValueLen = VALUE_MAX;
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    assert_int_equal(asked.ulValueLen, announced);
    return beid_span_of(room, asked.ulValueLen);
}

/* What the object with that label holds; an empty span when there is none. */
static struct beid_span
read_label(CK_SESSION_HANDLE session, const char *label, unsigned char *room)
{
    CK_OBJECT_HANDLE object = labelled(session, label);
    return object == 0 ? beid_span_of(NULL, 0)
                       : value_of(session, object, CKA_VALUE, room);
}

static void
expect_text(CK_SESSION_HANDLE session, const char *label, const char *text)
{
    unsigned char room[VALUE_MAX / 4];
    CK_OBJECT_HANDLE object = labelled(session, label);
    CK_ATTRIBUTE asked = {CKA_VALUE, room, sizeof room};
    assert_int_not_equal(object, 0);
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    assert_int_equal(asked.ulValueLen, strlen(text));
    assert_memory_equal(room, text, asked.ulValueLen);
}

static void
files_are_the_cards(void **state)
{
    const enum readers_applet *kind = *state;
    static const struct {
        const char *label;
        const char *group;
        unsigned file;
    } files[] = {{"DATA_FILE", "id", 0x4031},
                 {"SIGN_DATA_FILE", "sign_data_file", 0x4032},
                 {"ADDRESS_FILE", "address", 0x4033},
                 {"SIGN_ADDRESS_FILE", "sign_address_file", 0x4034},
                 {"PHOTO_FILE", "photo", 0x4035},
                 {"BASIC_KEY_FILE", "basic_key_file", 0x4040}};
    static unsigned char room[VALUE_MAX];
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct beid_span file = readers_file(0, files[i].file);
        CK_OBJECT_HANDLE object = labelled(session, files[i].label);
        if (files[i].file == 0x4040 && *kind == READERS_1_7) {
            assert_int_equal(object, 0);
            continue;
        }
        assert_int_not_equal(object, 0);
        assert_true(
            beid_span_same(value_of(session, object, CKA_VALUE, room), file));
        assert_true(
            beid_span_same(value_of(session, object, CKA_OBJECT_ID, room),
                           beid_span_str(files[i].group)));
        assert_true(
            beid_span_same(value_of(session, object, CKA_APPLICATION, room),
                           beid_span_str("BELPIC")));
        assert_int_equal(*value_of(session, object, CKA_PRIVATE, room).ptr,
                         CK_FALSE);
        assert_int_equal(*value_of(session, object, CKA_TOKEN, room).ptr,
                         CK_TRUE);
        assert_int_equal(*value_of(session, object, CKA_MODIFIABLE, room).ptr,
                         CK_FALSE);
    }
    client_stop();
}

static void
fields_are_the_citizens(void **state)
{
    (void)state;
    assert_int_equal(client_start("objects=data"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    expect_text(session, "surname", "Proefpersoon");
    expect_text(session, "firstnames", "Nora Ang\xC3\xA8le");
    expect_text(session, "first_letter_of_third_given_name", "V");
    expect_text(session, "national_number", "71050100041");
    expect_text(session, "date_of_birth", "01 MEI 1971");
    expect_text(session, "location_of_birth", "Gent");
    expect_text(session, "gender", "V");
    expect_text(session, "nationality", "Belg");
    expect_text(session, "document_type", "1");
    expect_text(session, "nobility", "");
    expect_text(session, "address_street_and_number", "Proefstraat 12 bus 3");
    expect_text(session, "address_zip", "9000");
    expect_text(session, "address_municipality", "Gent");
    assert_int_equal(labelled(session, "eu_start_date"), 0);
    assert_int_equal(labelled(session, "member_of_family"), 0);
    assert_int_equal(labelled(session, "surnam"), 0);
    assert_int_equal(labelled(session, "Authentication"), 0);
    client_stop();
}

static void
others_have_other_fields(void **state)
{
    const enum readers_applet *kind = *state;
    assert_true(readers_insert(0, *kind, "foreigner"));
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    expect_text(session, "surname", "Exemplo");
    expect_text(session, "document_type", "31");
    assert_int_not_equal(labelled(session, "eu_start_date"), 0);
    /* A card that is put in place of it is another person's. */
    CK_OBJECT_HANDLE old = labelled(session, "surname");
    assert_true(readers_insert(0, *kind, "minor"));
    CK_ATTRIBUTE asked = {CKA_VALUE, NULL, 0};
    assert_int_not_equal(
        client_list()->C_GetAttributeValue(session, old, &asked, 1), CKR_OK);
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    session = client_session();
    expect_text(session, "surname", "Proefkind");
    assert_int_equal(labelled(session, "eu_start_date"), 0);
    client_stop();
}

/* A search reads no more than what it is about. */
static void
searches_read_little(void **state)
{
    const enum readers_applet *kind = *state;
    static unsigned char room[VALUE_MAX];
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE keys = {CKA_CLASS, &class, sizeof class};
    assert_int_equal(client_start("objects=data"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    readers_forget();
    assert_int_equal(find(session, &keys, 1, found), 0);
    CK_BYTE id = 2;
    CK_ATTRIBUTE by_id = {CKA_ID, &id, 1};
    assert_int_equal(find(session, &by_id, 1, found), 0);
    CK_OBJECT_HANDLE photo = labelled(session, "PHOTO_FILE");
    assert_int_not_equal(photo, 0);
    (void)value_of(session, photo, CKA_LABEL, room);
    assert_int_equal(readers_count(), 0);
    /* One file: SELECT and at most two READ BINARY with a 6Cxx between. */
    expect_text(session, "address_zip", "9000");
    assert_string_equal(readers_trace(), "A4 B0 B0");
    readers_forget();
    expect_text(session, "address_municipality", "Gent");
    assert_int_equal(readers_count(), 0);
    expect_text(session, "surname", "Proefpersoon");
    assert_int_equal(readers_count_ins(0xA4), 1);
    assert_true(readers_count() <= 4);
    readers_forget();
    class = CKO_DATA;
    assert_int_equal(find(session, &keys, 1, found),
                     *kind == READERS_1_7 ? 25 : 28);
    assert_int_equal(readers_count(), 0);
    /* Nothing stays once the last session is closed. */
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    session = client_session();
    readers_forget();
    expect_text(session, "address_zip", "9000");
    assert_string_equal(readers_trace(), "A4 B0 B0");
    client_stop();
}

static void
values_are_searched_for(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_OBJECT_CLASS class = CKO_DATA;
    char town[] = "Gent";
    char group[] = "address";
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_VALUE, town, 4},
                             {CKA_OBJECT_ID, group, 7}};
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    /* Issued in, born in, lives in. */
    assert_int_equal(find(session, wanted, 2, found), 3);
    assert_int_equal(find(session, wanted, 3, found), 1);
    wanted[1].ulValueLen = 3;
    assert_int_equal(find(session, wanted, 2, found), 0);
    client_stop();
}

static void
wrong_questions(void **state)
{
    (void)state;
    unsigned char room[8];
    assert_int_equal(client_start("objects=data"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    CK_OBJECT_HANDLE zip = labelled(session, "address_zip");
    CK_ATTRIBUTE asked[] = {{CKA_VALUE, room, 3},
                            {CKA_ID, room, sizeof room},
                            {CKA_LABEL, NULL, 0}};
    assert_int_equal(client_list()->C_GetAttributeValue(session, zip, asked, 3),
                     CKR_BUFFER_TOO_SMALL);
    assert_int_equal(asked[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(asked[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(asked[2].ulValueLen, strlen("address_zip"));
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, zip, asked + 1, 1),
        CKR_ATTRIBUTE_TYPE_INVALID);
    /* Fields that this card has not, and what lies behind the last one. */
    for (CK_OBJECT_HANDLE object = 0x0FF0; object < 0x1040; object++) {
        CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
        CK_RV rv =
            client_list()->C_GetAttributeValue(session, object, &value, 1);
        assert_true(rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID);
        assert_true(rv != CKR_OK || (object > 0x1000 && object <= 0x102B));
    }
    assert_int_not_equal(client_sign_init(session, CKM_RSA_PKCS, zip), CKR_OK);
    client_stop();
    /* Without the word there are none. */
    assert_int_equal(client_start("objects=auth,sign,ca,root,rrn"), CKR_OK);
    session = client_session();
    assert_int_equal(labelled(session, "address_zip"), 0);
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, zip, &value, 1),
        CKR_OBJECT_HANDLE_INVALID);
    client_stop();
}

/* The chip's own key, its hash in the identity, and a response of its own for
 * every search. */
static void
the_chip_proves_itself(void **state)
{
    const enum readers_applet *kind = *state;
    static unsigned char first[VALUE_MAX];
    static unsigned char again[VALUE_MAX];
    static unsigned char key_room[VALUE_MAX];
    static unsigned char hash_room[VALUE_MAX];
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    struct beid_span proof = read_label(session, "CHIP_RESPONSE", first);
    if (*kind == READERS_1_7) {
        assert_int_equal(proof.len, 0);
        client_stop();
        return;
    }
    assert_int_equal(readers_count_ins(0x88), 1);
    assert_int_equal(proof.len, 48 + 96);
    struct beid_span key = read_label(session, "BASIC_KEY_FILE", key_room);
    struct beid_span hash = read_label(session, "basic_key_hash", hash_room);
    assert_int_equal(identity_hash_check(key, hash), BEID_OK);
    struct beid_span second = read_label(session, "CHIP_RESPONSE", again);
    assert_int_equal(readers_count_ins(0x88), 2);
    assert_int_equal(second.len, proof.len);
    assert_memory_not_equal(second.ptr, proof.ptr, 48);
    assert_int_equal(identity_chip_check(key, beid_span_of(first, 48),
                                         beid_span_of(first + 48, 96)),
                     BEID_OK);
    assert_int_equal(identity_chip_check(key, beid_span_of(again, 48),
                                         beid_span_of(again + 48, 96)),
                     BEID_OK);
    assert_int_equal(identity_chip_check(key, beid_span_of(again, 48),
                                         beid_span_of(first + 48, 96)),
                     BEID_ERR_SIGNATURE);
    client_stop();
}

/* A command that fails, at each place: an error or an answer, and the next
 * try works. */
static void
failures_leave_nothing_behind(void **state)
{
    (void)state;
    static const enum beid_err errors[] = {BEID_ERR_IO, BEID_ERR_READER,
                                           BEID_ERR_FORMAT};
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        for (size_t k = 1; k <= 4; k++) {
            CK_OBJECT_CLASS class = CKO_DATA;
            CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
            assert_int_equal(client_start("objects=data"), CKR_OK);
            CK_SESSION_HANDLE session = client_session();
            readers_fail(k, errors[e]);
            CK_RV rv = client_list()->C_FindObjectsInit(session, &wanted, 1);
            assert_true(rv != CKR_HOST_MEMORY);
            (void)client_list()->C_FindObjectsFinal(session);
            (void)client_list()->C_CloseAllSessions(client_slot(0));
            session = client_session();
            expect_text(session, "address_zip", "9000");
            expect_text(session, "surname", "Proefpersoon");
            client_stop();
        }
    }
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on kinds[" #n "]", .test_func = (test),                \
        .setup_func = prepare, .initial_state = &kinds[(n)]                    \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(files_are_the_cards),      BOTH(fields_are_the_citizens),
        BOTH(others_have_other_fields), BOTH(searches_read_little),
        BOTH(values_are_searched_for),  BOTH(wrong_questions),
        BOTH(the_chip_proves_itself),   BOTH(failures_leave_nothing_behind),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}

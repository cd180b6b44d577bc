/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What "beid-agent card" says of genuine cards, of copies and of mixtures. */
#include "../../unit.h"
#include "../../virtual/card_case.h"
#include "cli/card_read.h"
#include "cli/card_show.h"

#include <beid/tlv.h>

#include <openssl/rand.h>

#include <stdio.h>
#include <string.h>

/* A module in memory: what it tells, file by file. */
struct cli_module {
    const char *model;
    struct beid_span data[CARD_DATA_COUNT];
    struct beid_span certificate[CARD_CERTIFICATE_COUNT];
    enum beid_err err; /* of every read from the fail_at-th on */
    size_t fail_at;
};

enum beid_err
cli_module_model(const struct cli_module *module, char out[CLI_MODEL_LEN + 1])
{
    (void)snprintf(out, CLI_MODEL_LEN + 1, "%s", module->model);
    return BEID_OK;
}

static enum beid_err
give(struct beid_span value, struct beid_buf *out)
{
    beid_buf_reset(out);
    if (value.len == 0) {
        return BEID_ERR_NOT_FOUND;
    }
    beid_buf_put(out, value);
    return beid_buf_status(out);
}

enum beid_err
cli_module_data(const struct cli_module *module, const char *label,
                struct beid_buf *out)
{
    static const char *const labels[CARD_DATA_COUNT] = {
        "DATA_FILE",  "SIGN_DATA_FILE", "ADDRESS_FILE", "SIGN_ADDRESS_FILE",
        "PHOTO_FILE", "BASIC_KEY_FILE", "CHIP_RESPONSE"};
    if (module->err != BEID_OK && strcmp(label, labels[module->fail_at]) == 0) {
        return module->err;
    }
    for (size_t i = 0; i < CARD_DATA_COUNT; i++) {
        if (strcmp(label, labels[i]) == 0) {
            return give(module->data[i], out);
        }
    }
    fail_msg("%s", label);
    return BEID_ERR_INTERNAL;
}

enum beid_err
cli_module_certificate(const struct cli_module *module, const char *label,
                       struct cli_certificate *out)
{
    for (size_t i = 0; i < CARD_CERTIFICATE_COUNT; i++) {
        if (strcmp(label, card_certificate_label((enum card_certificate)i))
            == 0) {
            return give(module->certificate[i], &out->der);
        }
    }
    fail_msg("%s", label);
    return BEID_ERR_INTERNAL;
}

/* Sign-able bytes and what the key of this card makes of them. */
static void
chip_of(struct vcard *card, uint8_t proof[144])
{
    struct vcard_answer answer;
    uint8_t command[7 + 48] = {0x00, 0x88, 0x02, 0x81, 0x32, 0x94, 0x30};
    const uint8_t more[] = {0x00, 0xC0, 0x00, 0x00, 0x60};
    assert_int_equal(RAND_bytes(command + 7, 48), 1);
    vcard_transmit(card, beid_span_of(command, sizeof command), &answer);
    vcard_transmit(card, beid_span_of(more, sizeof more), &answer);
    assert_int_equal(answer.len, 98);
    memcpy(proof, command + 7, 48);
    memcpy(proof + 48, answer.bytes, 96);
}

static struct beid_span
file_of(const struct vcard *card, unsigned id)
{
    return vcard_image_file(vcard_image_of(card),
                            id < 0x5000 ? VCARD_DF_ID : VCARD_DF_BELPIC,
                            (uint16_t)id);
}

static struct beid_span
certificate_of(const struct vcard *card, unsigned id)
{
    size_t total = 0;
    struct beid_span file = file_of(card, id);
    if (file.ptr[0] == 0) {
        return beid_span_of(NULL, 0);
    }
    assert_int_equal(beid_der_total(file, file.len, &total), BEID_OK);
    return beid_span_of(file.ptr, total);
}

/* What the real module tells of this card; proof has to live as long. */
static struct cli_module
module_of(struct vcard *card, uint8_t proof[144])
{
    struct cli_module module = {.model = "Applet 1.7"};
    for (unsigned i = 0; i < 5; i++) {
        module.data[i] = file_of(card, 0x4031 + i);
    }
    static const unsigned ids[] = {0x5038, 0x5039, 0x503A, 0x503B, 0x503C};
    for (size_t i = 0; i < CARD_CERTIFICATE_COUNT; i++) {
        module.certificate[i] = certificate_of(card, ids[i]);
    }
    if (vcard_image_of(card)->applet == VCARD_APPLET_1_8) {
        module.model = "Applet 1.8";
        module.data[CARD_DATA_BASIC_KEY] = file_of(card, 0x4040);
        chip_of(card, proof);
        module.data[CARD_DATA_CHIP] = beid_span_of(proof, 144);
    }
    return module;
}

static enum card_result results[CARD_CHECK_COUNT];

/* Reads it all; does it hold as a test card? */
static bool
holds(const struct cli_module *module)
{
    struct card_facts facts;
    card_facts_init(&facts);
    assert_int_equal(card_facts_read(module, &facts), BEID_OK);
    bool hold = card_facts_hold(&facts, CARD_ORIGIN_TEST);
    assert_false(card_facts_hold(&facts, CARD_ORIGIN_BELGIUM));
    memcpy(results, facts.check, sizeof results);
    card_facts_clear(&facts);
    return hold;
}

static void
cards_as_they_are(void **state)
{
    (void)state;
    static const enum vcard_applet applets[] = {VCARD_APPLET_1_7,
                                                VCARD_APPLET_1_8};
    uint8_t proof[144];
    for (size_t i = 0; i < 2; i++) {
        struct vcard *card = case_card(applets[i]);
        struct cli_module module = module_of(card, proof);
        assert_true(holds(&module));
        assert_int_equal(results[CARD_CHECK_CHIP],
                         i == 0 ? CARD_UNCHECKED : CARD_GOOD);
        vcard_free(&card);
    }
}

/* Each file of another card in place of its own. */
static void
mixtures(void **state)
{
    (void)state;
    static const enum card_check finds[CARD_DATA_COUNT] = {
        [CARD_DATA_IDENTITY] = CARD_CHECK_IDENTITY,
        [CARD_DATA_IDENTITY_SIGNATURE] = CARD_CHECK_IDENTITY,
        [CARD_DATA_ADDRESS] = CARD_CHECK_ADDRESS,
        [CARD_DATA_ADDRESS_SIGNATURE] = CARD_CHECK_ADDRESS,
        [CARD_DATA_PHOTO] = CARD_CHECK_PHOTO,
        [CARD_DATA_BASIC_KEY] = CARD_CHECK_CHIP,
        [CARD_DATA_CHIP] = CARD_CHECK_CHIP,
    };
    uint8_t proof[144];
    uint8_t other_proof[144];
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct vcard *other = case_card_of(VCARD_APPLET_1_8, "other");
    struct cli_module theirs = module_of(other, other_proof);
    for (size_t i = 0; i < CARD_DATA_COUNT; i++) {
        struct cli_module module = module_of(card, proof);
        module.data[i] = theirs.data[i];
        assert_false(holds(&module));
        assert_int_equal(results[finds[i]], CARD_WRONG);
        module.data[i] = beid_span_of(NULL, 0);
        assert_false(holds(&module));
        assert_int_not_equal(results[finds[i]], CARD_GOOD);
    }
    /* Address and signature of another citizen, each good by itself. */
    struct cli_module module = module_of(card, proof);
    module.data[CARD_DATA_ADDRESS] = theirs.data[CARD_DATA_ADDRESS];
    module.data[CARD_DATA_ADDRESS_SIGNATURE] =
        theirs.data[CARD_DATA_ADDRESS_SIGNATURE];
    assert_false(holds(&module));
    assert_int_equal(results[CARD_CHECK_ADDRESS], CARD_WRONG);
    vcard_free(&card);
    vcard_free(&other);
}

/* A copy of all files of a 1.8 card, without its key, is found out, whatever
 * applet it says that it has. */
static void
copies(void **state)
{
    (void)state;
    uint8_t proof[144];
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct cli_module module = module_of(card, proof);
    module.data[CARD_DATA_CHIP] = beid_span_of(NULL, 0);
    assert_false(holds(&module));
    assert_int_equal(results[CARD_CHECK_CHIP], CARD_WRONG);
    module.model = "Applet 1.7";
    module.data[CARD_DATA_BASIC_KEY] = beid_span_of(NULL, 0);
    assert_false(holds(&module));
    assert_int_equal(results[CARD_CHECK_CHIP], CARD_WRONG);
    vcard_free(&card);
}

static void
issuers(void **state)
{
    (void)state;
    uint8_t proof[144];
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct vcard *other = case_card_of(VCARD_APPLET_1_8, "other");
    struct cli_module module = module_of(card, proof);
    static const enum card_certificate wrong[] = {
        CARD_CERTIFICATE_CA, CARD_CERTIFICATE_AUTHENTICATION};
    /* No register, another PKI's root, a register that is none. */
    module.certificate[CARD_CERTIFICATE_RRN] = beid_span_of(NULL, 0);
    assert_false(holds(&module));
    assert_int_equal(results[CARD_CHECK_IDENTITY], CARD_UNCHECKED);
    module = module_of(card, proof);
    module.certificate[CARD_CERTIFICATE_ROOT] = certificate_of(other, 0x503B);
    assert_false(holds(&module));
    assert_int_equal(results[CARD_CHECK_IDENTITY], CARD_GOOD);
    for (size_t i = 0; i < 2; i++) {
        module = module_of(card, proof);
        module.certificate[CARD_CERTIFICATE_RRN] = module.certificate[wrong[i]];
        assert_false(holds(&module));
        assert_int_equal(results[CARD_CHECK_IDENTITY], CARD_WRONG);
    }
    vcard_free(&card);
    vcard_free(&other);
}

static void
failures(void **state)
{
    (void)state;
    uint8_t proof[144];
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    for (size_t i = 0; i < CARD_DATA_COUNT; i++) {
        struct card_facts facts;
        struct cli_module module = module_of(card, proof);
        module.fail_at = i;
        module.err = BEID_ERR_CARD_REMOVED;
        card_facts_init(&facts);
        assert_int_equal(card_facts_read(&module, &facts),
                         BEID_ERR_CARD_REMOVED);
        card_facts_clear(&facts);
        module.err = BEID_ERR_LIMIT; /* too long to be one */
        assert_false(holds(&module));
    }
    vcard_free(&card);
}

static void
is_plain(const char *field, size_t len, const char *expected)
{
    char out[CARD_VALUE_MAX];
    card_plain(beid_span_of(field, len), out);
    assert_string_equal(out, expected);
}

/* A card cannot write to the terminal what it likes. */
static void
values_for_terminals(void **state)
{
    (void)state;
    static char endless[2000];
    char out[CARD_VALUE_MAX];
    is_plain("", 0, "");
    is_plain("Ang\xC3\xA8le  ", 9, "Ang\xC3\xA8le");
    is_plain("a\x1B[2Jb", 6, "a?[2Jb");
    is_plain("a\0b\nc\x7F", 6, "a?b?c?");
    const char right_to_left[] = {(char)0xE2, (char)0x80, (char)0xAE, 'g', 'n'};
    is_plain(right_to_left, sizeof right_to_left, "?gn");
    is_plain("\xC3", 1, "?");
    is_plain("\xFF\xFE"
             "A",
             3, "??A");
    memset(endless, 'x', sizeof endless);
    card_plain(beid_span_of(endless, sizeof endless), out);
    assert_true(strlen(out) < CARD_VALUE_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_as_they_are),
        cmocka_unit_test(mixtures),
        cmocka_unit_test(copies),
        cmocka_unit_test(issuers),
        cmocka_unit_test(failures),
        cmocka_unit_test(values_for_terminals),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}

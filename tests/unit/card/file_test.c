/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files without a length, and the chip's own key. */
#include "../unit.h"
#include "card/chip.h"
#include "card/file.h"
#include "script.h"

#include <stdlib.h>
#include <string.h>

#define SELECTED                                                               \
    {                                                                          \
        "00A4080C063F00DF014035", "9000", BEID_OK                              \
    }

/* Lengths around the blocks and the cap; commands: SELECT and the blocks,
 * two for a block that ends too early (6Cxx). */
static void
files_of_every_length(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        enum beid_err err;
        size_t commands;
    } cases[] = {{0, BEID_ERR_NOT_FOUND, 2}, {1, BEID_OK, 3},
                 {255, BEID_OK, 3},          {256, BEID_OK, 3},
                 {257, BEID_OK, 4},          {512, BEID_OK, 4},
                 {3584, BEID_OK, 16},        {16383, BEID_OK, 66},
                 {16384, BEID_OK, 66},       {16385, BEID_ERR_LIMIT, 67},
                 {20000, BEID_ERR_LIMIT, 66}};
    uint8_t *content = malloc(20000);
    assert_non_null(content);
    for (size_t i = 0; i < 20000; i++) {
        content[i] = (uint8_t)(i * 7 + i / 256);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct card card =
            script_card_17(script_file(beid_span_of(content, cases[i].len)));
        struct beid_buf out;
        beid_buf_init(&out, CARD_FILE_MAX);
        assert_int_equal(card_file_read(&card, CARD_FILE_PHOTO, &out),
                         cases[i].err);
        assert_int_equal(out.len, cases[i].err == BEID_OK ? cases[i].len : 0);
        if (out.len > 0) {
            assert_memory_equal(out.ptr, content, out.len);
        }
        assert_int_equal(script_commands(), cases[i].commands);
        beid_buf_clear(&out);
    }
    free(content);
}

static void
read_gives(const struct script_step *steps, size_t count, enum beid_err err,
           size_t len)
{
    struct card card = script_card_17(script_start(steps, count));
    struct beid_buf out;
    beid_buf_init(&out, CARD_FILE_MAX);
    assert_int_equal(card_file_read(&card, CARD_FILE_PHOTO, &out), err);
    assert_int_equal(out.len, len);
    beid_buf_clear(&out);
    script_end();
}

#define READ_GIVES(steps, err, len)                                            \
    read_gives((steps), sizeof(steps) / sizeof *(steps), err, len)

/* Files that are not there, readers that resolve 6C, cards that lie. */
static void
answers_of_all_kinds(void **state)
{
    (void)state;
    static const struct script_step absent[] = {
        {"00A4080C063F00DF014035", "6A82", BEID_OK}};
    static const struct script_step inactive[] = {
        {"00A4080C063F00DF014035", "6985", BEID_OK}};
    static const struct script_step empty[] = {SELECTED,
                                               {"00B0000000", "9000", BEID_OK}};
    static const struct script_step unreadable[] = {
        SELECTED, {"00B0000000", "6982", BEID_OK}};
    static const struct script_step resolved[] = {
        SELECTED, {"00B0000000", "010203 9000", BEID_OK}};
    static const struct script_step parts[] = {
        SELECTED,
        {"00B0000000", "01 6102", BEID_OK},
        {"00C0000002", "0203 9000", BEID_OK}};
    static const struct script_step twice[] = {SELECTED,
                                               {"00B0000000", "6C03", BEID_OK},
                                               {"00B0000003", "6C02", BEID_OK}};
    static const struct script_step removed[] = {
        SELECTED, {"00B0000000", NULL, BEID_ERR_CARD_REMOVED}};
    static const struct script_step mute[] = {SELECTED,
                                              {"00B0000000", "90", BEID_OK}};
    READ_GIVES(absent, BEID_ERR_NOT_FOUND, 0);
    READ_GIVES(inactive, BEID_ERR_NOT_FOUND, 0);
    READ_GIVES(empty, BEID_ERR_NOT_FOUND, 0);
    READ_GIVES(unreadable, BEID_ERR_PIN_REQUIRED, 0);
    READ_GIVES(resolved, BEID_OK, 3);
    READ_GIVES(parts, BEID_OK, 3);
    READ_GIVES(twice, BEID_ERR_CARD, 0);
    READ_GIVES(removed, BEID_ERR_CARD_REMOVED, 0);
    READ_GIVES(mute, BEID_ERR_FORMAT, 0);
}

/* More than was asked for, by GET RESPONSE, is no file. */
static void
too_much_data(void **state)
{
    (void)state;
    char block[2 * 256 + 5];
    memset(block, 'A', sizeof block);
    memcpy(block + sizeof block - 5, "6101", 5);
    const struct script_step steps[] = {SELECTED,
                                        {"00B0000000", block, BEID_OK},
                                        {"00C0000001", "AA 9000", BEID_OK}};
    READ_GIVES(steps, BEID_ERR_FORMAT, 0);
}

#define CHALLENGE_HEX                                                          \
    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"         \
    "202122232425262728292A2B2C2D2E2F"
#define RESPONSE_HEX                                                           \
    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"         \
    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"         \
    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

static enum beid_err
answer_of(struct card card, size_t challenge_len, size_t *len)
{
    uint8_t challenge[64];
    struct beid_buf out;
    for (size_t i = 0; i < sizeof challenge; i++) {
        challenge[i] = (uint8_t)i;
    }
    beid_buf_init(&out, CHIP_RESPONSE_LEN);
    enum beid_err err =
        chip_answer(&card, beid_span_of(challenge, challenge_len), &out);
    *len = out.len;
    beid_buf_clear(&out);
    return err;
}

static void
chip_answers(void **state)
{
    (void)state;
    static const struct script_step good[] = {
        {"0088028132 9430" CHALLENGE_HEX, "6160", BEID_OK},
        {"00C0000060", RESPONSE_HEX "9000", BEID_OK}};
    static const struct script_step used_up[] = {
        {"0088028132 9430" CHALLENGE_HEX, "6985", BEID_OK}};
    static const struct script_step too_short[] = {
        {"0088028132 9430" CHALLENGE_HEX, "0102 9000", BEID_OK}};
    size_t len = 0;
    assert_int_equal(answer_of(script_card_18(SCRIPT(good)), 48, &len),
                     BEID_OK);
    assert_int_equal(len, CHIP_RESPONSE_LEN);
    script_end();
    assert_int_equal(answer_of(script_card_18(SCRIPT(used_up)), 48, &len),
                     BEID_ERR_STATE);
    script_end();
    assert_int_equal(answer_of(script_card_18(SCRIPT(too_short)), 48, &len),
                     BEID_ERR_FORMAT);
    script_end();
    assert_int_equal(answer_of(script_card_18(script_start(NULL, 0)), 47, &len),
                     BEID_ERR_ARGUMENT);
    assert_int_equal(answer_of(script_card_17(script_start(NULL, 0)), 48, &len),
                     BEID_ERR_UNSUPPORTED);
    script_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_every_length),
        cmocka_unit_test(answers_of_all_kinds),
        cmocka_unit_test(too_much_data),
        cmocka_unit_test(chip_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What happens after a failed exchange, and to which commands. */
#include "../unit.h"
#include "card/steady.h"
#include "script.h"

#include <string.h>

#define SERIAL "534C4790112233445566778899AABBCC"
#define DATA SERIAL "A50301010117000300210107"
#define OTHER                                                                  \
    "534C4790112233445566778899AABBCD"                                         \
    "A50301010117000300210107"
#define SELECT "00A4080C063F00DF005038"
#define READ "00B0010004"

static size_t restarts;
static enum beid_err restart_err;

static enum beid_err
restart(void *self)
{
    (void)self;
    restarts++;
    return restart_err;
}

/* Sends each command of a list over a script; the result of the last. */
static enum beid_err
send_all(struct steady *steady, struct transport transport,
         const char *const *commands, uint8_t *answer, size_t *len)
{
    const struct steady_line line = {
        .transmit = transport.ops->transmit,
        .restart = restart,
    };
    enum beid_err err = BEID_OK;
    *steady = (struct steady){0};
    restarts = 0;
    for (size_t i = 0; commands[i] != NULL; i++) {
        uint8_t bytes[64];
        size_t size = script_hex(commands[i], bytes, sizeof bytes);
        err = steady_transmit(steady, &line, transport.self,
                              beid_span_of(bytes, size), answer, len);
    }
    return err;
}

static void
read_goes_on_in_the_same_file(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {"80E400001C", DATA "9000", BEID_OK},
        {SELECT, "9000", BEID_OK},
        {READ, NULL, BEID_ERR_IO},
        {"80E400001C", DATA "9000", BEID_OK},
        {SELECT, "9000", BEID_OK},
        {READ, "010203049000", BEID_OK},
    };
    static const char *const commands[] = {"80E400001C", SELECT, READ, NULL};
    uint8_t answer[SCRIPT_ANSWER_MAX];
    size_t len = 0;
    struct steady steady;
    assert_int_equal(send_all(&steady, SCRIPT(steps), commands, answer, &len),
                     BEID_OK);
    script_end();
    assert_int_equal(len, 6);
    assert_memory_equal(answer, "\1\2\3\4", 4);
    assert_int_equal(restarts, 1);
    assert_true(steady_take_restart(&steady));
    assert_false(steady_take_restart(&steady));
}

static void
another_card_is_not_read(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {"80E400001C", DATA "9000", BEID_OK},
        {SELECT, "9000", BEID_OK},
        {READ, NULL, BEID_ERR_IO},
        {"80E400001C", OTHER "9000", BEID_OK},
    };
    static const char *const commands[] = {"80E400001C", SELECT, READ, NULL};
    uint8_t answer[SCRIPT_ANSWER_MAX];
    size_t len = 0;
    struct steady steady;
    assert_int_equal(send_all(&steady, SCRIPT(steps), commands, answer, &len),
                     BEID_ERR_CARD_MISMATCH);
    script_end();
}

/* A second failure is the answer, and so is a reset that fails. */
static void
once_only(void **state)
{
    (void)state;
    static const struct script_step twice[] = {{SELECT, NULL, BEID_ERR_IO},
                                               {SELECT, NULL, BEID_ERR_IO}};
    static const struct script_step gone[] = {{SELECT, NULL, BEID_ERR_IO}};
    static const char *const commands[] = {SELECT, NULL};
    uint8_t answer[SCRIPT_ANSWER_MAX];
    size_t len = 0;
    struct steady steady;
    assert_int_equal(send_all(&steady, SCRIPT(twice), commands, answer, &len),
                     BEID_ERR_IO);
    script_end();
    assert_int_equal(restarts, 1);
    restart_err = BEID_ERR_CARD_REMOVED;
    assert_int_equal(send_all(&steady, SCRIPT(gone), commands, answer, &len),
                     BEID_ERR_CARD_REMOVED);
    restart_err = BEID_OK;
    script_end();
    assert_true(steady_take_restart(&steady));
}

/* VERIFY, with digits or without, CHANGE, MSE, a signature, GET RESPONSE, LOG
 * OFF, and what is no command. */
static void
no_other_command_is_repeated(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0020000108241234FFFFFFFFFF",
        "0020000100",
        "0024000110241234FFFFFFFFFF244321FFFFFFFFFF",
        "002241B60504800184 82",
        "002A9E9A021122",
        "00C0000000",
        "80E6000000",
        "0088000002AABB",
        "00B0",
    };
    uint8_t answer[SCRIPT_ANSWER_MAX];
    size_t len = 0;
    struct steady steady;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct script_step step = {texts[i], NULL, BEID_ERR_IO};
        const char *const commands[] = {texts[i], NULL};
        assert_int_equal(
            send_all(&steady, script_start(&step, 1), commands, answer, &len),
            BEID_ERR_IO);
        script_end();
        assert_int_equal(restarts, 0);
        assert_false(steady_take_restart(&steady));
    }
}

/* A right that was opened after the reset is there. */
static void
verify_after_the_reset_counts(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {SELECT, NULL, BEID_ERR_IO},
        {SELECT, "9000", BEID_OK},
        {"0020000100", "9000", BEID_OK},
        {"0020000108241234FFFFFFFFFF", "9000", BEID_OK},
    };
    static const char *const commands[] = {SELECT, "0020000100",
                                           "0020000108241234FFFFFFFFFF", NULL};
    uint8_t answer[SCRIPT_ANSWER_MAX];
    size_t len = 0;
    struct steady steady;
    assert_int_equal(send_all(&steady, SCRIPT(steps), commands, answer, &len),
                     BEID_OK);
    script_end();
    assert_int_equal(restarts, 1);
    assert_false(steady_take_restart(&steady));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_goes_on_in_the_same_file),
        cmocka_unit_test(another_card_is_not_read),
        cmocka_unit_test(once_only),
        cmocka_unit_test(no_other_command_is_repeated),
        cmocka_unit_test(verify_after_the_reset_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

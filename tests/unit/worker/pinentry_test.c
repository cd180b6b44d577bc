/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "prompt/pinentry.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One dialog and the other end of its socket, where the test is pinentry. */
struct talk {
    int fd;
    struct pinentry *pinentry;
    struct beid_secret *pin;
    char heard[2048];
    size_t len;
};

static void
begin(struct talk *talk, enum pinentry_kind kind)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    *talk = (struct talk){.fd = pair[1]};
    assert_int_equal(beid_secret_new(&talk->pin), BEID_OK);
    struct pinentry_dialog dialog = {
        .kind = kind,
        .title = "Belgian eID",
        .description = beid_span_str("Line one\n100%"),
        .error = "The PIN was wrong.",
        .label = "PIN:",
        .ok = "Log in",
        .cancel = "Cancel",
        .timeout_s = 30,
    };
    assert_int_equal(pinentry_new(pair[0], &dialog,
                                  kind == PINENTRY_PIN ? talk->pin : NULL,
                                  &talk->pinentry),
                     BEID_OK);
}

static void
end(struct talk *talk)
{
    pinentry_free(&talk->pinentry);
    assert_null(talk->pinentry);
    beid_secret_free(&talk->pin);
    (void)close(talk->fd);
}

static void
say(const struct talk *talk, const char *text)
{
    assert_int_equal(send(talk->fd, text, strlen(text), 0), strlen(text));
}

static void
hear(struct talk *talk)
{
    ssize_t got = recv(talk->fd, talk->heard + talk->len,
                       sizeof talk->heard - talk->len - 1, MSG_DONTWAIT);
    talk->len += got > 0 ? (size_t)got : 0;
    talk->heard[talk->len] = '\0';
}

static bool
ends_with(const struct talk *talk, const char *line)
{
    size_t len = strlen(line);
    return talk->len >= len && strcmp(talk->heard + talk->len - len, line) == 0;
}

/* Says OK to everything up to the command that shows the dialog. */
static void
show(struct talk *talk, const char *command)
{
    say(talk, "OK Pleased to meet you\n");
    for (int i = 0; i < 20 && !pinentry_shown(talk->pinentry); i++) {
        assert_int_equal(pinentry_step(talk->pinentry), BEID_ERR_BUSY);
        if (!pinentry_shown(talk->pinentry)) {
            say(talk, "OK\n");
        }
    }
    hear(talk);
    assert_true(ends_with(talk, command));
}

static void
check_pin(const char *answer, enum beid_err expected, const char *digits)
{
    struct talk talk;
    begin(&talk, PINENTRY_PIN);
    show(&talk, "GETPIN\n");
    say(&talk, answer);
    assert_int_equal(pinentry_step(talk.pinentry), expected);
    assert_true(
        beid_span_same(beid_secret_span(talk.pin), beid_span_str(digits)));
    end(&talk);
}

static void
everything_is_said_before_the_pin_is_asked(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, PINENTRY_PIN);
    show(&talk, "GETPIN\n");
    static const char *const lines[] = {
        "OPTION no-grab\n",         "\nSETDESC Line one%0A100%25\n",
        "\nSETTITLE Belgian eID\n", "\nSETERROR The PIN was wrong.\n",
        "\nSETPROMPT PIN:\n",       "\nSETOK Log in\n",
        "\nSETCANCEL Cancel\n",     "\nSETTIMEOUT 30\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_non_null(strstr(talk.heard, lines[i]));
    }
    /* Nothing may end up in a password store of the desktop. */
    assert_null(strstr(talk.heard, "cache"));
    assert_null(strstr(talk.heard, "SETKEYINFO"));
    end(&talk);
}

static void
a_pin_has_four_to_twelve_digits(void **state)
{
    (void)state;
    check_pin("D 1234\nOK\n", BEID_OK, "1234");
    check_pin("D 123456789012\nOK\n", BEID_OK, "123456789012");
    check_pin("D 12\nD 34\nOK\n", BEID_OK, "1234");
    check_pin("D %31234\nOK\n", BEID_OK, "1234");
    check_pin("S PIN_REPEATED\nD 1234\nOK\n", BEID_OK, "1234");
    check_pin("D 123\nOK\n", BEID_ERR_PIN_LENGTH, "");
    check_pin("D 1234567890123\nOK\n", BEID_ERR_PIN_LENGTH, "");
    check_pin("D 12a4\nOK\n", BEID_ERR_PIN_LENGTH, "");
    check_pin("D  1234\nOK\n", BEID_ERR_PIN_LENGTH, "");
    check_pin("D 1234%0A\nOK\n", BEID_ERR_PIN_LENGTH, "");
    check_pin("D 12%0034\nOK\n", BEID_ERR_PIN_LENGTH, "");
    check_pin("D \xD9\xA1\xD9\xA2\xD9\xA3\xD9\xA4\nOK\n", BEID_ERR_PIN_LENGTH,
              "");
    check_pin("OK\n", BEID_ERR_PIN_LENGTH, "");
}

static void
an_overlong_answer_is_no_pin(void **state)
{
    (void)state;
    char digits[300];
    char answer[512];
    memset(digits, '1', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    assert_true(snprintf(answer, sizeof answer, "D %s\nD 1234\nOK\n", digits)
                < (int)sizeof answer);
    check_pin(answer, BEID_ERR_PIN_LENGTH, "");
}

static void
errors_have_a_meaning(void **state)
{
    (void)state;
    check_pin("ERR 83886179 Operation cancelled\n", BEID_ERR_CANCELLED, "");
    check_pin("ERR 83886194 Not confirmed\n", BEID_ERR_CANCELLED, "");
    check_pin("ERR 83886142 Timeout\n", BEID_ERR_TIMEOUT, "");
    check_pin("ERR 83886340 Invalid IPC response\n", BEID_ERR_PROMPT, "");
    check_pin("D 1234\nERR 83886179 cancelled\n", BEID_ERR_CANCELLED, "");
    check_pin("END\n", BEID_ERR_PROMPT, "");
    check_pin("INQUIRE X\n", BEID_ERR_PROMPT, "");
    check_pin("nonsense\n", BEID_ERR_PROMPT, "");
}

static void
an_unknown_option_is_no_failure(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, PINENTRY_CONFIRM);
    say(&talk, "OK\nERR 83886254 Unknown option\n");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
    for (int i = 0; i < 20 && !pinentry_shown(talk.pinentry); i++) {
        say(&talk, "OK\n");
        assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
    }
    hear(&talk);
    assert_true(ends_with(&talk, "CONFIRM\n"));
    end(&talk);
}

static void
a_refused_text_is_a_failure(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, PINENTRY_PIN);
    say(&talk, "OK\n");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
    enum beid_err err = BEID_ERR_BUSY;
    for (int i = 0; i < 20 && err == BEID_ERR_BUSY; i++) {
        say(&talk, "ERR 83886355 Unknown command\n");
        err = pinentry_step(talk.pinentry);
    }
    assert_int_equal(err, BEID_ERR_PROMPT);
    end(&talk);
}

static void
buttons_answer(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, PINENTRY_CONFIRM);
    show(&talk, "CONFIRM\n");
    say(&talk, "OK\n");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_OK);
    end(&talk);
    begin(&talk, PINENTRY_CANCEL_ONLY);
    show(&talk, "MESSAGE\n");
    say(&talk, "ERR 83886179 cancelled\n");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_CANCELLED);
    end(&talk);
}

/* A step never waits, wherever pinentry stops talking. */
static void
half_a_line_does_not_block(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, PINENTRY_PIN);
    (void)alarm(10);
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
    say(&talk, "OK Plea");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
    say(&talk, "sed\n");
    for (int i = 0; i < 20 && !pinentry_shown(talk.pinentry); i++) {
        assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
        say(&talk, "OK\n");
    }
    /* That was one OK too many: the dialog is answered without a PIN. */
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_PIN_LENGTH);
    end(&talk);
    begin(&talk, PINENTRY_PIN);
    show(&talk, "GETPIN\n");
    say(&talk, "D 12");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
    say(&talk, "34\nO");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_BUSY);
    say(&talk, "K\n");
    assert_int_equal(pinentry_step(talk.pinentry), BEID_OK);
    assert_true(
        beid_span_same(beid_secret_span(talk.pin), beid_span_str("1234")));
    (void)alarm(0);
    end(&talk);
}

static void
an_end_at_any_moment_is_noticed(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, PINENTRY_PIN);
    (void)shutdown(talk.fd, SHUT_RDWR);
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_PROMPT);
    end(&talk);
    begin(&talk, PINENTRY_PIN);
    show(&talk, "GETPIN\n");
    say(&talk, "D 1234\n");
    (void)shutdown(talk.fd, SHUT_RDWR);
    assert_int_equal(pinentry_step(talk.pinentry), BEID_ERR_PROMPT);
    assert_int_equal(beid_secret_span(talk.pin).len, 0);
    end(&talk);
}

static void
pinentry_sees_the_end(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, PINENTRY_PIN);
    show(&talk, "GETPIN\n");
    pinentry_free(&talk.pinentry);
    struct pollfd polled = {.fd = talk.fd, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 0), 1);
    assert_true((polled.revents & POLLHUP) != 0);
    end(&talk);
}

static void
a_text_too_long_is_refused(void **state)
{
    (void)state;
    static char text[2000];
    memset(text, 'x', sizeof text - 1);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct pinentry_dialog dialog = {
        .kind = PINENTRY_CONFIRM,
        .title = "t",
        .description = beid_span_str(text),
    };
    struct pinentry *pinentry = NULL;
    assert_int_equal(pinentry_new(pair[0], &dialog, NULL, &pinentry),
                     BEID_ERR_LIMIT);
    assert_null(pinentry);
    /* The descriptor was taken over all the same. */
    char byte = 0;
    assert_int_equal(read(pair[1], &byte, 1), 0);
    (void)close(pair[1]);
}

int
main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_said_before_the_pin_is_asked),
        cmocka_unit_test(a_pin_has_four_to_twelve_digits),
        cmocka_unit_test(an_overlong_answer_is_no_pin),
        cmocka_unit_test(errors_have_a_meaning),
        cmocka_unit_test(an_unknown_option_is_no_failure),
        cmocka_unit_test(a_refused_text_is_a_failure),
        cmocka_unit_test(buttons_answer),
        cmocka_unit_test(half_a_line_does_not_block),
        cmocka_unit_test(an_end_at_any_moment_is_noticed),
        cmocka_unit_test(pinentry_sees_the_end),
        cmocka_unit_test(a_text_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

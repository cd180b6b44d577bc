/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Which answers count as those of a person who read the dialog (threat W-13).
 * Clock, sockets and pinentry are in this program: an answer arrives when the
 * test says so, and the worker gets a turn when the test says so.
 */
#include "../unit.h"
#include "worker/ask.h"
#include "worker/reading.h"
#include "worker/record.h"

#include <stdio.h>
#include <string.h>

#define START_MS 1000000U
#define DIALOGS_MAX 24U
#define NEVER UINT64_MAX

/* How one dialog is answered, and when the worker is kept from hearing it. */
struct scene {
    uint64_t arrives_ms; /* after the dialog came; NEVER */
    enum beid_err answer;
    uint64_t stalls_ms; /* from then on the worker gets no turn ... */
    uint64_t until_ms; /* ... before this, after the dialog came */
};

static struct {
    uint64_t now_ms;
    uint64_t shown_ms; /* when the dialog came */
    struct scene scenes[DIALOGS_MAX];
    unsigned scene; /* the one on the screen */
    unsigned shown; /* dialogs so far */
    bool greeted;
    uint64_t watch_takes_ms;
    char text[600]; /* of the portal */
    size_t text_len;
    bool keys_seen;
    char description[2000];
    char error[1000]; /* "": none */
    unsigned begun; /* calls of answered */
    unsigned begun_at; /* the dialogs that had been taken down by then */
    unsigned stopped; /* dialogs that were taken down */
    bool looks; /* a look at the card has not ended */
    bool look_hangs;
    unsigned look_ended_at; /* the dialogs that had been taken down by then */
    unsigned told; /* how often front was told that it begins */
} fake;

static struct worker working;

uint64_t
link_now_ms(void)
{
    return fake.now_ms;
}

/* The clock goes on to then, or further when the worker gets no turn. */
static void
pass(uint64_t then_ms)
{
    const struct scene *scene = &fake.scenes[fake.scene];
    fake.now_ms = then_ms;
    if (fake.greeted && then_ms >= fake.shown_ms + scene->stalls_ms
        && then_ms < fake.shown_ms + scene->until_ms) {
        fake.now_ms = fake.shown_ms + scene->until_ms;
    }
}

static uint64_t
arrival(void)
{
    const struct scene *scene = &fake.scenes[fake.scene];
    return scene->arrives_ms == NEVER ? NEVER
                                      : fake.shown_ms + scene->arrives_ms;
}

enum beid_err
link_turn(struct link *link, int fd, uint64_t until_ms)
{
    (void)fd;
    (void)until_ms;
    link->prompt_answered = true;
    link->prompt_stopped = true;
    link->prompt_fd = 0;
    return BEID_ERR_BUSY;
}

enum beid_err
link_wait(struct link *link, int fd, uint64_t until_ms)
{
    (void)link;
    (void)fd;
    if (!fake.greeted) {
        return BEID_OK;
    }
    if (arrival() > until_ms) {
        pass(until_ms > fake.now_ms ? until_ms : fake.now_ms);
    } else if (arrival() > fake.now_ms) {
        pass(arrival());
    }
    /* poll() looks once more when its time is up. */
    return arrival() <= fake.now_ms ? BEID_OK : BEID_ERR_TIMEOUT;
}

void
link_send_prompt_start(struct link *link, const char *lang)
{
    (void)lang;
    assert_int_equal(fake.told, 1);
    link->prompt_err = BEID_OK;
}

void
link_send_prompt_stop(struct link *link)
{
    link->prompt_stopped = false;
    fake.stopped++;
}

void
link_send_event(struct link *link, enum beid_wire_event event)
{
    (void)link;
    (void)event;
}

void
link_send_begun(struct link *link)
{
    (void)link;
    fake.told++;
}

void
link_drop_prompt(struct link *link)
{
    link->prompt_fd = -1;
}

void
record_shown(struct operation *op, struct beid_span text)
{
    (void)op;
    (void)text;
}

enum beid_err
worker_watch_end(struct worker *worker, bool answered)
{
    assert_ptr_equal(worker, &working);
    if (!fake.looks) {
        return BEID_OK;
    }
    fake.looks = false;
    fake.look_ended_at = fake.stopped;
    assert_true(answered || fake.stopped == fake.shown);
    return fake.look_hangs ? BEID_ERR_NO_SERVICE : BEID_OK;
}

enum beid_err
pinentry_new(int fd, const struct pinentry_dialog *dialog,
             struct beid_secret *pin, struct pinentry **out)
{
    static char one;
    (void)fd;
    (void)pin;
    assert_true(fake.shown < DIALOGS_MAX);
    assert_true(dialog->description.len < sizeof fake.description);
    memcpy(fake.description, dialog->description.ptr, dialog->description.len);
    fake.description[dialog->description.len] = '\0';
    (void)snprintf(fake.error, sizeof fake.error, "%s",
                   dialog->error != NULL ? dialog->error : "");
    fake.scene = fake.shown++;
    fake.greeted = false;
    *out = (struct pinentry *)&one;
    return BEID_OK;
}

void
pinentry_free(struct pinentry **pinentry)
{
    *pinentry = NULL;
}

int
pinentry_fd(const struct pinentry *pinentry)
{
    (void)pinentry;
    return 0;
}

bool
pinentry_shown(const struct pinentry *pinentry)
{
    (void)pinentry;
    return fake.greeted;
}

enum beid_err
pinentry_step(struct pinentry *pinentry)
{
    (void)pinentry;
    if (!fake.greeted) {
        fake.greeted = true;
        fake.shown_ms = fake.now_ms;
        return BEID_ERR_BUSY;
    }
    return arrival() <= fake.now_ms ? fake.scenes[fake.scene].answer
                                    : BEID_ERR_BUSY;
}

static enum beid_err
watch(struct operation *op, void *user)
{
    (void)op;
    (void)user;
    fake.looks = true;
    fake.now_ms += fake.watch_takes_ms;
    return BEID_ERR_BUSY;
}

static void
answered(struct operation *op, void *user)
{
    (void)op;
    (void)user;
    assert_false(fake.looks);
    fake.begun++;
    fake.begun_at = fake.stopped;
}

static enum beid_err
run(enum pinentry_kind kind)
{
    struct operation op = {.worker = &working};
    const struct ask question = {
        .state = kind == PINENTRY_PIN ? WORKER_PIN : WORKER_SHARING,
        .kind = kind,
        .body = BEID_TEXT_PROMPT_CONSENT,
        .error = BEID_TEXT_COUNT,
        .ok = BEID_TEXT_PROMPT_OK,
        .tries = BEID_WIRE_TRIES_UNKNOWN,
        .watch = watch,
        .answered = answered,
    };
    fake.now_ms = START_MS;
    fake.shown = 0;
    fake.begun = 0;
    fake.stopped = 0;
    fake.told = 0;
    op.deadline_ms = START_MS + 60000U;
    op.asked.text = beid_span_of(fake.text, fake.text_len);
    working.link.session.keys_seen = fake.keys_seen;
    op.request.portal_name = beid_span_str("Portal");
    op.request.origin = beid_span_str("https://p.example");
    op.words.heading = BEID_TEXT_PROMPT_LOGIN;
    op.words.consent = BEID_TEXT_PROMPT_CONSENT;
    working.state = WORKER_CARD;
    enum beid_err err = ask(&op, &question);
    assert_false(fake.looks);
    assert_int_equal(fake.told, 1);
    assert_false(working.link.ended);
    assert_int_equal(working.state, WORKER_CARD);
    return err;
}

/* How many dialogs it takes when the first one is answered then. */
static unsigned
dialogs(enum pinentry_kind kind, uint64_t arrives_ms, enum beid_err answer)
{
    fake.scenes[0] = (struct scene){.arrives_ms = arrives_ms, .answer = answer};
    fake.scenes[1] = (struct scene){.arrives_ms = 5000, .answer = answer};
    assert_int_equal(run(kind), answer);
    return fake.shown;
}

static void
a_pin_takes_a_second_and_a_half(void **state)
{
    (void)state;
    assert_int_equal(dialogs(PINENTRY_PIN, 1, BEID_OK), 2);
    assert_int_equal(dialogs(PINENTRY_PIN, 600, BEID_OK), 2);
    assert_int_equal(dialogs(PINENTRY_PIN, 1499, BEID_OK), 2);
    assert_int_equal(dialogs(PINENTRY_PIN, 1501, BEID_OK), 1);
    assert_int_equal(dialogs(PINENTRY_PIN, 1499, BEID_ERR_PIN_LENGTH), 2);
    assert_int_equal(dialogs(PINENTRY_PIN, 1501, BEID_ERR_PIN_LENGTH), 1);
}

static void
a_question_takes_half_a_second(void **state)
{
    (void)state;
    assert_int_equal(dialogs(PINENTRY_CONFIRM, 499, BEID_OK), 2);
    assert_int_equal(dialogs(PINENTRY_CONFIRM, 501, BEID_OK), 1);
    assert_int_equal(dialogs(PINENTRY_CHOOSE, 499, BEID_ERR_NOT_FOUND), 2);
    assert_int_equal(dialogs(PINENTRY_CHOOSE, 501, BEID_ERR_NOT_FOUND), 1);
}

static void
cancelling_needs_no_reading(void **state)
{
    (void)state;
    assert_int_equal(dialogs(PINENTRY_PIN, 1, BEID_ERR_CANCELLED), 1);
    assert_int_equal(dialogs(PINENTRY_CONFIRM, 1, BEID_ERR_CANCELLED), 1);
    fake.scenes[0] = (struct scene){.arrives_ms = 1, .answer = BEID_OK};
    assert_int_equal(run(PINENTRY_CANCEL_ONLY), BEID_ERR_CANCELLED);
    assert_int_equal(fake.shown, 1);
}

/* The readers do not answer while the PIN comes too early. */
static void
an_early_answer_that_is_heard_late_is_early(void **state)
{
    (void)state;
    fake.watch_takes_ms = 4000;
    assert_int_equal(dialogs(PINENTRY_PIN, 300, BEID_OK), 2);
    assert_int_equal(dialogs(PINENTRY_CONFIRM, 300, BEID_OK), 2);
    fake.watch_takes_ms = 0;
    fake.scenes[0] = (struct scene){300, BEID_OK, 200, 9000};
    fake.scenes[1] = (struct scene){3000, BEID_OK, NEVER, 0};
    assert_int_equal(run(PINENTRY_PIN), BEID_OK);
    assert_int_equal(fake.shown, 2);
}

/* It was seen unanswered when the time was over: no turn is needed later. */
static void
an_answer_in_time_that_is_heard_late_counts(void **state)
{
    (void)state;
    fake.scenes[0] = (struct scene){1600, BEID_OK, 1501, 9000};
    assert_int_equal(run(PINENTRY_PIN), BEID_OK);
    assert_int_equal(fake.shown, 1);
    fake.watch_takes_ms = 4000;
    assert_int_equal(dialogs(PINENTRY_PIN, 9000, BEID_OK), 1);
    fake.watch_takes_ms = 0;
}

/* Not more than a person would bear, and then no answer at all. */
static void
it_is_not_asked_for_ever(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DIALOGS_MAX; i++) {
        fake.scenes[i] = (struct scene){.arrives_ms = 20, .answer = BEID_OK};
    }
    assert_int_equal(run(PINENTRY_PIN), BEID_ERR_PROMPT);
    assert_int_equal(fake.shown, 20);
}

/* Before the dialog's program has ended; never for one that was early. */
static void
a_good_answer_lets_begin_at_once(void **state)
{
    (void)state;
    assert_int_equal(dialogs(PINENTRY_PIN, 1600, BEID_OK), 1);
    assert_int_equal(fake.begun, 1);
    assert_int_equal(fake.begun_at, 0);
    assert_int_equal(dialogs(PINENTRY_PIN, 300, BEID_OK), 2);
    assert_int_equal(fake.begun, 1);
    assert_int_equal(fake.begun_at, 1);
    assert_int_equal(fake.stopped, 2);
    static const enum beid_err others[] = {BEID_ERR_CANCELLED, BEID_ERR_TIMEOUT,
                                           BEID_ERR_PIN_LENGTH,
                                           BEID_ERR_PROMPT};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(dialogs(PINENTRY_PIN, 1600, others[i]), 1);
        assert_int_equal(fake.begun, 0);
    }
}

/* A window to be closed closes first; the card works only after the look. */
static void
a_look_at_the_card_ends_with_its_dialog(void **state)
{
    (void)state;
    assert_int_equal(dialogs(PINENTRY_PIN, 1600, BEID_OK), 1);
    assert_int_equal(fake.look_ended_at, 0);
    assert_int_equal(dialogs(PINENTRY_PIN, 1600, BEID_ERR_PIN_LENGTH), 1);
    assert_int_equal(fake.look_ended_at, 0);
    assert_int_equal(dialogs(PINENTRY_PIN, 1600, BEID_ERR_CANCELLED), 1);
    assert_int_equal(fake.look_ended_at, 1);
    fake.scenes[0] = (struct scene){.arrives_ms = NEVER};
    assert_int_equal(run(PINENTRY_PIN), BEID_ERR_TIMEOUT);
    assert_int_equal(fake.look_ended_at, 1);
}

/* Nothing is begun with a PIN that came while pcscd hung, early or not. */
static void
a_look_that_hangs_ends_the_question(void **state)
{
    (void)state;
    fake.look_hangs = true;
    for (uint64_t arrives = 600; arrives <= 1600; arrives += 1000) {
        fake.scenes[0] =
            (struct scene){.arrives_ms = arrives, .answer = BEID_OK};
        assert_int_equal(run(PINENTRY_PIN), BEID_ERR_NO_SERVICE);
        assert_int_equal(fake.shown, 1);
        assert_int_equal(fake.begun, 0);
    }
    assert_int_equal(dialogs(PINENTRY_PIN, 1600, BEID_ERR_CANCELLED), 1);
    fake.look_hangs = false;
}

static bool
warned_in(const char *where)
{
    return strstr(where, "(X11)") != NULL;
}

/* Threats L-05: in one place or the other, whatever the portal says. */
static void
x11_is_told_in_every_dialog_for_a_pin(void **state)
{
    (void)state;
    unsigned in_description = 0;
    unsigned in_error = 0;
    for (size_t i = 0; i < sizeof fake.text; i++) {
        fake.text[i] = i % 6 == 5 ? ' ' : 'a';
    }
    fake.keys_seen = true;
    for (size_t len = 1; len < sizeof fake.text; len += 13) {
        fake.text_len = len;
        fake.scenes[0] = (struct scene){.arrives_ms = 9, .answer = BEID_OK};
        fake.scenes[1] = (struct scene){.arrives_ms = 1600, .answer = BEID_OK};
        if (run(PINENTRY_PIN) != BEID_OK) {
            break; /* it has to be read before */
        }
        /* The second dialog has an error of its own. */
        assert_int_equal(fake.shown, 2);
        assert_int_equal(warned_in(fake.description) + warned_in(fake.error),
                         1);
        assert_true(strncmp(fake.error, "Dat kwam voor", 13) == 0);
        in_description += warned_in(fake.description) ? 1 : 0;
        in_error += warned_in(fake.error) ? 1 : 0;
    }
    assert_true(in_description > 0);
    assert_true(in_error > 0);
    fake.keys_seen = false;
    assert_int_equal(dialogs(PINENTRY_PIN, 1600, BEID_OK), 1);
    assert_false(warned_in(fake.description));
    assert_string_equal(fake.error, "");
    fake.text_len = 0;
}

static void
a_reading_that_has_not_begun_is_never_done(void **state)
{
    (void)state;
    struct reading reading = {.begun = false};
    reading_unanswered(&reading, NEVER);
    assert_false(reading.done);
    assert_int_equal(reading_look(&reading, 7), 7);
    reading_begin(&reading, 10, 20);
    assert_int_equal(reading_look(&reading, 100), 30);
    assert_int_equal(reading_look(&reading, 7), 7);
    reading_unanswered(&reading, 29);
    assert_false(reading.done);
    reading_unanswered(&reading, 30);
    assert_true(reading.done);
    reading_unanswered(&reading, 29);
    assert_true(reading.done);
    assert_int_equal(reading_look(&reading, 100), 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pin_takes_a_second_and_a_half),
        cmocka_unit_test(a_question_takes_half_a_second),
        cmocka_unit_test(cancelling_needs_no_reading),
        cmocka_unit_test(an_early_answer_that_is_heard_late_is_early),
        cmocka_unit_test(an_answer_in_time_that_is_heard_late_counts),
        cmocka_unit_test(it_is_not_asked_for_ever),
        cmocka_unit_test(a_good_answer_lets_begin_at_once),
        cmocka_unit_test(a_look_at_the_card_ends_with_its_dialog),
        cmocka_unit_test(a_look_that_hangs_ends_the_question),
        cmocka_unit_test(x11_is_told_in_every_dialog_for_a_pin),
        cmocka_unit_test(a_reading_that_has_not_begun_is_never_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

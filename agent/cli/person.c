/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "person.h"

#include "prompt/layout.h"
#include "prompt/pinentry.h"
#include "prompt/terminal.h"
#include "prompt_child.h"
#include "say.h"
#include "session.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ANSWERS_MAX 3U /* that are no PIN */
#define TEXT_MAX 2048U
#define LINE_MAX_BYTES 64U

void
person_find(struct person *person, enum beid_lang lang, const char *pinentry)
{
    *person = (struct person){
        .lang = lang,
        .terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC),
        .pinentry = pinentry};
    prompt_terminal_find();
    /* A window's program may end while it is spoken to. */
    (void)signal(SIGPIPE, SIG_IGN);
}

void
person_leave(struct person *person)
{
    if (person->terminal >= 0) {
        (void)close(person->terminal);
        person->terminal = -1;
    }
}

static enum beid_err
run_window(int fd, const struct pinentry_dialog *dialog,
           struct beid_secret *pin)
{
    struct pinentry *pinentry = NULL;
    int64_t until = beid_clock_ms() + PERSON_WAIT_MS;
    enum beid_err err = pinentry_new(fd, dialog, pin, &pinentry);
    if (err != BEID_OK) {
        return err;
    }
    do {
        int64_t left = until - beid_clock_ms();
        struct pollfd wait = {pinentry_fd(pinentry), POLLIN, 0};
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready > 0) {
            err = pinentry_step(pinentry);
        } else if (ready == 0) {
            err = BEID_ERR_TIMEOUT;
        } else {
            err = errno == EINTR ? BEID_ERR_BUSY : BEID_ERR_IO;
        }
    } while (err == BEID_ERR_BUSY);
    pinentry_free(&pinentry);
    return err;
}

/* The citizen's own phrase, as the agent's dialogs have it. */
static void
put_phrase(const struct person *person, struct beid_buf *text)
{
    const struct journal_settings settings =
        journal_settings_read(BEID_CONFIG_ADMIN);
    const struct say_word words[] = {{"phrase", settings.phrase}, {NULL, NULL}};
    struct beid_buf line;
    if (session_phrase(&settings).len == 0) {
        return;
    }
    beid_buf_init(&line, TEXT_MAX);
    say_fill(&line, person->lang, BEID_TEXT_PROMPT_PHRASE, words);
    prompt_wrap(text, beid_buf_span(&line));
    beid_buf_put_u8(text, '\n');
    beid_buf_clear(&line);
}

/* One dialog in a window, whose program has ended when this returns. */
static enum beid_err
ask_window(const struct person *person, enum beid_text_id question,
           enum beid_text_id error, struct beid_secret *pin)
{
    int end = -1;
    pid_t pid = 0;
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    put_phrase(person, &text);
    prompt_wrap(&text, beid_span_str(beid_text(person->lang, question)));
    enum beid_err err = beid_buf_truncate(&text, text.len - 1);
    const struct pinentry_dialog dialog = {
        .kind = pin != NULL ? PINENTRY_PIN : PINENTRY_CONFIRM,
        .title = beid_text(person->lang, BEID_TEXT_PROMPT_TITLE),
        .description = beid_buf_span(&text),
        .error =
            error != BEID_TEXT_COUNT ? beid_text(person->lang, error) : NULL,
        .label = beid_text(person->lang, BEID_TEXT_PROMPT_PIN_LABEL),
        .ok = beid_text(person->lang, BEID_TEXT_PROMPT_CONTINUE),
        .cancel = beid_text(person->lang, BEID_TEXT_PROMPT_CANCEL),
        .timeout_s = PERSON_WAIT_MS / 1000,
    };
    if (err == BEID_OK) {
        err = prompt_child_start(person->pinentry, false, &end, &pid);
    }
    if (err == BEID_OK) {
        err = run_window(end, &dialog, pin);
        prompt_child_end(pid);
    }
    beid_buf_clear(&text);
    return err;
}

static enum beid_err
ask_pin(const struct person *person, enum beid_text_id question,
        enum beid_text_id error, struct beid_secret *pin)
{
    if (person->terminal < 0) {
        return ask_window(person, question, error, pin);
    }
    if (error != BEID_TEXT_COUNT) {
        say_text(stderr, 0, person->lang, error, NULL);
    }
    return person_typed_pin(person->terminal, beid_text(person->lang, question),
                            pin);
}

enum beid_err
person_pin(const struct person *person, enum beid_text_id question,
           enum beid_text_id error, struct beid_secret *pin)
{
    enum beid_err err = BEID_ERR_PIN_LENGTH;
    for (unsigned i = 0; err == BEID_ERR_PIN_LENGTH && i < ANSWERS_MAX; i++) {
        beid_secret_wipe(pin);
        err = ask_pin(person, question, error, pin);
        error = BEID_TEXT_PROMPT_PIN_FORMAT;
    }
    if (err != BEID_OK) {
        beid_secret_wipe(pin);
    }
    return err;
}

static enum beid_err
agrees_typed(const struct person *person, enum beid_text_id warning)
{
    const char *yes = beid_text(person->lang, BEID_TEXT_PIN_YES);
    const struct say_word words[] = {{"word", yes}, {NULL, NULL}};
    struct beid_buf question;
    struct beid_buf line;
    beid_buf_init(&question, TEXT_MAX);
    beid_buf_init(&line, LINE_MAX_BYTES);
    say_text(stderr, 0, person->lang, warning, NULL);
    say_fill(&question, person->lang, BEID_TEXT_PIN_GO_ON, words);
    const char *shown = beid_buf_cstr(&question);
    enum beid_err err = shown != NULL
                            ? person_typed_line(person->terminal, shown, &line)
                            : BEID_ERR_MEMORY;
    if (err == BEID_OK
        && !beid_span_same(beid_buf_span(&line), beid_span_str(yes))) {
        err = BEID_ERR_CANCELLED;
    }
    beid_buf_clear(&question);
    beid_buf_clear(&line);
    return err;
}

enum beid_err
person_agrees(const struct person *person, enum beid_text_id warning)
{
    return person->terminal >= 0
               ? agrees_typed(person, warning)
               : ask_window(person, warning, BEID_TEXT_COUNT, NULL);
}

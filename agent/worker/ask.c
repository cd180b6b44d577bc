/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/ask.h"

#include "prompt/describe.h"
#include "prompt/layout.h"
#include "worker/reading.h"
#include "worker/record.h"

#include <beid/log.h>

/* How long the supervisor may take to start or end a program. */
#define SUPERVISOR_MS 10000U

/* What nobody can have read before answering is asked again. */
#define EARLY_MAX 20U

/* One dialog on the screen. */
struct shown {
    struct reading reading;
    bool early; /* answered, but not by somebody who read it */
};

static enum prompt_environment
environment_of(enum beid_wire_environment environment)
{
    switch (environment) {
    case BEID_ENVIRONMENT_PRODUCTION:
        return PROMPT_PRODUCTION;
    case BEID_ENVIRONMENT_ACCEPTANCE:
        return PROMPT_ACCEPTANCE;
    case BEID_ENVIRONMENT_TEST:
        return PROMPT_TEST;
    }
    return PROMPT_TEST;
}

static struct prompt_facts
facts_of(const struct operation *op, const struct ask *ask)
{
    return (struct prompt_facts){
        .lang = op->lang,
        .portal = op->request.portal_name,
        .origin = op->request.origin,
        .heading = op->words.heading,
        .consent = op->words.consent,
        .resource = op->text_read ? beid_span_of(NULL, 0) : op->asked.resource,
        .document = op->asked.document,
        .file_hash = op->asked.type == BEID_WIRE_SIGN_FILE
                         ? op->asked.hash
                         : beid_span_of(NULL, 0),
        .file_size = op->asked.size,
        .text = op->text_read ? beid_span_of(NULL, 0) : op->asked.text,
        .holder = op->have_card ? beid_buf_span(&op->certificate.holder)
                                : beid_span_of(NULL, 0),
        .environment = environment_of(op->request.environment),
        .development = op->request.development || op->worker->development,
        .tries = ask->tries,
        .phrase = op->worker->link.session.phrase,
        .keys_seen = ask->kind == PINENTRY_PIN
                     && op->worker->link.session.keys_seen
                     && !op->worker->work.pin.pinpad,
    };
}

/* The farewell is no part of its operation, which is answered by then. */
static void
begin(struct operation *op, const struct ask *ask)
{
    if (!op->begun && ask->state != WORKER_FAREWELL) {
        op->begun = true;
        link_send_begun(&op->worker->link);
    }
}

/* Asks the supervisor for a pinentry; *fd is then ours. */
static enum beid_err
start_prompt(struct operation *op, int *fd)
{
    struct link *link = &op->worker->link;
    uint64_t until = link_now_ms() + SUPERVISOR_MS;
    link_send_prompt_start(link, beid_lang_code(op->lang));
    enum beid_err err = BEID_ERR_BUSY;
    while (err == BEID_ERR_BUSY && !link->prompt_answered && !link->ended) {
        err = link_turn(link, -1, until);
    }
    if (!link->prompt_answered || link->prompt_err != BEID_OK) {
        BEID_LOG_WARN("no prompt: %s", link->prompt_answered
                                           ? beid_err_text(link->prompt_err)
                                           : "no answer");
        return BEID_ERR_PROMPT;
    }
    *fd = link->prompt_fd;
    link->prompt_fd = -1;
    return BEID_OK;
}

/* The dialog is off the screen when this returns. */
static void
stop_prompt(struct operation *op)
{
    struct link *link = &op->worker->link;
    uint64_t until = link_now_ms() + SUPERVISOR_MS;
    link_send_prompt_stop(link);
    enum beid_err err = BEID_ERR_BUSY;
    while (err == BEID_ERR_BUSY && !link->prompt_stopped && !link->ended) {
        err = link_turn(link, -1, until);
    }
    link_drop_prompt(link);
}

static void
announce(struct operation *op, const struct ask *ask, struct shown *shown)
{
    if (shown->reading.begun) {
        return;
    }
    reading_begin(&shown->reading, link_now_ms(),
                  ask->kind == PINENTRY_PIN ? READING_PIN_MS
                                            : READING_QUESTION_MS);
    if (!op->window_opened) {
        op->window_opened = true;
        link_send_event(&op->worker->link, BEID_EVENT_WINDOW_OPENED);
    }
    if (ask->kind == PINENTRY_PIN) {
        link_send_event(&op->worker->link, BEID_EVENT_PIN_ENTRY);
    }
    if (ask->shown != NULL) {
        ask->shown(op, ask->user);
    }
}

/* Is this a yes, a PIN or a choice? Cancelling needs no reading. */
static bool
agrees(const struct ask *ask, enum beid_err err)
{
    return ask->kind != PINENTRY_CANCEL_ONLY
           && (err == BEID_OK || err == BEID_ERR_PIN_LENGTH
               || err == BEID_ERR_NOT_FOUND);
}

/* What pinentry says; BEID_ERR_BUSY: no answer yet. */
static enum beid_err
listen(const struct ask *ask, struct pinentry *pinentry, struct shown *shown)
{
    uint64_t now = link_now_ms();
    enum beid_err err = pinentry_step(pinentry);
    if (err == BEID_ERR_BUSY) {
        reading_unanswered(&shown->reading, now);
        return err;
    }
    shown->early = agrees(ask, err) && !shown->reading.done;
    return err == BEID_OK && ask->kind == PINENTRY_CANCEL_ONLY
               ? BEID_ERR_CANCELLED /* its only button */
               : err;
}

/* One turn of the loop; BEID_ERR_BUSY: another one. */
static enum beid_err
turn(struct operation *op, const struct ask *ask, struct pinentry *pinentry,
     struct shown *shown)
{
    uint64_t tick = link_now_ms() + ASK_TICK_MS;
    uint64_t until = tick < op->deadline_ms ? tick : op->deadline_ms;
    until = reading_look(&shown->reading, until);
    enum beid_err err =
        link_wait(&op->worker->link, pinentry_fd(pinentry), until);
    if (err == BEID_OK) {
        err = listen(ask, pinentry, shown);
    } else if (err == BEID_ERR_TIMEOUT) {
        reading_unanswered(&shown->reading, until);
        if (link_now_ms() < op->deadline_ms) {
            err = ask->watch(op, ask->user);
        }
    }
    if (pinentry_shown(pinentry)) {
        announce(op, ask, shown);
    }
    return err;
}

/*
 * What the dialog says. Where the warning about X11 finds no room beside who
 * asks, and for what, it stands in the line for errors.
 */
static enum beid_err
describe(const struct operation *op, const struct ask *ask,
         struct beid_buf *description, struct beid_buf *error)
{
    struct prompt_facts facts = facts_of(op, ask);
    if (ask->error != BEID_TEXT_COUNT) {
        beid_buf_put_str(error, beid_text(op->lang, ask->error));
    }
    if (ask->page.document.len > 0) {
        return prompt_page(description, &facts, ask->page.document,
                           ask->page.number, ask->page.count);
    }
    enum beid_err err = prompt_describe(description, &facts, ask->body);
    if (err == BEID_ERR_LIMIT && facts.keys_seen) {
        facts.keys_seen = false;
        err = prompt_describe(description, &facts, ask->body);
        beid_buf_put_str(error, error->len > 0 ? " " : "");
        beid_buf_put_str(error,
                         beid_text(op->lang, BEID_TEXT_PROMPT_KEYS_SEEN));
    }
    return err == BEID_OK ? beid_buf_status(error) : err;
}

static enum beid_err
run_dialog(struct operation *op, const struct ask *ask, int fd,
           struct beid_span description, const char *error, struct shown *shown)
{
    uint64_t now = link_now_ms();
    uint64_t left = op->deadline_ms > now ? op->deadline_ms - now : 0;
    struct pinentry_dialog dialog = {
        .kind = ask->kind,
        .title = beid_text(op->lang, BEID_TEXT_PROMPT_TITLE),
        .description = description,
        .error = error,
        .label = beid_text(op->lang, BEID_TEXT_PROMPT_PIN_LABEL),
        .ok = beid_text(op->lang, ask->ok),
        .other = ask->kind == PINENTRY_CHOOSE
                     ? beid_text(op->lang, BEID_TEXT_PROMPT_NEXT_CARD)
                     : NULL,
        .cancel = beid_text(op->lang, BEID_TEXT_PROMPT_CANCEL),
        .timeout_s = (unsigned)(left / 1000U) + 1U,
    };
    struct pinentry *pinentry = NULL;
    enum beid_err err = pinentry_new(fd, &dialog, ask->pin, &pinentry);
    if (err != BEID_OK) {
        return err;
    }
    do {
        err = turn(op, ask, pinentry, shown);
    } while (err == BEID_ERR_BUSY);
    pinentry_free(&pinentry);
    return err;
}

/* A look at the card that still runs has to end before the card works. */
static enum beid_err
end_watch(struct operation *op, const struct ask *ask, enum beid_err err,
          struct shown *shown)
{
    if (!agrees(ask, err) || worker_watch_end(op->worker, true) == BEID_OK) {
        return err;
    }
    shown->early = false; /* nobody is asked again */
    return BEID_ERR_NO_SERVICE;
}

/* The card may sign meanwhile, with the PIN that was typed. */
static void
close_dialog(struct operation *op)
{
    bool signs = op->worker->state == WORKER_SIGNING;
    if (!signs) {
        state_enter(op->worker, WORKER_CLOSING);
    }
    stop_prompt(op);
    if (!signs) {
        state_enter(op->worker, WORKER_CARD);
    }
}

static enum beid_err
ask_once(struct operation *op, const struct ask *ask, struct shown *shown)
{
    struct beid_buf description;
    struct beid_buf error;
    int fd = -1;
    beid_buf_init(&description, (size_t)2 * PROMPT_COMMAND_MAX);
    beid_buf_init(&error, PROMPT_COMMAND_MAX);
    enum beid_err err = describe(op, ask, &description, &error);
    if (err == BEID_OK) {
        /* A text that was read page by page is what counts, as a whole. */
        if (ask->page.document.len > 0) {
            record_shown(op, ask->page.document);
        } else if (!op->text_read) {
            record_shown(op, beid_buf_span(&description));
        }
        state_enter(op->worker, WORKER_OPENING);
        begin(op, ask);
        err = start_prompt(op, &fd);
        if (err == BEID_OK) {
            state_enter(op->worker, ask->state);
            err =
                run_dialog(op, ask, fd, beid_buf_span(&description),
                           error.len > 0 ? beid_buf_cstr(&error) : NULL, shown);
        }
        err = end_watch(op, ask, err, shown);
        if (err == BEID_OK && !shown->early && ask->answered != NULL) {
            ask->answered(op, ask->user);
        }
        close_dialog(op);
        /* The window does not wait for a look at the card to end. */
        (void)!worker_watch_end(op->worker, false);
    }
    beid_buf_clear(&error);
    beid_buf_clear(&description);
    return err;
}

enum beid_err
ask(struct operation *op, const struct ask *ask)
{
    struct ask question = *ask;
    for (unsigned i = 0; i < EARLY_MAX; i++) {
        struct shown shown = {0};
        enum beid_err err = ask_once(op, &question, &shown);
        if (!shown.early) {
            return err;
        }
        BEID_LOG_INFO("an answer came before the dialog could be read");
        if (ask->pin != NULL) {
            beid_secret_wipe(ask->pin);
        }
        question.error = BEID_TEXT_PROMPT_TOO_EARLY;
    }
    return BEID_ERR_PROMPT;
}

bool
ask_fits(const struct operation *op)
{
    bool fits = true;
    struct beid_buf out;
    beid_buf_init(&out, (size_t)4 * BEID_WIRE_TEXT_MAX);
    for (unsigned tries = 1; tries <= 2 && fits; tries++) {
        const struct ask longest = {.tries = tries};
        struct prompt_facts facts = facts_of(op, &longest);
        facts.keys_seen = false; /* there is room for that elsewhere */
        fits =
            prompt_describe(&out, &facts, BEID_TEXT_PROMPT_PINPAD) == BEID_OK;
    }
    beid_buf_clear(&out);
    return fits;
}

enum beid_err
ask_read(struct operation *op, struct beid_span document,
         enum beid_err (*watch)(struct operation *op, void *user))
{
    unsigned count = 1;
    enum beid_err err = BEID_OK;
    for (unsigned page = 0; page < count && err == BEID_OK; page++) {
        const struct ask question = {
            .state = WORKER_READING,
            .kind = PINENTRY_CONFIRM,
            .page = {document, page, &count},
            .error = BEID_TEXT_COUNT,
            .ok = BEID_TEXT_PROMPT_CONTINUE,
            .tries = BEID_WIRE_TRIES_UNKNOWN,
            .watch = watch,
        };
        err = ask(op, &question);
    }
    op->text_read = err == BEID_OK;
    return err;
}

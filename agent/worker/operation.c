/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/operation.h"

#include "worker/ceremony.h"
#include "worker/record.h"

#include <beid/log.h>

#include <string.h>
#include <time.h>

/* A command that takes longer than this comes from a card that is stuck. */
#define CARD_MS 30000U

/* How long the supervisor may take to look. */
#define SESSION_MS 10000U

static uint64_t
card_deadline(const struct operation *op)
{
    uint64_t limit = link_now_ms() + CARD_MS;
    return limit < op->deadline_ms ? limit : op->deadline_ms;
}

static enum beid_err
card_err(const struct operation *op, enum beid_err err)
{
    return err == BEID_ERR_TIMEOUT && op->worker->stuck ? BEID_ERR_CARD_MUTE
                                                        : err;
}

enum beid_err
operation_card(struct operation *op, card_job *job)
{
    return card_err(op, worker_card(op->worker, job, card_deadline(op)));
}

enum beid_err
operation_card_end(struct operation *op)
{
    return card_err(op, worker_card_end(op->worker, card_deadline(op)));
}

static enum beid_err
diagnose_slot(const struct operation *op, enum beid_err err)
{
    const struct cryptoki_slots *slots = &op->worker->work.slots;
    for (size_t i = 0; i < slots->count; i++) {
        const struct cryptoki_slot *slot = &slots->slot[i];
        if (slot->id != op->slot) {
            continue;
        }
        if (slot->too_old) {
            return BEID_ERR_CARD_TOO_OLD;
        }
        if (slot->card == BEID_CARD_NONE
            || op->worker->work.held == BEID_ERR_CARD_REMOVED) {
            return BEID_ERR_CARD_REMOVED;
        }
        if (slot->card == BEID_CARD_MUTE) {
            return BEID_ERR_CARD_MUTE;
        }
        if (slot->card == BEID_CARD_BUSY) {
            return BEID_ERR_READER_BUSY;
        }
        return err == BEID_ERR_NO_CARD ? BEID_ERR_CARD_REMOVED : err;
    }
    return BEID_ERR_NO_READER;
}

enum beid_err
operation_diagnose(struct operation *op, enum beid_err err)
{
    if (err != BEID_ERR_CARD && err != BEID_ERR_NO_CARD
        && err != BEID_ERR_CARD_UNKNOWN && err != BEID_ERR_CARD_RESET
        && err != BEID_ERR_INTERNAL && err != BEID_ERR_STATE) {
        return err;
    }
    enum beid_err looked =
        op->worker->stuck ? BEID_ERR_STATE : worker_look(op->worker);
    if (looked == BEID_ERR_NO_SERVICE) {
        return looked;
    }
    return looked == BEID_OK ? diagnose_slot(op, err) : err;
}

void
operation_begin_key(struct operation *op)
{
    if (!op->key_begun && op->worker->looks == 0) {
        op->key_begun = worker_card_start(op->worker, work_select) == BEID_OK;
        op->key_runs = op->key_begun;
        op->key_until_ms = card_deadline(op);
    }
}

enum beid_err
operation_end_key(struct operation *op)
{
    operation_begin_key(op);
    if (!op->key_runs) {
        return op->key_begun ? BEID_OK : BEID_ERR_STATE;
    }
    op->key_runs = false;
    enum beid_err err = operation_diagnose(
        op, card_err(op, worker_card_end(op->worker, op->key_until_ms)));
    op->key_begun = err == BEID_OK;
    return err;
}

enum beid_err
operation_watch_key(struct operation *op)
{
    uint64_t now = link_now_ms();
    if (op->key_runs && now < op->key_until_ms
        && link_turn(&op->worker->link, card_thread_fd(op->worker->thread), now)
               != BEID_OK) {
        return BEID_ERR_BUSY;
    }
    return op->key_runs ? operation_end_key(op) : BEID_OK;
}

enum beid_err
operation_drop_key(struct operation *op, enum beid_err err)
{
    if (!op->key_runs) {
        return err;
    }
    op->key_runs = false;
    op->key_begun = false;
    /* What was found does not matter, only whether it came to an end. */
    (void)!worker_card_end(op->worker, 0);
    return card_err(op, err);
}

enum beid_err
operation_watch_card(struct operation *op, void *user)
{
    (void)user;
    enum beid_err err = worker_watch(op->worker);
    if (err != BEID_OK) {
        return err;
    }
    return op->worker->work.held == BEID_OK ? BEID_ERR_BUSY
                                            : BEID_ERR_CARD_REMOVED;
}

static enum beid_err
check_time(struct operation *op)
{
    return certificate_check_time(&op->certificate, time(NULL),
                                  &op->clock_behind_s);
}

/* Is this the card that is asked for, and may it be used now? */
static enum beid_err
check_certificate(struct operation *op)
{
    struct beid_span wanted = op->request.certificate_sha256;
    struct beid_span got =
        beid_span_of(op->certificate.sha256, CERTIFICATE_SHA256_LEN);
    if (wanted.len > 0 && !beid_span_same(wanted, got)) {
        return BEID_ERR_CARD_MISMATCH;
    }
    if (op->worker->development && !op->certificate.from_test_ca) {
        BEID_LOG_WARN("development mode accepts test cards only");
        return BEID_ERR_CARD_UNKNOWN;
    }
    return check_time(op);
}

/*
 * For the signature key its own certificate takes the place of the other. It
 * is of the same chip: all is read in one held session.
 */
static enum beid_err
take_signature_certificate(struct operation *op)
{
    struct work *work = &op->worker->work;
    enum beid_err err =
        operation_diagnose(op, operation_card(op, work_certificate));
    certificate_clear(&op->certificate);
    if (err == BEID_OK) {
        err = known_parse(&op->worker->known,
                          beid_buf_span(&work->signature_certificate),
                          &op->certificate);
    }
    if (err == BEID_OK && op->worker->development
        && !op->certificate.from_test_ca) {
        err = BEID_ERR_CARD_UNKNOWN;
    }
    if (err == BEID_OK && op->asked.type == BEID_WIRE_SIGN
        && !beid_span_same(op->asked.certificate,
                           beid_buf_span(&work->signature_certificate))) {
        err = BEID_ERR_CARD_MISMATCH;
    }
    return err == BEID_OK ? check_time(op) : err;
}

enum beid_err
operation_open_slot(struct operation *op, unsigned long slot)
{
    struct work *work = &op->worker->work;
    op->slot = slot;
    work->slot = slot;
    enum beid_err err = operation_diagnose(op, operation_card(op, work_hold));
    if (err == BEID_OK) {
        err = known_parse(&op->worker->known, beid_buf_span(&work->certificate),
                          &op->certificate);
    }
    if (err == BEID_OK) {
        err = check_certificate(op);
    }
    if (err == BEID_OK && op->with_signature_key) {
        err = take_signature_certificate(op);
    }
    op->key_begun = false;
    op->have_card = err == BEID_OK;
    if (err != BEID_OK && !op->worker->stuck) {
        certificate_clear(&op->certificate);
        /* Letting go of a card that failed cannot fail worse. */
        (void)!operation_card(op, work_release);
    }
    return err;
}

void
operation_read_chain(struct operation *op)
{
    struct worker *worker = op->worker;
    op->chain = chain_find(&worker->chains, &op->certificate);
    if (op->chain != NULL) {
        return;
    }
    enum beid_err err = operation_card(op, work_chain);
    struct beid_span ca = beid_buf_span(&worker->work.ca);
    struct beid_span root = beid_buf_span(&worker->work.root);
    if (err == BEID_OK) {
        err = certificate_check_issuer(&op->certificate, ca);
    }
    if (err != BEID_OK) {
        BEID_LOG_INFO("no CA certificate: %s", beid_err_text(err));
        return;
    }
    if (certificate_check_root(ca, root) != BEID_OK) {
        root = beid_span_of(NULL, 0); /* personalised with another one */
    }
    chain_keep(&worker->chains, ca, root);
    op->chain = chain_find(&worker->chains, &op->certificate);
}

static enum beid_err
authenticate(struct operation *op, struct beid_buf *der)
{
    op->worker->work.key =
        op->with_signature_key ? TOKEN_KEY_SIGNATURE : TOKEN_KEY_AUTHENTICATION;
    enum beid_err err = operation_card(op, work_offer);
    if (err == BEID_OK) {
        err = operation_wait_for_card(op);
    }
    if (err == BEID_OK) {
        err = operation_choose_card(op);
    }
    if (err == BEID_OK) {
        const struct work *work = &op->worker->work;
        beid_buf_put(der, beid_buf_span(op->with_signature_key
                                            ? &work->signature_certificate
                                            : &work->certificate));
        err = beid_buf_status(der);
    }
    if (err == BEID_OK) {
        err = ceremony_run(op);
    }
    if (err == BEID_OK && op->request.chain) {
        operation_read_chain(op);
    }
    if (err == BEID_ERR_CARD_REMOVED) {
        link_send_event(&op->worker->link, BEID_EVENT_CARD_REMOVED);
    }
    return err;
}

static void
put_chain(const struct operation *op, struct beid_wire_auth_reply *reply)
{
    if (op->chain == NULL) {
        return;
    }
    reply->chain[reply->chain_count++] = beid_buf_span(&op->chain->ca);
    if (op->chain->root.len > 0) {
        reply->chain[reply->chain_count++] = beid_buf_span(&op->chain->root);
    }
}

static struct beid_wire_auth_reply
reply_of(const struct operation *op, enum beid_err err, struct beid_span der)
{
    const struct cryptoki_pin *pin = &op->worker->work.pin;
    if (err != BEID_OK) {
        return (struct beid_wire_auth_reply){
            .err = err,
            .tries = op->have_card && !op->worker->stuck
                         ? (uint8_t)pin->tries
                         : BEID_WIRE_TRIES_UNKNOWN,
            .clock_behind_s = err == BEID_ERR_CLOCK ? op->clock_behind_s : 0,
        };
    }
    struct beid_wire_auth_reply reply = {
        .err = BEID_OK,
        .tries = BEID_WIRE_TRIES_UNKNOWN,
        .certificate = der,
        .algorithm = op->certificate.algorithm,
        .signature = beid_buf_span(&op->signature),
        .document = beid_buf_span(&op->document),
        .pin_entry =
            pin->pinpad ? BEID_PIN_ENTRY_PINPAD : BEID_PIN_ENTRY_KEYBOARD,
    };
    put_chain(op, &reply);
    return reply;
}

static struct operation_words
words_of(const struct beid_wire_operation *asked)
{
    if (asked->type == BEID_WIRE_CERTIFICATE) {
        return (struct operation_words){BEID_TEXT_PROMPT_CERTIFICATE,
                                        BEID_TEXT_PROMPT_CERTIFICATE_CONSENT,
                                        BEID_TEXT_PROMPT_SHARE};
    }
    if (asked->type == BEID_WIRE_SIGN) {
        return (struct operation_words){BEID_TEXT_PROMPT_SIGN,
                                        BEID_TEXT_PROMPT_SIGN_CONSENT,
                                        BEID_TEXT_PROMPT_SIGN_BUTTON};
    }
    if (asked->type == BEID_WIRE_SIGN_FILE) {
        return (struct operation_words){BEID_TEXT_PROMPT_FILE_HEADING,
                                        BEID_TEXT_PROMPT_FILE_CONSENT,
                                        BEID_TEXT_PROMPT_SIGN_BUTTON};
    }
    if (asked->type == BEID_WIRE_STEP_UP && asked->statement) {
        return (struct operation_words){BEID_TEXT_PROMPT_STATEMENT,
                                        BEID_TEXT_PROMPT_STATEMENT_CONSENT,
                                        BEID_TEXT_PROMPT_SIGN_BUTTON};
    }
    if (asked->type == BEID_WIRE_STEP_UP) {
        return (struct operation_words){BEID_TEXT_PROMPT_ACCESS,
                                        BEID_TEXT_PROMPT_ACCESS_CONSENT,
                                        BEID_TEXT_PROMPT_CONFIRM};
    }
    return (struct operation_words){
        BEID_TEXT_PROMPT_LOGIN, BEID_TEXT_PROMPT_CONSENT, BEID_TEXT_PROMPT_OK};
}

static enum beid_err
read_request(struct operation *op)
{
    struct beid_wire_message message;
    enum beid_err err =
        beid_wire_open(beid_buf_span(&op->worker->link.request), &message);
    if (err == BEID_OK) {
        err = beid_wire_get_operation(&message, &op->asked);
        op->request = op->asked.base;
        op->words = words_of(&op->asked);
        op->with_signature_key = beid_wire_operation_document(&op->asked);
    }
    if (err == BEID_OK) {
        err = beid_lang_parse(beid_span_str(op->request.lang), &op->lang);
    }
    op->deadline_ms = link_now_ms() + op->request.timeout_ms;
    if (err == BEID_OK
        && (op->asked.type == BEID_WIRE_SIGN_FILE) != op->worker->local) {
        err = BEID_ERR_DENIED;
    }
    return err;
}

/* Where the citizen sits, and what every dialog shows besides. */
static enum beid_err
ask_session(struct operation *op)
{
    struct link *link = &op->worker->link;
    uint64_t until = link_now_ms() + SESSION_MS;
    link_send_session(link);
    enum beid_err err = BEID_ERR_BUSY;
    while (err == BEID_ERR_BUSY && !link->session_answered && !link->ended) {
        err = link_turn(link, -1, until);
    }
    return link->session_answered ? link->session.err : BEID_ERR_INTERNAL;
}

static enum beid_err
run(struct operation *op, struct beid_buf *der)
{
    enum beid_err err = read_request(op);
    state_enter(op->worker, WORKER_SESSION);
    if (err == BEID_OK) {
        err = ask_session(op);
    }
    state_enter(op->worker, WORKER_CARD);
    if (err == BEID_OK) {
        err = authenticate(op, der);
    }
    /* Withdrawn after the signature: then it does not leave. */
    link_hear(&op->worker->link);
    return op->worker->link.cancelled ? BEID_ERR_CANCELLED : err;
}

/*
 * The sessions end with the operation, however that ended. The page has its
 * answer by now, and front may ask for the next operation meanwhile.
 */
static void
let_go(struct operation *op)
{
    struct link *link = &op->worker->link;
    link->cancelled = false;
    link->running = op->worker->forgets;
    if (!op->worker->stuck) {
        (void)!operation_card(op, work_release);
    }
}

void
operation_run(struct worker *worker)
{
    struct operation op = {.worker = worker};
    struct beid_buf der;
    struct link *link = &worker->link;
    link->asked = false;
    link->running = true;
    certificate_init(&op.certificate);
    beid_buf_init(&op.signature, BEID_WIRE_CMS_MAX);
    beid_buf_init(&op.document, BEID_WIRE_DOCUMENT_MAX);
    beid_buf_init(&der, BEID_WIRE_CERT_MAX);
    enum beid_err err = run(&op, &der);
    struct beid_wire_auth_reply reply = reply_of(&op, err, beid_buf_span(&der));
    BEID_LOG_INFO("operation %u: %s", (unsigned)link->operation,
                  beid_err_text(err));
    record_end(&op, err);
    record_forget(&op);
    if (worker->forgets || worker->stuck || worker->moved) {
        link_send_leaving(link);
    }
    link_send_event(link, BEID_EVENT_DONE);
    link_send_reply(link, link->operation,
                    beid_wire_operation_document(&op.asked), &reply);
    let_go(&op);
    /* A page that went away does not take the farewell along. */
    record_farewell(&op);
    state_enter(worker, WORKER_IDLE);
    link->running = false;
    certificate_clear(&op.certificate);
    beid_buf_clear(&op.signature);
    beid_buf_clear(&op.document);
    beid_buf_clear(&der);
}

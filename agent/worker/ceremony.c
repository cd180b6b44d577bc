/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/ceremony.h"

#include "worker/ask.h"
#include "worker/pinpad.h"
#include "worker/proof.h"
#include "worker/statement.h"

/* Answers nobody gives: the program on the other side is broken. */
#define MALFORMED_MAX 20U

static enum beid_err
confirm_last_try(struct operation *op)
{
    struct ask question = {
        .state = WORKER_LAST_TRY,
        .kind = PINENTRY_CONFIRM,
        .body = BEID_TEXT_PROMPT_LAST_TRY,
        .error = BEID_TEXT_COUNT,
        .ok = BEID_TEXT_PROMPT_CONTINUE,
        .tries = BEID_WIRE_TRIES_UNKNOWN,
        .watch = operation_watch_card,
    };
    return ask(op, &question);
}

/* The signature, which begins when the PIN is in. */
struct signing {
    bool begun; /* the card thread is at it */
    enum beid_err err; /* why it could not begin */
};

/*
 * Time passes between the last look at the page and the end of the dialog: no
 * try is spent for a page that has gone, or when nobody waits any more.
 */
static enum beid_err
check_wanted(const struct operation *op)
{
    const struct link *link = &op->worker->link;
    if (link->cancelled || link->ended) {
        return BEID_ERR_CANCELLED;
    }
    return link_now_ms() < op->deadline_ms ? BEID_OK : BEID_ERR_TIMEOUT;
}

/* While the dialog is read the key can be found. */
static void
begin_key(struct operation *op, void *user)
{
    (void)user;
    operation_begin_key(op);
}

/* The dialog can be cancelled all the time, however long the card takes. */
static enum beid_err
watch_pin(struct operation *op, void *user)
{
    enum beid_err err = operation_watch_key(op);
    return err == BEID_OK ? operation_watch_card(op, user) : err;
}

/* While the dialog's program ends the card can sign. */
static void
begin_signing(struct operation *op, void *user)
{
    struct signing *signing = user;
    signing->err = operation_end_key(op);
    state_enter(op->worker, WORKER_SIGNING);
    if (signing->err == BEID_OK) {
        signing->err = check_wanted(op);
    }
    if (signing->err == BEID_OK) {
        link_send_event(&op->worker->link, BEID_EVENT_SIGNING);
        signing->err = worker_card_start(op->worker, work_sign);
    }
    signing->begun = signing->err == BEID_OK;
}

/* What is not a PIN costs no try: it is asked again. */
static enum beid_err
ask_pin(struct operation *op, struct beid_secret *pin, struct signing *signing)
{
    struct ask question = {
        .state = WORKER_PIN,
        .kind = PINENTRY_PIN,
        .body = BEID_TEXT_PROMPT_CONSENT,
        .error =
            op->wrong_pins > 0 ? BEID_TEXT_PROMPT_WRONG_PIN : BEID_TEXT_COUNT,
        .ok = op->words.ok,
        .tries = op->worker->work.pin.tries,
        .pin = pin,
        .watch = watch_pin,
        .shown = begin_key,
        .answered = begin_signing,
        .user = signing,
    };
    for (unsigned i = 0; i < MALFORMED_MAX; i++) {
        enum beid_err err = ask(op, &question);
        if (err != BEID_ERR_PIN_LENGTH) {
            return err;
        }
        question.error = BEID_TEXT_PROMPT_PIN_FORMAT;
    }
    return BEID_ERR_PROMPT;
}

/* One attempt: at most one VERIFY. */
static enum beid_err
sign_once(struct operation *op, struct beid_secret *pin)
{
    if (op->worker->work.pin.pinpad) {
        return pinpad_sign(op);
    }
    struct signing signing = {.begun = false};
    enum beid_err err = operation_drop_key(op, ask_pin(op, pin, &signing));
    if (err == BEID_OK) {
        err = signing.begun ? operation_card_end(op) : signing.err;
    }
    state_enter(op->worker, WORKER_CARD);
    /* Only a job that began to sign may still be looking at it. */
    if (!op->worker->stuck || !signing.begun) {
        beid_secret_wipe(pin);
    }
    return err;
}

static enum beid_err
attempt(struct operation *op, struct beid_secret *pin)
{
    unsigned tries = op->worker->work.pin.tries;
    if (tries == 0) {
        return BEID_ERR_PIN_BLOCKED;
    }
    if (tries == 1) {
        enum beid_err err = confirm_last_try(op);
        if (err != BEID_OK) {
            return err;
        }
    }
    enum beid_err err = operation_diagnose(op, sign_once(op, pin));
    if (err == BEID_ERR_PIN_BLOCKED) {
        op->worker->work.pin.tries = 0;
    }
    if (err != BEID_ERR_PIN_WRONG) {
        return err;
    }
    op->wrong_pins++;
    /* How many are left; the card said so in its answer to VERIFY. */
    enum beid_err asked = operation_diagnose(op, operation_card(op, work_pin));
    return asked == BEID_OK ? err : asked;
}

static const EVP_MD *
hash_of(enum beid_wire_hash function)
{
    switch (function) {
    case BEID_HASH_SHA256:
        return EVP_sha256();
    case BEID_HASH_SHA384:
        return EVP_sha384();
    case BEID_HASH_SHA512:
        return EVP_sha512();
    case BEID_HASH_NONE:
        break;
    }
    return NULL;
}

/* Nothing leaves that does not verify with the certificate that was shown. */
static enum beid_err
finish(struct operation *op)
{
    const struct work *work = &op->worker->work;
    struct beid_span message = beid_buf_span(&work->message);
    struct beid_span signature = beid_buf_span(&work->signature);
    enum beid_err err = BEID_ERR_INTERNAL;
    switch (work->form) {
    case WORK_MESSAGE:
        return proof_finish(&op->certificate, message, signature,
                            &op->signature);
    case WORK_HASH:
        return proof_finish_hash(&op->certificate, work->md, message, signature,
                                 &op->signature);
    case WORK_CMS:
        err = cms_check(&work->signer, message, signature);
        if (err == BEID_OK) {
            beid_buf_put(&op->signature, signature);
            err = beid_buf_status(&op->signature);
        }
        return err;
    case WORK_CMS_HASH:
        err = cms_check_digest(&work->signer, message, signature);
        if (err == BEID_OK) {
            beid_buf_put(&op->signature, signature);
            err = beid_buf_status(&op->signature);
        }
        return err;
    }
    return err;
}

/* A certificate is shown after a yes; no PIN, so no tries either. */
static enum beid_err
share_certificate(struct operation *op)
{
    struct ask question = {
        .state = WORKER_SHARING,
        .kind = PINENTRY_CONFIRM,
        .body = BEID_TEXT_PROMPT_CONSENT,
        .error = BEID_TEXT_COUNT,
        .ok = op->words.ok,
        .tries = BEID_WIRE_TRIES_UNKNOWN,
        .watch = operation_watch_card,
    };
    return ask(op, &question);
}

static enum beid_err
prepare(struct operation *op)
{
    struct work *work = &op->worker->work;
    work->md = proof_hash(op->certificate.algorithm);
    if (!op->with_signature_key) {
        work->form = WORK_MESSAGE;
        return proof_message(op->certificate.algorithm, op->request.origin,
                             op->request.nonce, &work->message);
    }
    beid_buf_reset(&work->message);
    if (op->asked.type == BEID_WIRE_SIGN) {
        work->form = WORK_HASH;
        work->md = hash_of(op->asked.hash_function);
        beid_buf_put(&work->message, op->asked.hash);
        return beid_buf_status(&work->message);
    }
    enum beid_err err = BEID_OK;
    if (op->asked.type == BEID_WIRE_SIGN_FILE) {
        work->form = WORK_CMS_HASH;
        beid_buf_put(&work->message,
                     EVP_MD_get_size(work->md) == (int)op->asked.sha384.len
                         ? op->asked.sha384
                         : op->asked.hash);
    } else {
        work->form = WORK_CMS;
        err = statement_write(&op->document, op->lang, &op->asked);
        beid_buf_put(&work->message, beid_buf_span(&op->document));
    }
    operation_read_chain(op);
    work->signer = (struct cms_signer){
        .certificate = op->certificate.x509,
        .ca = op->chain != NULL ? beid_buf_span(&op->chain->ca)
                                : beid_span_of(NULL, 0),
        .md = work->md,
    };
    return err == BEID_OK ? beid_buf_status(&work->message) : err;
}

/*
 * A statement is read before the PIN is asked, and so is a text that is too
 * long for that dialog.
 */
static enum beid_err
read_text(struct operation *op)
{
    struct beid_buf document;
    if (op->document.len > 0) {
        return ask_read(op, beid_buf_span(&op->document), operation_watch_card);
    }
    if (op->asked.text.len == 0 || ask_fits(op)) {
        return BEID_OK;
    }
    beid_buf_init(&document, BEID_WIRE_DOCUMENT_MAX);
    beid_buf_put(&document, op->asked.resource);
    beid_buf_put_str(&document, "\n\n");
    beid_buf_put_str(&document, beid_text(op->lang, BEID_TEXT_PROMPT_SAYS));
    beid_buf_put_u8(&document, '\n');
    beid_buf_put(&document, op->asked.text);
    enum beid_err err = beid_buf_status(&document);
    if (err == BEID_OK) {
        err = ask_read(op, beid_buf_span(&document), operation_watch_card);
    }
    beid_buf_clear(&document);
    return err;
}

enum beid_err
ceremony_run(struct operation *op)
{
    struct work *work = &op->worker->work;
    if (op->asked.type == BEID_WIRE_CERTIFICATE) {
        return share_certificate(op);
    }
    enum beid_err err = prepare(op);
    if (err == BEID_OK && work->pin.tries != 0) {
        err = read_text(op);
    }
    if (err == BEID_OK) {
        err = beid_secret_new(&work->secret);
    }
    if (err != BEID_OK) {
        return err;
    }
    do {
        err = attempt(op, work->secret);
    } while (err == BEID_ERR_PIN_WRONG && op->wrong_pins < CEREMONY_WRONG_PINS
             && work->pin.tries != 0);
    if (op->worker->stuck) {
        return err; /* the card thread may still look at the PIN */
    }
    beid_secret_free(&work->secret);
    if (err == BEID_ERR_PIN_WRONG && work->pin.tries == 0) {
        err = BEID_ERR_PIN_BLOCKED;
    }
    if (err == BEID_OK) {
        err = finish(op);
    }
    return err;
}

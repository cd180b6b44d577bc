/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/record.h"

#include "worker/ask.h"

#include <beid/log.h>

#include <openssl/evp.h>

#include <time.h>

#define FAREWELL_MS 60000U

void
record_shown(struct operation *op, struct beid_span text)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    op->shown[0] = '\0';
    if (EVP_Digest(text.ptr, text.len, hash, &len, EVP_sha256(), NULL) != 1
        || len != JOURNAL_HASH_LEN) {
        return;
    }
    for (size_t i = 0; i < JOURNAL_HASH_LEN; i++) {
        op->shown[2 * i] = digits[hash[i] >> 4U];
        op->shown[(2 * i) + 1] = digits[hash[i] & 0x0FU];
    }
    op->shown[JOURNAL_HEX_LEN] = '\0';
}

static const char *
kind_of(const struct beid_wire_operation *asked)
{
    if (asked->type == BEID_WIRE_STEP_UP) {
        return asked->statement ? "statement" : "access";
    }
    if (asked->type == BEID_WIRE_AUTHENTICATE) {
        return "authenticate";
    }
    return asked->hash.len > 0 ? "sign" : "signing-certificate";
}

/* Words that do not change: they are read by machines as well. */
static const char *
outcome_of(enum beid_err err)
{
    static const struct {
        enum beid_err err;
        const char *word;
    } words[] = {
        {BEID_OK, "done"},
        {BEID_ERR_CANCELLED, "cancelled"},
        {BEID_ERR_TIMEOUT, "timeout"},
        {BEID_ERR_PIN_WRONG, "pin-incorrect"},
        {BEID_ERR_PIN_BLOCKED, "pin-blocked"},
        {BEID_ERR_NO_SERVICE, "no-service"},
        {BEID_ERR_NO_READER, "no-reader"},
        {BEID_ERR_NO_CARD, "no-card"},
        {BEID_ERR_CARD_REMOVED, "card-removed"},
        {BEID_ERR_CARD_MUTE, "card-mute"},
        {BEID_ERR_CARD_UNKNOWN, "unsupported-card"},
        {BEID_ERR_CARD_TOO_OLD, "card-too-old"},
        {BEID_ERR_CARD_MISMATCH, "card-mismatch"},
        {BEID_ERR_READER_BUSY, "reader-in-use"},
        {BEID_ERR_NO_CERTIFICATE, "certificate-missing"},
        {BEID_ERR_CERT_EXPIRED, "certificate-expired"},
        {BEID_ERR_CLOCK, "clock-skew"},
        {BEID_ERR_PROMPT, "prompt-unavailable"},
        {BEID_ERR_NOT_LOCAL, "session-not-local"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].err == err) {
            return words[i].word;
        }
    }
    return "failed";
}

/* What the page gets with its answer. */
static const char *
left_of(const struct operation *op, const char *kind)
{
    if (beid_span_same(beid_span_str(kind), beid_span_str("sign"))) {
        return "signature";
    }
    if (beid_span_same(beid_span_str(kind),
                       beid_span_str("signing-certificate"))) {
        return op->chain != NULL ? "certificate,chain" : "certificate";
    }
    return op->chain != NULL ? "certificate,signature,chain"
                             : "certificate,signature";
}

void
record_end(const struct operation *op, enum beid_err err)
{
    const char *kind = kind_of(&op->asked);
    const struct journal_entry entry = {
        .time = (int64_t)time(NULL),
        .origin = op->request.origin,
        .kind = beid_span_str(kind),
        .resource = op->asked.resource,
        .shown = beid_span_str(op->shown),
        .outcome = beid_span_str(outcome_of(err)),
        .left = beid_span_str(err == BEID_OK ? left_of(op, kind) : ""),
    };
    enum beid_err kept = journal_append(&op->worker->journal, &entry);
    if (kept != BEID_OK) {
        BEID_LOG_ERROR("the journal cannot be written: %s",
                       beid_err_text(kept));
    }
}

/* BEID_OK once no reader has a card any more. */
static enum beid_err
watch_gone(struct operation *op, void *user)
{
    (void)user;
    enum beid_err err = worker_watch(op->worker);
    if (err != BEID_OK) {
        return err == BEID_ERR_BUSY ? err : BEID_OK;
    }
    const struct cryptoki_slots *slots = &op->worker->work.slots;
    for (size_t i = 0; i < slots->count; i++) {
        if (slots->slot[i].card != BEID_CARD_NONE) {
            return BEID_ERR_BUSY;
        }
    }
    return BEID_OK;
}

void
record_forget(const struct operation *op)
{
    struct worker *worker = op->worker;
    worker->forgets = worker->kiosk && !worker->stuck
                      && (op->have_card || worker->work.certificate.len > 0);
}

void
record_farewell(struct operation *op)
{
    if (!op->worker->forgets || !op->have_card) {
        return;
    }
    struct ask notice = {
        .state = WORKER_FAREWELL,
        .kind = PINENTRY_CANCEL_ONLY,
        .body = BEID_TEXT_PROMPT_TAKE_CARD,
        .error = BEID_TEXT_COUNT,
        .ok = BEID_TEXT_PROMPT_CONTINUE,
        .tries = BEID_WIRE_TRIES_UNKNOWN,
        .watch = watch_gone,
    };
    op->deadline_ms = link_now_ms() + FAREWELL_MS;
    (void)!ask(op, &notice);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "statement.h"

#include "answer.h"
#include "archive.h"
#include "audit.h"
#include "citizen.h"
#include "json.h"
#include "request.h"
#include "section.h"
#include "session.h"
#include "token.h"
#include "wish.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JWS_MAX ((size_t)16 * 1024)
#define SIGNATURE_MAX ((size_t)32 * 1024)
#define TEXT_MAX ((size_t)16 * 1024)

/* A draft's fields. */
enum {
    DRAFT_KIND,
    DRAFT_SESSION, /* that asked: nobody answers for another one */
    DRAFT_REQUEST,
    DRAFT_VALUES
};

/* A statement that is being asked for. */
struct asking {
    struct wish wish;
    struct beid_buf words[LANGUAGES];
    struct beid_buf jws;
    char id[SESSION_TOKEN_SIZE];
    char transaction[SESSION_TOKEN_SIZE];
    struct nonce nonce;
};

static enum beid_err
words_make(const struct visit *visit, struct asking *asking,
           struct request *request)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        enum beid_err err =
            wish_say(visit->site, &asking->wish, i, &asking->words[i]);
        if (err != BEID_OK) {
            return err;
        }
        request->language[i] = site_languages[i];
        request->text[i] = (const char *)asking->words[i].ptr;
    }
    return BEID_OK;
}

static enum beid_err
request_make(struct visit *visit, struct asking *asking)
{
    const struct wish_kind *kind = &wish_kinds[asking->wish.id];
    struct request request = {.origin = visit->site->origin,
                              .kind = "statement",
                              .id = asking->id,
                              .transaction = asking->transaction,
                              .path = kind->path,
                              .acr = ACR_CARD,
                              .certificate = visit->session.certificate};
    enum beid_err err = words_make(visit, asking, &request);
    if (err == BEID_OK) {
        err = session_random_hex(asking->id);
    }
    if (err == BEID_OK) {
        err = session_random_hex(asking->transaction);
    }
    if (err == BEID_OK) {
        err = request_sign(visit->site->request_key, &request, visit->now,
                           &asking->jws, asking->nonce.value);
    }
    return err;
}

static struct entry_key
draft_key(const struct visit *visit, const char *id)
{
    return (struct entry_key){visit->session.subject, ARCHIVE_DRAFT, id};
}

/*
 * The request stays here: what comes back is judged by it. The nonce only
 * counts how often a session asks; what may be used once is the draft. It goes
 * by its id, so that what is asked in another tab leaves it alone.
 */
static enum beid_err
draft_keep(struct visit *visit, struct asking *asking)
{
    char session[ARCHIVE_NAME_SIZE];
    const struct wish_kind *kind = &wish_kinds[asking->wish.id];
    const struct entry_key key = draft_key(visit, asking->id);
    wish_name(visit, session);
    const char *fields[DRAFT_VALUES + WISH_VALUES] = {
        [DRAFT_KIND] = kind->name,
        [DRAFT_SESSION] = session,
        [DRAFT_REQUEST] = beid_buf_cstr(&asking->jws)};
    for (size_t i = 0; i < WISH_VALUES; i++) {
        fields[DRAFT_VALUES + i] = asking->wish.values[i];
    }
    memcpy(asking->nonce.about, kind->name, strlen(kind->name) + 1);
    enum beid_err err =
        store_put_nonce(visit->site->store, visit->key, visit->now,
                        NONCE_STATEMENT, &asking->nonce);
    if (err == BEID_OK) {
        err = archive_put(visit->site->archive, &key, fields,
                          DRAFT_VALUES + WISH_VALUES, visit->now,
                          visit->now + WISH_SECONDS);
    }
    if (err == BEID_OK) {
        audit_write(visit, "statement asked", kind->name, asking->transaction);
    }
    return err;
}

/* The caller clears out. BEID_ERR_NOT_FOUND when this session has none. */
static enum beid_err
draft_get(struct visit *visit, const char *id, struct entry *out)
{
    char session[ARCHIVE_NAME_SIZE];
    const struct entry_key key = draft_key(visit, id);
    enum beid_err err =
        archive_get(visit->site->archive, &key, visit->now, out);
    wish_name(visit, session);
    if (err == BEID_OK && strcmp(out->fields[DRAFT_SESSION], session) != 0) {
        entry_clear(out);
        err = BEID_ERR_NOT_FOUND;
    }
    return err;
}

/* Is it still there? Another request may have used it up meanwhile. */
static enum beid_err
draft_waits(struct visit *visit, const struct entry *draft)
{
    struct entry found;
    enum beid_err err = draft_get(visit, draft->name, &found);
    if (err == BEID_OK) {
        entry_clear(&found);
    }
    return err;
}

/* Nobody else has it from now on. BEID_ERR_NOT_FOUND when it is gone already. */
static enum beid_err
draft_end(struct visit *visit, const struct entry *draft)
{
    const struct entry_key key = draft_key(visit, draft->name);
    struct entry gone;
    enum beid_err err =
        archive_take(visit->site->archive, &key, visit->now, &gone);
    if (err == BEID_OK) {
        entry_clear(&gone);
    }
    return err;
}

static void
ask(struct visit *visit, struct asking *asking)
{
    enum beid_err err = wish_load(visit, &asking->wish);
    if (err == BEID_ERR_NOT_FOUND) {
        answer_error(visit, 401, "nonce_expired");
        return;
    }
    if (err == BEID_OK && wish_wants_card(visit, asking->wish.id)) {
        /* The page loads itself again, and leads to where the card is asked. */
        answer_error(visit, 401, "session_unknown");
        return;
    }
    if (err == BEID_OK && wish_stale(visit, &asking->wish)) {
        answer_error(visit, 409, "data_changed");
        return;
    }
    if (err == BEID_OK) {
        err = citizen_room(visit, asking->wish.id);
    }
    if (err == BEID_ERR_LIMIT) {
        answer_error(visit, 409, "statements_full");
        return;
    }
    if (err == BEID_OK) {
        err = request_make(visit, asking);
    }
    if (err == BEID_OK) {
        err = draft_keep(visit, asking);
    }
    if (err != BEID_OK) {
        answer_failure(visit, err);
    } else {
        const struct text members[] = {{"request", beid_buf_cstr(&asking->jws)},
                                       {"id", asking->id}};
        answer_members(visit, members, 2);
    }
}

void
statement_request(struct visit *visit)
{
    if (!answer_script(visit)) {
        return;
    }
    if (!visit->session.known) {
        answer_error(visit, 401, "session_unknown");
        return;
    }
    struct asking *asking = calloc(1, sizeof *asking);
    if (asking == NULL || visit->site->request_key == NULL) {
        free(asking);
        answer_error(visit, 404, "bad_request");
        return;
    }
    asking->nonce.until = visit->now + (time_t)visit->site->nonce_lifetime;
    beid_buf_init(&asking->jws, JWS_MAX);
    for (size_t i = 0; i < LANGUAGES; i++) {
        beid_buf_init(&asking->words[i], WISH_TEXT_MAX + 1);
    }
    ask(visit, asking);
    for (size_t i = 0; i < LANGUAGES; i++) {
        beid_buf_clear(&asking->words[i]);
    }
    beid_buf_clear(&asking->jws);
    beid_wipe(asking, sizeof *asking);
    free(asking);
}

/* In whichever language it was signed: the agent's name of us goes with it. */
static enum beid_verify_result
verify(const struct visit *visit, const char *request,
       struct beid_verify_inquiry *inquiry, struct beid_verify_report **report)
{
    enum beid_verify_result result = BEID_VERIFY_STATEMENT_TEXT;
    for (size_t i = 0; i < LANGUAGES && result == BEID_VERIFY_STATEMENT_TEXT;
         i++) {
        const struct beid_verify_statement asked = {
            .request = request,
            .request_len = strlen(request),
            .answer = (const char *)visit->request->body.ptr,
            .answer_len = visit->request->body.len,
            .portal_name = visit->site->names[i],
            .lang = site_languages[i],
            .inquiry = inquiry};
        result = beid_verify_statement(visit->site->verifiers[VERIFY_STEP_UP],
                                       &asked, report);
    }
    return result;
}

/* The person of the session, and nobody else. */
static bool
same_person(const struct visit *visit, const struct beid_verify_report *report)
{
    char subject[PSEUDONYM_SIZE];
    return report->national_number != NULL
           && pseudonym_make(visit->site->pseudonym_key,
                             report->national_number, subject)
                  == BEID_OK
           && beid_secret_equal(beid_span_str(subject),
                                beid_span_str(visit->session.subject));
}

/* Kept before it is followed: what was done has its reason in the archive. */
static enum beid_err
statement_keep(struct visit *visit, const struct entry *draft, const char *lang)
{
    const struct entry_key key = {visit->session.subject, ARCHIVE_STATEMENT,
                                  draft->name};
    struct beid_buf text;
    struct beid_buf signature;
    beid_buf_init(&text, TEXT_MAX);
    beid_buf_init(&signature, SIGNATURE_MAX);
    enum beid_err err = json_member(visit->request->body, "statement", &text);
    if (err == BEID_OK) {
        err = json_member(visit->request->body, "signature", &signature);
    }
    const char *fields[STATEMENT_FIELDS] = {
        [STATEMENT_KIND] = draft->fields[DRAFT_KIND],
        [STATEMENT_LANGUAGE] = lang,
        [STATEMENT_TEXT] = beid_buf_cstr(&text),
        [STATEMENT_SIGNATURE] = beid_buf_cstr(&signature),
        [STATEMENT_REQUEST] = draft->fields[DRAFT_REQUEST]};
    if (err == BEID_OK
        && (fields[STATEMENT_TEXT] == NULL
            || fields[STATEMENT_SIGNATURE] == NULL)) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        err = archive_put(visit->site->archive, &key, fields, STATEMENT_FIELDS,
                          visit->now, visit->now + STATEMENT_SECONDS);
    }
    beid_buf_clear(&signature);
    beid_buf_clear(&text);
    return err;
}

/*
 * Kept, followed, and only then used up: whatever of it fails, the page sends
 * the same answer again, and nobody signs twice. What another request followed
 * while this one verified is not followed again: newer data may be there.
 */
static void
follow(struct visit *visit, const struct entry *draft, enum wish_id id,
       const char *lang)
{
    const char *const *values = &draft->fields[DRAFT_VALUES];
    enum beid_err err = draft_waits(visit, draft);
    if (err == BEID_OK) {
        err = statement_keep(visit, draft, lang);
    }
    if (err == BEID_OK) {
        err = citizen_follow(visit, id, values, draft->name);
    }
    if (err == BEID_OK) {
        err = draft_end(visit, draft);
    }
    if (err == BEID_ERR_NOT_FOUND) {
        answer_error(visit, 401, "nonce_expired");
    } else if (err != BEID_OK) {
        answer_failure(visit, err);
    } else {
        wish_forget(visit, id, values);
        audit_write(visit, "statement", wish_kinds[id].name, draft->name);
        answer_json(visit, 200, "next", wish_kinds[id].done);
    }
}

/* What may verify later: nobody could be asked, or we failed. */
static bool
undecided(enum beid_verify_result result)
{
    return result == BEID_VERIFY_REVOCATION_UNAVAILABLE
           || result == BEID_VERIFY_INTERNAL;
}

static void
judge(struct visit *visit, const struct entry *draft)
{
    struct beid_verify_report *report = NULL;
    struct beid_verify_inquiry inquiry = {0};
    enum wish_id id = wish_find(draft->fields[DRAFT_KIND]);
    enum beid_verify_result result =
        verify(visit, draft->fields[DRAFT_REQUEST], &inquiry, &report);
    bool same = result == BEID_VERIFY_OK && same_person(visit, report);
    if (id == WISHES) {
        answer_error(visit, 500, "internal");
    } else if (same) {
        follow(visit, draft, id, report->lang);
    } else if (!undecided(result) && draft_end(visit, draft) != BEID_OK) {
        /* What was refused is used up, or it is not said to be refused. */
        answer_error(visit, 401, "nonce_expired");
    } else if (result != BEID_VERIFY_OK) {
        token_refuse(visit, result, &inquiry, "statement refused");
    } else {
        BEID_LOG_WARN("a statement with the card of somebody else");
        audit_write(visit, "statement refused", "other person", "");
        answer_error(visit, 403, "other_person");
    }
    beid_verify_report_free(&report);
}

/* Does the text begin with an id? */
static bool
id_first(const char *text)
{
    return strspn(text, "0123456789abcdef") == SESSION_TOKEN_SIZE - 1;
}

void
statement_answer(struct visit *visit)
{
    struct entry draft;
    const char *id = http_request_query(visit->request, "id");
    if (!answer_script(visit)) {
        return;
    }
    if (!visit->session.known) {
        answer_error(visit, 401, "session_unknown");
        return;
    }
    if (id == NULL || !id_first(id) || id[SESSION_TOKEN_SIZE - 1] != '\0') {
        answer_error(visit, 400, "bad_request");
        return;
    }
    enum beid_err err = draft_get(visit, id, &draft);
    if (err == BEID_ERR_NOT_FOUND) {
        answer_error(visit, 401, "nonce_expired");
    } else if (err != BEID_OK) {
        answer_failure(visit, err);
    } else {
        judge(visit, &draft);
        entry_clear(&draft);
    }
}

/* A file for the citizen's own disk. */
static void
send(struct visit *visit, const struct entry *entry, bool text)
{
    struct http_reply *reply = visit->reply;
    reply->status = 200;
    (void)snprintf(reply->disposition, sizeof reply->disposition,
                   "attachment; filename=\"verklaring-%.8s.%s\"", entry->name,
                   text ? "txt" : "p7s");
    if (text) {
        reply->type = "text/plain; charset=utf-8";
        beid_buf_put_str(&reply->body, entry->fields[STATEMENT_TEXT]);
        return;
    }
    const char *base64 = entry->fields[STATEMENT_SIGNATURE];
    size_t len = strlen(base64);
    uint8_t *out = beid_buf_extend(&reply->body, len);
    int got =
        out == NULL || len > SIGNATURE_MAX
            ? -1
            : EVP_DecodeBlock(out, (const unsigned char *)base64, (int)len);
    while (got > 0 && len > 0 && base64[len - 1] == '=') {
        got--;
        len--;
    }
    reply->type = "application/pkcs7-signature";
    if (got < 0 || beid_buf_truncate(&reply->body, (size_t)got) != BEID_OK) {
        reply->status = 500;
    }
}

bool
statement_download(struct visit *visit)
{
    static const char prefix[] = "/verklaringen/";
    char id[ARCHIVE_NAME_SIZE];
    struct entry entry;
    const char *path = visit->request->path;
    size_t id_len = SESSION_TOKEN_SIZE - 1;
    if (strncmp(path, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    path += sizeof prefix - 1;
    if (!id_first(path)
        || (strcmp(path + id_len, ".txt") != 0
            && strcmp(path + id_len, ".p7s") != 0)) {
        return false;
    }
    if (!session_high(visit)) {
        /* The list asks for the login or the card that it wants. */
        answer_redirect(visit, "/verklaringen");
        return true;
    }
    memcpy(id, path, id_len);
    id[id_len] = '\0';
    const struct entry_key key = {visit->session.subject, ARCHIVE_STATEMENT,
                                  id};
    if (archive_get(visit->site->archive, &key, visit->now, &entry)
        != BEID_OK) {
        return false;
    }
    audit_write(visit, "statement downloaded", path + id_len + 1, id);
    send(visit, &entry, strcmp(path + id_len, ".txt") == 0);
    entry_clear(&entry);
    return true;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "step_up.h"

#include "answer.h"
#include "audit.h"
#include "request.h"
#include "section.h"
#include "session.h"
#include "token.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <stdio.h>
#include <string.h>

#define JWS_MAX ((size_t)16 * 1024)
#define SAYS_SIZE 256U

static enum beid_err
request_make(const struct visit *visit, const struct section *section,
             struct beid_buf *jws, struct nonce *nonce)
{
    char id[SESSION_TOKEN_SIZE];
    char transaction[SESSION_TOKEN_SIZE];
    char says[LANGUAGES][SAYS_SIZE];
    struct request request = {.origin = visit->site->origin,
                              .kind = "access",
                              .id = id,
                              .transaction = transaction,
                              .path = section->path,
                              .acr = ACR_CARD,
                              .certificate = visit->session.certificate};
    for (size_t i = 0; i < LANGUAGES; i++) {
        const struct texts *texts = &visit->site->texts[i];
        const char *ask = texts_find(texts, "step_up_ask");
        const char *title = texts_find(texts, section->title);
        int len = ask == NULL || title == NULL
                      ? -1
                      : snprintf(says[i], sizeof says[i], "%s %s", ask, title);
        if (len < 0 || (size_t)len >= sizeof says[i]) {
            return BEID_ERR_NOT_FOUND;
        }
        request.language[i] = site_languages[i];
        request.text[i] = says[i];
    }
    enum beid_err err = session_random_hex(id);
    if (err == BEID_OK) {
        err = session_random_hex(transaction);
    }
    if (err == BEID_OK) {
        err = request_sign(visit->site->request_key, &request, visit->now, jws,
                           nonce->value);
    }
    if (err == BEID_OK) {
        audit_write(visit, "step-up asked", section->path, transaction);
    }
    return err;
}

void
step_up_request(struct visit *visit)
{
    struct beid_buf jws;
    struct nonce nonce = {.until =
                              visit->now + (time_t)visit->site->nonce_lifetime};
    if (!answer_script(visit)) {
        return;
    }
    const char *place = http_request_query(visit->request, "for");
    const struct section *section = section_to(place);
    if (section == NULL || visit->site->request_key == NULL) {
        answer_error(visit, 404, "bad_request");
        return;
    }
    if (!visit->session.known) {
        answer_error(visit, 401, "session_unknown");
        return;
    }
    /* One goes on there; what is asked and logged is the section. */
    memcpy(nonce.about, place, strlen(place) + 1);
    beid_buf_init(&jws, JWS_MAX);
    enum beid_err err = request_make(visit, section, &jws, &nonce);
    if (err == BEID_OK) {
        err = store_put_nonce(visit->site->store, visit->key, visit->now,
                              NONCE_ACCESS, &nonce);
    }
    const char *text = err == BEID_OK ? beid_buf_cstr(&jws) : NULL;
    if (text == NULL) {
        answer_failure(visit, err);
    } else {
        answer_json(visit, 200, "request", text);
    }
    beid_buf_clear(&jws);
}

/* The level goes up for the person of the session, and for nobody else. */
static void
level_raise(struct visit *visit, const struct holder *holder, const char *about)
{
    if (!beid_secret_equal(beid_span_str(holder->subject),
                           beid_span_str(visit->session.subject))) {
        BEID_LOG_WARN("step-up with the card of somebody else");
        audit_write(visit, "step-up refused", "other person", "");
        answer_error(visit, 403, "other_person");
        return;
    }
    enum beid_err err = session_raise(visit, holder, visit->now);
    if (err != BEID_OK) {
        answer_failure(visit, err);
        return;
    }
    const struct section *section = section_to(about);
    audit_write(visit, "step-up", section == NULL ? "" : section->path, "");
    answer_json(visit, 200, "next", about);
}

void
step_up_token(struct visit *visit)
{
    struct nonce nonce;
    struct holder holder;
    if (!answer_script(visit)) {
        return;
    }
    if (!token_nonce(visit, NONCE_ACCESS, &nonce)) {
        return;
    }
    if (token_judge(visit, VERIFY_STEP_UP, nonce.value, &holder)) {
        level_raise(visit, &holder, nonce.about);
        beid_wipe(&holder, sizeof holder);
    }
    beid_wipe(&nonce, sizeof nonce);
}

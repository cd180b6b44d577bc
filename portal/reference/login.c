/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "login.h"

#include "answer.h"
#include "audit.h"
#include "session.h"
#include "token.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <string.h>

#define PATH_FIELD_SIZE 64U

void
login_nonce(struct visit *visit)
{
    struct nonce nonce = {.until =
                              visit->now + (time_t)visit->site->nonce_lifetime};
    if (!answer_script(visit)) {
        return;
    }
    enum beid_err err = session_random(nonce.value);
    if (err == BEID_OK) {
        err = store_put_nonce(visit->site->store, visit->key, visit->now,
                              NONCE_LOGIN, &nonce);
    }
    if (err == BEID_OK) {
        answer_json(visit, 200, "nonce", nonce.value);
    } else {
        answer_failure(visit, err);
    }
}

void
login_token(struct visit *visit)
{
    struct nonce nonce;
    struct holder holder;
    if (!answer_script(visit)) {
        return;
    }
    /* Taken before anything expensive, whatever becomes of the token. */
    if (!token_nonce(visit, NONCE_LOGIN, &nonce)) {
        return;
    }
    if (token_judge(visit, VERIFY_LOGIN, nonce.value, &holder)) {
        enum beid_err err = session_raise(visit, &holder, visit->now);
        if (err != BEID_OK) {
            answer_failure(visit, err);
        } else {
            BEID_LOG_INFO("login verified");
            audit_write(visit, "login", token_seen(holder.revocation), "");
            answer_json(visit, 200, "next", "/profile");
        }
        beid_wipe(&holder, sizeof holder);
    }
    beid_wipe(&nonce, sizeof nonce);
}

void
login_other(struct visit *visit)
{
    char id[PERSON_ID_SIZE];
    char next[PATH_FIELD_SIZE];
    const struct people *people = &visit->site->people;
    struct holder holder = {.certificate = ""};
    if (!answer_form(visit)) {
        return;
    }
    const char *asked = answer_field(visit, "person", id, sizeof id);
    const struct person *person =
        asked == NULL ? NULL : people_by_id(people, asked);
    if (person == NULL) {
        site_show(visit, PAGE_ERROR, 400);
        return;
    }
    memcpy(holder.subject, person->subject, sizeof holder.subject);
    enum beid_err err =
        holder_name(&holder, people_field(people, person, "given_names"),
                    people_field(people, person, "surname"));
    if (err == BEID_OK) {
        err = session_raise(visit, &holder, 0);
    }
    if (err != BEID_OK) {
        answer_trouble(visit, err);
        return;
    }
    audit_write(visit, "login", "other means", "");
    const char *where =
        site_next(answer_field(visit, "next", next, sizeof next));
    answer_redirect(visit, where[0] == '\0' ? "/profile" : where);
}

void
login_end(struct visit *visit)
{
    if (!visit->has_session) {
        /* So comes another site's form: the cookie of a session stays. */
        answer_redirect(visit, "/");
        return;
    }
    if (!answer_form(visit)) {
        return;
    }
    enum beid_err err = session_end(visit);
    visit->has_session = true; /* the trail says whose it was */
    audit_write(visit, err == BEID_OK ? "logout" : "logout failed", "", "");
    if (err == BEID_OK) {
        answer_redirect(visit, "/");
    } else {
        site_show(visit, PAGE_LOGOUT_FAILED, 503);
    }
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "policy/step_up.h"

#include "internal.h"
#include "json_write.h"
#include "policy/jws.h"
#include "sys/clock.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>

#define NONCE_LEN 44 /* base64 of SHA-256 */

enum member {
    REQUEST = API_MEMBER_COUNT,
    CHAIN,
    MEMBER_COUNT
};

enum header_member {
    ALG,
    KID,
    TYP,
    HEADER_COUNT
};

enum claim {
    ISS,
    AUD,
    IAT,
    EXP,
    JTI,
    KIND,
    RESOURCE,
    TEXT,
    ACR,
    TXN,
    CERTIFICATE,
    CLAIM_COUNT
};

/* A request while it is judged; what is borrowed borrows from in here. */
struct request {
    struct policy_jws jws;
    struct json_document *header;
    struct json_document *payload;
    struct json_fault fault;
    char reason[96];
    struct policy_claims claims;
    struct policy_step_up judged;
    char nonce[NONCE_LEN + 1];
};

static void
request_clear(struct request *request)
{
    policy_jws_clear(&request->jws);
    json_free(&request->header);
    json_free(&request->payload);
}

static bool
refuse(struct api_problem *problem, enum api_error error, const char *reason,
       const char *member)
{
    problem->error = error;
    problem->reason = reason;
    problem->member = member != NULL && member[0] != '\0' ? member : NULL;
    return false;
}

/* Reads a part of the JWS; what is wrong in it is named. */
static bool
read_part(struct request *request, struct beid_span part,
          struct json_member *members, size_t count,
          struct json_document **document, struct api_problem *problem)
{
    enum beid_err err =
        json_read(part, members, count, document, &request->fault);
    if (err == BEID_ERR_FORMAT) {
        return refuse(problem, API_BAD_REQUEST, request->fault.reason,
                      request->fault.member);
    }
    return err == BEID_OK || refuse(problem, API_INTERNAL, NULL, NULL);
}

/* Whose key, and is it theirs? Nothing of the payload is read before. */
static bool
check_signature(const struct policy_portal *portal, struct request *request,
                struct api_problem *problem)
{
    struct json_member in[HEADER_COUNT] = {
        [ALG] = {"alg", JSON_TEXT, .required = true},
        [KID] = {"kid", JSON_TEXT, .required = true},
        [TYP] = {"typ", JSON_TEXT, .required = true}};
    struct policy_jws *jws = &request->jws;
    if (!read_part(request, beid_buf_span(&jws->header), in, HEADER_COUNT,
                   &request->header, problem)) {
        return false;
    }
    if (!beid_span_same(in[TYP].text, beid_span_str(POLICY_STEP_UP_TYPE))) {
        return refuse(problem, API_BAD_REQUEST, "wrong value of member", "typ");
    }
    const struct policy_request_key *key =
        policy_portal_key(portal, in[KID].text);
    if (key == NULL) {
        return refuse(problem, API_REQUEST_KEY_UNKNOWN, NULL, NULL);
    }
    if (!beid_span_same(
            in[ALG].text,
            beid_span_str(policy_request_key_algorithm_name(key)))) {
        return refuse(problem, API_REQUEST_SIGNATURE_INVALID,
                      "not the algorithm of this key", "alg");
    }
    if (policy_request_key_verify(key, jws->signing_input,
                                  beid_buf_span(&jws->signature))
        != BEID_OK) {
        return refuse(problem, API_REQUEST_SIGNATURE_INVALID, NULL, NULL);
    }
    return true;
}

static bool
read_claims(struct request *request, struct api_problem *problem)
{
    struct json_member texts[BEID_LANG_COUNT] = {{0}};
    for (size_t i = 0; i < BEID_LANG_COUNT; i++) {
        texts[i] = (struct json_member){beid_lang_code((enum beid_lang)i),
                                        JSON_TEXT, .required = true};
    }
    struct json_member in[CLAIM_COUNT] = {
        [ISS] = {"iss", JSON_TEXT, .required = true},
        [AUD] = {"aud", JSON_TEXT, .required = true},
        [IAT] = {"iat", JSON_NUMBER, .required = true},
        [EXP] = {"exp", JSON_NUMBER, .required = true},
        [JTI] = {"jti", JSON_TEXT, .required = true},
        [KIND] = {"kind", JSON_TEXT, .required = true},
        [RESOURCE] = {"resource", JSON_TEXT, .required = true},
        [TEXT] = {"text", JSON_OBJECT, .required = true, .members = texts,
                  .member_count = BEID_LANG_COUNT},
        [ACR] = {"acr", JSON_TEXT, .required = false},
        [TXN] = {"txn", JSON_TEXT, .required = false},
        [CERTIFICATE] = {"certificateSha256", JSON_TEXT, .required = false}};
    if (!read_part(request, beid_buf_span(&request->jws.payload), in,
                   CLAIM_COUNT, &request->payload, problem)) {
        return false;
    }
    request->claims =
        (struct policy_claims){.iss = in[ISS].text,
                               .aud = in[AUD].text,
                               .jti = in[JTI].text,
                               .kind = in[KIND].text,
                               .resource = in[RESOURCE].text,
                               .acr = in[ACR].text,
                               .txn = in[TXN].text,
                               .certificate = in[CERTIFICATE].text,
                               .iat = in[IAT].number,
                               .exp = in[EXP].number};
    for (size_t i = 0; i < BEID_LANG_COUNT; i++) {
        request->claims.text[i] = texts[i].text;
    }
    /* An empty value is not the same as none. */
    for (size_t i = ACR; i < CLAIM_COUNT; i++) {
        if (in[i].present && in[i].text.len == 0) {
            return refuse(problem, API_BAD_REQUEST, "wrong value of member",
                          in[i].name);
        }
    }
    return true;
}

/*
 * The start of this run on the computer's clock as it stands now, so that a
 * clock that was set meanwhile does not matter.
 */
static struct policy_moment
moment_now(const struct api *api)
{
    int64_t run_ms = beid_clock_boot_ms() - api->started_boot_ms;
    int64_t now_ms = beid_clock_wall_ms();
    int64_t start = policy_step_up_earliest(now_ms - run_ms, api->mode.again);
    int64_t after = api->once.floor + 1;
    return (struct policy_moment){.now = now_ms / 1000,
                                  .earliest = start > after ? start : after};
}

static bool
judge_claims(const struct api *api, const struct policy_portal *portal,
             struct beid_span origin, struct request *request,
             struct api_problem *problem)
{
    const struct policy_moment moment = moment_now(api);
    request->judged =
        policy_step_up_judge(&request->claims, portal, origin, &moment);
    int64_t ahead = request->judged.ahead_s;
    switch (request->judged.verdict) {
    case POLICY_GOOD:
        return true;
    case POLICY_BAD_CLAIM:
        return refuse(problem, API_BAD_REQUEST, "wrong value of member",
                      request->judged.claim);
    case POLICY_EXPIRED:
        return refuse(problem, API_REQUEST_EXPIRED, NULL, NULL);
    case POLICY_CLOCK_OFF:
        (void)snprintf(request->reason, sizeof request->reason,
                       "this computer's clock is %lld s %s the website's",
                       (long long)(ahead < 0 ? -ahead : ahead),
                       ahead < 0 ? "behind" : "ahead of");
        return refuse(problem, API_CLOCK_SKEW, request->reason, NULL);
    }
    return refuse(problem, API_INTERNAL, NULL, NULL);
}

/* N of design §4: the answer is bound to every byte of the request. */
static bool
make_nonce(struct beid_span compact, char out[NONCE_LEN + 1])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    return EVP_Digest(compact.ptr, compact.len, hash, &len, EVP_sha256(), NULL)
               == 1
           && EVP_EncodeBlock((unsigned char *)out, hash, (int)len)
                  == NONCE_LEN;
}

/* Everything but the one use of the jti. */
static bool
judge(const struct api *api, const struct api_call *call,
      struct beid_span compact, struct request *request,
      struct api_problem *problem)
{
    const struct policy_portal *portal =
        policy_portals_find(api->portals, call->origin);
    enum beid_err err = policy_jws_split(compact, &request->jws);
    if (err != BEID_OK) {
        return refuse(problem,
                      err == BEID_ERR_MEMORY ? API_INTERNAL : API_BAD_REQUEST,
                      "not a compact JWS", "request");
    }
    return check_signature(portal, request, problem)
           && read_claims(request, problem)
           && judge_claims(api, portal, call->origin, request, problem)
           && (make_nonce(compact, request->nonce)
               || refuse(problem, API_INTERNAL, NULL, NULL));
}

static void
put_statement(struct beid_buf *out, const struct beid_wire_auth_reply *reply,
              const struct api_running *asked)
{
    (void)asked;
    beid_buf_put_str(out, "{\"statement\":\"");
    json_write_text(out, reply->document);
    beid_buf_put_str(out, "\",\"signature\":");
    json_write_base64(out, reply->signature);
    api_put_evidence(out, reply);
    beid_buf_put_str(out, "}");
}

static void
fill(struct api_wish *wish, const struct request *request)
{
    struct beid_wire_operation *message = &wish->message;
    message->base.nonce = beid_span_str(request->nonce);
    message->base.certificate_sha256 = beid_span_of(
        request->judged.certificate, request->judged.certificate_len);
    message->statement = request->judged.statement;
    message->resource = request->claims.resource;
    message->text = request->claims.text[wish->lang];
    message->jti = request->claims.jti;
    message->issued = (uint32_t)request->claims.iat;
    wish->put = request->judged.statement ? put_statement : api_put_token;
}

static enum api_outcome
start(struct api *api, const struct api_call *call, struct api_wish *wish,
      struct beid_span compact, struct api_reply *reply)
{
    struct api_problem problem = {.lang = wish->lang, .error = API_INTERNAL};
    struct request request = {.fault = {.reason = "", .member = ""}};
    enum api_outcome outcome = API_ANSWERED;
    policy_jws_init(&request.jws);
    bool good = !api_held_back(api, call, POLICY_STEP_UP, &problem)
                && judge(api, call, compact, &request, &problem);
    if (good && !api->hooks.caller_allowed(call->ticket)) {
        request_clear(&request);
        return API_REFUSED;
    }
    if (good && api->worker < 0) {
        /* It comes back in a moment; the request must then still be good. */
        problem.retry_after_ms = API_WORKER_RETRY_MS;
        good = refuse(&problem, API_INTERNAL, NULL, NULL);
    }
    if (good) {
        enum beid_err used = policy_once_use(
            &api->once, call->origin, request.claims.jti, request.claims.iat);
        good = used == BEID_OK
               || refuse(&problem,
                         used == BEID_ERR_DENIED ? API_REQUEST_REPLAYED
                                                 : API_INTERNAL,
                         NULL, NULL);
    }
    if (good) {
        fill(wish, &request);
        outcome = api_run(api, call, wish, reply);
        if (outcome != API_PENDING) {
            policy_once_give_back(&api->once);
        }
    } else {
        api_fail(api, &problem, reply);
    }
    request_clear(&request);
    return outcome;
}

enum api_outcome
api_step_up_start(struct api *api, const struct api_call *call,
                  struct api_reply *reply)
{
    struct json_member members[MEMBER_COUNT] = {
        API_COMMON_MEMBERS,
        [REQUEST] = {"request", JSON_TEXT, .required = true},
        [CHAIN] = {"chain", JSON_FLAG, .required = false}};
    struct api_wish wish;
    struct json_document *document = NULL;
    struct json_fault fault = {.reason = "", .member = ""};
    api_wish_init(&wish, POLICY_STEP_UP, BEID_WIRE_STEP_UP);
    enum beid_err err =
        json_read(call->body, members, MEMBER_COUNT, &document, &fault);
    if (err == BEID_OK) {
        err = api_wish_take(&wish, members, &fault);
        wish.message.base.chain = members[CHAIN].present && members[CHAIN].flag;
    }
    enum api_outcome outcome =
        err == BEID_OK ? start(api, call, &wish, members[REQUEST].text, reply)
                       : api_bad_request(api, &wish, err, &fault, reply);
    json_free(&document);
    return outcome;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"
#include "json.h"
#include "sys/channel.h"
#include "sys/clock.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>

#define TIMEOUT_DEFAULT_MS 300000U
#define TIMEOUT_MIN_MS 30000U
#define TIMEOUT_MAX_MS 900000U
#define SHA256_LEN 32U

/*
 * The worker ends an operation by itself: at its time-out, or at once when it
 * is cancelled, but never in the middle of a signature. Past this much more,
 * card or reader hang and it is killed (threats C-03).
 */
#define GRACE_MS 30000
#define CANCEL_GRACE_MS 10000
#define BUSY_RETRY_MS 2000

enum member {
    NONCE,
    LANG,
    CERTIFICATE,
    TIMEOUT,
    WAIT,
    CHAIN,
    MEMBER_COUNT
};

/* What the page asked for; spans borrow from the document. */
struct wish {
    struct json_document *document;
    enum beid_lang lang;
    struct beid_span nonce;
    uint8_t certificate[SHA256_LEN];
    size_t certificate_len;
    uint32_t timeout_ms;
    bool wait_for_card;
    bool chain;
};

static bool
is_nonce(struct beid_span text)
{
    if (text.len < BEID_WIRE_NONCE_MIN || text.len > BEID_WIRE_NONCE_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

/* 64 hexadecimal digits. */
static bool
take_sha256(struct beid_span text, uint8_t out[SHA256_LEN])
{
    static const char digits[] = "0123456789abcdef";
    if (text.len != 2 * (size_t)SHA256_LEN) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        byte = byte >= 'A' && byte <= 'F' ? (uint8_t)(byte | 0x20U) : byte;
        const char *digit = byte == 0 ? NULL : strchr(digits, byte);
        if (digit == NULL) {
            return false;
        }
        unsigned int value = (unsigned int)(digit - digits);
        out[i / 2] = (uint8_t)((i % 2 == 0 ? 0U : out[i / 2] * 16U) + value);
    }
    return true;
}

static enum beid_err
blame(struct json_fault *fault, const struct json_member *member)
{
    fault->reason = "value of member out of range";
    (void)snprintf(fault->member, sizeof fault->member, "%s", member->name);
    return BEID_ERR_FORMAT;
}

/* Checks the values; the language first, so that errors are told in it. */
static enum beid_err
take_wish(const struct json_member *in, struct wish *wish,
          struct json_fault *fault)
{
    if (in[LANG].present
        && beid_lang_parse(in[LANG].text, &wish->lang) != BEID_OK) {
        return blame(fault, &in[LANG]);
    }
    if (!is_nonce(in[NONCE].text)) {
        return blame(fault, &in[NONCE]);
    }
    wish->nonce = in[NONCE].text;
    if (in[CERTIFICATE].present) {
        if (!take_sha256(in[CERTIFICATE].text, wish->certificate)) {
            return blame(fault, &in[CERTIFICATE]);
        }
        wish->certificate_len = SHA256_LEN;
    }
    if (in[TIMEOUT].present) {
        if (in[TIMEOUT].number < TIMEOUT_MIN_MS
            || in[TIMEOUT].number > TIMEOUT_MAX_MS) {
            return blame(fault, &in[TIMEOUT]);
        }
        wish->timeout_ms = in[TIMEOUT].number;
    }
    wish->wait_for_card = !in[WAIT].present || in[WAIT].flag;
    wish->chain = in[CHAIN].present && in[CHAIN].flag;
    return BEID_OK;
}

static enum beid_err
read_wish(struct beid_span body, struct wish *wish, struct json_fault *fault)
{
    struct json_member members[MEMBER_COUNT] = {
        [NONCE] = {"challengeNonce", JSON_TEXT, .required = true},
        [LANG] = {"lang", JSON_TEXT, .required = false},
        [CERTIFICATE] = {"certificateSha256", JSON_TEXT, .required = false},
        [TIMEOUT] = {"timeoutMs", JSON_NUMBER, .required = false},
        [WAIT] = {"waitForCard", JSON_FLAG, .required = false},
        [CHAIN] = {"chain", JSON_FLAG, .required = false}};
    *wish =
        (struct wish){.lang = BEID_LANG_NL, .timeout_ms = TIMEOUT_DEFAULT_MS};
    enum beid_err err =
        json_read(body, members, MEMBER_COUNT, &wish->document, fault);
    if (err == BEID_OK) {
        err = take_wish(members, wish, fault);
    }
    return err;
}

static enum beid_err
send_wish(struct api *api, const struct api_call *call, const struct wish *wish,
          uint32_t operation)
{
    struct beid_buf packet;
    const struct policy_portal *portal =
        policy_portals_find(api->portals, call->origin);
    struct beid_wire_authenticate message = {
        .portal_name = beid_span_str(policy_portal_name(portal, wish->lang)),
        .origin = call->origin,
        .environment = policy_portal_environment(portal),
        .development = api->development,
        .nonce = wish->nonce,
        .certificate_sha256 =
            beid_span_of(wish->certificate, wish->certificate_len),
        .timeout_ms = wish->timeout_ms,
        .wait_for_card = wish->wait_for_card,
        .chain = wish->chain};
    memcpy(message.lang, beid_lang_code(wish->lang), sizeof message.lang);
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_wire_put_authenticate(&packet, operation, &message);
    if (err == BEID_OK) {
        err = api_send(api, &packet);
    }
    beid_buf_clear(&packet);
    return err;
}

/* Is there a reason not to disturb the citizen now? */
static bool
held_back(const struct api *api, const struct api_call *call,
          struct api_problem *problem)
{
    const struct policy_portal *portal =
        policy_portals_find(api->portals, call->origin);
    int64_t wait =
        policy_rate_wait_ms(&api->rate, call->origin, beid_clock_ms());
    if (!policy_portal_allows(portal, POLICY_AUTHENTICATE)) {
        problem->error = API_OPERATION_NOT_ALLOWED;
    } else if (wait > 0) {
        problem->error = API_RATE_LIMITED;
        problem->retry_after_ms = wait;
    } else if (api->authentication.operation != 0) {
        problem->error = API_BUSY;
        problem->retry_after_ms = BUSY_RETRY_MS;
    } else {
        return false;
    }
    return true;
}

static void
remember(struct api *api, const struct api_call *call, const struct wish *wish,
         uint32_t operation)
{
    struct api_authentication *running = &api->authentication;
    running->operation = operation;
    running->deadline_ms =
        beid_clock_ms() + (int64_t)wish->timeout_ms + GRACE_MS;
    running->ticket = call->ticket;
    running->lang = wish->lang;
    running->prompt_shown = false;
    running->origin_len = call->origin.len;
    memcpy(running->origin, call->origin.ptr, call->origin.len);
}

static enum api_outcome
start(struct api *api, const struct api_call *call, const struct wish *wish,
      struct api_reply *reply)
{
    struct api_problem problem = {.lang = wish->lang, .error = API_INTERNAL};
    uint32_t operation = api_next_operation(api);
    if (call->origin.len <= sizeof api->authentication.origin
        && !held_back(api, call, &problem)) {
        if (!api->hooks.caller_allowed(call->ticket)) {
            return API_REFUSED;
        }
        if (send_wish(api, call, wish, operation) == BEID_OK) {
            remember(api, call, wish, operation);
            return API_PENDING;
        }
        problem.retry_after_ms = BUSY_RETRY_MS;
    }
    api_reply_problem(reply, &problem, NULL);
    return API_ANSWERED;
}

enum api_outcome
api_authenticate_start(struct api *api, const struct api_call *call,
                       struct api_reply *reply)
{
    struct wish wish;
    struct json_fault fault = {.reason = "", .member = ""};
    enum api_outcome outcome = API_ANSWERED;
    enum beid_err err = read_wish(call->body, &wish, &fault);
    if (err == BEID_OK) {
        outcome = start(api, call, &wish, reply);
    } else {
        const struct api_problem problem = {
            .error = err == BEID_ERR_FORMAT ? API_BAD_REQUEST : API_INTERNAL,
            .lang = wish.lang,
            .reason = err == BEID_ERR_FORMAT ? fault.reason : NULL,
            .member = fault.member[0] != '\0' ? fault.member : NULL};
        api_reply_problem(reply, &problem, NULL);
    }
    json_free(&wish.document);
    return outcome;
}

/* Ends the running operation and answers its page, if there still is one. */
static void
finish(struct api *api, const struct beid_wire_auth_reply *result)
{
    struct api_authentication ended = api->authentication;
    struct beid_span origin = beid_span_of(ended.origin, ended.origin_len);
    struct api_reply reply;
    char reference[API_REFERENCE_LEN + 1] = "";
    api->authentication.operation = 0;
    api->authentication.ticket = NULL;
    api->authentication.deadline_ms = BEID_NEVER;
    if (result->err == BEID_ERR_CANCELLED && ended.prompt_shown) {
        policy_rate_cancelled(&api->rate, origin, beid_clock_ms());
    }
    api_reply_init(&reply);
    if (result->err == BEID_OK) {
        reply.status = 200;
        api_put_token(&reply.body, result);
    }
    if (result->err != BEID_OK || beid_buf_status(&reply.body) != BEID_OK) {
        const struct api_problem problem = {.error = api_error_of(result->err),
                                            .lang = ended.lang};
        api_reply_problem(&reply, &problem, reference);
    }
    BEID_LOG_INFO("authenticate for %.*s: %s %s", (int)origin.len,
                  (const char *)origin.ptr, beid_err_text(result->err),
                  reference);
    if (ended.ticket != NULL) {
        api->hooks.finish(ended.ticket, &reply, false);
    }
    api_reply_clear(&reply);
}

enum beid_err
api_authenticate_reply(struct api *api, const struct beid_wire_message *message)
{
    struct beid_wire_auth_reply result;
    enum beid_err err = beid_wire_get_auth_reply(message, &result);
    if (err != BEID_OK) {
        return err;
    }
    if (message->operation != api->authentication.operation
        || message->operation == 0) {
        return BEID_ERR_STATE;
    }
    finish(api, &result);
    return BEID_OK;
}

enum beid_err
api_authenticate_event(struct api *api, const struct beid_wire_message *message)
{
    enum beid_wire_event event = BEID_EVENT_DONE;
    enum beid_err err = beid_wire_get_event(message, &event);
    if (err == BEID_OK && message->operation == api->authentication.operation
        && (event == BEID_EVENT_WINDOW_OPENED
            || event == BEID_EVENT_PIN_ENTRY)) {
        api->authentication.prompt_shown = true;
    }
    return err;
}

bool
api_authenticate_abandon(struct api *api, const void *ticket)
{
    struct beid_buf packet;
    struct api_authentication *running = &api->authentication;
    if (running->operation == 0 || running->ticket != ticket) {
        return false;
    }
    running->ticket = NULL;
    running->deadline_ms = beid_clock_ms() + CANCEL_GRACE_MS;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_wire_put_empty(&packet, BEID_WIRE_CANCEL, running->operation);
    if (err == BEID_OK) {
        err = api_send(api, &packet);
    }
    beid_buf_clear(&packet);
    if (err != BEID_OK) {
        running->deadline_ms = beid_clock_ms();
    }
    return true;
}

static void
fail(struct api *api, enum beid_err err)
{
    const struct beid_wire_auth_reply result = {.err = err};
    finish(api, &result);
}

void
api_authenticate_tick(struct api *api, int64_t now_ms)
{
    if (now_ms < api->authentication.deadline_ms) {
        return;
    }
    BEID_LOG_WARN("the card worker passed its deadline; it is ended");
    fail(api, BEID_ERR_READER);
    api->hooks.worker_stuck(api->hooks.user);
}

void
api_authenticate_worker_lost(struct api *api)
{
    if (api->authentication.operation != 0) {
        fail(api, BEID_ERR_INTERNAL);
    }
}

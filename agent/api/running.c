/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"
#include "sys/channel.h"
#include "sys/clock.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>

/*
 * The worker ends an operation by itself: at its time-out, or at once when it
 * is cancelled, but never in the middle of a signature. Past this much more,
 * card or reader hang and it is killed (threats C-03).
 */
#define GRACE_MS 30000
#define CANCEL_GRACE_MS 10000
/* A worker that leaves asks for the card for a minute before (record.c). */
#define LEAVING_MS 120000
#define BUSY_RETRY_MS API_WORKER_RETRY_MS

bool
api_is_busy(const struct api *api)
{
    return api->running.operation != 0 || api->leaving;
}

bool
api_held_back(const struct api *api, const struct api_call *call,
              enum policy_operation operation, struct api_problem *problem)
{
    const struct policy_portal *portal =
        policy_portals_find(api->portals, call->origin);
    int64_t wait =
        policy_rate_wait_ms(&api->rate, call->origin, beid_clock_ms());
    if (policy_portal_blocked(portal)) {
        problem->error = API_PORTAL_BLOCKED;
    } else if (!policy_portal_allows(portal, operation)) {
        problem->error = API_OPERATION_NOT_ALLOWED;
    } else if (wait > 0) {
        problem->error = API_RATE_LIMITED;
        problem->retry_after_ms = wait;
    } else if (api_is_busy(api)) {
        problem->error = API_BUSY;
        problem->retry_after_ms = BUSY_RETRY_MS;
    } else {
        return false;
    }
    return true;
}

/* What every message says: who asks, and how the prompt is told so. */
static void
complete(const struct api *api, const struct api_call *call,
         struct api_wish *wish)
{
    const struct policy_portal *portal =
        policy_portals_find(api->portals, call->origin);
    struct beid_wire_authenticate *base = &wish->message.base;
    memcpy(base->lang, beid_lang_code(wish->lang), sizeof base->lang);
    base->portal_name = beid_span_str(policy_portal_name(portal, wish->lang));
    base->origin = call->origin;
    base->environment = policy_portal_environment(portal);
    base->development = api->mode.development;
}

static enum beid_err
send_wish(struct api *api, const struct api_wish *wish, uint32_t operation)
{
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_wire_put_operation(&packet, operation, &wish->message);
    if (err == BEID_OK) {
        err = api_send(api, &packet);
    }
    beid_buf_clear(&packet);
    return err;
}

static void
remember(struct api *api, const struct api_call *call,
         const struct api_wish *wish, uint32_t operation)
{
    struct api_running *running = &api->running;
    running->operation = operation;
    running->deadline_ms =
        beid_clock_ms() + (int64_t)wish->message.base.timeout_ms + GRACE_MS;
    running->ticket = call->ticket;
    running->lang = wish->lang;
    running->put = wish->put;
    running->hash = wish->message.hash_function;
    running->route = call->route;
    running->document = beid_wire_operation_document(&wish->message);
    running->begun = false;
    running->prompt_shown = false;
    running->has_event = false;
    running->origin_len = call->origin.len;
    memcpy(running->origin, call->origin.ptr, call->origin.len);
}

enum api_outcome
api_run(struct api *api, const struct api_call *call, struct api_wish *wish,
        struct api_reply *reply)
{
    struct api_problem problem = {.lang = wish->lang, .error = API_INTERNAL};
    uint32_t operation = api_next_operation(api);
    if (call->origin.len <= sizeof api->running.origin
        && !api_held_back(api, call, wish->operation, &problem)) {
        if (!api->hooks.caller_allowed(call->ticket)) {
            return API_REFUSED;
        }
        complete(api, call, wish);
        if (send_wish(api, wish, operation) == BEID_OK) {
            policy_rate_started(&api->rate, call->origin, beid_clock_ms());
            remember(api, call, wish, operation);
            return API_PENDING;
        }
        problem.retry_after_ms = BUSY_RETRY_MS;
    }
    api_fail(api, &problem, reply);
    return API_ANSWERED;
}

enum api_outcome
api_bad_request(struct api *api, const struct api_wish *wish, enum beid_err err,
                const struct json_fault *fault, struct api_reply *reply)
{
    const struct api_problem problem = {
        .error = err == BEID_ERR_FORMAT ? API_BAD_REQUEST : API_INTERNAL,
        .lang = wish->lang,
        .reason = err == BEID_ERR_FORMAT ? fault->reason : NULL,
        .member = fault->member[0] != '\0' ? fault->member : NULL};
    api_fail(api, &problem, reply);
    return API_ANSWERED;
}

/*
 * A request for which nothing was shown was not used: the same one may come
 * again. It is the last that was, since nothing else ran meanwhile.
 */
static void
give_back(struct api *api, const struct api_running *ended, enum beid_err err)
{
    if (ended->route == API_STEP_UP && !ended->begun && err != BEID_OK) {
        policy_once_give_back(&api->once);
    }
}

/* Ends the running operation and answers its page, if there still is one. */
static void
finish(struct api *api, const struct beid_wire_auth_reply *result)
{
    struct api_running ended = api->running;
    struct beid_span origin = beid_span_of(ended.origin, ended.origin_len);
    struct api_reply reply;
    char reference[API_REFERENCE_LEN + 1] = "";
    char clock[64];
    api_events_tell(api, BEID_EVENT_DONE);
    api->running.operation = 0;
    api->running.ticket = NULL;
    api->running.deadline_ms =
        api->leaving ? beid_clock_ms() + LEAVING_MS : BEID_NEVER;
    if (result->err == BEID_ERR_CANCELLED && ended.prompt_shown) {
        policy_rate_cancelled(&api->rate, origin, beid_clock_ms());
    } else if (result->err == BEID_OK) {
        policy_rate_completed(&api->rate, origin);
    }
    give_back(api, &ended, result->err);
    api_reply_init(&reply);
    if (result->err == BEID_OK) {
        reply.status = 200;
        ended.put(&reply.body, result, &ended);
    }
    if (result->err != BEID_OK || beid_buf_status(&reply.body) != BEID_OK) {
        (void)snprintf(clock, sizeof clock,
                       "this computer's clock is at least %u s behind",
                       (unsigned)result->clock_behind_s);
        const struct api_problem problem = {
            .error = api_error_of(result->err),
            .reason = result->err == BEID_ERR_CLOCK ? clock : NULL,
            .lang = ended.lang,
            .retry_after_ms = result->err == BEID_ERR_INTERNAL && !ended.begun
                                  ? API_WORKER_RETRY_MS
                                  : 0,
            .signing = ended.document};
        api_reply_problem(&reply, &problem, reference);
    }
    BEID_LOG_INFO("%s for %.*s: %s %s", api_route_word(ended.route),
                  (int)origin.len, (const char *)origin.ptr,
                  beid_err_text(result->err), reference);
    if (ended.ticket != NULL) {
        api->hooks.finish(ended.ticket, &reply, false);
    }
    api_reply_clear(&reply);
}

enum beid_err
api_running_reply(struct api *api, const struct beid_wire_message *message)
{
    struct beid_wire_auth_reply result;
    bool document = message->type == BEID_WIRE_DOCUMENT_REPLY;
    enum beid_err err = document
                            ? beid_wire_get_document_reply(message, &result)
                            : beid_wire_get_auth_reply(message, &result);
    if (err != BEID_OK) {
        return err;
    }
    if (message->operation != api->running.operation || message->operation == 0
        || document != api->running.document) {
        return BEID_ERR_STATE;
    }
    finish(api, &result);
    return BEID_OK;
}

enum beid_err
api_running_event(struct api *api, const struct beid_wire_message *message)
{
    enum beid_wire_event event = BEID_EVENT_DONE;
    enum beid_err err = beid_wire_get_event(message, &event);
    if (err != BEID_OK || message->operation != api->running.operation
        || message->operation == 0) {
        return err;
    }
    if (event == BEID_EVENT_WINDOW_OPENED || event == BEID_EVENT_PIN_ENTRY) {
        api->running.prompt_shown = true;
    }
    /* The end is told with the answer, also when the worker cannot any more. */
    if (event != BEID_EVENT_DONE) {
        api->running.has_event = true;
        api->running.last_event = event;
        api_events_tell(api, event);
    }
    return BEID_OK;
}

enum beid_err
api_running_leaving(struct api *api, const struct beid_wire_message *message)
{
    enum beid_err err = beid_wire_get_empty(message);
    if (err == BEID_OK
        && (message->operation != api->running.operation
            || message->operation == 0)) {
        err = BEID_ERR_STATE;
    }
    api->leaving = api->leaving || err == BEID_OK;
    return err;
}

enum beid_err
api_running_begun(struct api *api, const struct beid_wire_message *message)
{
    enum beid_err err = beid_wire_get_empty(message);
    if (err == BEID_OK
        && (message->operation != api->running.operation
            || message->operation == 0 || api->running.begun)) {
        err = BEID_ERR_STATE;
    }
    api->running.begun = api->running.begun || err == BEID_OK;
    return err;
}

bool
api_running_abandon(struct api *api, const void *ticket)
{
    struct beid_buf packet;
    struct api_running *running = &api->running;
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

/* Of a worker that is let go of nobody knows what it has shown by now. */
static void
give_up(struct api *api, enum beid_err err)
{
    api->running.begun = true;
    fail(api, err);
}

void
api_running_tick(struct api *api, int64_t now_ms)
{
    if (now_ms < api->running.deadline_ms) {
        return;
    }
    BEID_LOG_WARN("the card worker passed its deadline; it is ended");
    if (api->running.operation != 0) {
        give_up(api, BEID_ERR_READER);
    }
    api->hooks.worker_stuck(api->hooks.user);
}

void
api_running_worker_ended(struct api *api)
{
    if (api->running.operation != 0) {
        fail(api, BEID_ERR_INTERNAL);
    }
}

void
api_running_worker_lost(struct api *api)
{
    if (api->running.operation != 0) {
        give_up(api, BEID_ERR_INTERNAL);
    }
    api->running.deadline_ms = BEID_NEVER;
}

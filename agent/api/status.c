/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"
#include "json_write.h"
#include "sys/clock.h"

#include <beid/log.h>

#include <stdlib.h>
#include <string.h>

/*
 * How long the readers are waited for. During an operation the worker may be
 * inside the card: then the last state has to do, and soon.
 */
#define WAIT_IDLE_MS 5000
#define WAIT_BUSY_MS 1000

static const char *const card_words[] = {"none", "supported", "unsupported",
                                         "mute", "busy"};

static void
put_readers(struct beid_buf *out, const struct beid_wire_status_reply *state)
{
    beid_buf_put_str(out, ",\"readers\":[");
    for (size_t i = 0; i < state->count; i++) {
        beid_buf_put_str(out, i == 0 ? "{\"pinpad\":" : ",{\"pinpad\":");
        beid_buf_put_str(out, state->readers[i].pinpad ? "true" : "false");
        beid_buf_put_str(out, ",\"card\":\"");
        beid_buf_put_str(out, card_words[state->readers[i].card]);
        beid_buf_put_str(out, "\"}");
    }
    beid_buf_put_str(out, "]");
}

static void
put_portal(struct beid_buf *out, const struct policy_portal *portal)
{
    bool first = true;
    beid_buf_put_str(out, ",\"portal\":{\"name\":\"");
    json_write_text(out,
                    beid_span_str(policy_portal_name(portal, BEID_LANG_NL)));
    beid_buf_put_str(out, "\",\"allow\":[");
    for (unsigned int bit = POLICY_AUTHENTICATE; bit <= POLICY_SIGN; bit *= 2) {
        enum policy_operation operation = (enum policy_operation)bit;
        if (policy_portal_allows(portal, operation)) {
            beid_buf_put_str(out, first ? "\"" : ",\"");
            beid_buf_put_str(out, policy_operation_word(operation));
            beid_buf_put_str(out, "\"");
            first = false;
        }
    }
    beid_buf_put_str(out, "],\"environment\":\"");
    beid_buf_put_str(
        out, policy_environment_word(policy_portal_environment(portal)));
    beid_buf_put_str(out, "\"}");
}

/*
 * problem is the error code that keeps the readers from being known, so that
 * a portal can tell "no reader" from "no smart card service".
 */
static void
compose(struct api *api, const struct policy_portal *portal, enum beid_err err,
        struct api_reply *reply)
{
    struct beid_buf *out = &reply->body;
    reply->status = 200;
    beid_buf_put_str(out, "{\"agent\":{\"version\":\"" BEID_VERSION
                          "\",\"api\":[\"v1\"]}");
    put_readers(out, &api->status.last);
    beid_buf_put_str(out,
                     api_is_busy(api) ? ",\"busy\":true" : ",\"busy\":false");
    put_portal(out, portal);
    if (err != BEID_OK && err != BEID_ERR_NO_READER) {
        beid_buf_put_str(out, ",\"problem\":\"");
        beid_buf_put_str(out, api_error_info(api_error_of(err))->code);
        beid_buf_put_str(out, "\"");
    }
    beid_buf_put_str(out, "}");
    if (beid_buf_status(out) != BEID_OK) {
        const struct api_problem problem = {.error = API_INTERNAL};
        api_fail(api, &problem, reply);
    }
}

/* Answers everybody who waits. */
static void
finish(struct api *api, enum beid_err err)
{
    struct api_status_waiter *waiter = api->status.waiters;
    api->status.waiters = NULL;
    api->status.operation = 0;
    api->status.deadline_ms = BEID_NEVER;
    while (waiter != NULL) {
        struct api_status_waiter *next = waiter->next;
        const struct policy_portal *portal = policy_portals_find(
            api->portals, beid_span_of(waiter->origin, waiter->origin_len));
        if (portal == NULL) {
            api->hooks.finish(waiter->ticket, NULL, true);
        } else {
            struct api_reply reply;
            api_reply_init(&reply);
            compose(api, portal, err, &reply);
            api->hooks.finish(waiter->ticket, &reply, false);
            api_reply_clear(&reply);
        }
        free(waiter);
        waiter = next;
    }
}

static enum beid_err
ask_worker(struct api *api)
{
    struct beid_buf packet;
    uint32_t operation = api_next_operation(api);
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_wire_put_empty(&packet, BEID_WIRE_STATUS, operation);
    if (err == BEID_OK) {
        err = api_send(api, &packet);
    }
    beid_buf_clear(&packet);
    if (err == BEID_OK) {
        bool busy = api_is_busy(api);
        api->status.operation = operation;
        api->status.beside_card = busy;
        api->status.deadline_ms =
            beid_clock_ms() + (busy ? WAIT_BUSY_MS : WAIT_IDLE_MS);
    }
    return err;
}

enum api_outcome
api_status_start(struct api *api, const struct api_call *call,
                 struct api_reply *reply)
{
    struct api_status_waiter *waiter = calloc(1, sizeof *waiter);
    enum beid_err err = waiter == NULL ? BEID_ERR_MEMORY : BEID_OK;
    if (err == BEID_OK && call->origin.len > sizeof waiter->origin) {
        err = BEID_ERR_LIMIT;
    }
    if (err == BEID_OK && api->status.operation == 0) {
        err = ask_worker(api);
    }
    if (err != BEID_OK) {
        free(waiter);
        api->status.last.count = 0;
        compose(api, policy_portals_find(api->portals, call->origin),
                BEID_ERR_INTERNAL, reply);
        return API_ANSWERED;
    }
    waiter->ticket = call->ticket;
    waiter->origin_len = call->origin.len;
    memcpy(waiter->origin, call->origin.ptr, call->origin.len);
    waiter->next = api->status.waiters;
    api->status.waiters = waiter;
    return API_PENDING;
}

enum beid_err
api_status_reply(struct api *api, const struct beid_wire_message *message)
{
    struct beid_wire_status_reply state;
    enum beid_err err = beid_wire_get_status_reply(message, &state);
    if (err != BEID_OK) {
        return err;
    }
    if (message->operation != api->status.operation
        || api->status.operation == 0) {
        return BEID_OK; /* its deadline had passed */
    }
    api->status.last = state;
    finish(api, state.err);
    return BEID_OK;
}

bool
api_status_abandon(struct api *api, const void *ticket)
{
    struct api_status_waiter **link = &api->status.waiters;
    for (; *link != NULL; link = &(*link)->next) {
        if ((*link)->ticket == ticket) {
            struct api_status_waiter *gone = *link;
            *link = gone->next;
            free(gone);
            return true;
        }
    }
    return false;
}

void
api_status_tick(struct api *api, int64_t now_ms)
{
    if (now_ms < api->status.deadline_ms) {
        return;
    }
    /* The short wait proves no hang, even if the operation ended meanwhile. */
    if (api->status.beside_card || api_is_busy(api)) {
        finish(api, BEID_OK);
        return;
    }
    BEID_LOG_WARN("the card worker does not answer; it is ended");
    api->status.last.count = 0;
    finish(api, BEID_ERR_INTERNAL);
    api->hooks.worker_stuck(api->hooks.user);
}

void
api_status_worker_lost(struct api *api)
{
    if (api->status.operation != 0) {
        api->status.last.count = 0;
        finish(api, BEID_ERR_INTERNAL);
    }
}

void
api_status_clear(struct api *api)
{
    while (api->status.waiters != NULL) {
        struct api_status_waiter *next = api->status.waiters->next;
        free(api->status.waiters);
        api->status.waiters = next;
    }
}

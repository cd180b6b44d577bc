/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "api.h"

#include "internal.h"
#include "sys/channel.h"
#include "sys/clock.h"

#include <beid/log.h>

#include <stdlib.h>

/* In a minute; a page must not fill the disk. */
#define PROBLEMS_LOGGED 60U

enum beid_err
api_new(const struct api_hooks *hooks, const struct api_mode *mode,
        struct api **out)
{
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = policy_portals_new(&api->portals);
    if (err != BEID_OK) {
        free(api);
        return err;
    }
    api->hooks = *hooks;
    api->mode = *mode;
    api->worker = -1;
    api->status.deadline_ms = BEID_NEVER;
    api->running.deadline_ms = BEID_NEVER;
    api->started_boot_ms = beid_clock_boot_ms();
    *out = api;
    return BEID_OK;
}

void
api_free(struct api **api)
{
    if (*api != NULL) {
        api_status_clear(*api);
        api_events_clear(*api);
        policy_portals_free(&(*api)->portals);
        free(*api);
        *api = NULL;
    }
}

void
api_set_portals(struct api *api, struct policy_portals *portals)
{
    policy_portals_free(&api->portals);
    api->portals = portals;
}

const struct policy_portals *
api_portals(const struct api *api)
{
    return api->portals;
}

void
api_set_worker(struct api *api, int fd)
{
    api->worker = fd;
    api->leaving = false;
    api_running_worker_lost(api);
    api_status_worker_lost(api);
}

void
api_worker_ended(struct api *api)
{
    api_running_worker_ended(api);
}

uint32_t
api_next_operation(struct api *api)
{
    api->last_operation++;
    if (api->last_operation == 0) {
        api->last_operation = 1;
    }
    return api->last_operation;
}

enum beid_err
api_send(struct api *api, const struct beid_buf *packet)
{
    if (api->worker < 0) {
        return BEID_ERR_NOT_FOUND;
    }
    return beid_channel_send(api->worker, beid_buf_span(packet), -1);
}

enum api_outcome
api_start(struct api *api, const struct api_call *call, struct api_reply *reply)
{
    /* The list may have changed since the headers were judged. */
    if (policy_portals_find(api->portals, call->origin) == NULL) {
        return API_REFUSED;
    }
    switch (call->route) {
    case API_STATUS:
        return api_status_start(api, call, reply);
    case API_AUTHENTICATE:
        return api_authenticate_start(api, call, reply);
    case API_STEP_UP:
        return api_step_up_start(api, call, reply);
    case API_SIGNING_CERTIFICATE:
        return api_signing_certificate_start(api, call, reply);
    case API_SIGN:
        return api_sign_start(api, call, reply);
    case API_EVENTS:
        return api_events_start(api, call, reply);
    }
    return API_REFUSED;
}

void
api_fail(struct api *api, const struct api_problem *problem,
         struct api_reply *reply)
{
    char reference[API_REFERENCE_LEN + 1] = "";
    api_reply_problem(reply, problem, reference);
    const char *end =
        beid_log_limit(&api->problems, PROBLEMS_LOGGED, beid_clock_ms());
    if (end != NULL) {
        BEID_LOG_INFO("error reply: %s %s%s",
                      api_error_info(problem->error)->code, reference, end);
    }
}

const char *
api_route_word(enum api_route route)
{
    static const char *const words[] = {
        [API_STATUS] = "status",
        [API_AUTHENTICATE] = "authenticate",
        [API_STEP_UP] = "step-up",
        [API_SIGNING_CERTIFICATE] = "signing-certificate",
        [API_SIGN] = "sign",
        [API_EVENTS] = "events"};
    return words[route];
}

void
api_abandon(struct api *api, void *ticket)
{
    if (!api_status_abandon(api, ticket) && !api_events_abandon(api, ticket)) {
        (void)api_running_abandon(api, ticket);
    }
}

enum beid_err
api_worker_says(struct api *api, struct beid_span packet)
{
    struct beid_wire_message message;
    enum beid_err err = beid_wire_open(packet, &message);
    if (err != BEID_OK) {
        return err;
    }
    if (message.type == BEID_WIRE_STATUS_REPLY) {
        return api_status_reply(api, &message);
    }
    if (message.type == BEID_WIRE_EVENT) {
        return api_running_event(api, &message);
    }
    if (message.type == BEID_WIRE_BEGUN) {
        return api_running_begun(api, &message);
    }
    if (message.type == BEID_WIRE_LEAVING) {
        return api_running_leaving(api, &message);
    }
    if (message.type == BEID_WIRE_AUTH_REPLY
        || message.type == BEID_WIRE_DOCUMENT_REPLY) {
        return api_running_reply(api, &message);
    }
    return BEID_ERR_FORMAT;
}

enum api_at
api_at(const struct api *api)
{
    if (api->running.operation != 0) {
        return api->running.ticket != NULL ? API_AT_WORK
                                           : API_AT_WORK_FOR_NOBODY;
    }
    if (api->leaving) {
        return API_AT_LEAVING;
    }
    return api->status.operation != 0 ? API_AT_LOOKING : API_AT_REST;
}

int64_t
api_deadline(const struct api *api)
{
    int64_t a = api->status.deadline_ms;
    int64_t b = api->running.deadline_ms;
    return a < b ? a : b;
}

void
api_tick(struct api *api, int64_t now_ms)
{
    api_status_tick(api, now_ms);
    api_running_tick(api, now_ms);
}

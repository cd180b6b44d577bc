/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define LISTENERS_MAX 64U
#define RETRY_MS 2000

static const char *const words[] = {
    [BEID_EVENT_WINDOW_OPENED] = "window-opened",
    [BEID_EVENT_WAITING_FOR_CARD] = "waiting-for-card",
    [BEID_EVENT_CARD_REMOVED] = "card-removed",
    [BEID_EVENT_PIN_ENTRY] = "pin-entry",
    [BEID_EVENT_SIGNING] = "signing",
    [BEID_EVENT_DONE] = "done",
};

/* One event of text/event-stream (HTML standard §9.2). */
static void
put_event(struct beid_buf *out, enum beid_wire_event event)
{
    beid_buf_put_str(out, "event: ");
    beid_buf_put_str(out, words[event]);
    beid_buf_put_str(out, "\ndata: {\"event\":\"");
    beid_buf_put_str(out, words[event]);
    beid_buf_put_str(out, "\"}\n\n");
}

static struct beid_span
origin_of(const struct api_listener *listener)
{
    return beid_span_of(listener->origin, listener->origin_len);
}

enum api_outcome
api_events_start(struct api *api, const struct api_call *call,
                 struct api_reply *reply)
{
    const struct api_running *running = &api->running;
    struct api_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL || api->listener_count == LISTENERS_MAX
        || call->origin.len > sizeof listener->origin) {
        const struct api_problem problem = {
            .error = listener == NULL ? API_INTERNAL : API_BUSY,
            .lang = BEID_LANG_NL,
            .retry_after_ms = RETRY_MS};
        free(listener);
        api_fail(api, &problem, reply);
        return API_ANSWERED;
    }
    listener->ticket = call->ticket;
    listener->origin_len = call->origin.len;
    memcpy(listener->origin, call->origin.ptr, call->origin.len);
    listener->next = api->listeners;
    api->listeners = listener;
    api->listener_count++;
    reply->status = 200;
    /* A comment, so that the page learns at once that it is heard. */
    beid_buf_put_str(&reply->body, ":\n\n");
    /* Who comes late is told where the operation stands. */
    if (running->operation != 0 && running->has_event
        && beid_span_same(call->origin,
                          beid_span_of(running->origin, running->origin_len))) {
        put_event(&reply->body, running->last_event);
    }
    return API_STREAM;
}

void
api_events_tell(struct api *api, enum beid_wire_event event)
{
    struct beid_buf text;
    struct beid_span origin =
        beid_span_of(api->running.origin, api->running.origin_len);
    struct api_listener **link = &api->listeners;
    beid_buf_init(&text, 256);
    put_event(&text, event);
    while (*link != NULL) {
        struct api_listener *listener = *link;
        bool gone =
            policy_portals_find(api->portals, origin_of(listener)) == NULL;
        bool theirs = !gone && beid_span_same(origin_of(listener), origin);
        if (gone || theirs) {
            api->hooks.stream(listener->ticket,
                              gone ? beid_span_of(NULL, 0)
                                   : beid_buf_span(&text),
                              gone || event == BEID_EVENT_DONE);
        }
        if (gone || (theirs && event == BEID_EVENT_DONE)) {
            *link = listener->next;
            api->listener_count--;
            free(listener);
        } else {
            link = &listener->next;
        }
    }
    beid_buf_clear(&text);
}

bool
api_events_abandon(struct api *api, const void *ticket)
{
    struct api_listener **link = &api->listeners;
    for (; *link != NULL; link = &(*link)->next) {
        if ((*link)->ticket == ticket) {
            struct api_listener *gone = *link;
            *link = gone->next;
            api->listener_count--;
            free(gone);
            return true;
        }
    }
    return false;
}

void
api_events_clear(struct api *api)
{
    while (api->listeners != NULL) {
        (void)api_events_abandon(api, api->listeners->ticket);
    }
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_API_H
#define BEID_API_API_H

#include "policy/portal.h"
#include "reply.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* What can be asked. */
enum api_route {
    API_STATUS,
    API_AUTHENTICATE,
    API_STEP_UP,
    API_SIGNING_CERTIFICATE,
    API_SIGN,
    API_EVENTS
};

/* One request that passed the checks before routing. */
struct api_call {
    enum api_route route;
    struct beid_span origin; /* on the portal list; ASCII */
    struct beid_span body;
    void *ticket; /* names the request towards the hooks */
};

enum api_outcome {
    API_ANSWERED, /* the reply is filled in */
    API_PENDING, /* finish() will be called with the ticket */
    API_STREAM, /* the body is the begin of a stream; stream() goes on */
    API_REFUSED /* the caller or the origin is not allowed (any more) */
};

/* How the API reaches what is around it. */
struct api_hooks {
    /*
     * The pending request has its answer; the reply is borrowed for the call.
     * With refused the answer is the bare refusal and reply is NULL.
     */
    void (*finish)(void *ticket, const struct api_reply *reply, bool refused);
    /*
     * Goes on with a stream: the piece, which may be empty, is borrowed for
     * the call. With end nothing comes behind it.
     */
    void (*stream)(void *ticket, struct beid_span piece, bool end);
    /* Asks the kernel again whose socket it is: right before the prompt. */
    bool (*caller_allowed)(void *ticket);
    /* The worker passed its deadline or broke the protocol: end it. */
    void (*worker_stuck)(void *user);
    void *user;
};

/* How the agent runs. */
struct api_mode {
    bool development; /* it serves --development */
    bool again; /* an earlier one ended: what it had used is not known */
};

struct api;

/*
 * The endpoints and the operations they run. Takes no portal list yet: nothing
 * is allowed before api_set_portals(). BEID_ERR_MEMORY.
 */
enum beid_err api_new(const struct api_hooks *hooks,
                      const struct api_mode *mode,
                      struct api **out) BEID_NODISCARD;
void api_free(struct api **api);

/* Takes ownership of the list; the former one is freed. */
void api_set_portals(struct api *api, struct policy_portals *portals);

/* The list in force, borrowed until the next api_set_portals(). */
const struct policy_portals *api_portals(const struct api *api);

/*
 * The socket to a worker, or -1 when it went away: what was pending then ends
 * with an error. The caller keeps the descriptor.
 */
void api_set_worker(struct api *api, int fd);

/*
 * The worker has ended, and all that it said was told to api_worker_says():
 * what it had not begun by then never will be. api_set_worker() follows.
 */
void api_worker_ended(struct api *api);

/* Runs a request. With API_ANSWERED the initialised reply is filled in. */
enum api_outcome api_start(struct api *api, const struct api_call *call,
                           struct api_reply *reply);

/*
 * Makes the reply an error answer, and logs its reference; past a number of
 * them in a minute it is not logged any more.
 */
void api_fail(struct api *api, const struct api_problem *problem,
              struct api_reply *reply);

/* The page of a pending request is gone; finish() is not called for it. */
void api_abandon(struct api *api, void *ticket);

/* One packet from the worker; an error means that it broke the protocol. */
enum beid_err api_worker_says(struct api *api,
                              struct beid_span packet) BEID_NODISCARD;

/* What it is at. */
enum api_at {
    API_AT_REST,
    API_AT_LOOKING, /* the worker was asked for the readers */
    API_AT_WORK, /* an operation runs */
    API_AT_WORK_FOR_NOBODY, /* its page is gone */
    API_AT_LEAVING /* the worker takes no operation any more */
};
enum api_at api_at(const struct api *api);

/* When api_tick() wants to be called; BEID_NEVER when nothing is pending. */
int64_t api_deadline(const struct api *api);
void api_tick(struct api *api, int64_t now_ms);

#endif

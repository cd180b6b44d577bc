/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_INTERNAL_H
#define BEID_API_INTERNAL_H

#include "api.h"
#include "policy/rate.h"
#include "wire/wire.h"

/* A request that waits for the status of the readers. */
struct api_status_waiter {
    struct api_status_waiter *next;
    void *ticket;
    size_t origin_len;
    uint8_t origin[POLICY_ORIGIN_MAX];
};

/* The question to the worker that all of them share. */
struct api_status {
    uint32_t operation; /* 0: none was asked */
    int64_t deadline_ms;
    bool beside_card; /* asked while an operation ran: the wait is short */
    struct api_status_waiter *waiters;
    struct beid_wire_status_reply last; /* the last answer, or zero */
};

/* The one operation with the card. */
struct api_authentication {
    uint32_t operation; /* 0: none is running */
    int64_t deadline_ms;
    void *ticket; /* NULL: the page is gone */
    enum beid_lang lang;
    bool prompt_shown;
    size_t origin_len;
    uint8_t origin[POLICY_ORIGIN_MAX];
};

struct api {
    struct api_hooks hooks;
    bool development;
    struct policy_portals *portals;
    int worker; /* -1: there is none */
    uint32_t last_operation;
    struct api_status status;
    struct api_authentication authentication;
    struct policy_rate rate;
};

/* The next operation id; never 0. */
uint32_t api_next_operation(struct api *api);

/* Sends the composed message; BEID_ERR_NOT_FOUND without a worker. */
enum beid_err api_send(struct api *api,
                       const struct beid_buf *packet) BEID_NODISCARD;

enum api_outcome api_status_start(struct api *api, const struct api_call *call,
                                  struct api_reply *reply);
enum beid_err
api_status_reply(struct api *api,
                 const struct beid_wire_message *message) BEID_NODISCARD;
bool api_status_abandon(struct api *api, const void *ticket);
void api_status_tick(struct api *api, int64_t now_ms);
void api_status_worker_lost(struct api *api);
void api_status_clear(struct api *api);

enum api_outcome api_authenticate_start(struct api *api,
                                        const struct api_call *call,
                                        struct api_reply *reply);
enum beid_err
api_authenticate_reply(struct api *api,
                       const struct beid_wire_message *message) BEID_NODISCARD;
enum beid_err
api_authenticate_event(struct api *api,
                       const struct beid_wire_message *message) BEID_NODISCARD;
bool api_authenticate_abandon(struct api *api, const void *ticket);
void api_authenticate_tick(struct api *api, int64_t now_ms);
void api_authenticate_worker_lost(struct api *api);

/* The answer to a successful authentication (design §4 "Token"). */
void api_put_token(struct beid_buf *out,
                   const struct beid_wire_auth_reply *reply);

#endif

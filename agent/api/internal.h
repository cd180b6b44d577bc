/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_INTERNAL_H
#define BEID_API_INTERNAL_H

#include "api.h"
#include "json.h"
#include "policy/once.h"
#include "policy/rate.h"
#include "sys/log_limit.h"
#include "wire/operation.h"

/* A worker that ended is there again after this. */
#define API_WORKER_RETRY_MS 2000

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

/* A page that reads the events of its origin's operations. */
struct api_listener {
    struct api_listener *next;
    void *ticket;
    size_t origin_len;
    uint8_t origin[POLICY_ORIGIN_MAX];
};

/* Writes the body of a good answer. */
struct api_running;
typedef void api_put_fn(struct beid_buf *out,
                        const struct beid_wire_auth_reply *reply,
                        const struct api_running *asked);

/* The one operation with the card. */
struct api_running {
    uint32_t operation; /* 0: none is running */
    int64_t deadline_ms;
    void *ticket; /* NULL: the page is gone */
    enum api_route route;
    enum beid_lang lang;
    api_put_fn *put;
    enum beid_wire_hash hash; /* of a signature over one */
    bool document; /* answered by DOCUMENT_REPLY */
    bool begun; /* something may have been shown for it */
    bool prompt_shown;
    bool has_event;
    enum beid_wire_event last_event;
    size_t origin_len;
    uint8_t origin[POLICY_ORIGIN_MAX];
};

struct api {
    struct api_hooks hooks;
    struct api_mode mode;
    struct policy_portals *portals;
    int worker; /* -1: there is none */
    bool leaving; /* it takes no operation any more and ends by itself */
    uint32_t last_operation;
    struct api_status status;
    struct api_running running;
    struct api_listener *listeners;
    size_t listener_count;
    struct policy_once once;
    int64_t started_boot_ms; /* when this run began */
    struct policy_rate rate;
    struct beid_log_limit problems; /* that are logged */
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
enum api_outcome api_step_up_start(struct api *api, const struct api_call *call,
                                   struct api_reply *reply);

enum api_outcome api_signing_certificate_start(struct api *api,
                                               const struct api_call *call,
                                               struct api_reply *reply);
enum api_outcome api_sign_start(struct api *api, const struct api_call *call,
                                struct api_reply *reply);

enum api_outcome api_events_start(struct api *api, const struct api_call *call,
                                  struct api_reply *reply);
/* Tells those who listen at the origin of the running operation. */
void api_events_tell(struct api *api, enum beid_wire_event event);
bool api_events_abandon(struct api *api, const void *ticket);
void api_events_clear(struct api *api);

/* What an endpoint asks of the worker. */
struct api_wish {
    enum policy_operation operation;
    enum beid_lang lang;
    api_put_fn *put;
    struct beid_wire_operation message; /* who asks is filled in later */
};

/* The members that all endpoints with a prompt have; theirs come behind. */
enum api_common_member {
    API_MEMBER_LANG,
    API_MEMBER_TIMEOUT,
    API_MEMBER_WAIT,
    API_MEMBER_COUNT
};
#define API_COMMON_MEMBERS                                                     \
    [API_MEMBER_LANG] = {"lang", JSON_TEXT, .required = false},                \
    [API_MEMBER_TIMEOUT] = {"timeoutMs", JSON_NUMBER, .required = false},      \
    [API_MEMBER_WAIT] = {"waitForCard", JSON_FLAG, .required = false}

/* With their defaults. */
void api_wish_init(struct api_wish *wish, enum policy_operation operation,
                   enum beid_wire_type type);

/* Takes those members, as read; BEID_ERR_FORMAT with *fault filled in. */
enum beid_err api_wish_take(struct api_wish *wish,
                            const struct json_member *common,
                            struct json_fault *fault) BEID_NODISCARD;

/* Says which member is out of range; BEID_ERR_FORMAT. */
enum beid_err api_blame(struct json_fault *fault, const char *member);

/* Is the card in use, or the worker about to end? */
bool api_is_busy(const struct api *api);

/* Is there a reason not to disturb the citizen now? */
bool api_held_back(const struct api *api, const struct api_call *call,
                   enum policy_operation operation,
                   struct api_problem *problem);

/* Starts the operation, unless it is held back or the caller is another. */
enum api_outcome api_run(struct api *api, const struct api_call *call,
                         struct api_wish *wish, struct api_reply *reply);

/* The answer to a body that could not be read. */
enum api_outcome api_bad_request(struct api *api, const struct api_wish *wish,
                                 enum beid_err err,
                                 const struct json_fault *fault,
                                 struct api_reply *reply);

/* "authenticate" and so on, for the log. */
const char *api_route_word(enum api_route route);

enum beid_err
api_running_reply(struct api *api,
                  const struct beid_wire_message *message) BEID_NODISCARD;
enum beid_err
api_running_event(struct api *api,
                  const struct beid_wire_message *message) BEID_NODISCARD;
enum beid_err
api_running_leaving(struct api *api,
                    const struct beid_wire_message *message) BEID_NODISCARD;
enum beid_err
api_running_begun(struct api *api,
                  const struct beid_wire_message *message) BEID_NODISCARD;
bool api_running_abandon(struct api *api, const void *ticket);
void api_running_tick(struct api *api, int64_t now_ms);
void api_running_worker_ended(struct api *api);
void api_running_worker_lost(struct api *api);

/* The member unverifiedEvidence with a comma in front. */
void api_put_evidence(struct beid_buf *out,
                      const struct beid_wire_auth_reply *reply);

/* A signature algorithm as web-eid.js describes it. */
void api_put_algorithm(struct beid_buf *out, enum beid_wire_algorithm algorithm,
                       enum beid_wire_hash hash);

/* The answer to a successful authentication (design §4 "Token"). */
void api_put_token(struct beid_buf *out,
                   const struct beid_wire_auth_reply *reply,
                   const struct api_running *asked);

#endif

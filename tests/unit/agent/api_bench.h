/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_API_BENCH_H
#define BEID_TESTS_API_BENCH_H

#include "../unit.h"
#include "api/api.h"
#include "wire/operation.h"

#define ORIGIN "https://portal.example"
#define NONCE "01234567890123456789012345678901234567890123"
#define BODY "{\"challengeNonce\":\"" NONCE "\"}"

/* One request as the HTTP room would keep it. */
struct ticket {
    int finished;
    bool refused;
    unsigned int status;
    int64_t retry_after_ms;
    char body[1200];
};

/* The API with a test in the place of the worker. */
struct bench {
    struct api *api;
    int worker; /* our end */
    struct beid_buf packet;
};

/* What the API asked for: may the caller go on; how often was it stuck? */
extern bool bench_caller_allowed;
extern int bench_stuck;

/* A list of one portal. */
struct policy_portals *bench_list(const char *origin, const char *allow);

/* cmocka's set-up and tear-down; the state is a struct bench. */
int bench_fresh(void **state);
int bench_done(void **state);

/* Runs a request and keeps what comes of it in the ticket. */
enum api_outcome bench_ask(struct bench *bench, enum api_route route,
                           const char *body, struct ticket *ticket);

/* The same from a page of another origin. */
enum api_outcome bench_ask_at(struct bench *bench, const char *origin,
                              enum api_route route, const char *body,
                              struct ticket *ticket);

/* What the worker was told; the type 0 when nothing. */
struct beid_wire_message bench_heard(struct bench *bench);

/* What the worker says. */
void bench_answer(struct bench *bench, uint32_t operation,
                  const struct beid_wire_auth_reply *reply);
void bench_event(struct bench *bench, uint32_t operation,
                 enum beid_wire_event what);
void bench_leaving(struct bench *bench, uint32_t operation);
void bench_begun(struct bench *bench, uint32_t operation);
void bench_status_reply(struct bench *bench, uint32_t operation,
                        enum beid_err err);

#endif

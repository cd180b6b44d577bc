/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_LINK_H
#define BEID_WORKER_LINK_H

#include "wire/operation.h"
#include "wire/session.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

#define LINK_STATUS_MAX 16U

/*
 * The two sockets of the worker (agent/wire/PROTOCOL.md) and what was heard
 * on them. Every wait of the main thread is link_turn(), so that a CANCEL, a
 * STATUS or the end of the other side is noticed whatever else goes on.
 */
struct link {
    int front;
    int supervisor;
    struct beid_buf in;
    struct beid_buf out;
    bool ended; /* front or supervisor is gone: leave */
    /* An operation that waits to be run, or runs. */
    bool asked;
    bool running;
    bool cancelled;
    uint32_t operation;
    struct beid_buf request; /* its packet */
    /* STATUS requests to answer once the readers were looked at. */
    size_t status_count;
    uint32_t status[LINK_STATUS_MAX];
    struct beid_wire_status_reply seen; /* the readers, as last looked at */
    bool prompt_asked; /* PROMPT_START went out, its answer may come */
    /* The supervisor's answers. */
    bool prompt_answered;
    bool prompt_stopped;
    enum beid_err prompt_err;
    int prompt_fd; /* -1: none */
    bool session_answered;
    struct beid_wire_session session; /* its phrase borrows from phrase */
    struct beid_buf phrase;
};

void link_init(struct link *link, int front, int supervisor);
void link_clear(struct link *link);

/* Milliseconds of a clock that only goes forward. */
uint64_t link_now_ms(void);

/* For link_turn(): no limit. */
#define LINK_FOREVER UINT64_MAX

/*
 * Waits until fd (or -1) is readable, a packet arrived, or the clock passes
 * until_ms; deals with the packets. BEID_OK when fd is readable, BEID_ERR_BUSY
 * when something else came, BEID_ERR_TIMEOUT.
 */
enum beid_err link_turn(struct link *link, int fd,
                        uint64_t until_ms) BEID_NODISCARD;

/* Deals with the packets that have arrived, without waiting. */
void link_hear(struct link *link);

/*
 * As link_turn(), but goes on after packets that do not end the operation:
 * BEID_OK, BEID_ERR_TIMEOUT, or BEID_ERR_CANCELLED when the operation was
 * cancelled or the other side is gone.
 */
enum beid_err link_wait(struct link *link, int fd,
                        uint64_t until_ms) BEID_NODISCARD;

/* Sends; a side that is gone or does not read sets ended. */
void link_send_event(struct link *link, enum beid_wire_event event);
void link_send_reply(struct link *link, uint32_t operation, bool document,
                     const struct beid_wire_auth_reply *reply);
/* The citizen may see something of the running operation from now on. */
void link_send_begun(struct link *link);
/* The worker ends once the running operation is answered. */
void link_send_leaving(struct link *link);
void link_send_status(struct link *link, uint32_t operation,
                      const struct beid_wire_status_reply *reply);
void link_send_prompt_start(struct link *link, const char *lang);
void link_send_prompt_stop(struct link *link);
void link_send_session(struct link *link);

/* Closes a prompt's descriptor that came too late to be used. */
void link_drop_prompt(struct link *link);

#endif

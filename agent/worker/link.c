/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/link.h"

#include "sys/channel.h"

#include <beid/log.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

void
link_init(struct link *link, int front, int supervisor)
{
    *link = (struct link){
        .front = front,
        .supervisor = supervisor,
        .prompt_fd = -1,
    };
    beid_buf_init(&link->in, BEID_WIRE_MAX);
    beid_buf_init(&link->out, BEID_WIRE_MAX);
    beid_buf_init(&link->request, BEID_WIRE_MAX);
    beid_buf_init(&link->phrase, BEID_WIRE_PHRASE_MAX);
}

void
link_clear(struct link *link)
{
    beid_buf_clear(&link->in);
    beid_buf_clear(&link->out);
    beid_buf_clear(&link->request);
    beid_buf_clear(&link->phrase);
    link_drop_prompt(link);
}

void
link_drop_prompt(struct link *link)
{
    if (link->prompt_fd >= 0) {
        (void)close(link->prompt_fd);
        link->prompt_fd = -1;
    }
}

uint64_t
link_now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

/* Sends what stands in link->out, unless making it failed. */
static void
send_out(struct link *link, int fd, enum beid_err made)
{
    if (link->ended) {
        return;
    }
    enum beid_err err = made;
    if (err == BEID_OK) {
        err = beid_channel_send(fd, beid_buf_span(&link->out), -1);
    }
    if (err != BEID_OK) {
        BEID_LOG_WARN("cannot send: %s", beid_err_text(err));
        link->ended = true;
    }
}

void
link_send_event(struct link *link, enum beid_wire_event event)
{
    beid_buf_reset(&link->out);
    send_out(link, link->front,
             beid_wire_put_event(&link->out, link->operation, event));
}

void
link_send_reply(struct link *link, uint32_t operation, bool document,
                const struct beid_wire_auth_reply *reply)
{
    beid_buf_reset(&link->out);
    enum beid_err made =
        document ? beid_wire_put_document_reply(&link->out, operation, reply)
                 : beid_wire_put_auth_reply(&link->out, operation, reply);
    send_out(link, link->front, made);
}

void
link_send_status(struct link *link, uint32_t operation,
                 const struct beid_wire_status_reply *reply)
{
    beid_buf_reset(&link->out);
    send_out(link, link->front,
             beid_wire_put_status_reply(&link->out, operation, reply));
}

void
link_send_begun(struct link *link)
{
    beid_buf_reset(&link->out);
    send_out(link, link->front,
             beid_wire_put_empty(&link->out, BEID_WIRE_BEGUN, link->operation));
}

void
link_send_leaving(struct link *link)
{
    beid_buf_reset(&link->out);
    send_out(
        link, link->front,
        beid_wire_put_empty(&link->out, BEID_WIRE_LEAVING, link->operation));
}

void
link_send_prompt_start(struct link *link, const char *lang)
{
    link->prompt_answered = false;
    link->prompt_asked = true;
    beid_buf_reset(&link->out);
    send_out(link, link->supervisor,
             beid_wire_put_prompt_start(&link->out, link->operation, lang));
}

void
link_send_prompt_stop(struct link *link)
{
    link->prompt_stopped = false;
    link->prompt_asked = false;
    beid_buf_reset(&link->out);
    send_out(link, link->supervisor,
             beid_wire_put_empty(&link->out, BEID_WIRE_PROMPT_STOP,
                                 link->operation));
}

void
link_send_session(struct link *link)
{
    link->session_answered = false;
    beid_buf_reset(&link->out);
    send_out(
        link, link->supervisor,
        beid_wire_put_empty(&link->out, BEID_WIRE_SESSION, link->operation));
}

static enum beid_err
take_operation(struct link *link, const struct beid_wire_message *message)
{
    struct beid_wire_operation request;
    enum beid_err err = beid_wire_get_operation(message, &request);
    if (err != BEID_OK) {
        return err;
    }
    if (link->asked || link->running) {
        struct beid_wire_auth_reply busy = {
            .err = BEID_ERR_BUSY,
            .tries = BEID_WIRE_TRIES_UNKNOWN,
        };
        link_send_reply(link, message->operation,
                        beid_wire_operation_document(&request), &busy);
        return BEID_OK;
    }
    beid_buf_reset(&link->request);
    beid_buf_put(&link->request, beid_buf_span(&link->in));
    link->asked = true;
    link->cancelled = false;
    link->operation = message->operation;
    return beid_buf_status(&link->request);
}

/* During an operation the readers have been looked at just before. */
static enum beid_err
take_status(struct link *link, const struct beid_wire_message *message)
{
    enum beid_err err = beid_wire_get_empty(message);
    if (err != BEID_OK) {
        return err;
    }
    if (link->running) {
        link_send_status(link, message->operation, &link->seen);
        return BEID_OK;
    }
    if (link->status_count == LINK_STATUS_MAX) {
        return BEID_ERR_LIMIT;
    }
    link->status[link->status_count++] = message->operation;
    return BEID_OK;
}

static enum beid_err
take_from_front(struct link *link, const struct beid_wire_message *message)
{
    if (beid_wire_is_operation(message->type)) {
        return take_operation(link, message);
    }
    if (message->type == BEID_WIRE_STATUS) {
        return take_status(link, message);
    }
    if (message->type == BEID_WIRE_CANCEL) {
        enum beid_err err = beid_wire_get_empty(message);
        if (err == BEID_OK && (link->asked || link->running)
            && message->operation == link->operation) {
            link->cancelled = true;
        }
        return err;
    }
    return BEID_ERR_FORMAT;
}

/* The packet is gone with the next one, so the phrase is kept apart. */
static enum beid_err
take_session(struct link *link, const struct beid_wire_message *message)
{
    struct beid_wire_session session;
    enum beid_err err = beid_wire_get_session(message, &session);
    if (err != BEID_OK) {
        return err;
    }
    if (message->operation != link->operation) {
        return BEID_OK; /* late, of an operation that no longer waits */
    }
    beid_buf_reset(&link->phrase);
    beid_buf_put(&link->phrase, session.phrase);
    session.phrase = beid_buf_span(&link->phrase);
    link->session = session;
    link->session_answered = true;
    return beid_buf_status(&link->phrase);
}

static enum beid_err
take_prompt(struct link *link, const struct beid_wire_message *message,
            int *passed)
{
    enum beid_err prompt = BEID_OK;
    enum beid_err err = beid_wire_get_prompt_fd(message, &prompt);
    if (err != BEID_OK || (prompt == BEID_OK && *passed < 0)) {
        return BEID_ERR_FORMAT;
    }
    if (!link->prompt_asked) {
        return BEID_OK; /* late: nobody waits for it any more */
    }
    link->prompt_asked = false;
    link->prompt_answered = true;
    link->prompt_err = prompt;
    link->prompt_fd = *passed;
    *passed = -1;
    return BEID_OK;
}

static enum beid_err
take_from_supervisor(struct link *link, const struct beid_wire_message *message,
                     int *passed)
{
    if (message->type == BEID_WIRE_PROMPT_FD) {
        return take_prompt(link, message, passed);
    }
    if (message->type == BEID_WIRE_SESSION_STATE) {
        return take_session(link, message);
    }
    if (message->type == BEID_WIRE_PROMPT_STOPPED) {
        link->prompt_stopped = true;
        return beid_wire_get_empty(message);
    }
    return BEID_ERR_FORMAT;
}

/* Nothing more is read from a side that ended. */
static void
leave(struct link *link, int fd)
{
    link->ended = true;
    if (fd == link->front) {
        link->front = -1;
    } else {
        link->supervisor = -1;
    }
}

/* One packet from a socket that is readable or closed. */
static void
take_packet(struct link *link, int fd)
{
    int passed = -1;
    struct beid_wire_message message;
    enum beid_err err = beid_channel_recv(fd, &link->in, &passed);
    if (err == BEID_ERR_NOT_FOUND) {
        leave(link, fd);
        return;
    }
    if (err == BEID_OK) {
        err = beid_wire_open(beid_buf_span(&link->in), &message);
    }
    if (err == BEID_OK) {
        err = fd == link->front ? take_from_front(link, &message)
                                : take_from_supervisor(link, &message, &passed);
    }
    if (passed >= 0) {
        (void)close(passed);
    }
    if (err != BEID_OK) {
        /* The other side is ours as well: this is a bug, not an attack. */
        BEID_LOG_ERROR("message from %s: %s",
                       fd == link->front ? "front" : "supervisor",
                       beid_err_text(err));
        leave(link, fd);
    }
}

static int
poll_time(uint64_t until_ms)
{
    if (until_ms == LINK_FOREVER) {
        return -1;
    }
    uint64_t now = link_now_ms();
    uint64_t left = until_ms > now ? until_ms - now : 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

enum beid_err
link_turn(struct link *link, int fd, uint64_t until_ms)
{
    struct pollfd polled[] = {
        {.fd = link->front, .events = POLLIN},
        {.fd = link->supervisor, .events = POLLIN},
        {.fd = fd, .events = POLLIN},
    };
    int ready = poll(polled, 3, poll_time(until_ms));
    if (ready < 0 && errno != EINTR) {
        link->ended = true;
        return BEID_ERR_TIMEOUT;
    }
    if (ready == 0) {
        return BEID_ERR_TIMEOUT;
    }
    if (ready > 0 && polled[0].revents != 0) {
        take_packet(link, link->front);
    }
    if (ready > 0 && polled[1].revents != 0) {
        take_packet(link, link->supervisor);
    }
    return ready > 0 && polled[2].revents != 0 ? BEID_OK : BEID_ERR_BUSY;
}

void
link_hear(struct link *link)
{
    enum beid_err err = BEID_ERR_BUSY;
    while (err == BEID_ERR_BUSY && !link->ended) {
        err = link_turn(link, -1, 0);
    }
}

enum beid_err
link_wait(struct link *link, int fd, uint64_t until_ms)
{
    enum beid_err err = BEID_ERR_BUSY;
    while (err == BEID_ERR_BUSY && !link->cancelled && !link->ended) {
        err = link_turn(link, fd, until_ms);
    }
    return link->cancelled || link->ended ? BEID_ERR_CANCELLED : err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "front.h"

#include "policy/request_key.h"
#include "portal_intake.h"
#include "server.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "sys/harden.h"
#include "sys/listen.h"
#include "sys/sandbox.h"
#include "sys/self_attack.h"
#include "wire/wire.h"

#include <beid/log.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 16
#define OTHER_DESCRIPTORS 64U

/*
 * Where front is. It follows from what it holds, so that no two things can
 * contradict each other; tests/promise/walk tries each with each event.
 */
enum front_state {
    FRONT_CLOSED, /* there is no list of portals yet */
    FRONT_RELOADING, /* a new one has begun and not ended */
    FRONT_ALONE, /* there is no card worker */
    FRONT_ABANDONED, /* an operation ends whose page is gone */
    FRONT_RUNNING, /* an operation runs */
    FRONT_LEAVING, /* the worker is about to end */
    FRONT_LOOKING, /* the worker was asked for the readers */
    FRONT_IDLE,
    FRONT_STATES
};

static const char *const state_words[FRONT_STATES] = {
    [FRONT_CLOSED] = "closed",   [FRONT_RELOADING] = "reloading",
    [FRONT_ALONE] = "alone",     [FRONT_ABANDONED] = "abandoned",
    [FRONT_RUNNING] = "running", [FRONT_LEAVING] = "leaving",
    [FRONT_LOOKING] = "looking", [FRONT_IDLE] = "idle",
};

struct front {
    int epoll;
    int timer;
    int worker; /* -1: there is none */
    bool replacing; /* it has ended: only its last words are heard */
    uint16_t port;
    bool done;
    int status;
    enum front_state state; /* as last told */
    struct policy_self self;
    struct beid_peer *peer;
    struct api *api;
    struct http_server *server;
    bool open; /* the portals are there: connections are served */
    struct portal_intake intake;
    struct beid_buf packet;
};

static void
stop(struct front *front, int status)
{
    front->done = true;
    front->status = status;
}

static enum beid_err
watch(const struct front *front, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(front->epoll, EPOLL_CTL_ADD, fd, &event) == 0
               ? BEID_OK
               : BEID_ERR_IO;
}

/* One that has just ended is none to tell: the next look at its socket says
 * so, and is the end of front, a good one. */
static enum beid_err
tell_supervisor(enum beid_wire_type type)
{
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err = beid_wire_put_empty(&packet, type, 0);
    if (err == BEID_OK) {
        err =
            beid_channel_send(FRONT_SUPERVISOR_FD, beid_buf_span(&packet), -1);
    }
    beid_buf_clear(&packet);
    return err == BEID_ERR_NOT_FOUND ? BEID_OK : err;
}

static void
drop_worker(struct front *front)
{
    if (front->worker >= 0) {
        (void)close(front->worker);
        front->worker = -1;
        api_set_worker(front->api, -1);
    }
}

/* The worker hangs or talks nonsense: let go of it, have it replaced. */
static void
on_worker_stuck(void *user)
{
    struct front *front = user;
    drop_worker(front);
    if (front->replacing) {
        return; /* the supervisor would end the one that has come */
    }
    if (tell_supervisor(BEID_WIRE_WORKER_STUCK) != BEID_OK) {
        stop(front, EXIT_FAILURE);
    }
}

static void
on_worker(struct front *front)
{
    int passed = -1;
    while (front->worker >= 0) {
        enum beid_err err =
            beid_channel_recv(front->worker, &front->packet, &passed);
        if (err == BEID_ERR_BUSY) {
            return;
        }
        if (err == BEID_ERR_NOT_FOUND) {
            BEID_LOG_WARN("the card worker ended");
            api_worker_ended(front->api);
            drop_worker(front);
            return;
        }
        if (passed >= 0) {
            (void)close(passed);
            passed = -1;
            err = BEID_ERR_FORMAT;
        }
        if (err == BEID_OK) {
            err = api_worker_says(front->api, beid_buf_span(&front->packet));
        }
        if (err != BEID_OK) {
            BEID_LOG_ERROR("the card worker broke the protocol: %s",
                           beid_err_text(err));
            on_worker_stuck(front);
        }
    }
}

static enum beid_err
take_worker(struct front *front, int fd)
{
    if (fd < 0) {
        return BEID_ERR_FORMAT;
    }
    /* The last words of the one before, which has ended already. */
    front->replacing = true;
    on_worker(front);
    front->replacing = false;
    drop_worker(front);
    enum beid_err err = beid_channel_nonblocking(fd);
    if (err == BEID_OK) {
        err = watch(front, fd);
    }
    if (err != BEID_OK) {
        (void)close(fd);
        return err;
    }
    front->worker = fd;
    api_set_worker(front->api, fd);
    return BEID_OK;
}

/* What comes before the doors open waits in the kernel. */
static enum beid_err
build(struct front *front)
{
    const struct http_setup setup = {.listener = FRONT_LISTENER_FD,
                                     .port = front->port,
                                     .epoll = front->epoll,
                                     .self = front->self,
                                     .peer = front->peer,
                                     .api = front->api};
    return http_server_new(&setup, &front->server);
}

/* With the first list of portals the doors open. */
static enum beid_err
open_doors(struct front *front)
{
    enum beid_err err = watch(front, http_server_fd(front->server));
    if (err == BEID_OK) {
        front->open = true;
        err = tell_supervisor(BEID_WIRE_FRONT_READY);
    }
    return err;
}

static enum beid_err
take_portals(struct front *front)
{
    struct policy_portals *portals = NULL;
    enum beid_err err = portal_intake_end(&front->intake, &portals);
    if (err != BEID_OK && front->open) {
        BEID_LOG_ERROR("the former portals stay in force");
        return BEID_OK;
    }
    if (err != BEID_OK) {
        return err;
    }
    BEID_LOG_INFO("portals: %zu", policy_portals_count(portals));
    api_set_portals(front->api, portals);
    return front->open ? BEID_OK : open_doors(front);
}

/* A message of the supervisor; takes over the descriptor that came with it. */
static enum beid_err
obey(struct front *front, int passed)
{
    struct beid_wire_message message;
    enum beid_err err = beid_wire_open(beid_buf_span(&front->packet), &message);
    if (err == BEID_OK && message.type == BEID_WIRE_WORKER_SOCKET) {
        return take_worker(front, passed);
    }
    if (err == BEID_OK && message.type == BEID_WIRE_PORTALS_BEGIN) {
        err = portal_intake_begin(&front->intake);
    } else if (err == BEID_OK && message.type == BEID_WIRE_RESTRICTION) {
        err = portal_intake_restriction(&front->intake, &message);
    } else if (err == BEID_OK && message.type == BEID_WIRE_PORTAL_FILE) {
        err = portal_intake_file(&front->intake, &message, passed);
    } else if (err == BEID_OK && message.type == BEID_WIRE_PORTALS_END) {
        err = take_portals(front);
    } else if (err == BEID_OK) {
        err = BEID_ERR_FORMAT;
    }
    if (passed >= 0) {
        (void)close(passed);
    }
    return err;
}

static void
on_supervisor(struct front *front)
{
    for (;;) {
        int passed = -1;
        enum beid_err err =
            beid_channel_recv(FRONT_SUPERVISOR_FD, &front->packet, &passed);
        if (err == BEID_ERR_BUSY) {
            return;
        }
        if (err == BEID_ERR_NOT_FOUND) {
            stop(front, EXIT_SUCCESS);
            return;
        }
        if (err == BEID_OK) {
            err = obey(front, passed);
        }
        if (err != BEID_OK) {
            BEID_LOG_ERROR("cannot go on: %s", beid_err_text(err));
            stop(front, EXIT_FAILURE);
            return;
        }
    }
}

static void
on_event(struct front *front, int fd)
{
    if (fd == FRONT_SUPERVISOR_FD) {
        on_supervisor(front);
    } else if (fd == front->timer) {
        beid_timer_read(front->timer);
    } else if (fd == front->worker) {
        on_worker(front);
    } else if (fd != http_server_fd(front->server)) {
        http_server_hangup(front->server, fd);
    }
}

/* Deadlines that passed, then the next one; without any the timer rests. */
static void
keep_time(struct front *front)
{
    int64_t now = beid_clock_ms();
    api_tick(front->api, now);
    int64_t next = api_deadline(front->api);
    if (front->open) {
        http_server_tick(front->server, now);
        http_server_run(front->server);
        int64_t links = http_server_deadline(front->server);
        int64_t asked = api_deadline(front->api);
        next = links < asked ? links : asked;
    }
    beid_timer_set(front->timer, next);
}

static enum front_state
state_of(const struct front *front)
{
    if (!front->open) {
        return FRONT_CLOSED;
    }
    if (front->intake.portals != NULL) {
        return FRONT_RELOADING;
    }
    if (front->worker < 0) {
        return FRONT_ALONE;
    }
    switch (api_at(front->api)) {
    case API_AT_WORK:
        return FRONT_RUNNING;
    case API_AT_WORK_FOR_NOBODY:
        return FRONT_ABANDONED;
    case API_AT_LEAVING:
        return FRONT_LEAVING;
    case API_AT_LOOKING:
        return FRONT_LOOKING;
    case API_AT_REST:
        break;
    }
    return FRONT_IDLE;
}

static void
tell_state(struct front *front)
{
    enum front_state now = state_of(front);
    if (now != front->state) {
        BEID_LOG_DEBUG("from %s to %s", state_words[front->state],
                       state_words[now]);
        front->state = now;
    }
}

static void
loop(struct front *front)
{
    struct epoll_event events[EVENTS_MAX];
    while (!front->done) {
        int count = epoll_wait(front->epoll, events, EVENTS_MAX, -1);
        if (count < 0 && errno != EINTR) {
            BEID_LOG_ERROR("epoll_wait failed");
            stop(front, EXIT_FAILURE);
        }
        for (int i = 0; i < count && !front->done; i++) {
            on_event(front, events[i].data.fd);
        }
        keep_time(front);
        tell_state(front);
    }
}

/* One descriptor per connection; what the system allows decides. */
static void
raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        rlim_t want = HTTP_CONNECTIONS_MAX + OTHER_DESCRIPTORS;
        limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Everything that needs the system, before a sandbox would close it. */
static enum beid_err
prepare(struct front *front, const struct api_mode *mode)
{
    const struct api_hooks hooks = {.finish = http_server_finish,
                                    .stream = http_server_stream,
                                    .caller_allowed =
                                        http_server_caller_allowed,
                                    .worker_stuck = on_worker_stuck,
                                    .user = front};
    enum beid_err err = beid_listen_port(FRONT_LISTENER_FD, &front->port);
    front->self = policy_self_get();
    tzset();
    raise_descriptor_limit();
    if (err == BEID_OK) {
        err = beid_peer_open(FRONT_LISTENER_FD, &front->peer);
        if (err == BEID_ERR_UNSUPPORTED) {
            BEID_LOG_ERROR("this kernel offers neither NETLINK_SOCK_DIAG nor "
                           "/proc/net/tcp, so other users could not be kept "
                           "out: not starting");
        }
    }
    if (err == BEID_OK) {
        BEID_LOG_INFO("callers are identified through %s",
                      beid_peer_source(front->peer));
        err = api_new(&hooks, mode, &front->api);
    }
    if (err == BEID_OK) {
        err = policy_request_key_warm();
    }
    if (err == BEID_OK) {
        err = beid_timer_new(&front->timer);
    }
    if (err == BEID_OK) {
        front->epoll = epoll_create1(EPOLL_CLOEXEC);
        err = front->epoll < 0 ? BEID_ERR_IO : BEID_OK;
    }
    if (err == BEID_OK) {
        err = watch(front, front->timer);
    }
    if (err == BEID_OK) {
        err = beid_channel_nonblocking(FRONT_SUPERVISOR_FD);
    }
    if (err == BEID_OK) {
        err = watch(front, FRONT_SUPERVISOR_FD);
    }
    if (err == BEID_OK) {
        err = take_worker(front, FRONT_WORKER_FD);
    }
    return err == BEID_OK ? build(front) : err;
}

/* From here on front opens nothing, and calls little. */
static enum beid_err
shut_in(const char *attack)
{
    enum beid_err err = beid_sandbox_files("front", -1);
    beid_self_attack(BEID_ATTACK_LANDLOCK, attack);
    if (err == BEID_OK) {
        err = beid_sandbox_calls("front", BEID_CALLS_FRONT);
    }
    beid_self_attack(BEID_ATTACK_SECCOMP, attack);
    return err;
}

int
front_main(const struct api_mode *mode, const char *attack)
{
    struct front front = {.epoll = -1, .timer = -1, .worker = -1};
    beid_buf_init(&front.packet, BEID_WIRE_MAX);
    beid_harden_name("beid-front");
    enum beid_err err = beid_harden_start();
    if (err == BEID_OK) {
        err = beid_harden_close_from(FRONT_LISTENER_FD + 1);
    }
    if (err == BEID_OK) {
        err = prepare(&front, mode);
    }
    if (err == BEID_OK) {
        err = shut_in(attack);
    }
    if (err == BEID_OK) {
        loop(&front);
    } else {
        BEID_LOG_ERROR("front cannot start: %s", beid_err_text(err));
        front.status = EXIT_FAILURE;
    }
    http_server_free(&front.server);
    portal_intake_clear(&front.intake);
    api_free(&front.api);
    beid_peer_close(&front.peer);
    beid_buf_clear(&front.packet);
    return front.status;
}

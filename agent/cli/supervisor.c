/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "supervisor.h"

#include "crew.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "sys/image.h"
#include "sys/listen.h"
#include "sys/notify.h"
#include "wire/session.h"

#include <beid/log.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS_MAX 8

/*
 * A child that ended is started again at once, unless it did not live long:
 * then the pause doubles each time, so that what cannot work costs nothing.
 */
#define SHORT_LIFE_MS 5000
#define RESTART_MS 500
#define RESTART_DOUBLED_MAX 7U /* a minute */
#define STOP_MS 2000 /* what children get to end by themselves */

/*
 * Where the supervisor is. It follows from what it holds;
 * tests/promise/walk tries each with each event.
 */
enum supervisor_state {
    SUPERVISOR_STARTING, /* front is not ready yet */
    SUPERVISOR_STOPPING,
    SUPERVISOR_NO_FRONT, /* it ended, and waits to be started again */
    SUPERVISOR_NO_WORKER, /* the same */
    SUPERVISOR_CLOSING, /* the prompt has been told to end */
    SUPERVISOR_ASKING, /* there is a prompt */
    SUPERVISOR_READY,
    SUPERVISOR_STATES
};

static const char *const state_words[SUPERVISOR_STATES] = {
    [SUPERVISOR_STARTING] = "starting", [SUPERVISOR_STOPPING] = "stopping",
    [SUPERVISOR_NO_FRONT] = "no-front", [SUPERVISOR_NO_WORKER] = "no-worker",
    [SUPERVISOR_CLOSING] = "closing",   [SUPERVISOR_ASKING] = "asking",
    [SUPERVISOR_READY] = "ready",
};

struct supervisor {
    struct crew crew;
    struct beid_image worker; /* the program, as this one knows it */
    int epoll;
    int timer;
    int signals;
    bool ready; /* front has told so once */
    bool stopping;
    enum supervisor_state state; /* as last told */
    int status;
    int64_t kill_ms; /* when stopping: the end of patience */
    int64_t front_ms; /* when to start front (and a worker) again */
    int64_t worker_ms; /* when to start a worker again */
};

static enum beid_err
watch(const struct supervisor *supervisor, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(supervisor->epoll, EPOLL_CTL_ADD, fd, &event) == 0
               ? BEID_OK
               : BEID_ERR_IO;
}

static void
stop(struct supervisor *supervisor, int status)
{
    if (supervisor->stopping) {
        return;
    }
    supervisor->stopping = true;
    supervisor->status = status;
    supervisor->kill_ms = beid_clock_ms() + STOP_MS;
    supervisor->front_ms = BEID_NEVER;
    supervisor->worker_ms = BEID_NEVER;
    beid_notify("STOPPING=1");
    supervisor->crew.leaving = true;
    crew_prompt_end(&supervisor->crew);
    crew_dismiss(&supervisor->crew.front);
    crew_signal(&supervisor->crew.worker, SIGTERM);
}

/* Starts what is to be started; what fails here would fail again. */
static void
start(struct supervisor *supervisor, bool both)
{
    struct crew *crew = &supervisor->crew;
    if (!beid_image_stands(&supervisor->worker, crew->options->worker)) {
        /* The service manager does so, with the program of the upgrade. */
        BEID_LOG_ERROR("beid-agent has been replaced; it has to be started "
                       "afresh");
        stop(supervisor, EXIT_FAILURE);
        return;
    }
    enum beid_err err = both ? crew_start_both(crew) : crew_start_worker(crew);
    if (err == BEID_OK) {
        err = watch(supervisor, crew->worker.channel);
    }
    if (err == BEID_OK && both) {
        err = watch(supervisor, crew->front.channel);
    }
    if (err == BEID_OK && both) {
        err = crew_send_portals(crew);
    }
    if (err == BEID_ERR_NOT_FOUND && !both) {
        return; /* front ended as well: SIGCHLD starts both again */
    }
    if (err != BEID_OK) {
        BEID_LOG_ERROR("cannot start the processes: %s", beid_err_text(err));
        stop(supervisor, EXIT_FAILURE);
    }
}

static int64_t
restart_at(struct crew_member *member)
{
    int64_t now = beid_clock_ms();
    if (now - member->started_ms >= SHORT_LIFE_MS) {
        member->short_lives = 0;
        return now;
    }
    unsigned int doubled = member->short_lives;
    if (doubled < RESTART_DOUBLED_MAX) {
        member->short_lives++;
    }
    return doubled == 0 ? now : now + (RESTART_MS * (int64_t)(1U << doubled));
}

/* The signal that ended a process is what its sandbox or a crash left. */
static void
say_signal(const char *name, int status)
{
    if (WIFSIGNALED(status)) {
        BEID_LOG_WARN("%s ended by signal %d", name, WTERMSIG(status));
    }
}

static void
on_front_ended(struct supervisor *supervisor, int status)
{
    struct crew *crew = &supervisor->crew;
    crew_forget(&crew->front);
    say_signal("front", status);
    if (supervisor->stopping) {
        if (status != 0) {
            BEID_LOG_ERROR("front did not end well");
            supervisor->status = EXIT_FAILURE;
        }
        return;
    }
    if (!supervisor->ready) {
        stop(supervisor, EXIT_FAILURE); /* it has said why */
        return;
    }
    BEID_LOG_ERROR("front ended; it is started again");
    /* The socket between the two died with it. */
    crew_signal(&crew->worker, SIGKILL);
    supervisor->front_ms = restart_at(&crew->front);
    supervisor->worker_ms = BEID_NEVER;
}

static void
on_worker_ended(struct supervisor *supervisor, int status)
{
    struct crew *crew = &supervisor->crew;
    crew_forget(&crew->worker);
    say_signal("the card worker", status);
    crew->prompt.asked = false; /* the next worker did not ask */
    crew_prompt_end(crew);
    if (supervisor->stopping || crew->front.pid == 0) {
        return;
    }
    if (WIFEXITED(status)
        && (WEXITSTATUS(status) == BEID_WIRE_EXIT_FORGETS
            || WEXITSTATUS(status) == BEID_WIRE_EXIT_MOVED)) {
        supervisor->worker_ms = beid_clock_ms();
    } else {
        BEID_LOG_WARN("the card worker ended; it is started again");
        supervisor->worker_ms = restart_at(&crew->worker);
    }
}

static void
reap(struct supervisor *supervisor)
{
    struct crew *crew = &supervisor->crew;
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0) {
            return;
        }
        if (pid == crew->front.pid) {
            on_front_ended(supervisor, status);
        } else if (pid == crew->worker.pid) {
            on_worker_ended(supervisor, status);
        } else if (pid == crew->prompt.pid) {
            crew_prompt_ended(crew);
        }
    }
}

static void
on_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    while (read(supervisor->signals, &info, sizeof info)
           == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            reap(supervisor);
        } else if (info.ssi_signo != SIGHUP) {
            BEID_LOG_INFO("stopping");
            stop(supervisor, EXIT_SUCCESS);
        } else if (!supervisor->stopping
                   && supervisor->crew.front.channel >= 0) {
            BEID_LOG_INFO("reading the portal files again");
            if (crew_send_portals(&supervisor->crew) != BEID_OK) {
                BEID_LOG_ERROR("the portal files cannot be read again");
            }
        }
    }
}

static void
on_ready(struct supervisor *supervisor)
{
    uint16_t port = 0;
    if (supervisor->ready) {
        return;
    }
    if (beid_listen_port(supervisor->crew.listener, &port) == BEID_OK) {
        BEID_LOG_INFO("ready, listening on http://127.0.0.1:%u",
                      (unsigned int)port);
    }
    supervisor->ready = true;
    beid_notify("READY=1");
}

static enum beid_err
front_says(struct supervisor *supervisor)
{
    struct beid_buf packet;
    struct beid_wire_message message;
    int passed = -1;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_channel_recv(supervisor->crew.front.channel, &packet, &passed);
    if (err == BEID_OK && passed >= 0) {
        (void)close(passed);
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        err = beid_wire_open(beid_buf_span(&packet), &message);
    }
    if (err == BEID_OK && message.type == BEID_WIRE_FRONT_READY) {
        on_ready(supervisor);
    } else if (err == BEID_OK && message.type == BEID_WIRE_WORKER_STUCK) {
        crew_signal(&supervisor->crew.worker, SIGKILL);
    } else if (err == BEID_OK) {
        err = BEID_ERR_FORMAT;
    }
    beid_buf_clear(&packet);
    return err;
}

/*
 * A child that closed its channel is ending, one that breaks the protocol is
 * ended; SIGCHLD brings the rest. The channel is closed here, so that it does
 * not wake the loop again.
 */
static void
on_channel(struct crew_member *member, enum beid_err err)
{
    if (err == BEID_OK || err == BEID_ERR_BUSY) {
        return;
    }
    if (err != BEID_ERR_NOT_FOUND) {
        BEID_LOG_ERROR("a process broke the protocol: %s", beid_err_text(err));
    }
    crew_signal(member, SIGKILL);
    crew_dismiss(member);
}

static void
on_event(struct supervisor *supervisor, int fd)
{
    struct crew *crew = &supervisor->crew;
    if (fd == supervisor->signals) {
        on_signal(supervisor);
    } else if (fd == supervisor->timer) {
        beid_timer_read(supervisor->timer);
    } else if (fd == crew->front.channel) {
        on_channel(&crew->front, front_says(supervisor));
    } else if (fd == crew->worker.channel) {
        on_channel(&crew->worker, crew_worker_says(crew));
    }
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void
keep_time(struct supervisor *supervisor)
{
    int64_t now = beid_clock_ms();
    struct crew *crew = &supervisor->crew;
    crew_prompt_tick(crew, now);
    /* Front again only once its former worker is gone. */
    if (now >= supervisor->front_ms && crew->worker.pid == 0) {
        supervisor->front_ms = BEID_NEVER;
        start(supervisor, true);
    }
    if (now >= supervisor->worker_ms) {
        supervisor->worker_ms = BEID_NEVER;
        /* Without a channel front is ending, and gets its worker later. */
        if (crew->front.channel >= 0) {
            start(supervisor, false);
        }
    }
    if (supervisor->stopping && now >= supervisor->kill_ms) {
        supervisor->kill_ms = BEID_NEVER;
        crew_signal(&crew->front, SIGKILL);
        crew_signal(&crew->worker, SIGKILL);
    }
    int64_t front_ms =
        crew->worker.pid == 0 ? supervisor->front_ms : BEID_NEVER;
    int64_t next = earlier(front_ms, supervisor->worker_ms);
    next = earlier(next, crew->prompt.kill_ms);
    beid_timer_set(supervisor->timer, earlier(next, supervisor->kill_ms));
}

static bool
finished(const struct supervisor *supervisor)
{
    const struct crew *crew = &supervisor->crew;
    return supervisor->stopping && crew->front.pid == 0 && crew->worker.pid == 0
           && crew->prompt.pid == 0;
}

static enum supervisor_state
state_of(const struct supervisor *supervisor)
{
    const struct crew *crew = &supervisor->crew;
    if (supervisor->stopping) {
        return SUPERVISOR_STOPPING;
    }
    if (!supervisor->ready) {
        return SUPERVISOR_STARTING;
    }
    if (crew->front.pid == 0) {
        return SUPERVISOR_NO_FRONT;
    }
    if (crew->worker.pid == 0) {
        return SUPERVISOR_NO_WORKER;
    }
    if (crew->prompt.pid == 0) {
        return SUPERVISOR_READY;
    }
    return crew->prompt.stopping ? SUPERVISOR_CLOSING : SUPERVISOR_ASKING;
}

static void
tell_state(struct supervisor *supervisor)
{
    enum supervisor_state now = state_of(supervisor);
    if (now != supervisor->state) {
        BEID_LOG_DEBUG("from %s to %s", state_words[supervisor->state],
                       state_words[now]);
        supervisor->state = now;
    }
}

static void
loop(struct supervisor *supervisor)
{
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        keep_time(supervisor);
        tell_state(supervisor);
        if (finished(supervisor)) {
            return;
        }
        int count = epoll_wait(supervisor->epoll, events, EVENTS_MAX, -1);
        if (count < 0 && errno != EINTR) {
            BEID_LOG_ERROR("epoll_wait failed");
            stop(supervisor, EXIT_FAILURE);
        }
        for (int i = 0; i < count; i++) {
            on_event(supervisor, events[i].data.fd);
        }
    }
}

static enum beid_err
prepare(struct supervisor *supervisor)
{
    sigset_t set;
    enum beid_err err = beid_timer_new(&supervisor->timer);
    if (err != BEID_OK) {
        return err;
    }
    if (sigemptyset(&set) != 0 || sigaddset(&set, SIGCHLD) != 0
        || sigaddset(&set, SIGTERM) != 0 || sigaddset(&set, SIGINT) != 0
        || sigaddset(&set, SIGHUP) != 0
        || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return BEID_ERR_IO;
    }
    supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    supervisor->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (supervisor->signals < 0 || supervisor->epoll < 0) {
        return BEID_ERR_IO;
    }
    err = watch(supervisor, supervisor->signals);
    if (err == BEID_OK) {
        err = watch(supervisor, supervisor->timer);
    }
    return err;
}

/* Told now, because the worker could only fail over and over. */
static bool
present(const char *path, int mode)
{
    if (access(path, mode) == 0) {
        return true;
    }
    BEID_LOG_ERROR("%s is not there", path);
    return false;
}

int
supervisor_run(const struct serve_options *options, int listener)
{
    struct supervisor supervisor = {.crew = {.options = options,
                                             .listener = listener,
                                             .journal_lock = -1,
                                             .front = {.channel = -1},
                                             .worker = {.channel = -1},
                                             .prompt = {.kill_ms = BEID_NEVER}},
                                    .kill_ms = BEID_NEVER,
                                    .front_ms = BEID_NEVER,
                                    .worker_ms = BEID_NEVER};
    if (!present(options->worker, X_OK) || !present(options->module, R_OK)) {
        return EXIT_FAILURE;
    }
    if (beid_image_hold(&supervisor.worker, options->worker) != BEID_OK) {
        BEID_LOG_ERROR("%s cannot be looked at", options->worker);
        return EXIT_FAILURE;
    }
    if (prepare(&supervisor) != BEID_OK) {
        BEID_LOG_ERROR("the system refuses signals or events");
        return EXIT_FAILURE;
    }
    start(&supervisor, true);
    loop(&supervisor);
    beid_image_close(&supervisor.worker);
    return supervisor.status;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "errand.h"

#include "complain.h"
#include "crew.h"
#include "serve.h"
#include "session.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "sys/harden.h"
#include "wire/wire.h"

#include <beid/log.h>

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPERATION 1U /* there is only this one */
#define FIRST_FD 3
#define END_MS 3000 /* what the worker gets to end by itself */
#define POLLED 3

struct errand {
    struct crew crew;
    int front; /* our end of what is front's in the agent */
    int signals;
    bool answered;
    enum beid_err err; /* why there will be no answer */
    struct errand_answer *answer;
};

void
errand_answer_init(struct errand_answer *answer)
{
    *answer = (struct errand_answer){.reply = {.err = BEID_OK}};
    beid_buf_init(&answer->packet, BEID_WIRE_MAX);
}

void
errand_answer_clear(struct errand_answer *answer)
{
    beid_buf_clear(&answer->packet);
    answer->reply = (struct beid_wire_auth_reply){.err = BEID_OK};
}

int
errand_prepare(const struct cli_call *call,
               const struct errand_options *options)
{
    beid_log_set(beid_log_stderr, NULL, options->serve.level);
    enum beid_err err = beid_harden_start();
    if (err == BEID_OK) {
        err = beid_harden_close_from(FIRST_FD);
    }
    serve_clean_environment();
    if (err != BEID_OK) {
        return complain_as(options->json, call->lang, err);
    }
    return session_settings_good(options->json, call->lang) ? CLI_DONE
                                                            : CLI_FAILED;
}

static enum beid_err
hold_signals(int *fd)
{
    static const int held[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    sigset_t set;
    bool good = sigemptyset(&set) == 0;
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        good = good && sigaddset(&set, held[i]) == 0;
    }
    if (!good || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return BEID_ERR_IO;
    }
    *fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *fd >= 0 ? BEID_OK : BEID_ERR_IO;
}

static enum beid_err
ask(const struct errand *errand, const struct beid_wire_operation *operation)
{
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err = beid_wire_put_operation(&packet, OPERATION, operation);
    if (err == BEID_OK) {
        err = beid_channel_send(errand->front, beid_buf_span(&packet), -1);
    } else {
        err = BEID_ERR_ARGUMENT;
    }
    beid_buf_clear(&packet);
    return err;
}

/* The worker still answers, with BEID_ERR_CANCELLED. */
static void
withdraw(const struct errand *errand)
{
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    if (beid_wire_put_empty(&packet, BEID_WIRE_CANCEL, OPERATION) != BEID_OK
        || beid_channel_send(errand->front, beid_buf_span(&packet), -1)
               != BEID_OK) {
        BEID_LOG_DEBUG("the card worker does not listen");
    }
    beid_buf_clear(&packet);
}

static void
reap(struct errand *errand)
{
    struct crew *crew = &errand->crew;
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0) {
            return;
        }
        if (pid == crew->worker.pid) {
            crew_forget(&crew->worker);
            if (WIFSIGNALED(status)) {
                BEID_LOG_WARN("the card worker ended by signal %d",
                              WTERMSIG(status));
            }
        } else if (pid == crew->prompt.pid) {
            crew_prompt_ended(crew);
        }
    }
}

static void
on_signals(struct errand *errand)
{
    struct signalfd_siginfo info;
    while (read(errand->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            reap(errand);
        } else if (!errand->answered) {
            withdraw(errand);
        }
    }
}

static enum beid_err
take(struct errand *errand)
{
    struct beid_wire_message message;
    struct beid_buf *packet = &errand->answer->packet;
    int passed = -1;
    enum beid_err err = beid_channel_recv(errand->front, packet, &passed);
    if (passed >= 0) {
        (void)close(passed);
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        err = beid_wire_open(beid_buf_span(packet), &message);
    }
    if (err != BEID_OK || message.type == BEID_WIRE_EVENT
        || message.type == BEID_WIRE_LEAVING
        || message.type == BEID_WIRE_BEGUN) {
        return err;
    }
    if (message.operation != OPERATION) {
        return BEID_ERR_FORMAT;
    }
    err = message.type == BEID_WIRE_AUTH_REPLY
              ? beid_wire_get_auth_reply(&message, &errand->answer->reply)
              : beid_wire_get_document_reply(&message, &errand->answer->reply);
    errand->answered = err == BEID_OK;
    return err;
}

static void
tend(struct errand *errand, const struct pollfd ready[POLLED])
{
    struct crew *crew = &errand->crew;
    if (ready[0].revents != 0) {
        on_signals(errand);
    }
    if (ready[1].revents != 0 && crew->worker.channel == ready[1].fd) {
        enum beid_err err = crew_worker_says(crew);
        if (err != BEID_OK && err != BEID_ERR_BUSY) {
            crew_dismiss(&crew->worker);
        }
    }
    if (ready[2].revents != 0 && !errand->answered) {
        enum beid_err err = take(errand);
        if (err != BEID_OK && err != BEID_ERR_BUSY) {
            errand->err = BEID_ERR_INTERNAL;
        }
    }
}

static int
wait_ms(const struct errand *errand, int64_t until_ms)
{
    int64_t next = errand->crew.prompt.kill_ms;
    next = until_ms < next ? until_ms : next;
    if (next == BEID_NEVER) {
        return -1;
    }
    int64_t left = next - beid_clock_ms();
    return left <= 0 ? 0 : (int)(left < INT_MAX ? left : INT_MAX);
}

static void
turn(struct errand *errand, int64_t until_ms)
{
    struct pollfd wait[POLLED] = {
        {errand->signals, POLLIN, 0},
        {errand->crew.worker.channel, POLLIN, 0},
        {errand->answered ? -1 : errand->front, POLLIN, 0}};
    crew_prompt_tick(&errand->crew, beid_clock_ms());
    if (poll(wait, POLLED, wait_ms(errand, until_ms)) > 0) {
        tend(errand, wait);
    }
}

/* The worker ends when nobody is at the other end any more. */
static void
end_crew(struct errand *errand)
{
    struct crew *crew = &errand->crew;
    int64_t until = beid_clock_ms() + END_MS;
    errand->answered = true;
    if (errand->front >= 0) {
        (void)close(errand->front);
    }
    crew_prompt_end(crew);
    while (crew->worker.pid != 0 || crew->prompt.pid != 0) {
        turn(errand, until);
        if (beid_clock_ms() >= until) {
            crew_signal(&crew->worker, SIGKILL);
            until = BEID_NEVER;
        }
    }
    crew_dismiss(&crew->worker);
    if (crew->journal_lock >= 0) {
        (void)close(crew->journal_lock);
    }
}

enum beid_err
errand_run(const struct errand_options *errand_options, bool local,
           const struct beid_wire_operation *operation,
           struct errand_answer *answer)
{
    const struct serve_options *options = &errand_options->serve;
    struct errand errand = {.crew = {.options = options,
                                     .local = local,
                                     .listener = -1,
                                     .journal_lock = -1,
                                     .front = {.channel = -1},
                                     .worker = {.channel = -1},
                                     .prompt = {.kill_ms = BEID_NEVER}},
                            .front = -1,
                            .signals = -1,
                            .answer = answer};
    if (access(options->worker, X_OK) != 0
        || access(options->module, R_OK) != 0) {
        BEID_LOG_ERROR("%s or %s is not there", options->worker,
                       options->module);
        return BEID_ERR_IO;
    }
    errand.err = hold_signals(&errand.signals);
    if (errand.err == BEID_OK) {
        errand.err = crew_start_alone(&errand.crew, &errand.front);
    }
    if (errand.err == BEID_OK) {
        errand.err = ask(&errand, operation);
    }
    while (errand.err == BEID_OK && !errand.answered) {
        turn(&errand, BEID_NEVER);
    }
    enum beid_err err = errand.answered ? answer->reply.err : errand.err;
    end_crew(&errand);
    if (errand.signals >= 0) {
        (void)close(errand.signals);
    }
    return err;
}

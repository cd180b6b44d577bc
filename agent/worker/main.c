/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * beid-agent-card: the only process of the agent that speaks to cards. The
 * supervisor starts it; see agent/wire/PROTOCOL.md for its two sockets.
 */
#include "prompt/terminal.h"
#include "sys/harden.h"
#include "sys/log_sink.h"
#include "sys/sandbox.h"
#include "sys/self_attack.h"
#include "worker/memory.h"
#include "worker/operation.h"
#include "worker/worker.h"

#include <beid/log.h>

#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRONT_FD 3
#define SUPERVISOR_FD 4
#define JOURNAL_FD 5
#define JOURNAL_HEAD_FD 6

struct arguments {
    const char *module;
    bool development;
    bool journal; /* its two descriptors were passed */
    bool kiosk;
    bool local; /* files of this computer, nothing else */
    enum beid_log_level level;
    const char *attack; /* on itself, see sys/self_attack.h; NULL: none */
};

static bool
read_level(const char *name, enum beid_log_level *level)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            *level = (enum beid_log_level)i;
            return true;
        }
    }
    return false;
}

static bool
read_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"module", required_argument, NULL, 'm'},
        {"log-level", required_argument, NULL, 'l'},
        {"development", no_argument, NULL, 'd'},
        {"journal", no_argument, NULL, 'j'},
        {"kiosk", no_argument, NULL, 'k'},
        {"local", no_argument, NULL, 'f'},
#if defined(BEID_SELF_ATTACK)
        {"self-attack", required_argument, NULL, 'a'},
#endif
        {NULL, 0, NULL, 0},
    };
    *out = (struct arguments){.level = BEID_LEVEL_INFO};
    int option = 0;
    bool good = true;
    while (good
           /* NOLINTNEXTLINE(concurrency-mt-unsafe): still one thread */
           && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'm':
            out->module = optarg;
            break;
        case 'l':
            good = read_level(optarg, &out->level);
            break;
        case 'd':
            out->development = true;
            break;
        case 'j':
            out->journal = true;
            break;
        case 'k':
            out->kiosk = true;
            break;
        case 'f':
            out->local = true;
            break;
#if defined(BEID_SELF_ATTACK)
        case 'a':
            out->attack = optarg;
            break;
#endif
        default:
            good = false;
        }
    }
    return good && optind == argc && out->module != NULL;
}

static void
answer_status(struct worker *worker)
{
    struct link *link = &worker->link;
    /* Its error goes out with what was seen. */
    (void)!worker_look(worker);
    for (size_t i = 0; i < link->status_count; i++) {
        link_send_status(link, link->status[i], &link->seen);
    }
    link->status_count = 0;
}

/* Until the other side ends, or a card holds us for ever. */
static void
serve(struct worker *worker)
{
    struct link *link = &worker->link;
    while (!link->ended && !worker->stuck && !worker->forgets
           && !worker->moved) {
        if (link->status_count > 0) {
            answer_status(worker);
        } else if (link->asked) {
            operation_run(worker);
        } else if (link_turn(link, -1, LINK_FOREVER) == BEID_ERR_TIMEOUT) {
            break;
        }
    }
}

static enum beid_err
start(const struct arguments *arguments, struct worker *worker)
{
    enum beid_err err = beid_harden_start();
    if (err == BEID_OK) {
        err = beid_harden_close_from(
            (arguments->journal ? JOURNAL_HEAD_FD : SUPERVISOR_FD) + 1);
    }
    if (err != BEID_OK) {
        return err;
    }
    beid_log_set(beid_log_sink_find(), NULL, arguments->level);
    /* Both sockets may close under us; writing then fails with EPIPE. */
    (void)signal(SIGPIPE, SIG_IGN);
    /* A journal that may not grow must not end the login. */
    (void)signal(SIGXFSZ, SIG_IGN);
    /* One heap for both threads: less memory, and fewer places to leak to. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): still one thread */
    (void)mallopt(M_ARENA_MAX, 1);
    prompt_terminal_find();
    link_init(&worker->link, FRONT_FD, SUPERVISOR_FD);
    worker->development = arguments->development;
    worker->kiosk = arguments->kiosk;
    worker->local = arguments->local;
    worker->journal = arguments->journal
                          ? (struct journal){JOURNAL_FD, JOURNAL_HEAD_FD}
                          : (struct journal){-1, -1};
    worker->attack = arguments->attack;
    err = memory_guard();
    if (err == BEID_OK) {
        err = worker_init(worker, arguments->module);
    }
    if (err == BEID_OK) {
        err = beid_sandbox_calls("card worker", BEID_CALLS_WORKER);
    }
    beid_self_attack(BEID_ATTACK_SECCOMP, worker->attack);
    return err;
}

int
main(int argc, char **argv)
{
    static struct worker worker;
    struct arguments arguments;
    if (!read_arguments(argc, argv, &arguments)) {
        (void)fputs("beid-agent-card is started by beid-agent\n", stderr);
        return EXIT_FAILURE;
    }
    enum beid_err err = start(&arguments, &worker);
    if (err != BEID_OK) {
        BEID_LOG_ERROR("cannot start: %s", beid_err_text(err));
        worker_clear(&worker);
        return EXIT_FAILURE;
    }
    serve(&worker);
    if (worker.stuck) {
        /*
         * The card thread is inside a call that does not return. Ending the
         * process closes its connection, and pcscd resets a card that was in
         * a transaction.
         */
        _exit(EXIT_FAILURE);
    }
    worker_clear(&worker);
    if (worker.forgets) {
        return BEID_WIRE_EXIT_FORGETS;
    }
    return worker.moved ? BEID_WIRE_EXIT_MOVED : EXIT_SUCCESS;
}

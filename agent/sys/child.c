/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "harden.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#define FIRST_FD 3
#define EXIT_NOT_STARTED 127

static bool
default_signals(void)
{
    static const int changed[] = {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGCHLD};
    sigset_t none;
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        if (signal(changed[i], SIG_DFL) == SIG_ERR) {
            return false;
        }
    }
    return sigemptyset(&none) == 0
           && pthread_sigmask(SIG_SETMASK, &none, NULL) == 0;
}

/*
 * Puts the descriptors where the plan wants them: first out of the way, so
 * that none is overwritten before its turn.
 */
static bool
place_fds(const struct beid_child_plan *plan)
{
    int parked[BEID_CHILD_FDS_MAX];
    int count = 0;
    while (count < (int)BEID_CHILD_FDS_MAX && plan->fds[count] >= 0) {
        parked[count] = fcntl(plan->fds[count], F_DUPFD_CLOEXEC,
                              FIRST_FD + (int)BEID_CHILD_FDS_MAX);
        if (parked[count] < 0) {
            return false;
        }
        count++;
    }
    if (plan->stdio >= 0
        && (dup2(plan->stdio, STDIN_FILENO) < 0
            || dup2(plan->stdio, STDOUT_FILENO) < 0)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (dup2(parked[i], FIRST_FD + i) < 0) {
            return false;
        }
    }
    return beid_harden_close_from(FIRST_FD + count) == BEID_OK;
}

static _Noreturn void
become(const struct beid_child_plan *plan, pid_t parent)
{
    if (default_signals() && place_fds(plan)
        && (!plan->own_group || setpgid(0, 0) == 0)
        && beid_harden_die_with(parent) == BEID_OK) {
        beid_harden_environment(plan->keep);
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): exec only reads it */
        (void)execv(plan->program, (char *const *)(uintptr_t)plan->argv);
    }
    _exit(EXIT_NOT_STARTED);
}

enum beid_err
beid_child_start(const struct beid_child_plan *plan, pid_t *pid)
{
    pid_t parent = getpid();
    pid_t made = fork();
    if (made < 0) {
        return BEID_ERR_IO;
    }
    if (made == 0) {
        become(plan, parent);
    }
    *pid = made;
    return BEID_OK;
}

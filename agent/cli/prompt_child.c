/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "prompt_child.h"

#include "sys/child.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const keep[] = {PROMPT_CHILD_ENVIRONMENT, NULL};

/* Standard input of the prompt is its pipe, so it is told its terminal. */
static enum beid_err
spawn(const char *program, bool scripted, int end, pid_t *pid)
{
    char tty[256];
    const char *term = secure_getenv("TERM");
    const char *argv[6] = {program, NULL};
    if (scripted) {
        argv[1] = "--development";
    } else if (ttyname_r(STDIN_FILENO, tty, sizeof tty) == 0 && term != NULL) {
        argv[1] = "--ttyname";
        argv[2] = tty;
        argv[3] = "--ttytype";
        argv[4] = term;
    }
    const struct beid_child_plan plan = {.program = program,
                                         .argv = argv,
                                         .keep = keep,
                                         .fds = {-1, -1, -1},
                                         .stdio = end};
    return beid_child_start(&plan, pid);
}

enum beid_err
prompt_child_start(const char *program, bool scripted, int *end, pid_t *pid)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return BEID_ERR_PROMPT;
    }
    enum beid_err err = spawn(program, scripted, pair[1], pid);
    (void)close(pair[1]);
    if (err != BEID_OK) {
        (void)close(pair[0]);
        return BEID_ERR_PROMPT;
    }
    *end = pair[0];
    return BEID_OK;
}

void
prompt_child_end(pid_t pid)
{
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
}

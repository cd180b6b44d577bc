/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "pcscd.h"

#include "namespace.h"
#include "reply.h"
#include "spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_LEN 160U
#define POLL_MS 50
#define POLLS_MAX 400U /* 20 s */
#define STOP_MS 5000
#define USUAL_SOCKET NAMESPACE_USUAL_DIR "/pcscd.comm"
#define USUAL_PID NAMESPACE_USUAL_DIR "/pcscd.pid"

void
pcscd_init(struct pcscd *pcscd, struct loop *loop,
           const struct settings *settings)
{
    memset(pcscd, 0, sizeof(*pcscd));
    pcscd->loop = loop;
    pcscd->settings = settings;
    pcscd->error_pipe = -1;
    pcscd->waiter = -1;
    pcscd->stop_waiter = -1;
    pcscd->also = "";
}

static void
path_in(const struct pcscd *pcscd, const char *name, char out[PATH_LEN])
{
    (void)snprintf(out, PATH_LEN, "%s/%s", pcscd->settings->dir, name);
}

/* Where its clients find it. */
static void
socket_path(const struct pcscd *pcscd, char out[PATH_LEN])
{
    if (pcscd->settings->pcscd == SETTINGS_PCSCD_DEFAULT) {
        (void)snprintf(out, PATH_LEN, "%s", USUAL_SOCKET);
    } else {
        path_in(pcscd, "run/pcscd.comm", out);
    }
}

static bool
socket_answers(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof(address.sun_path)) {
        return false;
    }
    memcpy(address.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good =
        fd >= 0
        && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

static void
pid_file_write(const struct pcscd *pcscd)
{
    char path[PATH_LEN];
    path_in(pcscd, "pcscd.pid", path);
    FILE *file = fopen(path, "we");
    if (file != NULL) {
        (void)fprintf(file, "%d\n", (int)pcscd->pid);
        (void)fclose(file);
    }
}

/* The answer of a start; nothing of it is pending afterwards. */
static void
start_done(struct pcscd *pcscd, enum reply_code code, const char *text)
{
    loop_cancel(pcscd->loop, pcscd_progress, pcscd);
    int waiter = pcscd->waiter;
    pcscd->waiter = -1;
    reply_send(waiter, code, "%s\n", text);
}

void
pcscd_progress(void *ctx)
{
    struct pcscd *pcscd = ctx;
    if (pcscd->waiter < 0 || pcscd->pid == 0) {
        return;
    }
    char path[PATH_LEN];
    socket_path(pcscd, path);
    if (pcscd->readers_in_use(pcscd->ctx) && socket_answers(path)) {
        char text[2 * PATH_LEN];
        (void)snprintf(text, sizeof(text), "%sPCSCLITE_CSOCK_NAME=%s",
                       pcscd->also, path);
        start_done(pcscd, REPLY_OK, text);
        return;
    }
    pcscd->polls++;
    if (pcscd->polls > POLLS_MAX
        || loop_after(pcscd->loop, POLL_MS, pcscd_progress, pcscd) != BEID_OK) {
        start_done(pcscd, REPLY_FAILED,
                   "pcscd does not use the virtual readers: see pcscd.log");
    }
}

static bool
usual_place_free(struct pcscd *pcscd, int waiter)
{
    struct stat about;
    if (socket_answers(USUAL_SOCKET)) {
        reply_send(waiter, REPLY_FAILED,
                   "another pcscd runs at " USUAL_SOCKET
                   "; start without --pcscd-default\n");
        return false;
    }
    if (stat(NAMESPACE_USUAL_DIR, &about) != 0) {
        pcscd->made_usual_dir = true; /* pcscd will */
    }
    (void)unlink(USUAL_SOCKET);
    (void)unlink(USUAL_PID);
    return true;
}

void
pcscd_start(struct pcscd *pcscd, int waiter)
{
    int pipe_fds[2];
    if (pcscd->pid != 0) {
        reply_send(waiter, REPLY_RUNNING, "pcscd runs already\n");
        return;
    }
    if (pcscd->settings->pcscd == SETTINGS_PCSCD_DEFAULT) {
        if (!usual_place_free(pcscd, waiter)) {
            return;
        }
    } else {
        char path[PATH_LEN];
        path_in(pcscd, "run/pcscd.comm", path);
        (void)unlink(path);
        path_in(pcscd, "run/pcscd.pid", path);
        (void)unlink(path);
    }
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        reply_send(waiter, REPLY_FAILED, "pipe: %m\n");
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        spawn_pcscd(pcscd->settings, pipe_fds[1]);
    }
    (void)close(pipe_fds[1]);
    if (pid < 0) {
        (void)close(pipe_fds[0]);
        reply_send(waiter, REPLY_FAILED, "fork: %m\n");
        return;
    }
    pcscd->pid = pid;
    pcscd->error_pipe = pipe_fds[0];
    pcscd->waiter = waiter;
    pcscd->polls = 0;
    pid_file_write(pcscd);
    pcscd_progress(pcscd);
}

static void
kill_now(void *ctx)
{
    const struct pcscd *pcscd = ctx;
    if (pcscd->pid != 0) {
        (void)kill(pcscd->pid, SIGKILL);
    }
}

void
pcscd_stop(struct pcscd *pcscd, int signal, int waiter)
{
    if (pcscd->pid == 0 || pcscd->stop_waiter >= 0) {
        reply_send(waiter, REPLY_NOT_RUNNING, "pcscd does not run\n");
        return;
    }
    pcscd->stop_waiter = waiter;
    (void)kill(pcscd->pid, signal);
    if (loop_after(pcscd->loop, STOP_MS, kill_now, pcscd) != BEID_OK) {
        kill_now(pcscd);
    }
}

/* A child that failed before it was pcscd said why. */
static void
start_failed(struct pcscd *pcscd)
{
    char text[256];
    ssize_t got = read(pcscd->error_pipe, text, sizeof(text) - 1);
    if (got <= 1) {
        start_done(pcscd, REPLY_FAILED, "pcscd ended: see pcscd.log");
        return;
    }
    text[got] = '\0';
    start_done(pcscd, text[0] == 'n' ? REPLY_NOT_ALLOWED : REPLY_FAILED,
               text + 1);
}

void
pcscd_reap(struct pcscd *pcscd)
{
    if (pcscd->pid == 0 || waitpid(pcscd->pid, NULL, WNOHANG) != pcscd->pid) {
        return;
    }
    char path[PATH_LEN];
    path_in(pcscd, "pcscd.pid", path);
    (void)unlink(path);
    pcscd->pid = 0;
    loop_cancel(pcscd->loop, kill_now, pcscd);
    if (pcscd->waiter >= 0) {
        start_failed(pcscd);
    }
    (void)close(pcscd->error_pipe);
    pcscd->error_pipe = -1;
    int waiter = pcscd->stop_waiter;
    pcscd->stop_waiter = -1;
    reply_send(waiter, REPLY_OK, "%s", "");
    if (pcscd->ended != NULL) {
        pcscd->ended(pcscd->ctx);
    }
}

void
pcscd_tidy(struct pcscd *pcscd)
{
    char path[PATH_LEN];
    path_in(pcscd, "run/pcscd.comm", path);
    (void)unlink(path);
    path_in(pcscd, "run/pcscd.pid", path);
    (void)unlink(path);
    path_in(pcscd, "pcscd.pid", path);
    (void)unlink(path);
    if (pcscd->made_usual_dir) {
        (void)unlink(USUAL_SOCKET);
        (void)unlink(USUAL_PID);
        (void)rmdir(NAMESPACE_USUAL_DIR);
    }
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The life of the card daemon. */

#include "daemon.h"

#include "reply.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTLE_MS 3000

static void
path_in(const struct daemon *daemon, const char *name,
        char out[DAEMON_PATH_LEN])
{
    (void)snprintf(out, DAEMON_PATH_LEN, "%s/%s", daemon->settings.dir, name);
}

static bool
readers_in_use(void *ctx)
{
    const struct daemon *daemon = ctx;
    for (unsigned i = 0; i < daemon->reader_count; i++) {
        if (host_is_open(&daemon->hosts[i])
            && !host_in_use(&daemon->hosts[i])) {
            return false;
        }
    }
    return true;
}

static void
settle_give_up(void *ctx)
{
    int *waiter = ctx;
    reply_send(*waiter, REPLY_OK, "%s", "");
    *waiter = -1;
}

void
daemon_settle(struct daemon *daemon, unsigned reader, int fd)
{
    int *waiter = &daemon->settle_waiters[reader];
    if (daemon->settings.vpcd_address != NULL || *waiter >= 0
        || host_settled(&daemon->hosts[reader])
        || loop_after(&daemon->loop, SETTLE_MS, settle_give_up, waiter)
               != BEID_OK) {
        reply_send(fd, REPLY_OK, "%s", "");
        return;
    }
    *waiter = fd;
}

/* Some handler waits for news: answer who waited for that. */
static void
handler_waits(void *ctx)
{
    struct daemon *daemon = ctx;
    for (unsigned i = 0; i < daemon->reader_count; i++) {
        int *waiter = &daemon->settle_waiters[i];
        if (*waiter >= 0 && host_settled(&daemon->hosts[i])) {
            loop_cancel(&daemon->loop, settle_give_up, waiter);
            settle_give_up(waiter);
        }
    }
    pcscd_progress(&daemon->pcscd);
}

static void
signal_ready(void *ctx)
{
    struct daemon *daemon = ctx;
    struct signalfd_siginfo info;
    if (read(daemon->signals, &info, sizeof(info)) != sizeof(info)) {
        return;
    }
    if (info.ssi_signo == SIGCHLD) {
        pcscd_reap(&daemon->pcscd);
    } else {
        daemon_quit(daemon, -1);
    }
}

static enum beid_err
signals_open(struct daemon *daemon)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return BEID_ERR_IO;
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    daemon->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (daemon->signals < 0) {
        return BEID_ERR_IO;
    }
    return loop_watch(&daemon->loop, daemon->signals, signal_ready, daemon);
}

static void
pcscd_ended(void *ctx)
{
    struct daemon *daemon = ctx;
    if (daemon->quitting) {
        loop_stop(&daemon->loop);
    }
}

void
daemon_quit(struct daemon *daemon, int waiter)
{
    if (daemon->quitting) {
        reply_send(waiter, REPLY_NOT_RUNNING, "it is ending already\n");
        return;
    }
    daemon->quitting = true;
    daemon->quit_waiter = waiter;
    if (daemon->pcscd.pid == 0) {
        loop_stop(&daemon->loop);
    } else {
        for (unsigned i = 0; i < daemon->reader_count; i++) {
            (void)vreader_release(&daemon->readers[i]);
            vreader_due(&daemon->readers[i]);
        }
        pcscd_stop(&daemon->pcscd, SIGTERM, -1);
    }
}

static enum beid_err
pid_write(const struct daemon *daemon)
{
    char path[DAEMON_PATH_LEN];
    path_in(daemon, "card.pid", path);
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return BEID_ERR_IO;
    }
    (void)fprintf(file, "%d\n", (int)getpid());
    return fclose(file) == 0 ? BEID_OK : BEID_ERR_IO;
}

/* DIR/prompt: this program under the name that lets it answer dialogs. */
static enum beid_err
prompt_link(const struct daemon *daemon)
{
    char path[DAEMON_PATH_LEN];
    path_in(daemon, "prompt", path);
    (void)unlink(path);
    return symlink(daemon->settings.self, path) == 0 ? BEID_OK : BEID_ERR_IO;
}

static enum beid_err
directories_make(const struct daemon *daemon)
{
    static const char *const names[] = {"run", "empty", "pcscd.d"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[DAEMON_PATH_LEN];
        path_in(daemon, names[i], path);
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return BEID_ERR_IO;
        }
    }
    return BEID_OK;
}

/* pcscd wants the names to differ; it appends numbers of its own. */
static void
reader_name(const struct settings *settings, unsigned number, char *out,
            size_t size)
{
    if (settings->name[0] == '\0') {
        (void)snprintf(out, size, "beid virtual reader %u", number);
    } else if (settings->readers == 1) {
        (void)snprintf(out, size, "%s", settings->name);
    } else {
        (void)snprintf(out, size, "%s %u", settings->name, number);
    }
}

/* Where pcscd finds the handler: by a link when reader.conf, which knows no
 * quoting, cannot hold its path, as that of a tree below a name with blanks. */
static enum beid_err
handler_place(const struct daemon *daemon, char out[SETTINGS_PATH_LEN])
{
    const char *handler = daemon->settings.handler;
    if (strpbrk(handler, " \t\n\"#:") == NULL) {
        memcpy(out, handler, strlen(handler) + 1);
        return BEID_OK;
    }
    char path[DAEMON_PATH_LEN];
    path_in(daemon, "handler.so", path);
    (void)unlink(path);
    memcpy(out, path, strlen(path) + 1);
    return symlink(handler, path) == 0 ? BEID_OK : BEID_ERR_IO;
}

/* What pcscd reads: one reader per socket. */
static enum beid_err
reader_conf_write(const struct daemon *daemon)
{
    char path[DAEMON_PATH_LEN];
    char handler[SETTINGS_PATH_LEN];
    path_in(daemon, "pcscd.d/reader.conf", path);
    enum beid_err err = handler_place(daemon, handler);
    if (err != BEID_OK) {
        return err;
    }
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return BEID_ERR_IO;
    }
    for (unsigned i = 0; i < daemon->reader_count; i++) {
        char name[SETTINGS_NAME_LEN + 16];
        reader_name(&daemon->settings, i, name, sizeof(name));
        (void)fprintf(file,
                      "FRIENDLYNAME \"%s\"\n"
                      "DEVICENAME %s\n"
                      "LIBPATH %s\n"
                      "CHANNELID %u\n\n",
                      name, daemon->hosts[i].path, handler, i);
    }
    return fclose(file) == 0 ? BEID_OK : BEID_ERR_IO;
}

static enum beid_err
socket_open(struct daemon *daemon, unsigned number)
{
    struct host *host = &daemon->hosts[number];
    char path[DAEMON_PATH_LEN];
    (void)snprintf(path, sizeof(path), "%s/reader%u.sock", daemon->settings.dir,
                   number);
    enum beid_err err =
        host_open(host, &daemon->loop, &daemon->readers[number], path);
    host->pad = &daemon->pads[number];
    host->firmware = daemon->settings.firmware;
    host->waiting = handler_waits;
    host->waiting_ctx = daemon;
    return err;
}

enum beid_err
daemon_plug(struct daemon *daemon, unsigned reader)
{
    struct host *host = &daemon->hosts[reader];
    if (host_is_open(host)) {
        return BEID_ERR_STATE;
    }
    enum beid_err err = socket_open(daemon, reader);
    host->expected = err == BEID_OK && daemon->pcscd.pid != 0;
    return err;
}

enum beid_err
daemon_unplug(struct daemon *daemon, unsigned reader)
{
    if (!host_is_open(&daemon->hosts[reader])) {
        return BEID_ERR_STATE;
    }
    vreader_power_off(&daemon->readers[reader]);
    host_close(&daemon->hosts[reader]);
    return BEID_OK;
}

static enum beid_err
reader_open(struct daemon *daemon, unsigned number, const char **why)
{
    const struct settings *settings = &daemon->settings;
    struct vcard *card = NULL;
    enum beid_err err = daemon_card_make(daemon, settings->applet,
                                         settings->person, &card, why);
    if (err != BEID_OK) {
        return err;
    }
    struct vreader *reader = &daemon->readers[number];
    vreader_init(reader, number, card, &daemon->trace);
    vpad_init(&daemon->pads[number], settings->pinpad, settings->name,
              settings->firmware, reader, &daemon->loop);
    daemon->reader_count++;
    if (settings->latency) {
        latency_open(&daemon->latencies[number], &daemon->loop, reader);
    }
    if (!settings->empty) {
        err = vreader_insert(reader);
    }
    if (err == BEID_OK && settings->vpcd_address != NULL) {
        vpcd_open(&daemon->vpcds[number], &daemon->loop, reader,
                  settings->vpcd_address, settings->vpcd_port + number);
    } else if (err == BEID_OK) {
        *why = "the reader's socket cannot be made";
        err = socket_open(daemon, number);
    }
    return err;
}

static enum beid_err
daemon_open(struct daemon *daemon, const char **why)
{
    *why = "a directory or file cannot be written";
    enum beid_err err = signals_open(daemon);
    if (err == BEID_OK) {
        err = directories_make(daemon);
    }
    if (err == BEID_OK) {
        err = prompt_link(daemon);
    }
    if (err == BEID_OK && daemon->settings.responder) {
        *why = "the responder's port is taken";
        err = responder_start(&daemon->responder,
                              daemon->settings.responder_port);
    }
    for (unsigned i = 0; err == BEID_OK && i < daemon->settings.readers; i++) {
        err = reader_open(daemon, i, why);
    }
    if (err == BEID_OK) {
        *why = "reader.conf, card.pid or control.sock cannot be written";
        err = reader_conf_write(daemon);
    }
    if (err == BEID_OK) {
        err = pid_write(daemon);
    }
    if (err == BEID_OK) {
        char path[DAEMON_PATH_LEN];
        path_in(daemon, "control.sock", path);
        daemon->control.handler = NULL;
        err = control_open(&daemon->control, &daemon->loop, path);
        daemon->control.handler = daemon_verb;
        daemon->control.ctx = daemon;
    }
    return err;
}

static void
daemon_close(struct daemon *daemon)
{
    static const char *const leftovers[] = {"control.sock", "card.pid",
                                            "pcscd.d/reader.conf", "prompt",
                                            "handler.so"};
    for (unsigned i = 0; i < daemon->reader_count; i++) {
        host_close(&daemon->hosts[i]);
        vpcd_close(&daemon->vpcds[i]);
        latency_close(&daemon->latencies[i]);
        vpad_clear(&daemon->pads[i]);
        vreader_clear(&daemon->readers[i]);
        reply_send(daemon->hold_waiters[i], REPLY_FAILED, "it has ended\n");
        reply_send(daemon->settle_waiters[i], REPLY_OK, "%s", "");
        reply_send(daemon->pad_waiters[i], REPLY_FAILED, "it has ended\n");
    }
    pcscd_tidy(&daemon->pcscd);
    responder_stop(&daemon->responder);
    trace_close(&daemon->trace);
    for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++) {
        char path[DAEMON_PATH_LEN];
        path_in(daemon, leftovers[i], path);
        (void)unlink(path);
    }
    (void)close(daemon->signals);
}

int
daemon_run(const struct settings *settings, int waiter)
{
    static struct daemon daemon; /* too large for a stack frame */
    const char *why = "";
    daemon.settings = *settings;
    daemon.quit_waiter = -1;
    loop_init(&daemon.loop);
    for (unsigned i = 0; i < SETTINGS_READERS_MAX; i++) {
        daemon.hold_waiters[i] = -1;
        daemon.settle_waiters[i] = -1;
        daemon.pad_waiters[i] = -1;
    }
    responder_init(&daemon.responder, &daemon.loop, daemon.settings.dir,
                   settings->applet);
    pcscd_init(&daemon.pcscd, &daemon.loop, &daemon.settings);
    daemon.pcscd.readers_in_use = readers_in_use;
    daemon.pcscd.ended = pcscd_ended;
    daemon.pcscd.ctx = &daemon;
    enum beid_err err = daemon_open(&daemon, &why);
    if (err != BEID_OK) {
        reply_send(waiter, REPLY_FAILED, "%s: %s\n", why, beid_err_text(err));
        daemon_close(&daemon);
        return REPLY_FAILED;
    }
    char also[DAEMON_PATH_LEN] = "";
    if (settings->responder) {
        char url[RESPONDER_URL_LEN];
        responder_url(&daemon.responder, url);
        (void)snprintf(also, sizeof(also), "BEID_RESPONDER=%s\n", url);
    }
    daemon.pcscd.also = also;
    if (settings->pcscd == SETTINGS_PCSCD_NONE) {
        reply_send(waiter, REPLY_OK, "%s", also);
    } else {
        pcscd_start(&daemon.pcscd, waiter);
    }
    loop_run(&daemon.loop);
    control_close(&daemon.control);
    daemon_close(&daemon);
    reply_send(daemon.quit_waiter, REPLY_OK, "%s", "");
    return REPLY_OK;
}

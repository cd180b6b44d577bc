/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Stands between the agent and the real pinentry and adds up the time in which
 * the agent waits for pinentry or for the person: from each command to its
 * last line, and from its own start to the greeting. Keeps times, no content.
 *
 * Started under a name in a directory of the caller's: writes the nanoseconds
 * as text to the file "waited" beside that name, and behind them when the last
 * answer came, on the monotonic clock.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_ROOM 2048U
#define PATH_ROOM 1024U

struct account {
    long long since; /* when the agent began to wait; 0: it does not */
    long long waited;
    int file;
};

static long long
now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((long long)now.tv_sec * 1000000000LL) + now.tv_nsec;
}

static int
account_open(const char *name)
{
    char path[PATH_ROOM];
    const char *slash = strrchr(name, '/');
    int stem = slash == NULL ? 0 : (int)(slash - name) + 1;
    (void)snprintf(path, sizeof path, "%.*swaited", stem, name);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void
stop_waiting(struct account *account)
{
    char text[64];
    if (account->since == 0) {
        return;
    }
    long long now = now_ns();
    account->waited += now - account->since;
    account->since = 0;
    int len =
        snprintf(text, sizeof text, "%019lld %019lld\n", account->waited, now);
    if (pwrite(account->file, text, (size_t)len, 0) != len) {
        _exit(1);
    }
}

/* Is the last line of an answer in here, "OK" or "ERR"? */
static int
answers(const char *data, size_t len)
{
    while (len > 0 && data[len - 1] == '\n') {
        len--;
    }
    const char *line = memrchr(data, '\n', len);
    line = line == NULL ? data : line + 1;
    size_t rest = len - (size_t)(line - data);
    return rest >= 2
           && (memcmp(line, "OK", 2) == 0 || memcmp(line, "ER", 2) == 0);
}

static pid_t
pinentry_start(int *channel_in, int *channel_out)
{
    int in[2];
    int out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1) {
            (void)execlp("pinentry-gtk-2", "pinentry-gtk-2", (char *)NULL);
        }
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    *channel_in = in[1];
    *channel_out = out[0];
    return pid;
}

static void
relay(struct account *account, int to_pinentry, int from_pinentry)
{
    struct pollfd ends[2] = {{.fd = 0, .events = POLLIN},
                             {.fd = from_pinentry, .events = POLLIN}};
    char data[LINE_ROOM];
    for (;;) {
        if (poll(ends, 2, -1) < 0) {
            return;
        }
        int from_agent = ends[0].revents != 0;
        ssize_t got = read(from_agent ? 0 : from_pinentry, data, sizeof data);
        if (got <= 0) {
            return;
        }
        if (from_agent && account->since == 0) {
            account->since = now_ns();
        } else if (!from_agent && answers(data, (size_t)got)) {
            stop_waiting(account);
        }
        if (write(from_agent ? to_pinentry : 1, data, (size_t)got) != got) {
            return;
        }
        explicit_bzero(data, sizeof data);
    }
}

int
main(int argc, char **argv)
{
    struct account account = {.since = now_ns()};
    int to_pinentry = -1;
    int from_pinentry = -1;
    account.file = argc > 0 ? account_open(argv[0]) : -1;
    pid_t pid = pinentry_start(&to_pinentry, &from_pinentry);
    if (account.file < 0 || pid < 0) {
        return EXIT_FAILURE;
    }
    relay(&account, to_pinentry, from_pinentry);
    (void)close(to_pinentry);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    return EXIT_SUCCESS;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "self_attack.h"

#include <beid/log.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_STAGE "landlock-"
#define PAGE 4096U
#define DISCARD_PORT 9
#define FIRST_FD 3
#define LAST_FD 9

/* Each returns -1 with errno when it was refused. */

static long
try_open(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long
try_write(void)
{
    return open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR);
}

static long
try_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long
connect_to(int family, const void *address, size_t len)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int got = connect(fd, address, (socklen_t)len);
    int error = errno;
    (void)close(fd);
    errno = error;
    return got;
}

static long
try_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(DISCARD_PORT),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    long got = connect_to(AF_INET, &to, sizeof to);
    /* Nobody listens there, so a refusal is what freedom looks like. */
    return got != 0 && errno == ECONNREFUSED ? 0 : got;
}

/* What follows "unix=" in the word. */
static const char *unix_path = "";

static long
try_unix(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s", unix_path);
    return connect_to(AF_UNIX, &to, sizeof to);
}

static long
try_exec(void)
{
    char name[] = "true";
    char *const argv[] = {name, NULL};
    return execv("/bin/true", argv);
}

static long
try_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    return pid;
}

static long
try_ptrace(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long
try_signal(void)
{
    return kill(getppid(), 0);
}

static long
try_thread(void)
{
    return tgkill(getppid(), getppid(), 0);
}

/* Whoever owns a descriptor gets its signals. */
static long
try_owner(void)
{
    return fcntl(STDERR_FILENO, F_SETOWN, getppid());
}

/* The listener, shut down, is a socket that a send may connect. */
static long
try_fastopen(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(DISCARD_PORT),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = FIRST_FD;
    for (int listens = 0; fd < LAST_FD && listens == 0; fd += listens == 0) {
        socklen_t len = sizeof listens;
        (void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len);
    }
    (void)shutdown(fd, SHUT_RDWR);
    ssize_t got = sendto(fd, "", 0, MSG_FASTOPEN | MSG_NOSIGNAL,
                         (const struct sockaddr *)&to, sizeof to);
    return got != 0 && (errno == ECONNREFUSED || errno == EINPROGRESS) ? 0
                                                                       : got;
}

static long
try_mmapwx(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : 0;
}

/* A library of the system that none of ours brings along. */
static long
try_dlopen(void)
{
    return dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL) != NULL ? 0 : -1;
}

/* What the loader does once it has a file: pages of code. */
static long
try_load(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : 0;
}

struct attack {
    const char *word;
    long (*run)(void);
};

static const struct attack attacks[] = {
    {"open", try_open},     {"write", try_write},
    {"socket", try_socket}, {"connect", try_connect},
    {"exec", try_exec},     {"fork", try_fork},
    {"ptrace", try_ptrace}, {"signal", try_signal},
    {"mmapwx", try_mmapwx}, {"thread", try_thread},
    {"owner", try_owner},   {"fastopen", try_fastopen},
    {"dlopen", try_dlopen}, {"load", try_load},
    {"unix", try_unix},
};

static const char *
outcome(long got)
{
    if (got >= 0) {
        return "succeeded";
    }
    switch (errno) {
    case EACCES:
        return "EACCES";
    case EPERM:
        return "EPERM";
    default:
        return "another error";
    }
}

void
beid_self_attack(enum beid_attack_stage stage, const char *word)
{
    size_t first = sizeof FIRST_STAGE - 1;
    if (word == NULL) {
        return;
    }
    bool early = strncmp(word, FIRST_STAGE, first) == 0;
    if (early != (stage == BEID_ATTACK_LANDLOCK)) {
        return;
    }
    const char *what = early ? word + first : word;
    size_t len = strcspn(what, "=");
    if (what[len] == '=') {
        unix_path = what + len + 1;
    }
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        if (strlen(attacks[i].word) == len
            && strncmp(attacks[i].word, what, len) == 0) {
            BEID_LOG_WARN("self-attack %s starts", word);
            long got = attacks[i].run();
            BEID_LOG_WARN("self-attack %s: %s", word, outcome(got));
            return;
        }
    }
    BEID_LOG_ERROR("self-attack %s is not known", word);
}

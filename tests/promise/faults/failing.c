/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into a process of the agent: fails its n-th call of a kind, as a
 * file of numbers says that both sides have mapped (faults.py), and counts
 * what is allocated. The numbers are looked at and changed, nothing else is
 * called, so that this works inside the sandbox as well.
 */

/* glibc 2.41 declares what it fortifies in a way of clang's own, with which
 * nobody else can define it. */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind {
    MEMORY = 1,
    READING = 2,
    WRITING = 4,
    ACCEPTING = 8,
    WATCHING = 16,
    HEARING = 32
};

/* How often a call of poll() looks whether the clock was set forward. */
#define SLICE_MS 2

/* As faults.py has it: 32-bit numbers, then 64-bit ones. */
struct plan {
    _Atomic uint32_t kinds; /* which calls count */
    _Atomic uint32_t left; /* until the one that fails; 0: none does */
    _Atomic uint32_t hits; /* how many did */
    _Atomic uint32_t error; /* errno of all kinds but MEMORY */
    _Atomic uint32_t first; /* descriptors below are spared */
    _Atomic uint32_t idle; /* calls of poll() whose time went by */
    _Atomic int64_t live; /* blocks of memory */
    _Atomic int64_t ahead_ms; /* of CLOCK_MONOTONIC */
};

static struct plan nothing;
static struct plan *plan = &nothing;

static struct {
    ssize_t (*read)(int, void *, size_t);
    ssize_t (*recv)(int, void *, size_t, int);
    ssize_t (*recvfrom)(int, void *, size_t, int, struct sockaddr *,
                        socklen_t *);
    ssize_t (*recvmsg)(int, struct msghdr *, int);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*writev)(int, const struct iovec *, int);
    ssize_t (*send)(int, const void *, size_t, int);
    ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *,
                      socklen_t);
    ssize_t (*sendmsg)(int, const struct msghdr *, int);
    int (*accept4)(int, struct sockaddr *, socklen_t *, int);
    int (*epoll_ctl)(int, int, int, struct epoll_event *);
    int (*epoll_wait)(int, struct epoll_event *, int, int);
    int (*clock_gettime)(clockid_t, struct timespec *);
    int (*poll)(struct pollfd *, nfds_t, int);
} real;

/* The C library's own, by the names that it has for such libraries. */
/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming): names that glibc made */
/* clang-format on */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);
/* clang-format off */
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming) */
/* clang-format on */

static bool
fails_now(enum kind kind)
{
    if ((plan->kinds & (uint32_t)kind) == 0 || plan->left == 0) {
        return false;
    }
    if (atomic_fetch_sub(&plan->left, 1) != 1) {
        return false;
    }
    plan->hits++;
    errno = kind == MEMORY ? ENOMEM : (int)plan->error;
    return true;
}

/* Any call can be interrupted, but only a socket can break. */
static bool
can_fail(int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    return fd >= (int)plan->first
           && ((int)plan->error == EINTR
               || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0);
}

static bool
fails_on(enum kind kind, int fd)
{
    return (plan->kinds & (uint32_t)kind) != 0 && plan->left != 0
           && can_fail(fd) && fails_now(kind);
}

static void *
counted(void *block)
{
    plan->live += block != NULL ? 1 : 0;
    return block;
}

/* clang-format off */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): those of the C library are reserved */
/* clang-format on */
void *
malloc(size_t size)
{
    return fails_now(MEMORY) ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
    return fails_now(MEMORY) ? NULL : counted(__libc_calloc(count, size));
}

void *
realloc(void *block, size_t size)
{
    if (fails_now(MEMORY)) {
        return NULL;
    }
    if (block == NULL) {
        return counted(__libc_malloc(size));
    }
    if (size == 0) {
        free(block);
        return NULL;
    }
    return __libc_realloc(block, size);
}

void
free(void *block)
{
    plan->live -= block != NULL ? 1 : 0;
    __libc_free(block);
}

ssize_t
read(int fd, void *into, size_t len)
{
    return fails_on(READING, fd) ? -1 : real.read(fd, into, len);
}

ssize_t
recv(int fd, void *into, size_t len, int flags)
{
    return fails_on(READING, fd) ? -1 : real.recv(fd, into, len, flags);
}

ssize_t
recvfrom(int fd, void *into, size_t len, int flags, struct sockaddr *from,
         socklen_t *from_len)
{
    return fails_on(READING, fd)
               ? -1
               : real.recvfrom(fd, into, len, flags, from, from_len);
}

/* FRONT_READY of agent/wire/PROTOCOL.md, which stays where it is. */
static bool
is_ready(int fd)
{
    unsigned char head[5];
    return real.recv(fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT)
               == (ssize_t)sizeof head
           && head[4] == 0x91;
}

ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
    if ((plan->kinds & (uint32_t)HEARING) != 0 && is_ready(fd)) {
        errno = EAGAIN;
        return -1;
    }
    return fails_on(READING, fd) ? -1 : real.recvmsg(fd, message, flags);
}

ssize_t
write(int fd, const void *from, size_t len)
{
    return fails_on(WRITING, fd) ? -1 : real.write(fd, from, len);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
    return fails_on(WRITING, fd) ? -1 : real.writev(fd, parts, count);
}

ssize_t
send(int fd, const void *from, size_t len, int flags)
{
    return fails_on(WRITING, fd) ? -1 : real.send(fd, from, len, flags);
}

ssize_t
sendto(int fd, const void *from, size_t len, int flags,
       const struct sockaddr *to, socklen_t to_len)
{
    return fails_on(WRITING, fd)
               ? -1
               : real.sendto(fd, from, len, flags, to, to_len);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    return fails_on(WRITING, fd) ? -1 : real.sendmsg(fd, message, flags);
}

int
accept4(int fd, struct sockaddr *from, socklen_t *from_len, int flags)
{
    return fails_now(ACCEPTING) ? -1 : real.accept4(fd, from, from_len, flags);
}

int
epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    /* A kernel does not fail to remove, and is not interrupted in it. */
    if (what != EPOLL_CTL_DEL && (int)plan->error != EINTR
        && fails_now(WATCHING)) {
        return -1;
    }
    return real.epoll_ctl(epoll, what, fd, event);
}

int
epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
    if ((int)plan->error == EINTR && fails_now(WATCHING)) {
        return -1;
    }
    return real.epoll_wait(epoll, events, max, timeout);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
    /* Other libraries begin before this one. */
    int got = real.clock_gettime != NULL
                  ? real.clock_gettime(clock, now)
                  : (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_MONOTONIC) {
        now->tv_sec += plan->ahead_ms / 1000;
        now->tv_nsec += (plan->ahead_ms % 1000) * 1000000;
        now->tv_sec += now->tv_nsec / 1000000000;
        now->tv_nsec %= 1000000000;
    }
    return got;
}

static int64_t
now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((int64_t)now.tv_sec * 1000) + (now.tv_nsec / 1000000);
}

/* Its time goes by on the clock above. */
int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
    if (timeout < 0) {
        return real.poll(fds, count, timeout);
    }
    int64_t end = now_ms() + timeout;
    int64_t left = timeout;
    int ready = 0;
    do {
        ready = real.poll(fds, count, left < SLICE_MS ? (int)left : SLICE_MS);
        if (left == 0) {
            break;
        }
        left = end - now_ms();
        left = left > 0 ? left : 0;
    } while (ready == 0);
    plan->idle += ready == 0 ? 1 : 0;
    return ready;
}

/* clang-format off */
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
/* clang-format on */

/* The next library's function of that name. */
static void
find(void *slot, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        _exit(99);
    }
    *(void **)slot = found;
}

__attribute__((constructor)) static void
begin(void)
{
    find(&real.read, "read");
    find(&real.recv, "recv");
    find(&real.recvfrom, "recvfrom");
    find(&real.recvmsg, "recvmsg");
    find(&real.write, "write");
    find(&real.writev, "writev");
    find(&real.send, "send");
    find(&real.sendto, "sendto");
    find(&real.sendmsg, "sendmsg");
    find(&real.accept4, "accept4");
    find(&real.epoll_ctl, "epoll_ctl");
    find(&real.epoll_wait, "epoll_wait");
    find(&real.clock_gettime, "clock_gettime");
    find(&real.poll, "poll");
    const char *name = secure_getenv("BEID_FAULTS");
    int fd = name != NULL ? open(name, O_RDWR | O_CLOEXEC) : -1;
    void *mapped = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE,
                                 MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        return;
    }
    (void)close(fd);
    plan = mapped;
}

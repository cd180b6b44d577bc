/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Names, since libseccomp knows their numbers on each architecture; a name
 * that does not exist on one is left out there. The lists are what tracing
 * showed on Debian 12 and 13, and what the C library does instead where it can
 * choose (poll or ppoll, fstat or newfstatat).
 */

/* Memory, time, standard error, descriptors, and the end of a process. */
static const char *const both_calls[] = {
    "brk",           "mremap",         "munmap",       "madvise",
    "futex",         "read",           "write",        "close",
    "fstat",         "recvmsg",        "recvfrom",     "getsockopt",
    "clock_gettime", "getrandom",      "getpid",       "gettid",
    "exit_group",    "rt_sigprocmask", "rt_sigreturn", "restart_syscall",
};

/* What a descriptor is, not who is told of it: F_SETOWN and F_SETSIG send any
 * signal to any process of the user. */
static const int descriptor_commands[] = {
    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
};

/* Connections that were accepted, the loop, portal files by descriptor.
 * epoll_create1 and eventfd2 are libmicrohttpd's, when the doors open. */
static const char *const front_calls[] = {
    "accept4",         "epoll_create1", "eventfd2",    "epoll_ctl",
    "epoll_wait",      "epoll_pwait",   "getsockname", "getpeername",
    "timerfd_settime", "setsockopt",    "shutdown",    "writev",
    "pread64",         "lseek",
};

/* pcscd (libpcsclite looks with stat whether its socket is there), the
 * prompt's pipe, the card thread and its end, the journal by descriptor. */
static const char *const worker_calls[] = {
    "connect",         "stat",     "newfstatat",      "poll",        "ppoll",
    "select",          "pselect6", "clock_nanosleep", "mlock",       "munlock",
    "flock",           "fsync",    "fdatasync",       "ftruncate",   "lseek",
    "pread64",         "pwrite64", "writev",          "sched_yield", "exit",
    "set_robust_list", "rseq",
};

/* Answered with EACCES instead of the end. */
static const char *const path_calls[] = {
    "open",   "openat",    "stat",       "lstat",    "newfstatat", "statx",
    "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
};

#define COUNT_OF(list) (sizeof(list) / sizeof(list)[0])

struct list {
    const char *const *names;
    size_t count;
};

static struct list
own_list(enum beid_calls calls)
{
    if (calls == BEID_CALLS_FRONT) {
        return (struct list){front_calls, COUNT_OF(front_calls)};
    }
    return (struct list){worker_calls, COUNT_OF(worker_calls)};
}

bool
beid_seccomp_available(void)
{
    /*
     * Where the C library has other names for these calls (mmap2, fcntl64,
     * ...) nobody has tried the lists: better no filter, which is reported,
     * than an agent that ends at its first call.
     */
    if (sizeof(void *) < sizeof(uint64_t)) {
        return false;
    }
    /* A null filter: EFAULT where filters are known (seccomp(2), notes). */
    return prctl(PR_SET_SECCOMP, 2, NULL, 0, 0) != 0 && errno == EFAULT;
}

/* A call that the process's own list allows is no path call for it. */
static bool
listed(struct list list, const char *name)
{
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int
add(scmp_filter_ctx filter, uint32_t action, struct list list)
{
    int failed = 0;
    for (size_t i = 0; failed == 0 && i < list.count; i++) {
        int number = seccomp_syscall_resolve_name(list.names[i]);
        if (number >= 0) {
            failed = seccomp_rule_add(filter, action, number, 0);
        }
    }
    return failed;
}

/* Allows a call whose argument passes the comparison. */
static int
add_when(scmp_filter_ctx filter, int number, struct scmp_arg_cmp when)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, when);
}

/*
 * Memory that is not executable; signals to this process alone (abort()'s
 * tgkill). With MSG_FASTOPEN a send is a connect, and a listener that was shut
 * down is a socket that can be connected.
 */
static int
add_conditional(scmp_filter_ctx filter)
{
    const struct {
        int number;
        struct scmp_arg_cmp when;
    } rules[] = {
        {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)},
        {SCMP_SYS(sendto), SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)},
        {SCMP_SYS(sendmsg), SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)},
    };
    int failed = 0;
    for (size_t i = 0; failed == 0 && i < COUNT_OF(rules); i++) {
        failed = add_when(filter, rules[i].number, rules[i].when);
    }
    for (size_t i = 0; failed == 0 && i < COUNT_OF(descriptor_commands); i++) {
        failed = add_when(
            filter, SCMP_SYS(fcntl),
            SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)descriptor_commands[i], 0));
    }
    return failed;
}

/* Unix sockets, and isatty() when libpcsclite has something to complain
 * about. */
static int
add_worker_conditional(scmp_filter_ctx filter)
{
    int failed =
        add_when(filter, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    return failed == 0 ? add_when(filter, SCMP_SYS(ioctl),
                                  SCMP_A1(SCMP_CMP_EQ, TCGETS, 0))
                       : failed;
}

static int
fill(scmp_filter_ctx filter, enum beid_calls calls)
{
    const struct list both = {both_calls, COUNT_OF(both_calls)};
    int failed = add(filter, SCMP_ACT_ALLOW, both);
    if (failed == 0) {
        failed = add(filter, SCMP_ACT_ALLOW, own_list(calls));
    }
    if (failed == 0) {
        failed = add_conditional(filter);
    }
    if (failed == 0 && calls == BEID_CALLS_WORKER) {
        failed = add_worker_conditional(filter);
    }
    for (size_t i = 0; failed == 0 && i < COUNT_OF(path_calls); i++) {
        if (!listed(own_list(calls), path_calls[i])) {
            failed = add(filter, SCMP_ACT_ERRNO(EACCES),
                         (struct list){&path_calls[i], 1});
        }
    }
    if (failed == 0) {
        failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
                                  SCMP_ACT_KILL_PROCESS);
    }
    return failed == 0 ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1)
                       : failed;
}

enum beid_err
beid_seccomp_enter(enum beid_calls calls)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        return BEID_ERR_MEMORY;
    }
    int failed = fill(filter, calls);
    if (failed == 0) {
        failed = seccomp_load(filter);
    }
    seccomp_release(filter);
    return failed == 0 ? BEID_OK : BEID_ERR_IO;
}

size_t
beid_seccomp_count(enum beid_calls calls)
{
    size_t conditional = calls == BEID_CALLS_WORKER ? 8 : 6;
    return COUNT_OF(both_calls) + own_list(calls).count + conditional;
}

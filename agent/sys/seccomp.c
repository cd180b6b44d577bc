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
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Names, since libseccomp knows their numbers on each architecture; a name
 * that does not exist on one is left out there. The lists are what tracing
 * showed on Debian 12 and 13, and what the C library does instead where it can
 * choose (poll or ppoll, fstat or newfstatat).
 */

/* Memory, time, standard error, descriptors, and the end of a process. */
static const char *const both_calls[] = {
    "brk",    "munmap",    "futex",      "read",       "write",
    "close",  "recvmsg",   "recvfrom",   "getsockopt", "clock_gettime",
    "getpid", "getrandom", "exit_group",
};

/* The one that the C library has for epoll_wait(). */
#if defined(SYS_epoll_wait)
#define EPOLL_WAIT "epoll_wait"
#else
#define EPOLL_WAIT "epoll_pwait"
#endif

/* What a descriptor is, not who is told of it: F_SETOWN and F_SETSIG send any
 * signal to any process of the user. */
static const int descriptor_commands[] = {
    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
};

/* Connections that were accepted, the loop, and /proc/net/tcp by descriptor. */
static const char *const front_calls[] = {
    "accept4",    "epoll_ctl", EPOLL_WAIT, "timerfd_settime",
    "setsockopt", "shutdown",  "pread64",
};

/* pcscd (libpcsclite looks with stat whether its socket is there, and at the
 * time when it waits, a call of its own where the clock is not the processor's),
 * the prompt's pipe, the card thread and its end, the journal by descriptor;
 * qsort() of glibc 2.36 asks how much memory there is when libcrypto sorts a
 * large name. */
static const char *const worker_calls[] = {
    "connect",         "stat",      "newfstatat",     "poll",
    "ppoll",           "select",    "pselect6",       "clock_nanosleep",
    "mlock",           "munlock",   "flock",          "fsync",
    "fdatasync",       "ftruncate", "lseek",          "pread64",
    "pwrite64",        "writev",    "sched_yield",    "exit",
    "set_robust_list", "rseq",      "mremap",         "madvise",
    "fstat",           "gettid",    "rt_sigprocmask", "rt_sigreturn",
    "restart_syscall", "sysinfo",   "gettimeofday",
};

/*
 * Answered with EACCES instead of the end, unless the process's own list has
 * them: paths, and what the C library tries in passing and can do without.
 */
static const char *const refused_calls[] = {
    "open",       "openat",      "stat",        "lstat",      "newfstatat",
    "statx",      "access",      "faccessat",   "faccessat2", "readlink",
    "readlinkat", "getcwd",      "fstat",       "lseek",      "mremap",
    "madvise",    "getsockname", "getpeername",
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

/* A call that the process's own list allows is not refused to it. */
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

/* A call that is allowed when its argument passes the comparison. */
struct rule {
    int number;
    struct scmp_arg_cmp when;
};

#define NOT_EXECUTABLE SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)

/*
 * Memory that is not executable. With MSG_FASTOPEN a send is a connect, and a
 * listener that was shut down is a socket that can be connected.
 */
static const struct rule both_rules[] = {
    {SCMP_SYS(mmap), NOT_EXECUTABLE},
    {SCMP_SYS(sendto), SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)},
    {SCMP_SYS(sendmsg), SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)},
};
#define FCNTL_RULES 1U /* one call, whatever the number of its commands */

/*
 * A thread has a heap of its own (mprotect); Unix sockets; and isatty() when
 * libpcsclite has something to complain about. To tgkill comes the process.
 */
static const struct rule worker_rules[] = {
    {SCMP_SYS(mprotect), NOT_EXECUTABLE},
    {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0)},
    {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS, 0)},
};
#define TGKILL_RULES 1U

static int
add_rules(scmp_filter_ctx filter, const struct rule *rules, size_t count)
{
    int failed = 0;
    for (size_t i = 0; failed == 0 && i < count; i++) {
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, rules[i].number, 1,
                                  rules[i].when);
    }
    return failed;
}

static int
add_conditional(scmp_filter_ctx filter)
{
    int failed = add_rules(filter, both_rules, COUNT_OF(both_rules));
    for (size_t i = 0; failed == 0 && i < COUNT_OF(descriptor_commands); i++) {
        const struct rule rule = {
            SCMP_SYS(fcntl),
            SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)descriptor_commands[i], 0)};
        failed = add_rules(filter, &rule, 1);
    }
    return failed;
}

/* Signals to this process alone: abort(). */
static int
add_worker_conditional(scmp_filter_ctx filter)
{
    const struct rule rule = {SCMP_SYS(tgkill),
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)};
    int failed = add_rules(filter, worker_rules, COUNT_OF(worker_rules));
    return failed == 0 ? add_rules(filter, &rule, 1) : failed;
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
    for (size_t i = 0; failed == 0 && i < COUNT_OF(refused_calls); i++) {
        if (!listed(own_list(calls), refused_calls[i])) {
            failed = add(filter, SCMP_ACT_ERRNO(EACCES),
                         (struct list){&refused_calls[i], 1});
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
    size_t count = COUNT_OF(both_calls) + own_list(calls).count
                   + COUNT_OF(both_rules) + FCNTL_RULES;
    return calls == BEID_CALLS_WORKER
               ? count + COUNT_OF(worker_rules) + TGKILL_RULES
               : count;
}

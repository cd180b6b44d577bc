/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a program as on a kernel without NETLINK_SOCK_DIAG: socket(AF_NETLINK)
 * answers EPROTONOSUPPORT, by a seccomp filter that children inherit. Exits
 * with 77 when the kernel has no seccomp.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_SKIP 77
#define EXIT_USAGE 2
#define EXIT_NOT_STARTED 127

int
main(int argc, char **argv)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPROTONOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof filter / sizeof filter[0],
                                       .filter = filter};
    if (argc < 2) {
        (void)fputs("usage: beid_without PROGRAM [ARGUMENT]...\n", stderr);
        return EXIT_USAGE;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        (void)fputs("this kernel has no seccomp filters\n", stderr);
        return EXIT_SKIP;
    }
    (void)execvp(argv[1], argv + 1);
    return EXIT_NOT_STARTED;
}

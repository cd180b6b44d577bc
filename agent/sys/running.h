/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_RUNNING_H
#define BEID_SYS_RUNNING_H

#include "listen.h"

#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BEID_PORT_COUNT (BEID_PORT_LAST - BEID_PORT_FIRST + 1)
#define BEID_RUNNING_MAX 32U

/* One of the agent's ports, as the kernel tells everyone. */
struct beid_port_holder {
    bool taken; /* something listens */
    uid_t uid; /* whose it is */
    unsigned long inode; /* of the socket */
};

struct beid_ports {
    struct beid_port_holder port[BEID_PORT_COUNT];
};

/*
 * Who listens on the agent's ports of 127.0.0.1, from /proc/net/tcp and tcp6.
 * BEID_ERR_IO when that cannot be read.
 */
enum beid_err beid_ports_look(struct beid_ports *out) BEID_NODISCARD;

/* Takes one line of /proc/net/tcp or tcp6 into *out; pure. */
void beid_ports_line(const char *line, struct beid_ports *out);

struct beid_running {
    size_t count;
    pid_t pid[BEID_RUNNING_MAX];
};

/*
 * The running `beid-agent serve` of this user: the processes of the user that
 * are named so and were started so.
 */
void beid_running_find(struct beid_running *out);

/*
 * The process of this user that holds a socket, and its name (at most 15
 * characters); 0 when it is not to be found: another user's, or one that does
 * not let itself be looked at, as the agent's own.
 */
pid_t beid_running_socket_holder(unsigned long inode, char name[16]);

/*
 * A process of this user, but this one, that has a library of this name in its
 * memory, and its name; 0 when there is none that can be looked into.
 */
pid_t beid_running_maps(const char *library, char name[16]);

/*
 * The program that a process of anybody runs, by the name the kernel has for
 * it. False when it is gone.
 */
bool beid_running_name(pid_t pid, char name[16]);

#endif

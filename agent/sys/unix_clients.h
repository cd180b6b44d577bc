/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_UNIX_CLIENTS_H
#define BEID_SYS_UNIX_CLIENTS_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stddef.h>
#include <stdint.h>

#define BEID_UNIX_CLIENTS_MAX 64U

/* Sockets, by their inodes, that are connected to a service. */
struct beid_unix_clients {
    size_t count;
    uint32_t inode[BEID_UNIX_CLIENTS_MAX];
};

/*
 * Who is connected to the Unix socket at this path, as the kernel tells
 * everyone (NETLINK_SOCK_DIAG). BEID_ERR_UNSUPPORTED when it does not,
 * BEID_ERR_NOT_FOUND: no such file, BEID_ERR_IO.
 */
enum beid_err beid_unix_clients(const char *path,
                                struct beid_unix_clients *out) BEID_NODISCARD;

/* A file as the kernel tells it here: 32 bits of each number. */
struct beid_unix_file {
    uint32_t inode;
    uint32_t device;
};

/*
 * Takes the clients out of one answer of the kernel; pure. BEID_ERR_BUSY: more
 * follow, BEID_OK: that was the last, BEID_ERR_FORMAT.
 */
enum beid_err
beid_unix_clients_parse(struct beid_span answer, struct beid_unix_file service,
                        struct beid_unix_clients *out) BEID_NODISCARD;

#endif

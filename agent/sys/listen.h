/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_LISTEN_H
#define BEID_SYS_LISTEN_H

#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* The ports of the API, frozen: portals list them (design §4). */
#define BEID_PORT_FIRST 24880U
#define BEID_PORT_LAST 24887U

/*
 * Listens on the first free port of the range, on 127.0.0.1 only.
 * BEID_ERR_BUSY when all are taken, BEID_ERR_IO when the system refuses.
 */
enum beid_err beid_listen_new(int *fd) BEID_NODISCARD;

/*
 * The socket that a service manager passed (LISTEN_PID, LISTEN_FDS);
 * BEID_ERR_NOT_FOUND when none was passed to this process, BEID_ERR_ARGUMENT
 * when it is more than one or not a listening TCP socket on 127.0.0.1 with a
 * port of the range.
 */
enum beid_err beid_listen_passed(int *fd) BEID_NODISCARD;

/* The port of a listening socket on 127.0.0.1. */
enum beid_err beid_listen_port(int fd, uint16_t *port) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_WIRE_H
#define BEID_VIRTUAL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The handler's end of link.h. It needs nothing but libc, because it is
 * loaded into somebody else's process.
 */

/* Connects to the daemon's socket; a descriptor, or -1. */
int wire_connect(const char *path);

/* Sends one operation with its data. */
bool wire_send(int fd, uint8_t operation, const uint8_t *data, size_t len);

/*
 * Receives one answer. false when the daemon is gone or the answer does not
 * fit in *len bytes; *len becomes its length.
 */
bool wire_receive(int fd, uint8_t *status, uint8_t *data, size_t *len);

#endif

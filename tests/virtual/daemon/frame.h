/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_FRAME_H
#define BEID_VIRTUAL_FRAME_H

#include <beid/bytes.h>
#include <beid/err.h>

/* Frames with two bytes of big-endian length, as in link.h and in vpcd. */

#define FRAME_INPUT_MAX 4096U

/*
 * Reads what has arrived on fd into in. BEID_ERR_IO at the end of the stream,
 * BEID_ERR_LIMIT when more is waiting than in may hold.
 */
enum beid_err frame_receive(int fd, struct beid_buf *in) BEID_NODISCARD;

/*
 * Borrows the first whole frame of in; BEID_ERR_NOT_FOUND when there is none
 * yet. frame_drop() removes it (and wipes: it may hold a PIN).
 */
enum beid_err frame_first(const struct beid_buf *in,
                          struct beid_span *frame) BEID_NODISCARD;
void frame_drop(struct beid_buf *in);

/* Sends a frame of an optional leading byte (or -1) and data. */
enum beid_err frame_send(int fd, int lead, struct beid_span data);

#endif

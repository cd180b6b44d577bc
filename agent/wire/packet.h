/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_PACKET_H
#define BEID_WIRE_PACKET_H

#include "wire.h"

/* The frame of a message, for the files of this room alone. */

/* Writes a header whose length wire_finish() fills in. */
void wire_start(struct beid_buf *out, enum beid_wire_type type,
                uint32_t operation);
enum beid_err wire_finish(struct beid_buf *out) BEID_NODISCARD;

/* Reads back what was written: an encoder says nothing a decoder refuses. */
enum beid_err wire_reopen(const struct beid_buf *out,
                          struct beid_wire_message *message) BEID_NODISCARD;

/* Characters from space to tilde only? */
bool wire_printable(struct beid_span bytes);

#endif

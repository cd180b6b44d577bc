/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_SESSION_H
#define BEID_WIRE_SESSION_H

#include "wire.h"

#define BEID_WIRE_PHRASE_MAX 60U

/* Exit status of a worker of a shared computer that ends to forget a card. */
#define BEID_WIRE_EXIT_FORGETS 3
/* And of one that has no memory (worker/memory.h). */
#define BEID_WIRE_EXIT_MEMORY 4
/* And of one that may not reach the pcscd that is there now. */
#define BEID_WIRE_EXIT_MOVED 5

/* What the supervisor tells about the citizen's session: SESSION_STATE. */
struct beid_wire_session {
    enum beid_err err; /* BEID_ERR_NOT_LOCAL: no operation in it */
    bool keys_seen; /* X11: other programs can read what is typed */
    struct beid_span phrase; /* the citizen's own, UTF-8; may be empty */
};

enum beid_err
beid_wire_get_session(const struct beid_wire_message *message,
                      struct beid_wire_session *out) BEID_NODISCARD;
enum beid_err
beid_wire_put_session(struct beid_buf *out, uint32_t operation,
                      const struct beid_wire_session *in) BEID_NODISCARD;

#endif

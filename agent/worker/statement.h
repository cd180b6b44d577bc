/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_STATEMENT_H
#define BEID_WORKER_STATEMENT_H

#include "po/text.h"
#include "wire/operation.h"

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * Writes the document that the citizen reads and signs, as STATEMENT.md has
 * it, into the emptied buffer. Portals rebuild it: its words never change
 * within one form. BEID_ERR_FORMAT when a part holds a character that no
 * prompt shows as it is.
 */
enum beid_err
statement_write(struct beid_buf *out, enum beid_lang lang,
                const struct beid_wire_operation *asked) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_RESTRICTION_H
#define BEID_POLICY_RESTRICTION_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

/* Where the citizen's file lies, below $XDG_CONFIG_HOME or ~/.config. */
#define POLICY_RESTRICTION_FILE "beid-agent/portals.conf"
#define POLICY_RESTRICTION_MAX 65536U

/*
 * The citizen's own file (beid-agent-portals(5)): lines "block=NAME", NAME
 * being that of a portal file without ".conf". It can only take away, so a
 * text that is not valid takes everything away. All of this is pure.
 */

/*
 * BEID_OK, or BEID_ERR_FORMAT or BEID_ERR_LIMIT with the number of the line.
 */
enum beid_err policy_restriction_check(struct beid_span text,
                                       unsigned int *line) BEID_NODISCARD;

/*
 * Does the text block the portal of this file name, with or without its
 * ".conf"? An invalid text blocks them all.
 */
bool policy_restriction_blocks(struct beid_span text, struct beid_span name);

/* May this be the name of a portal in the file? */
bool policy_restriction_name(struct beid_span name);

/*
 * Appends the valid text with the portal blocked or not; everything else in
 * it stays. BEID_ERR_ARGUMENT when it is not a name, else the buffer's status.
 */
enum beid_err policy_restriction_edit(struct beid_span text,
                                      struct beid_span name, bool block,
                                      struct beid_buf *out) BEID_NODISCARD;

#endif

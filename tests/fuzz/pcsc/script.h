/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_SCRIPT_H
#define BEID_FUZZ_SCRIPT_H

#include "pcscd.h"

#include <beid/bytes.h>

#include <stdint.h>

/*
 * An input as a list of what goes wrong. Everything that it does not mention
 * goes right, so that a mutation reaches the last step of a dialogue as easily
 * as the first. A record: what (one byte, modulo SCRIPT_KINDS), how many calls
 * to let pass before it, the length of its bytes (two bytes), its bytes.
 */
enum script_kind {
    /* 0 to PCSCD_KINDS - 1: as in enum pcscd_do, at any call. FAIL and
     * FAIL_AFTER take an index in pcscd_codes; codes are big-endian. */
    SCRIPT_CLAIM = PCSCD_KINDS, /* SAY, claiming the length of the first four */
    SCRIPT_FILE, /* the file (two bytes) holds the rest, from the start */
    SCRIPT_PATCH, /* the file (two bytes) has the rest at an offset (two) */
    SCRIPT_AT_TRANSMIT, /* SAY at the next exchange, no other call counts */
    SCRIPT_KINDS
};

/* Reads records until the input ends, and follows them from now on. */
void script_start(struct beid_span records);

#endif

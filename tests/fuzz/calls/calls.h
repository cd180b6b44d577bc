/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_CALLS_H
#define BEID_FUZZ_CALLS_H

#include <beid/bytes.h>

/*
 * One call: a byte chooses it from the table in calls.c, what follows chooses
 * its arguments by the letters of its row:
 *
 *   s slot   h session   o object   u number   i room for a structure
 *   H a handle comes back   b bytes and their length   B room for bytes and
 *   its length   L room for a list and its length   m mechanism   t template
 *   and its length   p PIN and its length   n a function to notify, or none
 *
 * The last rows are not calls of the module: they change the readers or make
 * the next calls to PC/SC fail.
 */
void calls_start(void);
void calls_one(struct beid_span *input);

/* C_Finalize when it is still due. */
void calls_stop(void);

#endif

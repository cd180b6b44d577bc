/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_PLACE_H
#define BEID_CLI_PLACE_H

/*
 * Where the module and the card worker are: beside this program, below the
 * same prefix, when they are there, so that an installation can be moved as a
 * whole; else where the build was configured to put them. Nothing of the
 * environment has a say. Static storage.
 */
const char *place_module(void);
const char *place_worker(void);

#endif

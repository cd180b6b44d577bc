/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_HELP_H
#define BEID_VIRTUAL_HELP_H

/* Prints everything that the command can do on standard output. */
void help_print(void);

#endif

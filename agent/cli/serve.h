/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_SERVE_H
#define BEID_CLI_SERVE_H

/* How the supervisor calls this same program to become front. */
#define CLI_FRONT_WORD "--internal-front"
#define CLI_FRONT_DEVELOPMENT "development"
#define CLI_FRONT_PLAIN "plain"
#define CLI_FRONT_FIRST "first"
#define CLI_FRONT_AGAIN "again"

/* Leaves of the environment what the processes may need. */
void serve_clean_environment(void);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_START_H
#define BEID_VIRTUAL_START_H

#include "options.h"

/* Starts the daemon and waits until it is ready; the exit code (reply.h). */
int start_run(const struct options *options);

#endif

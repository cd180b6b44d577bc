/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HTTP_FRONT_H
#define BEID_HTTP_FRONT_H

#include "api/api.h"

/* The descriptors front is started with (agent/wire/PROTOCOL.md). */
#define FRONT_WORKER_FD 3
#define FRONT_SUPERVISOR_FD 4
#define FRONT_LISTENER_FD 5

/*
 * The front process, until the supervisor ends: its exit status. Has no
 * effect on the caller's state but ending it: call it from main only. attack:
 * see sys/self_attack.h, NULL for none.
 */
int front_main(const struct api_mode *mode, const char *attack);

#endif

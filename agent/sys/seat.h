/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_SEAT_H
#define BEID_SYS_SEAT_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <sys/types.h>

/*
 * Does this user sit at this computer? True when logind has a session of a
 * person (class "user") of the user that is on the screen (ACTIVE), at a seat
 * and not remote. What logind keeps below root + /run/systemd/sessions is
 * readable by all; where there is none, nobody is known to sit here.
 */
bool beid_seat_is_local(const char *root, uid_t uid);

/* The same for the text of one session; pure. */
bool beid_seat_session_is_local(struct beid_span text, uid_t uid);

#endif

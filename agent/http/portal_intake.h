/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HTTP_PORTAL_INTAKE_H
#define BEID_HTTP_PORTAL_INTAKE_H

#include "policy/portal.h"
#include "wire/wire.h"

#include <beid/err.h>

/*
 * A list of portals while its files arrive from the supervisor. Zero is the
 * empty start. A file with a wildcard spoils the whole list.
 */
struct portal_intake {
    struct policy_portals *portals; /* NULL: none is being taken in */
    enum beid_err failed;
};

/* Starts afresh. */
enum beid_err portal_intake_begin(struct portal_intake *intake) BEID_NODISCARD;

/*
 * Reads one file from fd, which stays open. An error means that the message
 * is malformed; a file that is not valid was logged and is passed over.
 */
enum beid_err portal_intake_file(struct portal_intake *intake,
                                 const struct beid_wire_message *message,
                                 int fd) BEID_NODISCARD;

/* The citizen's own file, before those of the portals. */
enum beid_err portal_intake_restriction(struct portal_intake *intake,
                                        const struct beid_wire_message *message)
    BEID_NODISCARD;

/* Gives the finished list away. BEID_ERR_DENIED: there was a wildcard. */
enum beid_err portal_intake_end(struct portal_intake *intake,
                                struct policy_portals **out) BEID_NODISCARD;
void portal_intake_clear(struct portal_intake *intake);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "portal_intake.h"

#include "sys/whole.h"

#include <beid/log.h>

#include <string.h>

enum beid_err
portal_intake_begin(struct portal_intake *intake)
{
    portal_intake_clear(intake);
    return policy_portals_new(&intake->portals);
}

void
portal_intake_clear(struct portal_intake *intake)
{
    policy_portals_free(&intake->portals);
    intake->failed = BEID_OK;
}

enum beid_err
portal_intake_file(struct portal_intake *intake,
                   const struct beid_wire_message *message, int fd)
{
    struct beid_wire_portal_file file;
    char name[BEID_WIRE_FILE_NAME_MAX + 1];
    struct beid_buf text;
    enum beid_err err = beid_wire_get_portal_file(message, &file);
    if (err != BEID_OK) {
        return err;
    }
    if (fd < 0 || intake->portals == NULL) {
        return BEID_ERR_FORMAT;
    }
    memcpy(name, file.name.ptr, file.name.len);
    name[file.name.len] = '\0';
    beid_buf_init(&text, POLICY_PORTAL_FILE_MAX);
    err = beid_whole_read(fd, &text);
    if (err != BEID_OK) {
        BEID_LOG_WARN("portal file %s ignored: %s", name, beid_err_text(err));
    } else {
        err = policy_portals_add(intake->portals, name, beid_buf_span(&text),
                                 file.development);
        if (err == BEID_ERR_DENIED || err == BEID_ERR_MEMORY) {
            intake->failed = err;
        }
    }
    beid_buf_clear(&text);
    return BEID_OK;
}

enum beid_err
portal_intake_end(struct portal_intake *intake, struct policy_portals **out)
{
    enum beid_err err = intake->failed;
    if (err == BEID_OK && intake->portals == NULL) {
        err = BEID_ERR_STATE;
    }
    if (err == BEID_OK) {
        *out = intake->portals;
        intake->portals = NULL;
    }
    portal_intake_clear(intake);
    return err;
}

enum beid_err
portal_intake_restriction(struct portal_intake *intake,
                          const struct beid_wire_message *message)
{
    struct beid_wire_restriction what;
    enum beid_err err = beid_wire_get_restriction(message, &what);
    if (err == BEID_OK && intake->portals == NULL) {
        err = BEID_ERR_FORMAT;
    }
    return err == BEID_OK ? policy_portals_restrict(intake->portals, what.text,
                                                    what.unreadable)
                          : err;
}

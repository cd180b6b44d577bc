/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "portal_draft.h"

#include <ini.h>

#include <string.h>

/* libinih cuts longer lines in two (its INI_MAX_LINE is 200). */
#define LINE_BYTES_MAX 198U

struct reading {
    struct policy_portal *portal;
    enum beid_err err;
};

static int
on_pair(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    if (reading->err == BEID_OK) {
        reading->err = section[0] != '\0' || value == NULL
                           ? BEID_ERR_FORMAT
                           : policy_portal_set(reading->portal, name, value);
    }
    return reading->err == BEID_OK;
}

/* The first line that is too long, counted from 1; 0 when there is none. */
static unsigned int
long_line(struct beid_span text)
{
    unsigned int line = 1;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        len = text.ptr[i] == '\n' ? 0 : len + 1;
        if (len > LINE_BYTES_MAX) {
            return line;
        }
        line += text.ptr[i] == '\n' ? 1 : 0;
    }
    return 0;
}

enum beid_err
policy_portal_parse(struct beid_span text, struct policy_portal *portal,
                    unsigned int *line)
{
    struct reading reading = {.portal = portal, .err = BEID_OK};
    struct beid_buf copy;
    *line = long_line(text);
    if (*line != 0) {
        return BEID_ERR_LIMIT;
    }
    beid_buf_init(&copy, POLICY_PORTAL_FILE_MAX);
    beid_buf_put(&copy, text);
    const char *string = beid_buf_cstr(&copy);
    enum beid_err err = beid_buf_status(&copy);
    if (string == NULL) {
        err = err == BEID_OK ? BEID_ERR_FORMAT : err;
        beid_buf_clear(&copy);
        return err;
    }
    int bad = ini_parse_string(string, on_pair, &reading);
    beid_buf_clear(&copy);
    *line = bad > 0 ? (unsigned int)bad : 0;
    if (reading.err == BEID_OK && bad != 0) {
        return bad > 0 ? BEID_ERR_FORMAT : BEID_ERR_MEMORY;
    }
    return reading.err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_REPLY_H
#define BEID_API_REPLY_H

#include "errors.h"

#include <beid/bytes.h>

#include <stdint.h>

/* Room for five certificates and a signature in base64, and their frame. */
#define API_REPLY_MAX 65536U
#define API_REFERENCE_LEN 9U /* "E26-7K3QX" */

/* An answer to a page whose origin is accepted. */
struct api_reply {
    unsigned int status;
    struct beid_buf body; /* JSON; empty for 204 */
    int64_t retry_after_ms; /* 0: no Retry-After header */
};

/* What an error answer says. */
struct api_problem {
    enum api_error error;
    enum beid_lang lang;
    const char *reason; /* English, for developers; NULL: nothing to add */
    const char *member; /* the JSON member at fault, UTF-8; NULL: none */
    int64_t retry_after_ms; /* 0: not told */
    bool signing; /* it was about the signature key */
};

void api_reply_init(struct api_reply *reply);
void api_reply_clear(struct api_reply *reply);

/*
 * Makes the reply an error answer; never fails: without memory the body stays
 * empty. reference, when not NULL, receives the code for the helpdesk: the
 * number of the error and five random characters that are in the log as well.
 */
void api_reply_problem(struct api_reply *reply,
                       const struct api_problem *problem,
                       char reference[API_REFERENCE_LEN + 1]);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "jws.h"

#include "wire/base64.h"

#include <string.h>

void
policy_jws_init(struct policy_jws *jws)
{
    jws->signing_input = beid_span_of(NULL, 0);
    beid_buf_init(&jws->header, POLICY_JWS_MAX);
    beid_buf_init(&jws->payload, POLICY_JWS_MAX);
    beid_buf_init(&jws->signature, POLICY_JWS_MAX);
}

void
policy_jws_clear(struct policy_jws *jws)
{
    beid_buf_clear(&jws->header);
    beid_buf_clear(&jws->payload);
    beid_buf_clear(&jws->signature);
}

/* Two texts for the same bytes would be two requests with one meaning. */
static enum beid_err
decode(struct beid_span text, struct beid_buf *out)
{
    return beid_base64_take(text, BEID_BASE64_URL, out);
}

/* Cuts the part before the next dot off *rest, dot included. */
static enum beid_err
take_part(struct beid_span *rest, struct beid_span *part)
{
    const uint8_t *dot =
        rest->len == 0 ? NULL : memchr(rest->ptr, '.', rest->len);
    if (dot == NULL) {
        return BEID_ERR_FORMAT;
    }
    size_t len = (size_t)(dot - rest->ptr);
    *part = beid_span_of(rest->ptr, len);
    *rest = beid_span_of(dot + 1, rest->len - len - 1);
    return BEID_OK;
}

enum beid_err
policy_jws_split(struct beid_span compact, struct policy_jws *jws)
{
    struct beid_span rest = compact;
    struct beid_span header = {0};
    struct beid_span payload = {0};
    if (compact.len > POLICY_JWS_MAX) {
        return BEID_ERR_LIMIT;
    }
    enum beid_err err = take_part(&rest, &header);
    if (err == BEID_OK) {
        err = take_part(&rest, &payload);
    }
    if (err == BEID_OK) {
        err = decode(header, &jws->header);
    }
    if (err == BEID_OK) {
        err = decode(payload, &jws->payload);
    }
    if (err == BEID_OK) {
        err = decode(rest, &jws->signature);
    }
    if (err == BEID_OK) {
        jws->signing_input =
            beid_span_of(compact.ptr, header.len + 1 + payload.len);
    }
    return err;
}

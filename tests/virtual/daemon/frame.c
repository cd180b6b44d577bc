/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "frame.h"

#include <beid/secret.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

#define CHUNK 512U

enum beid_err
frame_receive(int fd, struct beid_buf *in)
{
    uint8_t chunk[CHUNK];
    ssize_t got = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return BEID_OK;
    }
    if (got <= 0) {
        return BEID_ERR_IO;
    }
    beid_buf_put(in, beid_span_of(chunk, (size_t)got));
    beid_wipe(chunk, sizeof(chunk));
    return beid_buf_status(in);
}

enum beid_err
frame_first(const struct beid_buf *in, struct beid_span *frame)
{
    struct beid_span rest = beid_buf_span(in);
    uint16_t len = 0;
    if (beid_span_take_u16(&rest, &len) != BEID_OK
        || beid_span_take(&rest, len, frame) != BEID_OK) {
        return BEID_ERR_NOT_FOUND;
    }
    return BEID_OK;
}

void
frame_drop(struct beid_buf *in)
{
    struct beid_span frame;
    if (frame_first(in, &frame) != BEID_OK) {
        return;
    }
    struct beid_buf rest;
    beid_buf_init(&rest, in->max);
    size_t used = frame.len + 2;
    beid_buf_put(&rest, beid_span_of(in->ptr + used, in->len - used));
    beid_buf_clear(in);
    *in = rest;
}

enum beid_err
frame_send(int fd, int lead, struct beid_span data)
{
    struct beid_buf out;
    beid_buf_init(&out, FRAME_INPUT_MAX);
    size_t len = data.len + (lead >= 0 ? 1U : 0U);
    beid_buf_put_u16(&out, (uint16_t)len);
    if (lead >= 0) {
        beid_buf_put_u8(&out, (uint8_t)lead);
    }
    beid_buf_put(&out, data);
    enum beid_err err = beid_buf_status(&out);
    if (err == BEID_OK
        && send(fd, out.ptr, out.len, MSG_NOSIGNAL) != (ssize_t)out.len) {
        err = BEID_ERR_IO;
    }
    beid_buf_clear(&out);
    return err;
}

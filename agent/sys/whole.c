/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "whole.h"

#include <errno.h>
#include <unistd.h>

#define BLOCK 1024U

enum beid_err
beid_whole_read(int fd, struct beid_buf *out)
{
    uint8_t block[BLOCK];
    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno != EINTR) {
            return BEID_ERR_IO;
        }
        if (got == 0) {
            return beid_buf_status(out);
        }
        beid_buf_put(out, beid_span_of(block, got > 0 ? (size_t)got : 0));
        if (beid_buf_status(out) != BEID_OK) {
            return beid_buf_status(out);
        }
    }
}

enum beid_err
beid_whole_write(int fd, struct beid_span bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno != EINTR) {
            return BEID_ERR_IO;
        }
        size_t done = put > 0 ? (size_t)put : 0;
        bytes = beid_span_of(bytes.ptr + done, bytes.len - done);
    }
    return fsync(fd) == 0 ? BEID_OK : BEID_ERR_IO;
}

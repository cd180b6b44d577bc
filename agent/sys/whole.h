/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_WHOLE_H
#define BEID_SYS_WHOLE_H

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * Appends all that is still to be read from a descriptor. BEID_ERR_LIMIT when
 * it does not fit, BEID_ERR_IO.
 */
enum beid_err beid_whole_read(int fd, struct beid_buf *out) BEID_NODISCARD;

/* Writes all of it, down to the disk. BEID_ERR_IO. */
enum beid_err beid_whole_write(int fd, struct beid_span bytes) BEID_NODISCARD;

#endif

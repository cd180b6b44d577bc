/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PHOTO_H
#define BEID_VIRTUAL_PHOTO_H

#include <beid/bytes.h>
#include <beid/err.h>

#define PHOTO_WIDTH 150U
#define PHOTO_HEIGHT 195U
#define PHOTO_LEN_MAX 3584U

/*
 * Appends a grey 8-bit JPEG of a drawn head, different for each seed, at most
 * PHOTO_LEN_MAX bytes. The same seed gives the same picture.
 */
enum beid_err photo_put(unsigned seed, struct beid_buf *out) BEID_NODISCARD;

#endif

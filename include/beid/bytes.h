/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_BYTES_H
#define BEID_BYTES_H

#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A borrowed run of bytes, passed by value: the only way this project reads
 * memory that it did not make. ptr may be NULL only when len is 0. A span
 * never outlives the buffer behind it.
 */
struct beid_span {
    const uint8_t *ptr;
    size_t len;
};

/*
 * An owned, growing buffer with a hard maximum. Appending past max, or when
 * memory runs out, sets failed and changes nothing; later appends then do
 * nothing, so that a caller composes freely and checks once with
 * beid_buf_status(). Growth copies and wipes the old block (no realloc), and
 * clearing wipes as well, so a buffer may hold secrets for a moment.
 */
struct beid_buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    size_t max;
    enum beid_err failed; /* BEID_OK, BEID_ERR_LIMIT or BEID_ERR_MEMORY */
};

/* A span over len bytes at ptr. */
struct beid_span beid_span_of(const void *ptr, size_t len);

/* A span over the bytes of a C string, terminator excluded; NULL is empty. */
struct beid_span beid_span_str(const char *text);

/*
 * Cuts the first n bytes off *from into *out. BEID_ERR_FORMAT when fewer are
 * left; both are then untouched.
 */
enum beid_err beid_span_take(struct beid_span *from, size_t n,
                             struct beid_span *out) BEID_NODISCARD;

/* Takes one byte, a big-endian 16-bit or a big-endian 32-bit number. */
enum beid_err beid_span_take_u8(struct beid_span *from,
                                uint8_t *out) BEID_NODISCARD;
enum beid_err beid_span_take_u16(struct beid_span *from,
                                 uint16_t *out) BEID_NODISCARD;
enum beid_err beid_span_take_u32(struct beid_span *from,
                                 uint32_t *out) BEID_NODISCARD;

/*
 * Borrows len bytes at offset off without moving a cursor. BEID_ERR_FORMAT
 * when they do not lie wholly inside the span.
 */
enum beid_err beid_span_slice(struct beid_span from, size_t off, size_t len,
                              struct beid_span *out) BEID_NODISCARD;

/* The same bytes? Not constant-time: for public data only. */
bool beid_span_same(struct beid_span a, struct beid_span b);

/* The last len bytes of zero are cut off. */
struct beid_span beid_span_trim_zeros(struct beid_span from);

/* Makes an empty buffer that never grows past max bytes. Allocates nothing. */
void beid_buf_init(struct beid_buf *buf, size_t max);

/* Wipes, frees and makes the buffer empty again with the same maximum. */
void beid_buf_clear(struct beid_buf *buf);

/* Wipes the content and sets len to 0 and failed to BEID_OK; keeps the block. */
void beid_buf_reset(struct beid_buf *buf);

/* Appends; failures are sticky, see struct beid_buf. */
void beid_buf_put(struct beid_buf *buf, struct beid_span bytes);
void beid_buf_put_u8(struct beid_buf *buf, uint8_t value);
void beid_buf_put_u16(struct beid_buf *buf, uint16_t value);
void beid_buf_put_u32(struct beid_buf *buf, uint32_t value);
void beid_buf_put_str(struct beid_buf *buf, const char *text);

/*
 * Appends len uninitialised-as-zero bytes and returns where they start, valid
 * until the next append; NULL on failure (sticky).
 */
uint8_t *beid_buf_extend(struct beid_buf *buf, size_t len);

/* Shortens to len; BEID_ERR_ARGUMENT when len is longer than the content. */
enum beid_err beid_buf_truncate(struct beid_buf *buf,
                                size_t len) BEID_NODISCARD;

/* BEID_OK when every append so far succeeded. */
enum beid_err beid_buf_status(const struct beid_buf *buf) BEID_NODISCARD;

/* The content, borrowed until the next change. */
struct beid_span beid_buf_span(const struct beid_buf *buf);

/*
 * The content as a C string, borrowed until the next change: a terminator is
 * kept behind len. NULL when the buffer failed or holds a zero byte.
 */
const char *beid_buf_cstr(struct beid_buf *buf);

#endif

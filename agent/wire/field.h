/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_FIELD_H
#define BEID_WIRE_FIELD_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * A cursor over the fields of one message with a sticky failure: take all
 * fields, then ask field_end() once. After a failure every take gives zero
 * or an empty span.
 */
struct field_reader {
    struct beid_span rest;
    enum beid_err failed;
};

void field_begin(struct field_reader *reader, struct beid_span fields);

/* BEID_OK when every field was well-formed and nothing is left behind. */
enum beid_err field_end(const struct field_reader *reader) BEID_NODISCARD;

/* A number of at most max. */
uint8_t field_u8(struct field_reader *reader, uint8_t max);
uint32_t field_u32(struct field_reader *reader);
bool field_bool(struct field_reader *reader);
enum beid_err field_err(struct field_reader *reader);

/* min to max bytes. */
struct beid_span field_bytes(struct field_reader *reader, uint32_t min,
                             uint32_t max);

/* As field_bytes, strict UTF-8 without control characters. */
struct beid_span field_text(struct field_reader *reader, uint32_t min,
                            uint32_t max);

/* One of the four language codes. */
void field_lang(struct field_reader *reader, char lang[3]);

/* Appends one field. */
void field_put_bytes(struct beid_buf *out, struct beid_span bytes);
void field_put_err(struct beid_buf *out, enum beid_err err);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* SELECT FILE, READ BINARY, READ RECORD. */

#include "state.h"

#include <beid/tlv.h>

#include <string.h>

#define AID_MIN 5U
#define AID_MAX 16U
#define ANSWER_MAX 256U

static const uint8_t aid_applet[] = {0xA0, 0x00, 0x00, 0x00, 0x30,
                                     0x29, 0x05, 0x70, 0x00, 0xAD,
                                     0x13, 0x10, 0x01, 0x01, 0xFF};
static const uint8_t aid_belpic[] = {0xA0, 0x00, 0x00, 0x01, 0x77, 0x50,
                                     0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35};
static const uint8_t aid_id[] = {0xA0, 0x00, 0x00, 0x01, 0x77, 0x49,
                                 0x64, 0x46, 0x69, 0x6C, 0x65, 0x73};

/* An AID longer than the stored one is a match. */
static bool
aid_matches(struct beid_span asked, const uint8_t *aid, size_t len)
{
    return asked.len >= len && memcmp(asked.ptr, aid, len) == 0;
}

static unsigned
select_aid(struct vcard *card, struct beid_span aid)
{
    if (aid.len < AID_MIN || aid.len > AID_MAX) {
        return SW_LC;
    }
    if (aid_matches(aid, aid_applet, sizeof(aid_applet))) {
        vcard_reset(card);
        return SW_OK;
    }
    if (aid_matches(aid, aid_belpic, sizeof(aid_belpic))) {
        card->df = VCARD_DF_BELPIC;
    } else if (aid_matches(aid, aid_id, sizeof(aid_id))) {
        card->df = VCARD_DF_ID;
    } else {
        return SW_NOT_FOUND;
    }
    card->ef = NULL;
    return SW_OK;
}

static bool
is_df(uint16_t id)
{
    return id == VCARD_DF_BELPIC || id == VCARD_DF_ID;
}

static const struct vcard_file *
file_find(const struct vcard *card, uint16_t df, uint16_t id)
{
    for (size_t i = 0; i < card->image.file_count; i++) {
        const struct vcard_file *file = &card->image.files[i];
        if (file->id == id && (file->df == df || df == VCARD_MF)) {
            return file;
        }
    }
    return NULL;
}

/* Searched from the current directory downwards; the MF is always found. */
static unsigned
select_id(struct vcard *card, struct beid_span data)
{
    uint16_t id = 0;
    if (data.len != 2 || beid_span_take_u16(&data, &id) != BEID_OK) {
        return SW_LC;
    }
    if (id == VCARD_MF || (is_df(id) && card->df == VCARD_MF)
        || (is_df(id) && card->df == id)) {
        card->df = id;
        card->ef = NULL;
        return SW_OK;
    }
    const struct vcard_file *file = file_find(card, card->df, id);
    if (file == NULL) {
        return SW_NOT_FOUND;
    }
    card->df = file->df;
    card->ef = file;
    return SW_OK;
}

/*
 * The manual wants the path without the MF, everybody sends it with: both
 * are taken. Nothing changes when any part is not found.
 */
static unsigned
select_path(struct vcard *card, struct beid_span path)
{
    if (path.len == 0 || path.len % 2 != 0) {
        return SW_LC;
    }
    uint16_t df = VCARD_MF;
    const struct vcard_file *ef = NULL;
    uint16_t id = 0;
    for (size_t depth = 0; beid_span_take_u16(&path, &id) == BEID_OK; depth++) {
        if (id == VCARD_MF && depth == 0) {
            continue;
        }
        if (ef != NULL) {
            return SW_NOT_FOUND;
        }
        if (is_df(id) && df == VCARD_MF) {
            df = id;
            continue;
        }
        ef = file_find(card, df, id);
        if (ef == NULL || ef->df != df) {
            return SW_NOT_FOUND;
        }
    }
    card->df = df;
    card->ef = ef;
    return SW_OK;
}

unsigned
vcard_select(struct vcard *card, const struct vcard_command *command,
             struct beid_buf *out)
{
    (void)out;
    bool quiet = command->p2 == 0x0C; /* no FCI: the only form for files */
    switch (command->p1) {
    case 0x02:
        return quiet ? select_id(card, command->data) : SW_P1P2;
    case 0x04:
        return quiet || command->p2 == 0x00 ? select_aid(card, command->data)
                                            : SW_P1P2;
    case 0x08:
        return quiet ? select_path(card, command->data) : SW_P1P2;
    default:
        return SW_P1P2;
    }
}

unsigned
vcard_read_binary(struct vcard *card, const struct vcard_command *command,
                  struct beid_buf *out)
{
    if (card->ef == NULL) {
        return SW_NO_EF;
    }
    struct beid_span content = beid_buf_span(&card->ef->content);
    size_t off = ((size_t)command->p1 << 8) | command->p2;
    if (off >= content.len) {
        return SW_PARAMETERS;
    }
    size_t rest = content.len - off;
    if (command->le > rest) {
        return SW_LE | (unsigned)(rest & 0xFFU);
    }
    beid_buf_put(out, beid_span_of(content.ptr + off, command->le));
    return SW_OK;
}

/* From the object tagged first to the one tagged last, both included. */
static enum beid_err
records_find(struct beid_span content, uint8_t first, uint8_t last,
             struct beid_span *out)
{
    struct beid_span rest = content;
    const uint8_t *start = NULL;
    struct beid_tlv tlv;
    while (rest.len > 0) {
        const uint8_t *at = rest.ptr;
        enum beid_err err = beid_belpic_take(&rest, &tlv);
        if (err != BEID_OK) {
            return err;
        }
        if (tlv.tag == 0 && at != content.ptr) {
            break; /* padding */
        }
        if (tlv.tag == first) {
            start = at;
        }
        if (tlv.tag == last && start != NULL) {
            *out = beid_span_of(start, (size_t)(rest.ptr - start));
            return BEID_OK;
        }
    }
    return BEID_ERR_NOT_FOUND;
}

unsigned
vcard_read_record(struct vcard *card, const struct vcard_command *command,
                  struct beid_buf *out)
{
    if (card->ef == NULL) {
        return SW_NO_EF;
    }
    if (!card->ef->tlv) {
        return SW_FILE_TYPE;
    }
    struct beid_span found;
    if (command->p2 < command->p1
        || records_find(beid_buf_span(&card->ef->content), command->p1,
                        command->p2, &found)
               != BEID_OK) {
        return SW_RECORD;
    }
    /* Le 00 means all of it; T=0 then gives the first 256 bytes. */
    size_t now = command->le;
    if (now == ANSWER_MAX && found.len < now) {
        now = found.len;
    }
    if (now > found.len) {
        return SW_LE | (unsigned)(found.len & 0xFFU);
    }
    beid_buf_put(out, beid_span_of(found.ptr, now));
    if (now == found.len) {
        return SW_OK;
    }
    return vcard_pending_set(card,
                             beid_span_of(found.ptr + now, found.len - now));
}

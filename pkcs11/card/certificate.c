/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/certificate.h"

#include "card/file.h"

#include <beid/tlv.h>

static enum beid_err
select_file(const struct card *card, enum certificate_file file)
{
    const uint8_t path[] = {0xDF, 0x00, (uint8_t)((unsigned)file >> 8),
                            (uint8_t)((unsigned)file & 0xFFU)};
    return card_select(card, beid_span_of(path, sizeof path));
}

enum beid_err
certificate_head(const struct card *card, enum certificate_file file,
                 struct beid_buf *out)
{
    enum beid_err err = select_file(card, file);
    if (err == BEID_OK) {
        err = card_file_block(card, 0, CARD_FILE_BLOCK, out);
    }
    /* 6D00 and 6B00 on the first block: not in this life cycle, no content. */
    if (err == BEID_ERR_NOT_FOUND || err == BEID_ERR_STATE
        || err == BEID_ERR_UNSUPPORTED) {
        return BEID_ERR_NO_CERTIFICATE;
    }
    if (err == BEID_OK && out->len == 0) {
        return BEID_ERR_FORMAT;
    }
    if (err == BEID_OK && out->ptr[0] == 0x00) {
        return BEID_ERR_NO_CERTIFICATE;
    }
    return err;
}

enum beid_err
certificate_rest(const struct card *card, enum certificate_file file,
                 bool select, struct beid_buf *out)
{
    size_t total = 0;
    enum beid_err err =
        beid_der_total(beid_buf_span(out), CERTIFICATE_MAX, &total);
    if (err == BEID_OK && select && out->len < total) {
        err = select_file(card, file);
    }
    while (err == BEID_OK && out->len < total) {
        size_t left = total - out->len;
        size_t ask = left < CARD_FILE_BLOCK ? left : CARD_FILE_BLOCK;
        size_t before = out->len;
        err = card_file_block(card, before, ask, out);
        if (err == BEID_OK && out->len - before < ask) {
            err = BEID_ERR_FORMAT;
        }
    }
    return err == BEID_OK ? beid_buf_truncate(out, total) : err;
}

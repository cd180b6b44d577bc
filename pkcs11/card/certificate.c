/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/certificate.h"

#include "card/apdu.h"
#include "card/status.h"

#include <beid/tlv.h>

/* A whole short answer; fewer rounds than the 252 of others. */
#define BLOCK_LEN 256U

static enum beid_err
select_file(const struct card *card, enum certificate_file file)
{
    const uint8_t path[] = {0xDF, 0x00, (uint8_t)((unsigned)file >> 8),
                            (uint8_t)((unsigned)file & 0xFFU)};
    return card_select(card, beid_span_of(path, sizeof path));
}

/*
 * READ BINARY of at most len (1 to 256) bytes at off, appended to *out. The
 * end of the file shows as 6B00 or as a short answer (facts §2.3).
 */
static enum beid_err
read_block(const struct card *card, size_t off, size_t len,
           struct beid_buf *out)
{
    const uint8_t command[] = {0x00, 0xB0, (uint8_t)((off >> 8) & 0x7FU),
                               (uint8_t)(off & 0xFFU), (uint8_t)(len & 0xFFU)};
    uint16_t sw = 0;
    size_t before = out->len;
    enum beid_err err = apdu_exchange(
        &card->transport, beid_span_of(command, sizeof command), out, &sw);
    if (err == BEID_OK) {
        err = status_err(sw);
    }
    if (err == BEID_OK && (out->len == before || out->len - before > len)) {
        err = BEID_ERR_FORMAT;
    }
    return err;
}

enum beid_err
certificate_head(const struct card *card, enum certificate_file file,
                 struct beid_buf *out)
{
    enum beid_err err = select_file(card, file);
    if (err == BEID_OK) {
        err = read_block(card, 0, BLOCK_LEN, out);
    }
    /* 6D00 and 6B00 on the first block: not in this life cycle, no content. */
    if (err == BEID_ERR_NOT_FOUND || err == BEID_ERR_STATE
        || err == BEID_ERR_UNSUPPORTED) {
        return BEID_ERR_NO_CERTIFICATE;
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
        size_t ask = left < BLOCK_LEN ? left : BLOCK_LEN;
        size_t before = out->len;
        err = read_block(card, before, ask, out);
        if (err == BEID_OK && out->len - before < ask) {
            err = BEID_ERR_FORMAT;
        }
    }
    return err == BEID_OK ? beid_buf_truncate(out, total) : err;
}

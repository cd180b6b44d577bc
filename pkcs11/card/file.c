/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/file.h"

#include "card/apdu.h"
#include "card/status.h"

/* The end of the file shows as 6B00 or as a short answer (facts §2.3). */
enum beid_err
card_file_block(const struct card *card, size_t off, size_t len,
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
    if (err == BEID_OK && out->len - before > len) {
        err = BEID_ERR_FORMAT;
    }
    return err;
}

/* Reads on until a block comes short; no file tells its length. */
static enum beid_err
read_all(const struct card *card, struct beid_buf *out)
{
    enum beid_err err = BEID_OK;
    size_t before = 0;
    do {
        before = out->len;
        err = card_file_block(card, before, CARD_FILE_BLOCK, out);
        if (err == BEID_ERR_UNSUPPORTED && before > 0) {
            return BEID_OK; /* the file is as long as its blocks */
        }
    } while (err == BEID_OK && out->len - before == CARD_FILE_BLOCK);
    return err;
}

enum beid_err
card_file_read(const struct card *card, enum card_file file,
               struct beid_buf *out)
{
    const uint8_t path[] = {0xDF, 0x01, (uint8_t)((unsigned)file >> 8),
                            (uint8_t)((unsigned)file & 0xFFU)};
    enum beid_err err = card_select(card, beid_span_of(path, sizeof path));
    if (err == BEID_OK) {
        err = read_all(card, out);
    }
    if (err == BEID_ERR_STATE || (err == BEID_OK && out->len == 0)
        || (err == BEID_ERR_UNSUPPORTED && out->len == 0)) {
        err = BEID_ERR_NOT_FOUND;
    }
    if (err != BEID_OK) {
        beid_buf_reset(out);
    }
    return err;
}

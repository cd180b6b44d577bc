/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/sign.h"

#include "card/apdu.h"
#include "card/status.h"

/* Commands after VERIFY that end its right for the signature key: one, and
 * since 1.8 two (facts §4.4). */
#define SETTLE_17 1U
#define SETTLE_18 2U

static const uint8_t df_belpic[] = {0xDF, 0x00};

enum beid_err
sign_choose(const struct card *card, enum sign_key key,
            enum sign_algorithm algorithm)
{
    const uint8_t command[] = {0x00, 0x22,        0x41, 0xB6,
                               0x05, 0x04,        0x80, (uint8_t)algorithm,
                               0x84, (uint8_t)key};
    struct beid_buf none;
    uint16_t sw = 0;
    /* Applets 1.7 and later want their directory to be current (facts §4.2). */
    enum beid_err err =
        card_select(card, beid_span_of(df_belpic, sizeof df_belpic));
    if (err != BEID_OK) {
        return err;
    }
    beid_buf_init(&none, TRANSPORT_ANSWER_MAX);
    err = apdu_exchange(&card->transport, beid_span_of(command, sizeof command),
                        &none, &sw);
    beid_buf_clear(&none);
    return err == BEID_OK ? status_err(sw) : err;
}

/* PSO: COMPUTE DIGITAL SIGNATURE, sent without Le (facts §1.4). */
static enum beid_err
compute(const struct card *card, struct beid_span input, struct beid_buf *out)
{
    struct beid_buf command;
    uint16_t sw = 0;
    beid_buf_init(&command, 5 + SIGN_RSA_INPUT_MAX);
    beid_buf_put_u32(&command, 0x002A9E9AU);
    beid_buf_put_u8(&command, (uint8_t)input.len);
    beid_buf_put(&command, input);
    enum beid_err err = beid_buf_status(&command);
    if (err == BEID_OK) {
        err =
            apdu_exchange(&card->transport, beid_buf_span(&command), out, &sw);
    }
    beid_buf_clear(&command);
    return err == BEID_OK ? status_err(sw) : err;
}

enum beid_err
sign_compute(const struct card *card, struct beid_span input,
             struct beid_buf *out)
{
    bool rsa = card->applet == CARD_APPLET_17;
    if (rsa ? input.len == 0 || input.len > SIGN_RSA_INPUT_MAX
            : input.len != SIGN_EC_INPUT_LEN) {
        return BEID_ERR_ARGUMENT;
    }
    enum beid_err err = compute(card, input, out);
    if (err == BEID_OK && out->len != (rsa ? SIGN_RSA_LEN : SIGN_EC_LEN)) {
        err = BEID_ERR_FORMAT;
    }
    return err;
}

enum beid_err
sign_settle(const struct card *card)
{
    unsigned count = card->applet == CARD_APPLET_17 ? SETTLE_17 : SETTLE_18;
    enum beid_err err = BEID_OK;
    for (unsigned i = 0; err == BEID_OK && i < count; i++) {
        err = card_select(card, beid_span_of(df_belpic, sizeof df_belpic));
    }
    return err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/random.h"

#include "card/challenge.h"
#include "rv.h"
#include "token/slots.h"

#include <beid/secret.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#define STEP_MAX (1UL << 20)

static CK_RV
fill(CK_BYTE *out, CK_ULONG len)
{
    CK_RV rv = CKR_OK;
    (void)ERR_set_mark();
    for (CK_ULONG done = 0; rv == CKR_OK && done < len;) {
        CK_ULONG step = len - done < STEP_MAX ? len - done : STEP_MAX;
        rv = RAND_bytes(out + done, (int)step) == 1 ? CKR_OK
                                                    : CKR_FUNCTION_FAILED;
        done += step;
    }
    (void)ERR_pop_to_mark();
    return rv;
}

/* Inside a transaction: the card's share of the first len bytes. */
static enum beid_err
mix(struct card *card, CK_BYTE *out, CK_ULONG len)
{
    uint8_t share[CHALLENGE_MAX] = {0};
    enum beid_err err = BEID_OK;
    for (CK_ULONG done = 0; err == BEID_OK && done < len;) {
        CK_ULONG step = len - done < sizeof share ? len - done : sizeof share;
        err = challenge_get(card, share, step);
        for (CK_ULONG i = 0; err == BEID_OK && i < step; i++) {
            out[done + i] ^= share[i];
        }
        done += step;
    }
    beid_wipe(share, sizeof share);
    return err == BEID_ERR_UNSUPPORTED ? BEID_OK : err;
}

CK_RV
random_fill(struct module *module, struct slot *slot, CK_BYTE *out,
            CK_ULONG len)
{
    CK_RV rv = out != NULL ? fill(out, len) : CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK || len == 0 || slot->holder != NULL
        || slot->card.no_challenge) {
        return rv;
    }
    enum beid_err err = slot_begin(module, slot);
    if (err == BEID_OK) {
        err = mix(&slot->card, out,
                  len < RANDOM_CARD_MAX ? len : RANDOM_CARD_MAX);
        err = slot_end(module, slot, false, err);
    }
    return rv_of(err);
}

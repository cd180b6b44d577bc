/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A whole dialogue with a card under the module. The first byte says which
 * card, reader and options, two more which steps are taken, the rest is what
 * goes wrong (script.h).
 */
#include "bench.h"
#include "canary.h"
#include "dialogue.h"
#include "pcscd.h"
#include "script.h"

#define EC_CARD 0x01U
#define CONTEXT 0x02U
#define SLOT_STATE 0x04U
#define TWO_READERS 0x08U
#define PINPAD 0x10U
#define ONLY_AUTH 0x20U
#define NO_READER 0x40U
#define TWICE 0x80U

static const char *
options_of(unsigned setting)
{
    static const char *const options[] = {
        NULL,
        "transaction=sign",
        "slot-state=yes",
        "transaction=sign slot-state=yes",
        "objects=auth",
        "transaction=sign objects=auth",
        "slot-state=yes objects=auth",
        "transaction=sign slot-state=yes objects=auth",
    };
    return options[((setting & CONTEXT) != 0 ? 1 : 0)
                   + ((setting & SLOT_STATE) != 0 ? 2 : 0)
                   + ((setting & ONLY_AUTH) != 0 ? 4 : 0)];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span input = beid_span_of(data, size);
    if (canary_sings(input)) {
        return 0;
    }
    unsigned setting = bench_u8(&input);
    unsigned steps = bench_u16(&input);
    unsigned readers = (setting & TWO_READERS) != 0 ? 2 : 1;
    pcscd_reset((setting & EC_CARD) != 0 ? STILL_1_8 : STILL_1_7,
                (setting & NO_READER) != 0 ? 0 : readers);
    pcscd_pinpad((setting & PINPAD) != 0);
    script_start(input);
    for (int round = 0; round < ((setting & TWICE) != 0 ? 2 : 1); round++) {
        if (dialogue_start(options_of(setting)) != CKR_OK) {
            continue;
        }
        for (unsigned step = 0; step < DIALOGUE_STEPS; step++) {
            if ((steps >> step & 1U) != 0) {
                (void)dialogue_step((enum dialogue_step)step,
                                    (setting & CONTEXT) != 0,
                                    (setting & PINPAD) != 0);
            }
        }
        dialogue_stop();
    }
    canary_check();
    return 0;
}

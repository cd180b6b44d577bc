/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What other programs do to the cards. */
#include "rack.h"

void
readers_strange_reset(size_t reader)
{
    rack_lock();
    /* pcscd lets nobody at a card that is in a transaction. */
    while (rack.readers[reader].locked > 0) {
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    vcard_reset(rack.readers[reader].card);
    rack.readers[reader].resets++;
    rack_unlock();
}

void
readers_strange_wrong_pin(size_t reader)
{
    rack_lock();
    static const uint8_t verify[] = {0x00, 0x20, 0x00, 0x01, 0x08, 0x24, 0x99,
                                     0x99, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    struct vcard_answer answer;
    vcard_transmit(rack.readers[reader].card,
                   beid_span_of(verify, sizeof verify), &answer);
    rack_unlock();
}

void
readers_strange_choice(size_t reader)
{
    static const uint8_t rsa[] = {0x00, 0x22, 0x41, 0xB6, 0x05,
                                  0x04, 0x80, 0x02, 0x84, 0x83};
    struct vcard_answer answer;
    vcard_transmit(rack.readers[reader].card, beid_span_of(rsa, sizeof rsa),
                   &answer);
}

bool
readers_strange_signature(size_t reader)
{
    struct vcard *card = rack.readers[reader].card;
    uint8_t pso[5 + 48] = {0x00, 0x2A, 0x9E, 0x9A, 20};
    struct vcard_answer answer;
    size_t len = 20; /* alg 02: SHA-1 on 1.7, SHA-384 on 1.8 */
    if (vcard_image_of(card)->applet == VCARD_APPLET_1_8) {
        len = 48;
        pso[4] = 48;
    }
    vcard_transmit(card, beid_span_of(pso, 5 + len), &answer);
    return answer.len == 2 && answer.bytes[0] == 0x61;
}

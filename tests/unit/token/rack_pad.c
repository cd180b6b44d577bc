/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Readers in memory with keys of their own. */
#include "rack.h"
#include "readers.h"

#include <pthread.h>
#include <string.h>

#define FEATURES 0x42000D48U
#define MODIFY 0x42001007U
#define START 0x42001001U
#define FINISH 0x42001002U
#define KEYS 0x42001005U
#define ABORT 0x4200100BU

static const uint8_t features[] = {
    0x07, 4, 0x42, 0x00, 0x10, 0x07, 0x01, 4, 0x42, 0x00,
    0x10, 1, 0x02, 4,    0x42, 0x00, 0x10, 2, 0x05, 4,
    0x42, 0, 0x10, 0x05, 0x0B, 4,    0x42, 0, 0x10, 0x0B};

static enum beid_err
give(uint8_t *answer, size_t *len, uint16_t sw)
{
    answer[0] = (uint8_t)(sw >> 8);
    answer[1] = (uint8_t)(sw & 0xFFU);
    *len = 2;
    return BEID_OK;
}

/* CHANGE REFERENCE DATA from 1234 to 4321. */
static enum beid_err
change(struct reader *reader, uint8_t *answer, size_t *len)
{
    static const uint8_t command[] = {0x00, 0x24, 0x00, 0x01, 0x10, 0x24, 0x12,
                                      0x34, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x24,
                                      0x43, 0x21, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    struct vcard_answer got;
    vcard_transmit(reader->card, beid_span_of(command, sizeof command), &got);
    memcpy(answer, got.bytes, got.len);
    *len = got.len;
    return BEID_OK;
}

enum beid_err
rack_control(struct reader *reader, uint32_t code, uint8_t *answer, size_t *len)
{
    switch (code) {
    case FEATURES:
        if (rack.pulls) {
            rack.pulls = false;
            rack_empty(reader);
            return BEID_ERR_CARD_REMOVED;
        }
        if (rack.deaf) {
            return BEID_ERR_READER;
        }
        memcpy(answer, features, sizeof features);
        *len = sizeof features;
        return BEID_OK;
    case MODIFY:
        return change(reader, answer, len);
    case START:
        rack.aborted = false;
        rack.polls = 0;
        return give(answer, len, 0x9000);
    case KEYS:
        rack.polls++;
        answer[0] = 0;
        *len = 1;
        return BEID_OK;
    case ABORT:
        rack.aborted = true;
        return give(answer, len, 0x9000);
    case FINISH:
        return give(answer, len, rack.aborted ? 0x6401 : 0x6403);
    default:
        return BEID_ERR_UNSUPPORTED;
    }
}

void
readers_give_keys(void)
{
    rack_lock();
    rack.pad = true;
    rack.polls = 0;
    rack_unlock();
}

void
readers_make_deaf(bool deaf)
{
    rack_lock();
    rack.deaf = deaf;
    rack_unlock();
}

void
readers_await_entry(void)
{
    rack_lock();
    while (rack.polls == 0) {
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    rack_unlock();
}

void
readers_remove_when_asked(void)
{
    rack_lock();
    rack.pulls = true;
    rack_unlock();
}

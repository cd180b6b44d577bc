/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "bench.h"

#include <string.h>

#define RECORDS_MAX 64U
#define PATCHED_MAX 8U
#define FILE_MAX 20000U

struct record {
    enum script_kind kind;
    unsigned pass;
    struct beid_span bytes;
};

static struct {
    struct record records[RECORDS_MAX];
    size_t count;
    size_t next;
    unsigned passed;
    uint8_t patched[PATCHED_MAX][FILE_MAX];
    size_t patched_count;
} script;

/* A copy of the card's file, with other bytes in it. */
static void
patch(struct beid_span bytes)
{
    uint16_t id = bench_u16(&bytes);
    size_t off = bench_u16(&bytes) % FILE_MAX;
    struct beid_span old = still_card_file(pcscd_card(), id);
    if (script.patched_count == PATCHED_MAX || old.len > FILE_MAX) {
        return;
    }
    uint8_t *copy = script.patched[script.patched_count++];
    size_t room = FILE_MAX - off;
    size_t len = bytes.len < room ? bytes.len : room;
    memset(copy, 0, FILE_MAX);
    if (old.len > 0) {
        memcpy(copy, old.ptr, old.len);
    }
    if (len > 0) {
        memcpy(copy + off, bytes.ptr, len);
    }
    size_t end = off + len;
    still_card_put(pcscd_card(), id,
                   beid_span_of(copy, end > old.len ? end : old.len));
}

static void
follow(void *ctx, enum pcscd_call call, struct pcscd_action *action)
{
    (void)ctx;
    if (script.next == script.count) {
        return;
    }
    const struct record *record = &script.records[script.next];
    bool counts = record->kind != SCRIPT_AT_TRANSMIT || call == PCSCD_TRANSMIT;
    if (!counts || script.passed++ < record->pass) {
        return;
    }
    struct beid_span bytes = record->bytes;
    script.next++;
    script.passed = 0;
    switch (record->kind) {
    case SCRIPT_CLAIM:
        action->what = PCSCD_SAY;
        action->claimed = (uint32_t)bench_u16(&bytes) << 16;
        action->claimed |= bench_u16(&bytes);
        action->bytes = bytes;
        break;
    case SCRIPT_AT_TRANSMIT:
        action->what = PCSCD_SAY;
        action->bytes = bytes;
        break;
    case SCRIPT_FILE:
    case SCRIPT_PATCH:
    case SCRIPT_KINDS:
        break;
    default:
        action->what = (enum pcscd_do)record->kind;
        action->bytes = bytes;
        action->code = bench_u16(&bytes);
        if (action->what == PCSCD_STATE) {
            action->code = action->code << 16 | bench_u16(&bytes);
        }
        if (action->what == PCSCD_FAIL || action->what == PCSCD_FAIL_AFTER) {
            action->code = pcscd_codes[action->code % pcscd_code_count];
        }
        break;
    }
}

void
script_start(struct beid_span records)
{
    script.count = 0;
    script.next = 0;
    script.passed = 0;
    script.patched_count = 0;
    while (records.len > 0 && script.count < RECORDS_MAX) {
        struct record *record = &script.records[script.count];
        record->kind = (enum script_kind)(bench_u8(&records) % SCRIPT_KINDS);
        record->pass = bench_u8(&records);
        size_t len = bench_u16(&records);
        record->bytes = bench_bytes(&records, len);
        if (record->kind == SCRIPT_PATCH) {
            patch(record->bytes);
        } else if (record->kind == SCRIPT_FILE) {
            struct beid_span content = record->bytes;
            uint16_t id = bench_u16(&content);
            still_card_put(pcscd_card(), id, content);
        } else {
            script.count++;
        }
    }
    pcscd_hook_set(follow, NULL);
}

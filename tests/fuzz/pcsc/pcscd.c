/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint32_t pcscd_codes[] = {
    0x80100001, /* F_INTERNAL_ERROR */
    0x80100002, /* E_CANCELLED */
    0x80100003, /* E_INVALID_HANDLE */
    0x80100004, /* E_INVALID_PARAMETER */
    0x80100006, /* E_NO_MEMORY */
    0x80100008, /* E_INSUFFICIENT_BUFFER */
    0x80100009, /* E_UNKNOWN_READER */
    0x8010000A, /* E_TIMEOUT */
    0x8010000B, /* E_SHARING_VIOLATION */
    0x8010000C, /* E_NO_SMARTCARD */
    0x8010000F, /* E_PROTO_MISMATCH */
    0x80100010, /* E_NOT_READY */
    0x80100013, /* F_COMM_ERROR */
    0x80100014, /* F_UNKNOWN_ERROR */
    0x80100016, /* E_NOT_TRANSACTED */
    0x80100017, /* E_READER_UNAVAILABLE */
    0x8010001D, /* E_NO_SERVICE */
    0x8010001E, /* E_SERVICE_STOPPED */
    0x8010001F, /* E_UNSUPPORTED_FEATURE */
    0x8010002E, /* E_NO_READERS_AVAILABLE */
    0x80100065, /* W_UNSUPPORTED_CARD */
    0x80100066, /* W_UNRESPONSIVE_CARD */
    0x80100067, /* W_UNPOWERED_CARD */
    0x80100068, /* W_RESET_CARD */
    0x80100069, /* W_REMOVED_CARD */
    0x8010006A, /* W_SECURITY_VIOLATION */
};
const size_t pcscd_code_count = sizeof pcscd_codes / sizeof *pcscd_codes;

struct pcscd_state pcscd_state;

void
pcscd_reset(enum still_applet applet, size_t readers)
{
    memset(&pcscd_state, 0, sizeof pcscd_state);
    pcscd_state.reader_count = readers;
    pcscd_state.handle_count = 1;
    for (size_t i = 0; i < PCSCD_READERS_MAX; i++) {
        still_card_init(&pcscd_state.readers[i].card, applet);
        pcscd_state.readers[i].card.serial[0] = (uint8_t)i;
    }
    pcscd_insert(0);
}

void
pcscd_hook_set(pcscd_hook *hook, void *ctx)
{
    pcscd_state.hook = hook;
    pcscd_state.hook_ctx = ctx;
}

void
pcscd_pinpad(bool pinpad)
{
    pcscd_state.pinpad = pinpad;
}

struct still_card *
pcscd_card(void)
{
    return &pcscd_state.readers[0].card;
}

void
pcscd_remove(size_t reader)
{
    pcscd_state.readers[reader].full = false;
    pcscd_state.readers[reader].events++;
    still_card_reset(&pcscd_state.readers[reader].card);
}

void
pcscd_insert(size_t reader)
{
    if (pcscd_state.readers[reader].full) {
        return; /* the card that is in it lost no power */
    }
    pcscd_state.readers[reader].full = true;
    pcscd_state.readers[reader].events++;
}

void
pcscd_pins(size_t count)
{
    pcscd_state.pins = count;
}

size_t
pcscd_calls(void)
{
    return pcscd_state.calls;
}

size_t
pcscd_verifies(void)
{
    return pcscd_state.verifies;
}

size_t
pcscd_open_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < pcscd_state.handle_count; i++) {
        enum handle_kind kind = pcscd_state.handles[i].kind;
        count += kind == HANDLE_CONTEXT || kind == HANDLE_CARD ? 1 : 0;
    }
    return count;
}

size_t
pcscd_transactions(void)
{
    size_t count = 0;
    for (size_t i = 0; i < pcscd_state.handle_count; i++) {
        count += pcscd_state.handles[i].kind == HANDLE_CARD
                     ? pcscd_state.handles[i].transactions
                     : 0;
    }
    return count;
}

void
pcscd_all_closed(void)
{
    if (pcscd_open_count() > 0) {
        bench_broken("a context or a card was not given back");
    }
    for (size_t i = 0; i < PCSCD_READERS_MAX; i++) {
        if (pcscd_state.readers[i].card.open && !pcscd_state.lied) {
            bench_broken("a PIN right stayed open");
        }
    }
}

/* The hook's word on the next call; what it does to a card is done here. */
struct pcscd_action
pcscd_ask(enum pcscd_call call)
{
    struct pcscd_action action = {.what = PCSCD_RUN};
    struct reader *reader = &pcscd_state.readers[0];
    pcscd_state.calls++;
    if (pcscd_state.hook != NULL) {
        pcscd_state.hook(pcscd_state.hook_ctx, call, &action);
    }
    pcscd_state.lied = pcscd_state.lied || action.what != PCSCD_RUN;
    if (action.what == PCSCD_REMOVE) {
        pcscd_remove(0);
    } else if (action.what == PCSCD_INSERT) {
        pcscd_remove(0);
        reader->card.serial[1] ^= (uint8_t)(action.code & 0xFFU);
        pcscd_insert(0);
    } else if (action.what == PCSCD_RESET) {
        still_card_reset(&reader->card);
        reader->resets++;
    }
    return action;
}

long
pcscd_open(struct handle handle)
{
    if (pcscd_state.handle_count == HANDLES_MAX) {
        return 0;
    }
    pcscd_state.handles[pcscd_state.handle_count] = handle;
    return (long)pcscd_state.handle_count++;
}

/* A context or card that the module may use: anything else is its fault,
 * unless the context of the card was given back before. */
struct handle *
pcscd_find(long number, enum handle_kind kind)
{
    if (number <= 0 || (size_t)number >= pcscd_state.handle_count) {
        bench_broken("a handle that was never given");
    }
    struct handle *handle = &pcscd_state.handles[number];
    if (handle->kind != kind) {
        bench_broken("a handle after it was closed");
    }
    return handle;
}

size_t
pcscd_names(char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < pcscd_state.reader_count; i++) {
        len += (size_t)snprintf(out + len, NAME_SIZE, "Still %zu", i) + 1;
    }
    out[len] = '\0';
    return len + 1;
}

struct reader *
pcscd_reader(const char *name, size_t *number)
{
    char own[NAME_SIZE];
    for (size_t i = 0; i < pcscd_state.reader_count; i++) {
        (void)snprintf(own, sizeof own, "Still %zu", i);
        if (strcmp(own, name) == 0) {
            *number = i;
            return &pcscd_state.readers[i];
        }
    }
    return NULL;
}

void
pcscd_count_pin(void)
{
    if (pcscd_state.pins == 0) {
        bench_broken("a PIN that nobody gave, or gave once only");
    }
    pcscd_state.pins--;
    pcscd_state.verifies++;
    pcscd_state.lied = false;
}

size_t
pcscd_change(const struct pcscd_action *action, uint8_t *answer, size_t len)
{
    size_t at = action->code >> 8;
    switch (action->what) {
    case PCSCD_SW:
        answer[len - 2] = (uint8_t)(action->code >> 8);
        answer[len - 1] = (uint8_t)(action->code & 0xFFU);
        return len;
    case PCSCD_CUT:
        return action->code < len ? action->code : len;
    case PCSCD_FLIP:
        answer[at % len] ^= (uint8_t)(action->code & 0xFFU);
        return len;
    case PCSCD_SAY:
        len = action->bytes.len < STILL_ANSWER_MAX ? action->bytes.len
                                                   : STILL_ANSWER_MAX;
        if (len > 0) {
            memcpy(answer, action->bytes.ptr, len);
        }
        return len;
    case PCSCD_RUN:
    case PCSCD_FAIL:
    case PCSCD_FAIL_AFTER:
    case PCSCD_STATE:
    case PCSCD_REMOVE:
    case PCSCD_INSERT:
    case PCSCD_RESET:
    case PCSCD_KINDS:
        break;
    }
    return len;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A reader with keys of its own that says anything: first byte its name and
 * what is typed, then its firmware, then one answer after the other, each a
 * length and its bytes.
 */
#include "bench.h"
#include "card/pinpad.h"

#include <string.h>
#include <time.h>

#define CHANGE 0x08U
#define FAILS 254U
#define KNOWS_NOT 255U
/* More than an entry can cost: a thousand keys, and as long without one as
 * the reader's time for one lasts. */
#define REQUESTS_MAX 200000U

static struct {
    struct beid_span input;
    uint16_t firmware;
    size_t orders; /* that may have become a VERIFY */
    size_t requests;
} reader;

/* The order to let a PIN be typed holds the command with its block. */
static bool
is_order(struct beid_span data)
{
    return data.len >= PINPAD_ORDER_MAX - 13U;
}

static enum beid_err
answer_next(struct beid_span data, uint8_t *answer, size_t *len)
{
    uint8_t size = reader.input.len == 0 ? 0 : bench_u8(&reader.input);
    reader.orders += is_order(data) ? 1 : 0;
    if (++reader.requests > REQUESTS_MAX) {
        bench_broken("an entry without end");
    }
    if (size == FAILS || size == KNOWS_NOT) {
        return size == FAILS ? BEID_ERR_IO : BEID_ERR_UNSUPPORTED;
    }
    struct beid_span bytes = bench_bytes(&reader.input, size);
    if (bytes.len > 0) {
        memcpy(answer, bytes.ptr, bytes.len);
    }
    *len = bytes.len;
    return BEID_OK;
}

static enum beid_err
transmit(void *self, struct beid_span command, uint8_t *answer, size_t *len)
{
    (void)self;
    /* Pseudo-APDUs, and GET RESPONSE for more of their answers. */
    if (command.len < 5
        || (command.ptr[0] != 0xFF
            && (command.ptr[0] != 0x00 || command.ptr[1] != 0xC0))) {
        bench_broken("a command past the reader");
    }
    return answer_next(command, answer, len);
}

static enum beid_err
control(void *self, uint32_t code, struct beid_span data, uint8_t *answer,
        size_t *len)
{
    (void)self;
    (void)code;
    return answer_next(data, answer, len);
}

static enum beid_err
firmware(void *self, uint16_t *out)
{
    (void)self;
    *out = reader.firmware;
    return BEID_OK;
}

/* Here nothing takes time. */
int
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's */
nanosleep(const struct timespec *wanted, struct timespec *left)
{
    (void)wanted;
    (void)left;
    return 0;
}

/* One entry: at most one order, and a reader that says that the card got
 * nothing leaves the tries as they were. */
static void
try_entry(struct card *card, const struct pinpad *pinpad, bool change)
{
    static const struct pinpad_person person = {.language = PINPAD_DUTCH};
    struct pinpad_outcome outcome = {0};
    reader.orders = 0;
    card->tries = 2;
    enum beid_err err = change ? pinpad_change(card, pinpad, &person, &outcome)
                               : pinpad_verify(card, pinpad, &person, &outcome);
    if (reader.orders > 1) {
        bench_broken("a PIN that was asked for twice");
    }
    if (!outcome.sent && (err == BEID_OK || card->tries != 2)) {
        bench_broken("a right without a PIN");
    }
    if (err == BEID_OK && outcome.sw != 0x9000) {
        bench_broken("a right that the card did not give");
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {
        "Some pinpad 00 00",     "Gemplus GemPC Pinpad 00 00",
        "SPRx32 USB 00 00",      "Dell keyboard 00 00",
        "VASCO DIGIPASS 840 00", "DIOSS pinpad",
        "Vega Alpha 00 00",      "",
    };
    static const struct transport_ops ops = {
        .transmit = transmit, .control = control, .firmware = firmware};
    struct card card = {.transport = {.ops = &ops}, .applet = CARD_APPLET_17};
    struct pinpad pinpad = {0};
    reader.input = beid_span_of(data, size);
    reader.requests = 0;
    unsigned first = bench_u8(&reader.input);
    reader.firmware = bench_u16(&reader.input);
    const char *name = names[first % 8U];
    if (pinpad_discover(&card.transport, name, &pinpad) != BEID_OK) {
        return 0;
    }
    bool change = (first & CHANGE) != 0;
    bool can = change ? pinpad_can_modify(&pinpad) : pinpad_can_verify(&pinpad);
    if (can && strncmp(name, "Gemplus", 7) == 0) {
        bench_broken("keys that do harm");
    }
    if (can) {
        try_entry(&card, &pinpad, change);
    }
    return 0;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "../unit.h"

#include <stdlib.h>
#include <string.h>

static const struct script_step *script;
static size_t step_count;
static size_t at;
static struct beid_span file;
static bool reads_file;
static int transactions;
static size_t resets;
static size_t reconnects;
static bool closed;
static enum beid_err begin_err;
static unsigned begin_count;
static uint16_t firmware_version;

size_t
script_hex(const char *text, uint8_t *out, size_t max)
{
    size_t len = 0;
    while (*text != '\0') {
        char pair[3] = {0};
        if (*text == ' ') {
            text++;
            continue;
        }
        assert_true(len < max && text[1] != '\0');
        memcpy(pair, text, 2);
        out[len++] = (uint8_t)strtoul(pair, NULL, 16);
        text += 2;
    }
    return len;
}

/* READ BINARY as the manuals say (facts §2.3). */
static size_t
read_file(struct beid_span command, uint8_t *answer)
{
    size_t offset = ((size_t)command.ptr[2] << 8) | command.ptr[3];
    size_t le = command.ptr[4] == 0 ? 256 : command.ptr[4];
    if (command.ptr[1] != 0xB0) {
        return script_hex("9000", answer, 2);
    }
    if (offset >= file.len) {
        return script_hex("6B00", answer, 2);
    }
    if (le > file.len - offset) {
        answer[0] = 0x6C;
        answer[1] = (uint8_t)(file.len - offset);
        return 2;
    }
    memcpy(answer, file.ptr + offset, le);
    answer[le] = 0x90;
    answer[le + 1] = 0x00;
    return le + 2;
}

static enum beid_err
transmit(void *self, struct beid_span command, uint8_t *answer, size_t *len)
{
    uint8_t expected[300];
    (void)self;
    if (reads_file) {
        at++;
        *len = read_file(command, answer);
        return BEID_OK;
    }
    assert_true(at < step_count);
    const struct script_step *step = &script[at++];
    size_t size = script_hex(step->command, expected, sizeof expected);
    assert_int_equal(command.len, size);
    assert_memory_equal(command.ptr, expected, size);
    if (step->reply == NULL) {
        return step->err;
    }
    *len = script_hex(step->reply, answer, TRANSPORT_ANSWER_MAX);
    return BEID_OK;
}

/* A step of the reader itself: '@' and the control code stand before. */
static enum beid_err
control(void *self, uint32_t code, struct beid_span data, uint8_t *answer,
        size_t *len)
{
    uint8_t expected[300] = {(uint8_t)(code >> 24), (uint8_t)(code >> 16),
                             (uint8_t)(code >> 8), (uint8_t)code};
    (void)self;
    assert_true(at < step_count);
    const struct script_step *step = &script[at++];
    assert_int_equal(step->command[0], '@');
    uint8_t wanted[300];
    size_t size = script_hex(step->command + 1, wanted, sizeof wanted);
    if (data.len > 0) {
        memcpy(expected + 4, data.ptr, data.len);
    }
    assert_int_equal(data.len + 4, size);
    assert_memory_equal(expected, wanted, size);
    if (step->reply == NULL) {
        return step->err;
    }
    *len = script_hex(step->reply, answer, TRANSPORT_ANSWER_MAX);
    return BEID_OK;
}

static enum beid_err
firmware(void *self, uint16_t *out)
{
    (void)self;
    *out = firmware_version;
    return BEID_OK;
}

static enum beid_err
begin(void *self)
{
    (void)self;
    enum beid_err err = begin_count > 0 ? begin_err : BEID_OK;
    begin_count -= begin_count > 0 ? 1 : 0;
    transactions += err == BEID_OK ? 1 : 0;
    return err;
}

static enum beid_err
end(void *self, bool reset)
{
    (void)self;
    transactions--;
    resets += reset ? 1 : 0;
    return BEID_OK;
}

static enum beid_err
reconnect(void *self)
{
    (void)self;
    reconnects++;
    return BEID_OK;
}

static void
close_card(void *self, bool reset)
{
    (void)self;
    resets += reset ? 1 : 0;
    closed = true;
}

static const struct transport_ops ops = {
    .transmit = transmit,
    .control = control,
    .firmware = firmware,
    .begin = begin,
    .end = end,
    .reconnect = reconnect,
    .close = close_card,
};

static struct transport
start(void)
{
    at = 0;
    transactions = 0;
    resets = 0;
    reconnects = 0;
    closed = false;
    begin_count = 0;
    return (struct transport){.ops = &ops};
}

struct transport
script_start(const struct script_step *steps, size_t count)
{
    script = steps;
    step_count = count;
    reads_file = false;
    return start();
}

struct transport
script_file(struct beid_span content)
{
    file = content;
    reads_file = true;
    return start();
}

struct card
script_card_17(struct transport transport)
{
    return (struct card){.transport = transport,
                         .family = ATR_RSA,
                         .applet = CARD_APPLET_17,
                         .tries = CARD_TRIES_UNKNOWN};
}

struct card
script_card_18(struct transport transport)
{
    struct card card = script_card_17(transport);
    card.family = ATR_EC;
    card.applet = CARD_APPLET_18;
    return card;
}

void
script_end(void)
{
    assert_int_equal(at, step_count);
    assert_int_equal(transactions, 0);
}

size_t
script_commands(void)
{
    return at;
}

int
script_transactions(void)
{
    return transactions;
}

size_t
script_resets(void)
{
    return resets;
}

size_t
script_reconnects(void)
{
    return reconnects;
}

bool
script_closed(void)
{
    return closed;
}

void
script_firmware(uint16_t version)
{
    firmware_version = version;
}

void
script_begin_fails(enum beid_err err, unsigned times)
{
    begin_err = err;
    begin_count = times;
}

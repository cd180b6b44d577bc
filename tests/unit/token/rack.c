/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "rack.h"

#include "card/pcsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rack rack;

void
rack_empty(struct reader *reader)
{
    vcard_free(&reader->card);
    reader->foreign = false;
    reader->mute = false;
    reader->atr_len = 0;
    reader->events++;
}

struct connection {
    size_t reader;
    uint32_t events;
    uint32_t resets;
    bool locked;
};

static bool
full(const struct reader *reader)
{
    return reader->card != NULL || reader->foreign;
}

/* What pcscd would say to a connection before it lets a command through. */
static enum beid_err
check(const struct connection *connection)
{
    const struct reader *reader = &rack.readers[connection->reader];
    if (rack.stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    if (!full(reader) || reader->events != connection->events) {
        return BEID_ERR_CARD_REMOVED;
    }
    return reader->resets == connection->resets ? BEID_OK : BEID_ERR_CARD_RESET;
}

static enum beid_err
apply_fault(struct reader *reader, uint8_t *bytes, size_t *len, bool *done)
{
    if (rack.fault.at == 0 || --rack.fault.at > 0) {
        return BEID_OK;
    }
    *done = true;
    if (rack.fault.remove) {
        vcard_free(&rack.pulled);
        rack.pulled = reader->card;
        reader->card = NULL;
        reader->events++;
        return BEID_ERR_CARD_REMOVED;
    }
    if (rack.fault.replace) {
        memcpy(bytes, rack.fault.answer, rack.fault.len);
        *len = rack.fault.len;
        return BEID_OK;
    }
    return rack.fault.err;
}

static enum beid_err
card_transmit(void *self, struct beid_span command, uint8_t *bytes, size_t *len)
{
    const struct connection *connection = self;
    struct reader *reader = &rack.readers[connection->reader];
    struct vcard_answer answer;
    bool done = false;
    enum beid_err err = check(connection);
    if (err != BEID_OK) {
        return err;
    }
    if (rack.trace_len < TRACE_MAX) {
        rack.trace[rack.trace_len++] = command.ptr[1];
    }
    err = apply_fault(reader, bytes, len, &done);
    if (err != BEID_OK || done) {
        return err;
    }
    if (reader->foreign) {
        bytes[0] = 0x6E;
        bytes[1] = 0x00;
        *len = 2;
        return BEID_OK;
    }
    vcard_transmit(reader->card, command, &answer);
    memcpy(bytes, answer.bytes, answer.len);
    *len = answer.len;
    return BEID_OK;
}

static enum beid_err
card_begin(void *self)
{
    struct connection *connection = self;
    enum beid_err err = check(connection);
    if (err == BEID_OK) {
        err = rack.begin;
        rack.begin = BEID_OK;
    }
    if (err == BEID_OK) {
        connection->locked = true;
        rack.transactions++;
    }
    return err;
}

static void
reset_card(struct reader *reader)
{
    if (reader->card != NULL) {
        vcard_reset(reader->card);
    }
    reader->resets++;
    rack.resets++;
}

static enum beid_err
card_end(void *self, bool reset)
{
    struct connection *connection = self;
    rack.transactions -= connection->locked ? 1 : 0;
    connection->locked = false;
    enum beid_err err = check(connection);
    if (err == BEID_OK && reset) {
        reset_card(&rack.readers[connection->reader]);
    }
    return err;
}

static enum beid_err
card_reconnect(void *self)
{
    struct connection *connection = self;
    connection->resets = rack.readers[connection->reader].resets;
    return check(connection);
}

static void
card_close(void *self, bool reset)
{
    struct connection *connection = self;
    rack.transactions -= connection->locked ? 1 : 0;
    if (reset && check(connection) == BEID_OK) {
        reset_card(&rack.readers[connection->reader]);
    }
    rack.open_cards--;
    free(connection);
}

static const struct transport_ops card_ops = {
    .transmit = card_transmit,
    .begin = card_begin,
    .end = card_end,
    .reconnect = card_reconnect,
    .close = card_close,
};

static enum beid_err
service_open(void **self)
{
    static int token;
    if (rack.stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    rack.open_services++;
    *self = &token;
    return BEID_OK;
}

static void
service_close(void *self)
{
    (void)self;
    rack.open_services--;
}

static enum beid_err
service_readers(void *self, struct reader_list *out)
{
    (void)self;
    if (rack.stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    for (size_t i = 0; i < rack.attached; i++) {
        (void)snprintf(out->names[i], sizeof out->names[i], "Reader %02zu", i);
    }
    out->count = rack.attached;
    return BEID_OK;
}

static size_t
number_of(const char *name)
{
    return (size_t)strtoul(name + strlen("Reader "), NULL, 10);
}

static enum beid_err
service_state(void *self, const char *name, struct reader_state *out)
{
    (void)self;
    size_t i = number_of(name);
    if (rack.stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    if (i >= rack.attached) {
        return BEID_ERR_NO_READER;
    }
    const struct reader *reader = &rack.readers[i];
    *out = (struct reader_state){
        .attached = true,
        .present = full(reader),
        .mute = reader->mute,
        .exclusive = reader->held,
        .events = reader->events,
        .atr_len = reader->atr_len,
    };
    memcpy(out->atr, reader->atr, sizeof out->atr);
    return BEID_OK;
}

static enum beid_err
service_connect(void *self, const char *name, struct transport *out)
{
    (void)self;
    size_t i = number_of(name);
    if (rack.stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    if (rack.readers[i].held) {
        return BEID_ERR_READER_BUSY;
    }
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return BEID_ERR_MEMORY;
    }
    connection->reader = i;
    connection->events = rack.readers[i].events;
    connection->resets = rack.readers[i].resets;
    rack.open_cards++;
    out->ops = &card_ops;
    out->self = connection;
    return BEID_OK;
}

const struct service_ops pcsc_service = {
    .open = service_open,
    .close = service_close,
    .readers = service_readers,
    .state = service_state,
    .connect = service_connect,
};

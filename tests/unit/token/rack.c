/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "rack.h"

#include "card/pcsc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rack rack = {.lock = PTHREAD_MUTEX_INITIALIZER,
                    .changed = PTHREAD_COND_INITIALIZER};

void
rack_lock(void)
{
    (void)pthread_mutex_lock(&rack.lock);
}

void
rack_unlock(void)
{
    (void)pthread_cond_broadcast(&rack.changed);
    (void)pthread_mutex_unlock(&rack.lock);
}

void
rack_empty(struct reader *reader)
{
    vcard_free(&reader->card);
    reader->foreign = false;
    reader->mute = false;
    reader->atr_len = 0;
    reader->events++;
}

/* An open service. */
struct context {
    bool cancelled;
};

struct connection {
    size_t reader;
    uint32_t events;
    uint32_t resets;
    uint32_t plugs;
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
    if (rack.stopped || reader->plugs != connection->plugs) {
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
transmit(void *self, struct beid_span command, uint8_t *bytes, size_t *len)
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
    while (reader->paused) {
        reader->waiting = true;
        (void)pthread_cond_broadcast(&rack.changed);
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    reader->waiting = false;
    err = check(connection);
    if (err != BEID_OK) {
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

/* Begins or ends a connection's transaction, if it has not that state. */
static void
count_transaction(struct connection *connection, bool locked)
{
    if (connection->locked != locked) {
        rack.transactions += locked ? 1 : -1;
        rack.readers[connection->reader].locked += locked ? 1 : -1;
        connection->locked = locked;
    }
}

static enum beid_err
begin(void *self)
{
    struct connection *connection = self;
    enum beid_err err = check(connection);
    if (err == BEID_OK) {
        err = rack.begin;
        rack.begin = BEID_OK;
    }
    if (err == BEID_OK) {
        count_transaction(connection, true);
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
end(void *self, bool reset)
{
    struct connection *connection = self;
    enum beid_err err = rack.end;
    rack.end = BEID_OK;
    if (err != BEID_OK) {
        return err;
    }
    count_transaction(connection, false);
    err = check(connection);
    if (err == BEID_OK && reset) {
        reset_card(&rack.readers[connection->reader]);
    }
    return err;
}

static enum beid_err
reconnect(void *self)
{
    struct connection *connection = self;
    connection->resets = rack.readers[connection->reader].resets;
    return check(connection);
}

static void
disconnect(void *self, bool reset)
{
    struct connection *connection = self;
    count_transaction(connection, false);
    if (reset && check(connection) == BEID_OK) {
        reset_card(&rack.readers[connection->reader]);
    }
    rack.open_cards--;
    free(connection);
}

static enum beid_err
card_transmit(void *self, struct beid_span command, uint8_t *bytes, size_t *len)
{
    rack_lock();
    enum beid_err err = transmit(self, command, bytes, len);
    rack_unlock();
    return err;
}

static enum beid_err
card_control(void *self, uint32_t code, struct beid_span data, uint8_t *answer,
             size_t *len)
{
    const struct connection *connection = self;
    (void)data;
    rack_lock();
    enum beid_err err = check(connection);
    if (err == BEID_OK) {
        err =
            rack_control(&rack.readers[connection->reader], code, answer, len);
    }
    rack_unlock();
    return err;
}

static enum beid_err
card_begin(void *self)
{
    rack_lock();
    enum beid_err err = begin(self);
    rack_unlock();
    return err;
}

static enum beid_err
card_end(void *self, bool reset)
{
    rack_lock();
    enum beid_err err = end(self, reset);
    rack_unlock();
    return err;
}

static enum beid_err
card_reconnect(void *self)
{
    rack_lock();
    enum beid_err err = reconnect(self);
    rack_unlock();
    return err;
}

static void
card_close(void *self, bool reset)
{
    rack_lock();
    disconnect(self, reset);
    rack_unlock();
}

/* Of readers without keys nothing can be asked. */
static const struct transport_ops card_ops = {
    .transmit = card_transmit,
    .begin = card_begin,
    .end = card_end,
    .reconnect = card_reconnect,
    .close = card_close,
};

static const struct transport_ops pad_ops = {
    .transmit = card_transmit,
    .control = card_control,
    .begin = card_begin,
    .end = card_end,
    .reconnect = card_reconnect,
    .close = card_close,
};

static enum beid_err
service_open(void **self)
{
    struct context *context = calloc(1, sizeof *context);
    rack_lock();
    bool stopped = rack.stopped;
    rack.open_services += context != NULL && !stopped ? 1 : 0;
    rack_unlock();
    if (context == NULL || stopped) {
        free(context);
        return stopped ? BEID_ERR_NO_SERVICE : BEID_ERR_MEMORY;
    }
    *self = context;
    return BEID_OK;
}

static void
service_close(void *self)
{
    rack_lock();
    rack.open_services--;
    rack_unlock();
    free(self);
}

static struct reader_state
state_of(const struct reader *reader)
{
    struct reader_state state = {
        .attached = true,
        .present = full(reader),
        .mute = reader->mute,
        .exclusive = reader->held,
        .events = reader->events,
        .atr_len = reader->atr_len,
    };
    memcpy(state.atr, reader->atr, sizeof state.atr);
    return state;
}

static enum beid_err
service_scan(void *self, struct reader_scan *out)
{
    (void)self;
    rack_lock();
    bool stopped = rack.stopped;
    out->count = 0;
    for (size_t i = rack.late ? 1 : 0; i < rack.attached; i++) {
        (void)snprintf(out->readers[out->count].name,
                       sizeof out->readers[out->count].name, "Reader %02zu",
                       rack.first + i);
        out->readers[out->count++].state = state_of(&rack.readers[i]);
    }
    bool passes = rack.scan_free > 0;
    rack.scan_free -= passes ? 1 : 0;
    rack.scans += passes ? 0 : 1;
    while (rack.scan_paused && !passes) {
        (void)pthread_cond_broadcast(&rack.changed);
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    rack.scans -= passes ? 0 : 1;
    rack_unlock();
    return stopped ? BEID_ERR_NO_SERVICE : BEID_OK;
}

static size_t
number_of(const char *name)
{
    size_t number = (size_t)strtoul(name + strlen("Reader "), NULL, 10);
    size_t i = number - rack.first;
    return i < READERS_MAX ? i : READERS_MAX; /* the last is never there */
}

static enum beid_err
service_state(void *self, const char *name, struct reader_state *out)
{
    (void)self;
    enum beid_err err = BEID_OK;
    rack_lock();
    size_t i = number_of(name);
    if (rack.stopped) {
        err = BEID_ERR_NO_SERVICE;
    } else if (i >= rack.attached) {
        err = BEID_ERR_NO_READER;
    } else {
        *out = state_of(&rack.readers[i]);
    }
    rack_unlock();
    return err;
}

/* Is a reader not as it was seen? */
static bool
differs(const struct reader_scan *seen)
{
    bool other = seen->count != rack.attached;
    for (size_t i = 0; i < seen->count && !other; i++) {
        const struct reader *reader =
            &rack.readers[number_of(seen->readers[i].name)];
        other = seen->readers[i].state.events != reader->events;
    }
    return other;
}

static enum beid_err
service_wait(void *self, const struct reader_scan *seen)
{
    struct context *context = self;
    rack_lock();
    context->cancelled = false;
    rack.waiters++;
    (void)pthread_cond_broadcast(&rack.changed);
    while (!context->cancelled && !rack.stopped && !differs(seen)) {
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    rack.waiters--;
    enum beid_err err = context->cancelled ? BEID_ERR_CANCELLED : BEID_OK;
    err = rack.stopped ? BEID_ERR_NO_SERVICE : err;
    rack_unlock();
    return err;
}

static void
service_cancel(void *self)
{
    struct context *context = self;
    rack_lock();
    context->cancelled = true;
    rack_unlock();
}

static enum beid_err
service_connect(void *self, const char *name, struct transport *out)
{
    (void)self;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = BEID_OK;
    rack_lock();
    connection->reader = number_of(name);
    struct reader *reader = &rack.readers[connection->reader];
    reader->events += rack.comes ? 2 : 0;
    rack.comes = false;
    connection->events = reader->events;
    connection->resets = reader->resets;
    connection->plugs = reader->plugs;
    if (rack.stopped) {
        err = BEID_ERR_NO_SERVICE;
    } else if (reader->held) {
        err = BEID_ERR_READER_BUSY;
    } else {
        rack.open_cards++;
    }
    rack_unlock();
    if (err != BEID_OK) {
        free(connection);
        return err;
    }
    out->ops = rack.pad ? &pad_ops : &card_ops;
    out->self = connection;
    return BEID_OK;
}

const struct service_ops pcsc_service = {
    .open = service_open,
    .close = service_close,
    .scan = service_scan,
    .state = service_state,
    .wait = service_wait,
    .cancel = service_cancel,
    .connect = service_connect,
};

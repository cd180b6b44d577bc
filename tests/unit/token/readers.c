/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "readers.h"

#include "card/pcsc.h"
#include "person.h"
#include "personalise.h"
#include "vcard.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACE_MAX 4096U

struct reader {
    struct vcard *card;
    bool foreign;
    bool mute;
    bool held;
    uint32_t events;
    uint32_t resets; /* a connection that saw fewer must reconnect */
    uint8_t atr[TRANSPORT_ATR_MAX];
    size_t atr_len;
};

struct connection {
    size_t reader;
    uint32_t events;
    uint32_t resets;
    bool locked;
};

struct fault {
    size_t at; /* 0: none */
    enum beid_err err;
    bool remove;
    bool replace;
    uint8_t answer[TRANSPORT_ANSWER_MAX];
    size_t len;
};

static struct reader readers[READERS_MAX];
static size_t attached;
static struct fault fault;
static uint8_t trace[TRACE_MAX];
static size_t trace_len;
static size_t open_cards;
static size_t open_services;
static int transactions;
static size_t resets;
static bool stopped;
static unsigned made; /* cards so far, each has a number of its own */
static char pki_rsa[64];
static char pki_old[64];
static char pki_ec[64];

static void
empty(struct reader *reader)
{
    vcard_free(&reader->card);
    reader->foreign = false;
    reader->mute = false;
    reader->atr_len = 0;
    reader->events++;
}

static bool
make_dir(char *dir, size_t size)
{
    (void)snprintf(dir, size, "/tmp/beid-readers-XXXXXX");
    return mkdtemp(dir) != NULL;
}

bool
readers_reset(void)
{
    if (pki_rsa[0] == '\0'
        && (!make_dir(pki_rsa, sizeof pki_rsa)
            || !make_dir(pki_old, sizeof pki_old)
            || !make_dir(pki_ec, sizeof pki_ec))) {
        return false;
    }
    for (size_t i = 0; i < READERS_MAX; i++) {
        empty(&readers[i]);
        readers[i].held = false;
    }
    attached = 1;
    fault = (struct fault){0};
    transactions = 0;
    resets = 0;
    stopped = false;
    readers_forget();
    return true;
}

static void
remove_dir(const char *dir)
{
    char path[512];
    DIR *entries = opendir(dir);
    if (entries == NULL) {
        return;
    }
    const struct dirent *entry = NULL;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a directory of ours */
    while ((entry = readdir(entries)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        (void)unlink(path);
    }
    (void)closedir(entries);
    (void)rmdir(dir);
}

void
readers_end(void)
{
    for (size_t i = 0; i < READERS_MAX; i++) {
        empty(&readers[i]);
    }
    remove_dir(pki_rsa);
    remove_dir(pki_old);
    remove_dir(pki_ec);
}

void
readers_attach(size_t count)
{
    attached = count;
}

bool
readers_insert(size_t reader, enum readers_applet applet, const char *person)
{
    static const enum vcard_applet applets[] = {
        VCARD_APPLET_1_1, VCARD_APPLET_1_7, VCARD_APPLET_1_8};
    const char *dirs[] = {pki_old, pki_rsa, pki_ec};
    const struct personalise order = {
        .applet = applets[applet],
        .person = person == NULL ? person_at(0) : person_find(person),
        .pin = "1234",
        .pki_dir = dirs[applet],
        .number = made++,
    };
    struct reader *target = &readers[reader];
    empty(target);
    if (order.person == NULL || personalise(&order, &target->card) != BEID_OK) {
        return false;
    }
    struct beid_span atr = vcard_atr(target->card);
    memcpy(target->atr, atr.ptr, atr.len);
    target->atr_len = atr.len;
    target->events++;
    return true;
}

void
readers_insert_foreign(size_t reader, struct beid_span atr)
{
    struct reader *target = &readers[reader];
    empty(target);
    target->foreign = true;
    memcpy(target->atr, atr.ptr, atr.len);
    target->atr_len = atr.len;
    target->events++;
}

void
readers_remove(size_t reader)
{
    empty(&readers[reader]);
}

void
readers_swap(size_t a, size_t b)
{
    struct reader kept = readers[a];
    uint32_t events = readers[b].events;
    readers[a] = readers[b];
    readers[b] = kept;
    readers[a].events = kept.events + 2;
    readers[b].events = events + 2;
    vcard_reset(readers[a].card);
    vcard_reset(readers[b].card);
}

void
readers_swap_unseen(size_t a, size_t b, bool reset)
{
    struct vcard *kept = readers[a].card;
    readers[a].card = readers[b].card;
    readers[b].card = kept;
    if (reset) {
        readers_strange_reset(a);
    }
}

void
readers_strange_reset(size_t reader)
{
    vcard_reset(readers[reader].card);
    readers[reader].resets++;
}

void
readers_strange_wrong_pin(size_t reader)
{
    static const uint8_t verify[] = {0x00, 0x20, 0x00, 0x01, 0x08, 0x24, 0x99,
                                     0x99, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    struct vcard_answer answer;
    vcard_transmit(readers[reader].card, beid_span_of(verify, sizeof verify),
                   &answer);
}

void
readers_mute(size_t reader, bool mute)
{
    readers[reader].mute = mute;
}

void
readers_hold_exclusively(size_t reader, bool held)
{
    readers[reader].held = held;
}

void
readers_stop_service(bool now_stopped)
{
    stopped = now_stopped;
}

void
readers_fail(size_t k, enum beid_err err)
{
    fault = (struct fault){.at = k, .err = err};
}

void
readers_answer(size_t k, struct beid_span answer)
{
    fault = (struct fault){.at = k, .replace = true, .len = answer.len};
    memcpy(fault.answer, answer.ptr, answer.len);
}

void
readers_remove_at(size_t k)
{
    fault = (struct fault){.at = k, .remove = true};
}

size_t
readers_count(void)
{
    return trace_len;
}

size_t
readers_count_ins(unsigned ins)
{
    size_t count = 0;
    for (size_t i = 0; i < trace_len; i++) {
        count += trace[i] == ins ? 1 : 0;
    }
    return count;
}

const char *
readers_trace(void)
{
    static char text[TRACE_MAX * 3 + 1];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < trace_len; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%02X",
                               i > 0 ? " " : "", trace[i]);
    }
    return text;
}

void
readers_forget(void)
{
    trace_len = 0;
}

size_t
readers_open_cards(void)
{
    return open_cards;
}

size_t
readers_open_services(void)
{
    return open_services;
}

int
readers_transactions(void)
{
    return transactions;
}

size_t
readers_resets(void)
{
    return resets;
}

unsigned
readers_tries(size_t reader)
{
    return vcard_tries(readers[reader].card);
}

bool
readers_pin_open(size_t reader)
{
    static const uint8_t ask[] = {0x00, 0x20, 0x00, 0x01, 0x00};
    struct vcard_answer answer;
    vcard_transmit(readers[reader].card, beid_span_of(ask, sizeof ask),
                   &answer);
    return answer.len == 2 && answer.bytes[0] == 0x90;
}

struct beid_span
readers_certificate(size_t reader)
{
    return vcard_image_file(vcard_image_of(readers[reader].card),
                            VCARD_DF_BELPIC, 0x5038);
}

static bool
full(const struct reader *reader)
{
    return reader->card != NULL || reader->foreign;
}

/* What pcscd would say to a connection before it lets a command through. */
static enum beid_err
check(const struct connection *connection)
{
    const struct reader *reader = &readers[connection->reader];
    if (stopped) {
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
    if (fault.at == 0 || --fault.at > 0) {
        return BEID_OK;
    }
    *done = true;
    if (fault.remove) {
        empty(reader);
        return BEID_ERR_CARD_REMOVED;
    }
    if (fault.replace) {
        memcpy(bytes, fault.answer, fault.len);
        *len = fault.len;
        return BEID_OK;
    }
    return fault.err;
}

static enum beid_err
card_transmit(void *self, struct beid_span command, uint8_t *bytes, size_t *len)
{
    const struct connection *connection = self;
    struct reader *reader = &readers[connection->reader];
    struct vcard_answer answer;
    bool done = false;
    enum beid_err err = check(connection);
    if (err != BEID_OK) {
        return err;
    }
    if (trace_len < TRACE_MAX) {
        trace[trace_len++] = command.ptr[1];
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
        connection->locked = true;
        transactions++;
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
    resets++;
}

static enum beid_err
card_end(void *self, bool reset)
{
    struct connection *connection = self;
    transactions -= connection->locked ? 1 : 0;
    connection->locked = false;
    enum beid_err err = check(connection);
    if (err == BEID_OK && reset) {
        reset_card(&readers[connection->reader]);
    }
    return err;
}

static enum beid_err
card_reconnect(void *self)
{
    struct connection *connection = self;
    connection->resets = readers[connection->reader].resets;
    return check(connection);
}

static void
card_close(void *self, bool reset)
{
    struct connection *connection = self;
    transactions -= connection->locked ? 1 : 0;
    if (reset && check(connection) == BEID_OK) {
        reset_card(&readers[connection->reader]);
    }
    open_cards--;
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
    if (stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    open_services++;
    *self = &token;
    return BEID_OK;
}

static void
service_close(void *self)
{
    (void)self;
    open_services--;
}

static enum beid_err
service_readers(void *self, struct reader_list *out)
{
    (void)self;
    if (stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    for (size_t i = 0; i < attached; i++) {
        (void)snprintf(out->names[i], sizeof out->names[i], "Reader %02zu", i);
    }
    out->count = attached;
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
    if (stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    if (i >= attached) {
        return BEID_ERR_NO_READER;
    }
    const struct reader *reader = &readers[i];
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
    if (stopped) {
        return BEID_ERR_NO_SERVICE;
    }
    if (readers[i].held) {
        return BEID_ERR_READER_BUSY;
    }
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return BEID_ERR_MEMORY;
    }
    connection->reader = i;
    connection->events = readers[i].events;
    connection->resets = readers[i].resets;
    open_cards++;
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

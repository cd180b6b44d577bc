/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "readers.h"

#include "person.h"
#include "personalise.h"
#include "rack.h"
#include "vcard.h"

#include <dirent.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned made; /* cards of this test; the next has the same keys */
static char pki_rsa[64];
static char pki_old[64];
static char pki_ec[64];

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
    rack_lock();
    for (size_t i = 0; i < READERS_MAX; i++) {
        rack_empty(&rack.readers[i]);
        rack.readers[i].held = false;
        rack.readers[i].paused = false;
    }
    made = 0;
    rack.attached = 1;
    rack.first = 0;
    rack.fault = (struct fault){0};
    rack.transactions = 0;
    rack.resets = 0;
    rack.stopped = false;
    rack.begin = BEID_OK;
    rack.end = BEID_OK;
    rack.pad = false;
    rack.deaf = false;
    rack.pulls = false;
    rack.comes = false;
    rack.late = false;
    rack.scan_free = 0;
    vcard_free(&rack.pulled);
    rack.trace_len = 0;
    rack_unlock();
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
    vcard_free(&rack.pulled);
    for (size_t i = 0; i < READERS_MAX; i++) {
        rack_empty(&rack.readers[i]);
    }
    remove_dir(pki_rsa);
    remove_dir(pki_old);
    remove_dir(pki_ec);
}

void
readers_attach(size_t count)
{
    rack_lock();
    rack.attached = count;
    rack_unlock();
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
    struct reader *target = &rack.readers[reader];
    struct vcard *card = NULL;
    bool good = order.person != NULL && personalise(&order, &card) == BEID_OK;
    rack_lock();
    rack_empty(target);
    if (good) {
        struct beid_span atr = vcard_atr(card);
        target->card = card;
        memcpy(target->atr, atr.ptr, atr.len);
        target->atr_len = atr.len;
        target->events++;
    }
    rack_unlock();
    return good;
}

void
readers_insert_foreign(size_t reader, struct beid_span atr)
{
    rack_lock();
    struct reader *target = &rack.readers[reader];
    rack_empty(target);
    target->foreign = true;
    memcpy(target->atr, atr.ptr, atr.len);
    target->atr_len = atr.len;
    target->events++;
    rack_unlock();
}

void
readers_remove(size_t reader)
{
    rack_lock();
    rack_empty(&rack.readers[reader]);
    rack_unlock();
}

void
readers_swap(size_t a, size_t b)
{
    rack_lock();
    struct reader kept = rack.readers[a];
    uint32_t events = rack.readers[b].events;
    rack.readers[a] = rack.readers[b];
    rack.readers[b] = kept;
    rack.readers[a].events = kept.events + 2;
    rack.readers[b].events = events + 2;
    vcard_reset(rack.readers[a].card);
    vcard_reset(rack.readers[b].card);
    rack_unlock();
}

void
readers_rename(size_t first)
{
    rack_lock();
    rack.first = first;
    for (size_t i = 0; i < READERS_MAX; i++) {
        rack.readers[i].plugs++;
    }
    rack_unlock();
}

void
readers_swap_unseen(size_t a, size_t b, bool reset)
{
    rack_lock();
    struct vcard *kept = rack.readers[a].card;
    rack.readers[a].card = rack.readers[b].card;
    rack.readers[b].card = kept;
    rack_unlock();
    if (reset) {
        readers_strange_reset(a);
    }
}

void
readers_mute(size_t reader, bool mute)
{
    rack_lock();
    rack.readers[reader].mute = mute;
    rack_unlock();
}

void
readers_hold_exclusively(size_t reader, bool held)
{
    rack_lock();
    rack.readers[reader].held = held;
    rack_unlock();
}

void
readers_stop_service(bool now_stopped)
{
    rack_lock();
    rack.stopped = now_stopped;
    rack_unlock();
}

void
readers_fail(size_t k, enum beid_err err)
{
    rack_lock();
    rack.fault = (struct fault){.at = k, .err = err};
    rack_unlock();
}

void
readers_fail_begin(enum beid_err err)
{
    rack_lock();
    rack.begin = err;
    rack_unlock();
}

void
readers_fail_end(enum beid_err err)
{
    rack_lock();
    rack.end = err;
    rack_unlock();
}

void
readers_replug(size_t a, size_t b)
{
    rack_lock();
    struct vcard *kept = rack.readers[a].card;
    rack.readers[a].card = rack.readers[b].card;
    rack.readers[b].card = kept;
    rack.readers[a].plugs++;
    rack.readers[b].plugs++;
    vcard_reset(rack.readers[a].card);
    vcard_reset(rack.readers[b].card);
    rack_unlock();
}

void
readers_come_late(bool late)
{
    rack_lock();
    rack.late = late;
    rack_unlock();
}

void
readers_insert_at_connect(void)
{
    rack_lock();
    rack.comes = true;
    rack_unlock();
}

void
readers_answer(size_t k, struct beid_span answer)
{
    rack_lock();
    rack.fault = (struct fault){.at = k, .replace = true, .len = answer.len};
    memcpy(rack.fault.answer, answer.ptr, answer.len);
    rack_unlock();
}

void
readers_remove_at(size_t k)
{
    rack_lock();
    rack.fault = (struct fault){.at = k, .remove = true};
    rack_unlock();
}

void
readers_put_back(size_t reader)
{
    rack_lock();
    rack.readers[reader].card = rack.pulled;
    rack.pulled = NULL;
    rack.readers[reader].events++;
    vcard_reset(rack.readers[reader].card);
    rack_unlock();
}

void
readers_pause(size_t reader, bool paused)
{
    rack_lock();
    rack.readers[reader].paused = paused;
    rack_unlock();
}

void
readers_await_paused(size_t reader)
{
    rack_lock();
    while (!rack.readers[reader].waiting) {
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    rack_unlock();
}

void
readers_pause_scan(bool paused)
{
    rack_lock();
    rack.scan_paused = paused;
    rack_unlock();
}

void
readers_pause_scan_after(size_t count)
{
    rack_lock();
    rack.scan_paused = true;
    rack.scan_free = count;
    rack_unlock();
}

void
readers_await_scan(void)
{
    rack_lock();
    while (rack.scans == 0) {
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    rack_unlock();
}

void
readers_await_waiters(size_t count)
{
    rack_lock();
    while (rack.waiters < count) {
        (void)pthread_cond_wait(&rack.changed, &rack.lock);
    }
    rack_unlock();
}

size_t
readers_count(void)
{
    rack_lock();
    size_t value = rack.trace_len;
    rack_unlock();
    return value;
}

size_t
readers_count_ins(unsigned ins)
{
    size_t count = 0;
    rack_lock();
    for (size_t i = 0; i < rack.trace_len; i++) {
        count += rack.trace[i] == ins ? 1 : 0;
    }
    rack_unlock();
    return count;
}

const char *
readers_trace(void)
{
    static char text[TRACE_MAX * 3 + 1];
    size_t at = 0;
    text[0] = '\0';
    rack_lock();
    for (size_t i = 0; i < rack.trace_len; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%02X",
                               i > 0 ? " " : "", rack.trace[i]);
    }
    rack_unlock();
    return text;
}

void
readers_forget(void)
{
    rack_lock();
    rack.trace_len = 0;
    rack_unlock();
}

size_t
readers_open_cards(void)
{
    rack_lock();
    size_t value = rack.open_cards;
    rack_unlock();
    return value;
}

size_t
readers_open_services(void)
{
    rack_lock();
    size_t value = rack.open_services;
    rack_unlock();
    return value;
}

int
readers_transactions(void)
{
    rack_lock();
    int value = rack.transactions;
    rack_unlock();
    return value;
}

size_t
readers_resets(void)
{
    rack_lock();
    size_t value = rack.resets;
    rack_unlock();
    return value;
}

unsigned
readers_tries(size_t reader)
{
    rack_lock();
    unsigned tries = vcard_tries(rack.readers[reader].card);
    rack_unlock();
    return tries;
}

bool
readers_pin_open(size_t reader)
{
    static const uint8_t ask[] = {0x00, 0x20, 0x00, 0x01, 0x00};
    struct vcard_answer answer;
    rack_lock();
    vcard_transmit(rack.readers[reader].card, beid_span_of(ask, sizeof ask),
                   &answer);
    rack_unlock();
    return answer.len == 2 && answer.bytes[0] == 0x90;
}

struct beid_span
readers_certificate(size_t reader)
{
    return readers_file(reader, 0x5038);
}

struct beid_span
readers_file(size_t reader, unsigned file)
{
    uint16_t df = file < 0x5000 ? VCARD_DF_ID : VCARD_DF_BELPIC;
    return vcard_image_file(vcard_image_of(rack.readers[reader].card), df,
                            (uint16_t)file);
}

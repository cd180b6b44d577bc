/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * winscard.h has one including file only, so the types stand here as pcsc-lite
 * defines them on 64-bit Linux.
 */
#include "pcsc_fake.h"

#include "../unit.h"

#include <stdio.h>
#include <string.h>

#define UNKNOWN 0x4UL

struct pcsc_fake fake;

/* clang-format off */
/* NOLINTBEGIN(readability-identifier-naming,readability-function-size,readability-non-const-parameter): the library's prototypes */
/* clang-format on */
struct reader_state_of_pcsc {
    const char *name;
    void *user;
    unsigned long current;
    unsigned long event;
    unsigned long atr_len;
    unsigned char atr[33];
};

long SCardEstablishContext(unsigned long scope, const void *a, const void *b,
                           long *context);
long SCardReleaseContext(long context);
long SCardListReaders(long context, const char *groups, char *names,
                      unsigned long *len);
long SCardCancel(long context);
long SCardGetStatusChange(long context, unsigned long timeout,
                          struct reader_state_of_pcsc *states,
                          unsigned long count);
long SCardConnect(long context, const char *name, unsigned long share,
                  unsigned long protocols, long *card, unsigned long *protocol);
long SCardReconnect(long card, unsigned long share, unsigned long protocols,
                    unsigned long init, unsigned long *protocol);
long SCardDisconnect(long card, unsigned long disposition);
long SCardBeginTransaction(long card);
long SCardEndTransaction(long card, unsigned long disposition);
long SCardTransmit(long card, const void *send_pci, const unsigned char *send,
                   unsigned long send_len, void *receive_pci,
                   unsigned char *receive, unsigned long *receive_len);
long SCardControl(long card, unsigned long code, const void *send,
                  unsigned long send_len, void *receive,
                  unsigned long receive_len, unsigned long *told);

static void
inside(const char *call)
{
    if (fake.during != NULL) {
        fake.during(call);
    }
}

long
SCardEstablishContext(unsigned long scope, const void *a, const void *b,
                      long *context)
{
    inside("SCardEstablishContext");
    (void)scope;
    (void)a;
    (void)b;
    *context = 7;
    return fake.establish;
}

long
SCardReleaseContext(long context)
{
    inside("SCardReleaseContext");
    assert_int_equal(context, 7);
    return 0;
}

long
SCardListReaders(long context, const char *groups, char *names,
                 unsigned long *len)
{
    inside("SCardListReaders");
    (void)context;
    (void)groups;
    memcpy(names, fake.names, fake.names_len < *len ? fake.names_len : *len);
    *len = fake.names_len;
    return fake.list;
}

long
SCardGetStatusChange(long context, unsigned long timeout,
                     struct reader_state_of_pcsc *states, unsigned long count)
{
    inside("SCardGetStatusChange");
    (void)context;
    fake.timeout = timeout;
    assert_true(count <= 16);
    fake.watched = count;
    for (unsigned long i = 0; i < count; i++) {
        fake.current[i] = states[i].current;
        (void)snprintf(fake.watched_name, sizeof fake.watched_name, "%s",
                       states[i].name);
        states[i].event = fake.events[fake.looks > 0 ? 1 : 0];
        if (fake.missing != NULL && strcmp(states[i].name, fake.missing) == 0) {
            states[i].event = UNKNOWN;
        }
        states[i].atr_len = fake.atr_len;
        memset(states[i].atr, 0x3B, sizeof states[i].atr);
    }
    fake.looks++;
    return fake.change;
}

long
SCardCancel(long context)
{
    inside("SCardCancel");
    assert_int_equal(context, 7);
    fake.cancels++;
    return 0;
}

long
SCardConnect(long context, const char *name, unsigned long share,
             unsigned long protocols, long *card, unsigned long *protocol)
{
    inside("SCardConnect");
    (void)context;
    (void)name;
    if (share != 3) { /* direct: without the card */
        assert_int_equal(share, 2); /* shared */
        assert_int_equal(protocols, 1); /* T=0 */
    }
    assert_true(fake.connects < 3);
    long rv = fake.connect[fake.connects++];
    fake.open_cards += rv == 0 ? 1 : 0;
    *card = 9;
    *protocol = 1;
    return rv;
}

long
SCardReconnect(long card, unsigned long share, unsigned long protocols,
               unsigned long init, unsigned long *protocol)
{
    inside("SCardReconnect");
    (void)card;
    (void)share;
    (void)protocols;
    assert_true(fake.connects < 3);
    fake.last_disposition = init;
    *protocol = 1;
    return fake.connect[fake.connects++];
}

long
SCardDisconnect(long card, unsigned long disposition)
{
    inside("SCardDisconnect");
    (void)card;
    fake.open_cards--;
    fake.last_disposition = disposition;
    return 0;
}

long
SCardBeginTransaction(long card)
{
    inside("SCardBeginTransaction");
    (void)card;
    if (fake.begins++ > 0 && fake.begin != 0) {
        return fake.begin;
    }
    fake.transactions++;
    return 0;
}

long
SCardEndTransaction(long card, unsigned long disposition)
{
    inside("SCardEndTransaction");
    (void)card;
    fake.transactions--;
    fake.ended_with = disposition;
    fake.last_disposition = disposition;
    return 0;
}

long
SCardTransmit(long card, const void *send_pci, const unsigned char *send,
              unsigned long send_len, void *receive_pci, unsigned char *receive,
              unsigned long *receive_len)
{
    inside("SCardTransmit");
    (void)card;
    (void)send_pci;
    (void)send;
    (void)send_len;
    (void)receive_pci;
    assert_int_equal(*receive_len, TRANSPORT_ANSWER_MAX);
    memset(receive, 0x90, TRANSPORT_ANSWER_MAX);
    *receive_len = fake.answer_len;
    long once = fake.transmit_once;
    fake.transmit_once = 0;
    return once != 0 ? once : fake.transmit;
}

long
SCardControl(long card, unsigned long code, const void *send,
             unsigned long send_len, void *receive, unsigned long receive_len,
             unsigned long *told)
{
    inside("SCardControl");
    (void)card;
    (void)code;
    (void)send;
    (void)send_len;
    (void)receive;
    assert_true(receive_len > 0);
    *told = fake.control_told;
    return 0;
}

/* clang-format off */
/* NOLINTEND(readability-identifier-naming,readability-function-size,readability-non-const-parameter) */
/* clang-format on */

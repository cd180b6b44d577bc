/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_STATE_H
#define BEID_TOKEN_STATE_H

/*
 * The module's whole memory, and which lock protects what. Outermost first; no
 * thread takes one to the left of one that it holds.
 *
 *   slot->lock    Card work. One for each slot, held for a whole call: it
 *                 protects everything in struct slot but `attached`, `seen` and
 *                 `told`,
 *                 the slot's PC/SC context and connection, and the slot's
 *                 sessions with all that is in them. A session is made, found
 *                 and freed only with it, so that a call in one thread never
 *                 loses its session to a C_CloseSession in another: that one
 *                 waits. The functions of this room that take a slot or
 *                 a session run with it, unless their header says otherwise.
 *                 The application's mutex if it insists on its own.
 *   module->scan  One look at the list of readers at a time, so that an older
 *                 look never overwrites a newer one. Held over calls to pcscd
 *                 that answer at once; never with an APDU.
 *   module->tables  slot_count, scanned, live, and `attached`, `seen` and
 *                 `told` of every slot. Held for a few instructions, never over a call to
 *                 pcscd or to the application.
 *   module->waiting  The list of threads that wait for a slot event, so that
 *                 C_Finalize cancels none whose context is already closed.
 *   the gate      Of module.c: whether there is a module, how many calls are
 *                 in it, and whether C_Finalize waits for them to leave.
 *
 * Two slot locks are never held together. A slot is never freed before
 * C_Finalize, which runs alone, and its name changes only with both its lock
 * and that of the tables, so that either is enough to read it; options,
 * service, language and mutexes are written by C_Initialize only.
 */

#include "card/card.h"
#include "card/certificate.h"
#include "card/pinpad.h"
#include "card/transport.h"
#include "token/facts.h"
#include "token/files.h"
#include "token/lock.h"
#include "token/mechanisms.h"
#include "token/message.h"
#include "token/options.h"

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

#include <pthread.h>
#include <stdbool.h>

#define STATE_SLOTS_MAX TRANSPORT_READERS_MAX
#define STATE_SESSIONS_MAX 256U
#define STATE_CERTIFICATES ((size_t)5)
#define STATE_OBJECTS_MAX (STATE_CERTIFICATES * 3)
#define STATE_DATA_MAX ((size_t)43) /* data objects, beside those */

struct credential;
struct session;

/* What is known of one certificate file of one chip. */
struct known_certificate {
    bool asked; /* the first block was read, absent holds */
    bool absent;
    bool whole; /* bytes is the certificate and facts are filled */
    struct beid_buf bytes;
    struct facts facts;
};

/* What C_WaitForSlotEvent compares: the slot as it was last seen. */
struct slot_seen {
    bool attached;
    bool present;
    uint32_t events;
    bool changed; /* and no C_WaitForSlotEvent told it yet */
};

/* A reader. Its index is the slot identifier, for as long as we run: another
 * reader gets it only when there is no place and this one is away. */
struct slot {
    struct lock lock;
    char name[TRANSPORT_NAME_MAX];
    bool attached; /* in the list of readers last given out */
    struct slot_seen seen;
    /* What the last C_GetSlotList saw, for the one C_GetSlotInfo after it. */
    struct reader_state told;
    uint64_t told_ms; /* 0: there is none */
    void *service_self; /* NULL while the service is closed */
    CK_SESSION_HANDLE last_number; /* of a session, see sessions.c */
    struct session *sessions[STATE_SESSIONS_MAX]; /* of this slot */
    bool connected; /* card is valid */
    bool logged_in; /* C_Login(CKU_USER) opened the PIN right */
    bool too_old; /* the card of the insertion too_old_events */
    uint32_t too_old_events;
    uint32_t events; /* the insertion that card belongs to */
    struct card card;
    uint64_t tries_ms; /* when the tries in card were last asked for */
    bool pad_known; /* the keys of the reader, asked with a card in it */
    bool pad_seen; /* or without */
    struct pinpad pad;
    CK_ULONG device_error; /* what the reader said of the last entry */
    /* The session that holds the card in a transaction with an open PIN right,
     * between its context login and the end of its signature, and the thread
     * that made the login. */
    struct session *holder;
    pthread_t holder_thread;
    /* Kept by chip, also while nothing is connected. */
    uint8_t known_serial[CARD_SERIAL_LEN];
    struct known_certificate known[STATE_CERTIFICATES];
    struct known_files files; /* only while connected */
};

/* A search, between C_FindObjectsInit and C_FindObjectsFinal. */
struct search {
    bool active;
    size_t count;
    size_t next;
    CK_OBJECT_HANDLE found[STATE_OBJECTS_MAX + STATE_DATA_MAX];
};

/* A signature, between C_SignInit and its end. */
struct signing {
    bool active;
    bool parts; /* C_SignUpdate was called */
    struct method method;
    const struct credential *credential;
    struct message message;
};

/* A hash, between C_DigestInit and its end. */
struct digesting {
    bool active;
    bool parts; /* C_DigestUpdate was called */
    const struct hash *hash;
    struct message message;
};

/* The verification of a signature, between C_VerifyInit and its end. */
struct verifying {
    bool active;
    bool parts; /* C_VerifyUpdate was called */
    struct method method;
    EVP_PKEY *key;
    struct message message;
};

struct session {
    CK_SESSION_HANDLE handle;
    struct slot *slot;
    bool read_write;
    CK_NOTIFY notify; /* may be NULL */
    void *application;
    bool gone; /* its card left; only C_CloseSession still works */
    struct search search;
    struct signing signing;
    struct digesting digesting;
    struct verifying verifying;
};

/* A thread inside C_WaitForSlotEvent. */
struct waiter {
    void *service_self;
    struct waiter *next;
};

struct module {
    struct options options;
    const struct service_ops *service;
    uint16_t language; /* LANGID of what readers show */
    struct lock_source mutexes;
    pthread_mutex_t scan;
    pthread_mutex_t tables;
    pthread_mutex_t waiting;
    size_t slot_count;
    bool scanned; /* readers were looked for at least once */
    size_t live; /* sessions of all slots whose card is still there */
    struct waiter *waiters;
    struct slot slots[STATE_SLOTS_MAX];
};

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_STATE_H
#define BEID_TOKEN_STATE_H

/*
 * The module's whole memory. Everything in it is protected by the one lock of
 * module.h; the functions of this room run with that lock held.
 */

#include "card/card.h"
#include "card/certificate.h"
#include "card/transport.h"
#include "token/facts.h"
#include "token/files.h"
#include "token/mechanisms.h"
#include "token/message.h"
#include "token/options.h"

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

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

/* A reader. Its index is the slot identifier, for as long as we run. */
struct slot {
    char name[TRANSPORT_NAME_MAX];
    bool attached; /* in the list of readers last asked for */
    bool connected; /* card is valid */
    bool logged_in; /* C_Login(CKU_USER) opened the PIN right */
    bool too_old; /* the card of the insertion too_old_events */
    uint32_t too_old_events;
    uint32_t events; /* the insertion that card belongs to */
    struct card card;
    /* The session that holds the card in a transaction with an open PIN right,
     * between its context login and the end of its signature. */
    struct session *holder;
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

struct session {
    CK_SESSION_HANDLE handle;
    struct slot *slot;
    bool read_write;
    bool gone; /* its card left; only C_CloseSession still works */
    struct search search;
    struct signing signing;
};

struct module {
    struct options options;
    const struct service_ops *service;
    void *service_self; /* NULL while the service is closed */
    struct reader_list readers; /* as last asked for */
    size_t slot_count;
    struct slot slots[STATE_SLOTS_MAX];
    CK_SESSION_HANDLE last_handle;
    struct session *sessions[STATE_SESSIONS_MAX];
};

#endif

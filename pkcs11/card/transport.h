/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_TRANSPORT_H
#define BEID_CARD_TRANSPORT_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Short APDUs only: 256 bytes and the status word (ISO 7816-3). */
#define TRANSPORT_ANSWER_MAX 258U
#define TRANSPORT_ATR_MAX 33U
#define TRANSPORT_READERS_MAX 32U
#define TRANSPORT_NAME_MAX 128U

/*
 * A connection to one card. The real one is in pcsc.c, scripted ones are in
 * the tests. All calls on one connection come from one thread at a time.
 */
struct transport_ops {
    /*
     * One command, one answer of at most TRANSPORT_ANSWER_MAX bytes into
     * answer; *len is what really arrived. Nothing is repeated, but for what
     * steady.h says of commands that only read.
     */
    enum beid_err (*transmit)(void *self, struct beid_span command,
                              uint8_t *answer, size_t *len);
    /*
     * A control request to the reader itself (its keys), which may last as
     * long as a person types; answer and *len as in transmit. May be NULL:
     * the reader knows none. BEID_ERR_UNSUPPORTED for a code it does not know.
     */
    enum beid_err (*control)(void *self, uint32_t code, struct beid_span data,
                             uint8_t *answer, size_t *len);
    /* The version of the reader as 0xMMmm; may be NULL. */
    enum beid_err (*firmware)(void *self, uint16_t *out);
    /* Waits for, then holds the card against other programs. */
    enum beid_err (*begin)(void *self);
    /* Lets go; with reset the card forgets every right it gave. */
    enum beid_err (*end)(void *self, bool reset);
    /* Goes on after BEID_ERR_CARD_RESET, without another reset. */
    enum beid_err (*reconnect)(void *self);
    /* Ends the connection and frees self. */
    void (*close)(void *self, bool reset);
};

struct transport {
    const struct transport_ops *ops;
    void *self;
    /* An applet that falls silent when a command follows too soon on 6Cxx, 1.0
     * or 1.1, may be behind it (facts §1.5). */
    bool hasty;
};

/* What a reader says without an APDU. */
struct reader_state {
    bool attached; /* the reader itself is still there */
    bool present; /* a card is in it */
    bool mute; /* the card does not answer to power */
    bool exclusive; /* another program keeps it to itself */
    uint32_t events; /* changes with every insertion and removal */
    uint8_t atr[TRANSPORT_ATR_MAX];
    size_t atr_len;
};

/* All readers at one moment. */
struct reader_scan {
    size_t count;
    struct {
        char name[TRANSPORT_NAME_MAX];
        struct reader_state state;
    } readers[TRANSPORT_READERS_MAX];
};

/*
 * Where readers and connections come from. Calls on one open service come from
 * one thread at a time, but for cancel(); a call that waits in one service
 * holds up none in another.
 */
struct service_ops {
    /* Opens the service; BEID_ERR_NO_SERVICE when it does not run. */
    enum beid_err (*open)(void **self);
    void (*close)(void *self);
    /* All readers and their states, at once; no reader is BEID_OK with count
     * 0. */
    enum beid_err (*scan)(void *self, struct reader_scan *out);
    /* Answers at once. BEID_ERR_NO_READER when the reader went away. */
    enum beid_err (*state)(void *self, const char *name,
                           struct reader_state *out);
    /*
     * Waits until a reader comes or one of *seen is not as it was then, or for
     * a second. The caller looks again to know. BEID_ERR_CANCELLED after
     * cancel().
     */
    enum beid_err (*wait)(void *self, const struct reader_scan *seen);
    /* From another thread: ends a wait() that has begun. One that is about to
     * begin may miss it. */
    void (*cancel)(void *self);
    /*
     * The answer of a reader, with or without a card, to the request for its
     * features; *len is the room, then the length. May be NULL.
     */
    enum beid_err (*features)(void *self, const char *name, uint8_t *answer,
                              size_t *len);
    /* The caller closes *out through its ops. */
    enum beid_err (*connect)(void *self, const char *name,
                             struct transport *out);
};

#endif

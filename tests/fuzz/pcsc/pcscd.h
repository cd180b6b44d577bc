/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_PCSCD_H
#define BEID_FUZZ_PCSCD_H

#include "still_card.h"

#include <beid/bytes.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The calls of winscard.h over still cards, in the place of pcscd: pcsc.c is
 * tried as it is. Every call asks a hook first, which may make it fail or lie.
 * What no caller may do ends the program: a handle used after it was closed,
 * a transaction ended that was not begun, a VERIFY that nobody asked for. One
 * thread at a time.
 */

#define PCSCD_READERS_MAX 4U

enum pcscd_call {
    PCSCD_ESTABLISH,
    PCSCD_RELEASE,
    PCSCD_LIST,
    PCSCD_STATUS_CHANGE,
    PCSCD_CONNECT,
    PCSCD_RECONNECT,
    PCSCD_DISCONNECT,
    PCSCD_BEGIN,
    PCSCD_END,
    PCSCD_TRANSMIT,
    PCSCD_CONTROL,
    PCSCD_OTHER
};

enum pcscd_do {
    PCSCD_RUN, /* as it should be */
    PCSCD_FAIL, /* code instead of running */
    PCSCD_FAIL_AFTER, /* runs, and says code */
    PCSCD_SAY, /* bytes for an answer, a list of readers or an ATR; claimed
                  as their length when it is not 0 */
    PCSCD_SW, /* the answer ends in code */
    PCSCD_CUT, /* the answer is cut to code bytes */
    PCSCD_FLIP, /* byte code >> 8 of the answer is changed by code & FF */
    PCSCD_STATE, /* code as the state of the reader */
    PCSCD_REMOVE, /* the card leaves before */
    PCSCD_INSERT, /* a card comes before, of another serial with code */
    PCSCD_RESET, /* another program resets the card before */
    PCSCD_KINDS
};

struct pcscd_action {
    enum pcscd_do what;
    uint32_t code;
    uint32_t claimed;
    struct beid_span bytes;
};

typedef void pcscd_hook(void *ctx, enum pcscd_call call,
                        struct pcscd_action *action);

/* Fresh readers, a fresh card in the first one, no hook. */
void pcscd_reset(enum still_applet applet, size_t readers);
void pcscd_hook_set(pcscd_hook *hook, void *ctx);
void pcscd_pinpad(bool pinpad);

/* The card of the first reader. */
struct still_card *pcscd_card(void);
void pcscd_remove(size_t reader);
void pcscd_insert(size_t reader);

/* How many PINs the application gives right now (or lets the pinpad ask for);
 * each allows one VERIFY or one change. */
void pcscd_pins(size_t count);

/* Calls since pcscd_reset(), and among them VERIFYs with a PIN. */
size_t pcscd_calls(void);
size_t pcscd_verifies(void);

/* Ends the program unless every context and card was given back. */
void pcscd_all_closed(void);
/* Cards and contexts that are open, transactions that are. */
size_t pcscd_open_count(void);
size_t pcscd_transactions(void);

/* Return codes of every class, to fail with. */
extern const uint32_t pcscd_codes[];
extern const size_t pcscd_code_count;

#endif

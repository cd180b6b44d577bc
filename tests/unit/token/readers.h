/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_TOKEN_READERS_H
#define BEID_TESTS_TOKEN_READERS_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Readers in memory with virtual cards in them: the service that the C_*
 * functions find in place of pcscd (this file defines pcsc_service). Every
 * command is written down by its instruction byte.
 */
#define READERS_MAX 32U

enum readers_applet {
    READERS_1_1,
    READERS_1_7,
    READERS_1_8
};

/* Back to one empty reader, nothing written down, no fault. Makes the cards'
 * test PKI the first time; false when that fails. */
bool readers_reset(void);

/* Frees all and removes the PKI. */
void readers_end(void);

void readers_attach(size_t count);
/* The first reader is missing in looks at all readers, and there when it is
 * asked for: as one that came back after the look. */
void readers_come_late(bool late);
/* All readers leave, and as many come whose names count from here. */
void readers_rename(size_t first);

/* Inserts a new card of a synthetic person (NULL: an adult) with PIN 1234. */
bool readers_insert(size_t reader, enum readers_applet applet,
                    const char *person);
/* Inserts a thing with this answer to reset that answers 6E00 to all. */
void readers_insert_foreign(size_t reader, struct beid_span atr);
void readers_remove(size_t reader);
/* The card of one reader goes into the other. */
void readers_swap(size_t a, size_t b);

/* The same without the service noticing; reset is a stranger's reset. */
void readers_swap_unseen(size_t a, size_t b, bool reset);

/* As if another program reset the card. */
void readers_strange_reset(size_t reader);
/* As if another program tried a wrong PIN. */
void readers_strange_wrong_pin(size_t reader);

/* Both readers are unplugged, their cards change places, and both come back
 * with the counts of insertions that they had. */
void readers_replug(size_t a, size_t b);

/*
 * From the next connection on the readers have keys: on them somebody types
 * the PIN 1234 and the new one 4321, when it is changed. To log in nobody
 * types anything, until the entry is broken off.
 */
void readers_give_keys(void);
/* The reader fails whenever it is asked whether it has keys. */
void readers_make_deaf(bool deaf);
/* Until somebody is asked to type a PIN. */
void readers_await_entry(void);
/* The card is taken out and put in again as the next connection is made. */
void readers_insert_at_connect(void);
/* The card leaves when next a reader is asked whether it has keys. */
void readers_remove_when_asked(void);

void readers_mute(size_t reader, bool mute);
void readers_hold_exclusively(size_t reader, bool held);
void readers_stop_service(bool stopped);

/* Commands to this reader do not come back until the pause ends. */
void readers_pause(size_t reader, bool paused);
/* Until a thread is in a command that does not come back. */
void readers_await_paused(size_t reader);
/* Looks at all readers see, and do not come back until the pause ends. */
void readers_pause_scan(bool paused);
/* The same after so many looks that do. */
void readers_pause_scan_after(size_t count);
/* Until a thread is in one. */
void readers_await_scan(void);
/* Until so many threads wait for a change of the readers. */
void readers_await_waiters(size_t count);

/* The k-th command from now (1 is the next) fails with err, once. */
void readers_fail(size_t k, enum beid_err err);
/* The next transaction fails to begin with err, once. */
void readers_fail_begin(enum beid_err err);
/* The next transaction does not end, but for err, once. */
void readers_fail_end(enum beid_err err);
/* Instead of the card's answer, this one, once. */
void readers_answer(size_t k, struct beid_span answer);
/* The card leaves while the k-th command runs. */
void readers_remove_at(size_t k);
/* The card that left that way comes back. */
void readers_put_back(size_t reader);

/* What was sent since readers_forget(). */
size_t readers_count(void);
size_t readers_count_ins(unsigned ins);
/* Instruction bytes in hex, "E4 A4 B0"; static storage. */
const char *readers_trace(void);
void readers_forget(void);

/* Connections and services that are open right now. */
size_t readers_open_cards(void);
size_t readers_open_services(void);
/* Transactions begun and not ended. */
int readers_transactions(void);
/* How often the card was reset by us. */
size_t readers_resets(void);
/* Tries left on the card itself, and whether it would sign without PIN. */
unsigned readers_tries(size_t reader);
bool readers_pin_open(size_t reader);

/* The authentication certificate as the card holds it, zeros included. */
struct beid_span readers_certificate(size_t reader);
/* The same of another file, of DF(BELPIC) or DF(ID). */
struct beid_span readers_file(size_t reader, unsigned file);

/* As if another program chose the signature key, and signed with it. */
void readers_strange_choice(size_t reader);
bool readers_strange_signature(size_t reader);

#endif

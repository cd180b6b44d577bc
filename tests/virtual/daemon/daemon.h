/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_DAEMON_H
#define BEID_VIRTUAL_DAEMON_H

#include "control.h"
#include "host.h"
#include "latency.h"
#include "loop.h"
#include "pcscd.h"
#include "pinpad.h"
#include "reader.h"
#include "responder.h"
#include "settings.h"
#include "trace.h"
#include "vpcd.h"

#include <beid/err.h>

#define DAEMON_PATH_LEN 160U
#define DAEMON_KEYS_LEN 256U

/* The process that holds the cards. */
struct daemon {
    struct settings settings;
    struct loop loop;
    struct trace trace;
    struct control control;
    struct pcscd pcscd;
    struct responder responder;
    unsigned reader_count;
    unsigned cards_made; /* in this PKI directory */
    struct vreader readers[SETTINGS_READERS_MAX];
    struct vpad pads[SETTINGS_READERS_MAX];
    struct host hosts[SETTINGS_READERS_MAX];
    struct vpcd vpcds[SETTINGS_READERS_MAX];
    struct latency latencies[SETTINGS_READERS_MAX];
    int hold_waiters[SETTINGS_READERS_MAX]; /* "fault --wait"; -1 none */
    int settle_waiters[SETTINGS_READERS_MAX]; /* insert, remove; -1 none */
    int pad_waiters[SETTINGS_READERS_MAX]; /* "keys --wait"; -1 none */
    char pad_keys[SETTINGS_READERS_MAX][DAEMON_KEYS_LEN]; /* and its keys */
    char answers[DAEMON_KEYS_LEN]; /* of the scripted prompt, with blanks */
    int signals; /* signalfd */
    int quit_waiter; /* -1: nobody asked */
    bool quitting;
};

/*
 * Runs the daemon to its end; DIR exists. waiter is told when it is ready, as
 * in reply.h, and what to print. Returns the exit code of the process.
 */
int daemon_run(const struct settings *settings, int waiter);

/* Handles a request of the control socket. */
control_handler daemon_verb;

/* Makes a card for this daemon. *why is a text for people on failure. */
enum beid_err daemon_card_make(struct daemon *daemon, enum vcard_applet applet,
                               const struct person *person, struct vcard **out,
                               const char **why) BEID_NODISCARD;

/*
 * Answers fd with success once pcscd has seen that the card came or went, so
 * that what the caller does next meets the new state; at the latest after 3 s.
 */
void daemon_settle(struct daemon *daemon, unsigned reader, int fd);

/*
 * The reader's cable: without it the card has no power, and pcscd tells its
 * clients that the reader is not available. It goes on asking, which is how it
 * finds the reader again: it is one of its configuration, and those it does not
 * forget. BEID_ERR_STATE when it is so already.
 */
enum beid_err daemon_plug(struct daemon *daemon,
                          unsigned reader) BEID_NODISCARD;
enum beid_err daemon_unplug(struct daemon *daemon,
                            unsigned reader) BEID_NODISCARD;

/* Ends pcscd, then the loop; waiter is told when all is tidy. */
void daemon_quit(struct daemon *daemon, int waiter);

/* The applet "1.1", "1.7" or "1.8". BEID_ERR_FORMAT on anything else. */
enum beid_err daemon_applet_parse(const char *text,
                                  enum vcard_applet *out) BEID_NODISCARD;

#endif

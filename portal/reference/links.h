/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_LINKS_H
#define BEID_PORTAL_LINKS_H

#include <beid/err.h>

/*
 * The connections of a server, and how long each may take. libmicrohttpd ends
 * those on which nothing moves; one that moves a byte now and then would hold a
 * thread for as long as it likes. So there is a moment for each step of a
 * request, after which a thread of our own shuts the socket down. Threads may
 * share it all.
 */

enum link_state {
    LINK_NEW, /* nothing was asked yet */
    LINK_BEGUN, /* the first line of a request is there, the headers come */
    LINK_ASKING, /* the headers are there, the body comes */
    LINK_WORKING, /* the answer is made: no client's fault, no deadline */
    LINK_ANSWERING, /* the answer goes out */
    LINK_IDLE, /* the next request may come */
    LINK_STATES
};

struct links;
struct link;

/*
 * Each step that is the client's may take so many seconds; after an answer a
 * connection is idle for so many until the next request begins.
 */
enum beid_err links_new(unsigned seconds, unsigned idle,
                        struct links **out) BEID_NODISCARD;

/* Ends the thread; accepts NULL. The links may go on, without any deadline. */
void links_stop(struct links *links);

/* Accepts NULL; sets *links to NULL. All are closed, and the thread has ended. */
void links_free(struct links **links);

/* A connection that is new; NULL without memory. */
struct link *links_open(struct links *links, int fd);

/* Before its socket is closed. */
void links_close(struct links *links, struct link *link);

void links_change(struct links *links, struct link *link,
                  enum link_state state);

/* How many are in this state. */
unsigned links_count(struct links *links, enum link_state state);

#endif

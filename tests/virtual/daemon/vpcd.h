/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_VPCD_H
#define BEID_VIRTUAL_VPCD_H

#include "loop.h"
#include "reader.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

/*
 * The card's end of the vpcd protocol: the reader is somewhere else and is
 * called over TCP. A card that is inserted is a connection; when it is lost
 * it is tried again twice a second. Standard error tells once where nobody
 * listens.
 */
struct vpcd {
    struct loop *loop;
    struct vreader *reader;
    char address[64]; /* numeric, or a host name */
    char port[8];
    int fd; /* -1: not connected */
    bool alone; /* nobody listens there, which was told */
    struct beid_buf in;
};

/* Ties the reader to a vpcd; connects once its card is inserted. */
void vpcd_open(struct vpcd *vpcd, struct loop *loop, struct vreader *reader,
               const char *address, unsigned port);

/* Accepts a vpcd that was never opened. */
void vpcd_close(struct vpcd *vpcd);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_HOST_H
#define BEID_VIRTUAL_HOST_H

#include "loop.h"
#include "pinpad.h"
#include "reader.h"

#include <beid/bytes.h>
#include <beid/err.h>

/* The daemon's end of ifd/link.h: one listening socket per reader. */

#define HOST_CONNECTIONS_MAX 6U
#define HOST_PATH_LEN 108U

struct host;

struct host_connection {
    struct host *host;
    int fd; /* -1: free */
    bool events; /* carries news instead of requests */
    struct beid_buf in;
};

struct host {
    struct loop *loop;
    struct vreader *reader;
    struct vpad *pad; /* NULL: no keys and no control requests */
    uint16_t firmware; /* major, minor */
    int listener;
    char path[HOST_PATH_LEN];
    struct host_connection connections[HOST_CONNECTIONS_MAX];
    bool absence_unseen; /* pcscd must learn that a card was gone */
    bool absence_told; /* in an answer; who asked is not known */
    bool settled; /* pcscd has acted on the last change */
    bool expected; /* plugged in: pcscd is about to find it */
    uint8_t generation; /* counts changes */
    loop_fn *waiting; /* a handler began to wait for news */
    void *waiting_ctx;
};

/* Listens on a socket of this name. BEID_ERR_IO when it cannot. */
enum beid_err host_open(struct host *host, struct loop *loop,
                        struct vreader *reader,
                        const char *path) BEID_NODISCARD;

/* Is a handler listening for news, that is: does pcscd use the reader? */
bool host_in_use(const struct host *host);

/* Has pcscd seen the last coming or going? True when none uses the reader, and
 * none is about to. */
bool host_settled(const struct host *host);

/* Is there such a reader, or was it unplugged? */
bool host_is_open(const struct host *host);

/* Closes everything and removes the socket; accepts a host never opened. */
void host_close(struct host *host);

/* A listening Unix socket of mode 0600; -1 on failure. */
int host_listen(const char *path);

#endif

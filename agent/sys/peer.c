/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include "listen.h"
#include "peer_diag.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#define PROC_TCP "/proc/net/tcp"
#define PROC_MAX ((size_t)4 * 1024 * 1024)
#define PROC_STEP 16384U

struct beid_peer {
    int diag; /* -1 when not used */
    int proc; /* -1 when not used */
    uint32_t sequence;
};

/* Reads the whole table afresh; the kernel makes it anew from offset 0. */
static enum beid_err
read_table(int fd, struct beid_buf *out)
{
    ssize_t got = 1;
    while (got > 0) {
        size_t before = out->len;
        uint8_t *room = beid_buf_extend(out, PROC_STEP);
        if (room == NULL) {
            return beid_buf_status(out);
        }
        do {
            got = pread(fd, room, PROC_STEP, (off_t)before);
        } while (got < 0 && errno == EINTR);
        if (got < 0) {
            return BEID_ERR_IO;
        }
        enum beid_err err = beid_buf_truncate(out, before + (size_t)got);
        if (err != BEID_OK) {
            return err;
        }
    }
    return BEID_OK;
}

static enum beid_err
ask_proc(int fd, const struct beid_peer_ends *ends, struct beid_peer_info *out)
{
    struct beid_buf text;
    beid_buf_init(&text, PROC_MAX);
    enum beid_err err = read_table(fd, &text);
    if (err == BEID_OK) {
        err = beid_peer_parse_proc(beid_buf_span(&text), ends, out);
    }
    beid_buf_clear(&text);
    return err;
}

enum beid_err
beid_peer_ask(struct beid_peer *peer, const struct beid_peer_ends *ends,
              struct beid_peer_info *out)
{
    if (peer->diag >= 0) {
        peer->sequence++;
        return peer_diag_ask(peer->diag, peer->sequence, ends, out);
    }
    return ask_proc(peer->proc, ends, out);
}

/* Does this source see our own listening socket, and as ours? */
static bool
proven(struct beid_peer *peer, uint16_t port)
{
    const struct beid_peer_ends ends = {.local_address = INADDR_LOOPBACK,
                                        .local_port = port};
    struct beid_peer_info info = {0};
    return beid_peer_ask(peer, &ends, &info) == BEID_OK
           && info.state == BEID_TCP_LISTEN && info.inode != 0;
}

static void
drop(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

enum beid_err
beid_peer_open(int listener, struct beid_peer **out)
{
    uint16_t port = 0;
    enum beid_err err = beid_listen_port(listener, &port);
    if (err != BEID_OK) {
        return err;
    }
    struct beid_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        return BEID_ERR_MEMORY;
    }
    peer->proc = -1;
    peer->diag = -1;
    if (peer_diag_open(&peer->diag) == BEID_OK && proven(peer, port)) {
        *out = peer;
        return BEID_OK;
    }
    drop(&peer->diag);
    peer->proc = open(PROC_TCP, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (peer->proc >= 0 && proven(peer, port)) {
        *out = peer;
        return BEID_OK;
    }
    beid_peer_close(&peer);
    return BEID_ERR_UNSUPPORTED;
}

void
beid_peer_close(struct beid_peer **peer)
{
    if (*peer != NULL) {
        drop(&(*peer)->diag);
        drop(&(*peer)->proc);
        free(*peer);
        *peer = NULL;
    }
}

const char *
beid_peer_source(const struct beid_peer *peer)
{
    return peer->diag >= 0 ? "netlink" : "procfs";
}

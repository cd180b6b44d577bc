/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "vpcd.h"

#include "frame.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETRY_MS 500

/* Frames of one byte are not commands but the reader's controls. */
enum {
    CONTROL_OFF = 0,
    CONTROL_ON = 1,
    CONTROL_RESET = 2,
    CONTROL_ATR = 4
};

static void connect_now(void *ctx);

static void
disconnect(struct vpcd *vpcd)
{
    loop_cancel(vpcd->loop, connect_now, vpcd);
    if (vpcd->fd >= 0) {
        loop_forget(vpcd->loop, vpcd->fd);
        vreader_abandon(vpcd->reader, vpcd);
        (void)close(vpcd->fd);
        vpcd->fd = -1;
    }
    beid_buf_clear(&vpcd->in);
}

static void
retry_later(struct vpcd *vpcd)
{
    disconnect(vpcd);
    vreader_power_off(vpcd->reader);
    if (vpcd->reader->inserted
        && loop_after(vpcd->loop, RETRY_MS, connect_now, vpcd) != BEID_OK) {
        (void)fprintf(stderr, "vpcd: no timer left to connect again\n");
    }
}

/* A command that gets no answer looks like a card that was pulled. */
static void
transmit_done(void *ctx, enum vreader_result result, struct beid_span answer)
{
    struct vpcd *vpcd = ctx;
    if (result != VREADER_ANSWER
        || frame_send(vpcd->fd, -1, answer) != BEID_OK) {
        (void)shutdown(vpcd->fd, SHUT_RDWR);
    }
}

static void
control(struct vpcd *vpcd, uint8_t code)
{
    struct beid_span atr = {NULL, 0};
    switch (code) {
    case CONTROL_OFF:
        vreader_power_off(vpcd->reader);
        break;
    case CONTROL_ON:
        (void)vreader_power_on(vpcd->reader, &atr);
        break;
    case CONTROL_RESET:
        (void)vreader_reset(vpcd->reader, &atr);
        break;
    case CONTROL_ATR:
        if (!vpcd->reader->mute) {
            atr = vcard_atr(vpcd->reader->card);
        }
        (void)frame_send(vpcd->fd, -1, atr);
        break;
    default:
        break;
    }
}

static void
input_ready(void *ctx)
{
    struct vpcd *vpcd = ctx;
    struct beid_span frame;
    int one = 1;
    if (frame_receive(vpcd->fd, &vpcd->in) != BEID_OK) {
        retry_later(vpcd);
        return;
    }
    /* Without it each answer waits 40 ms for the other side's Nagle; the
     * kernel forgets the option after every receive. */
    (void)setsockopt(vpcd->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
    while (vpcd->fd >= 0 && frame_first(&vpcd->in, &frame) == BEID_OK) {
        if (frame.len == 1) {
            control(vpcd, frame.ptr[0]);
        } else if (frame.len > 1) {
            vreader_transmit(vpcd->reader, frame, transmit_done, vpcd);
        }
        frame_drop(&vpcd->in);
    }
}

static int
open_connection(const struct vpcd *vpcd)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(vpcd->address, vpcd->port, &hints, &found) != 0) {
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *at = found; at != NULL && fd < 0;
         at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            (void)close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static void
connect_now(void *ctx)
{
    struct vpcd *vpcd = ctx;
    int one = 1;
    vpcd->fd = open_connection(vpcd);
    if (vpcd->fd < 0
        || loop_watch(vpcd->loop, vpcd->fd, input_ready, vpcd) != BEID_OK) {
        if (!vpcd->alone) {
            (void)fprintf(stderr,
                          "vpcd: nobody answers at %s:%s; it is tried again "
                          "until somebody does\n",
                          vpcd->address, vpcd->port);
        }
        vpcd->alone = true;
        retry_later(vpcd);
        return;
    }
    vpcd->alone = false;
    (void)setsockopt(vpcd->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    beid_buf_init(&vpcd->in, FRAME_INPUT_MAX);
}

static void
presence_changed(void *ctx)
{
    struct vpcd *vpcd = ctx;
    disconnect(vpcd);
    if (vpcd->reader->inserted) {
        connect_now(vpcd);
    }
}

void
vpcd_open(struct vpcd *vpcd, struct loop *loop, struct vreader *reader,
          const char *address, unsigned port)
{
    memset(vpcd, 0, sizeof(*vpcd));
    vpcd->loop = loop;
    vpcd->reader = reader;
    vpcd->fd = -1;
    beid_buf_init(&vpcd->in, FRAME_INPUT_MAX);
    (void)snprintf(vpcd->address, sizeof(vpcd->address), "%s", address);
    (void)snprintf(vpcd->port, sizeof(vpcd->port), "%u", port);
    reader->changed = presence_changed;
    reader->changed_ctx = vpcd;
    presence_changed(vpcd);
}

void
vpcd_close(struct vpcd *vpcd)
{
    if (vpcd->reader != NULL) {
        vpcd->reader->changed = NULL;
        disconnect(vpcd);
        vpcd->reader = NULL;
    }
}

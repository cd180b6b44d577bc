/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "host.h"

#include "frame.h"
#include "link.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 8

int
host_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof(address.sun_path)) {
        return -1;
    }
    memcpy(address.sun_path, path, len + 1);
    (void)unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0
        || chmod(path, 0600) != 0 || listen(fd, BACKLOG) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void
connection_close(struct host_connection *connection)
{
    loop_forget(connection->host->loop, connection->fd);
    vreader_abandon(connection->host->reader, connection);
    if (connection->host->pad != NULL) {
        vpad_abandon(connection->host->pad, connection);
    }
    (void)close(connection->fd);
    connection->fd = -1;
    if (connection->events) {
        connection->events = false;
        connection->host->absence_unseen = false;
    }
    beid_buf_clear(&connection->in);
}

static void
send_status(const struct host_connection *connection, enum link_status status,
            struct beid_span data)
{
    /* A handler that is gone shows at the next read. */
    (void)frame_send(connection->fd, (int)status, data);
}

static enum link_status
status_of(enum vreader_result result)
{
    switch (result) {
    case VREADER_ANSWER:
        return LINK_OK;
    case VREADER_NO_CARD:
        return LINK_NO_CARD;
    case VREADER_REFUSED:
        return LINK_REFUSED;
    case VREADER_MUTE:
        break;
    }
    return LINK_MUTE;
}

static void
transmit_done(void *ctx, enum vreader_result result, struct beid_span answer)
{
    send_status(ctx, status_of(result), answer);
}

/* A control request for the reader itself. */
static void
control(struct host_connection *connection, struct beid_span frame)
{
    uint32_t code = 0;
    if (beid_span_take_u32(&frame, &code) != BEID_OK) {
        send_status(connection, LINK_BAD, beid_span_of(NULL, 0));
    } else if (connection->host->pad == NULL) {
        send_status(connection, LINK_REFUSED, beid_span_of(NULL, 0));
    } else {
        vpad_control(connection->host->pad, code, frame, transmit_done,
                     connection);
    }
}

/* The handler is about to wait: pcscd has acted on what it was told last. Only
 * now: it also asks before it takes the power from a card that nobody uses,
 * and of that answer it notes nothing. */
static void
begin_wait(struct host_connection *connection, struct beid_span told)
{
    struct host *host = connection->host;
    uint8_t generation = 0;
    connection->events = true;
    host->expected = false;
    host->absence_unseen = host->absence_unseen && !host->absence_told;
    host->settled = beid_span_take_u8(&told, &generation) == BEID_OK
                    && generation == host->generation;
    if (!host->settled) {
        send_status(connection, LINK_OK, beid_span_of(NULL, 0));
    }
    if (host->waiting != NULL) {
        host->waiting(host->waiting_ctx);
    }
}

/*
 * A card that came back at once must still be seen to have left, or pcscd
 * would go on with a connection to a card that has lost its power.
 */
static void
presence(struct host *host, uint8_t out[2])
{
    bool back = host->absence_unseen && host->reader->inserted;
    host->absence_told = host->absence_unseen;
    out[0] = host->reader->inserted && !back ? 1 : 0;
    out[1] = (uint8_t)(host->generation - (back ? 1U : 0U));
}

static void
request(struct host_connection *connection, struct beid_span frame)
{
    struct vreader *reader = connection->host->reader;
    struct beid_span out = {NULL, 0};
    uint8_t operation = 0;
    uint8_t present[2];
    const uint8_t version[2] = {(uint8_t)(connection->host->firmware >> 8),
                                (uint8_t)(connection->host->firmware & 0xFFU)};
    enum vreader_result result = VREADER_ANSWER;
    if (beid_span_take_u8(&frame, &operation) != BEID_OK) {
        send_status(connection, LINK_BAD, out);
        return;
    }
    switch ((enum link_operation)operation) {
    case LINK_PRESENCE:
        presence(connection->host, present);
        out = beid_span_of(present, sizeof(present));
        break;
    case LINK_POWER_UP:
        result = vreader_power_on(reader, &out);
        break;
    case LINK_RESET:
        result = vreader_reset(reader, &out);
        break;
    case LINK_POWER_DOWN:
        vreader_power_off(reader);
        break;
    case LINK_TRANSMIT:
        vreader_transmit(reader, frame, transmit_done, connection);
        return;
    case LINK_CONTROL:
        control(connection, frame);
        return;
    case LINK_VERSION:
        send_status(connection, LINK_OK, beid_span_of(version, 2));
        return;
    case LINK_EVENTS:
        begin_wait(connection, frame);
        return;
    default:
        send_status(connection, LINK_BAD, out);
        return;
    }
    send_status(connection, status_of(result), out);
}

static void
connection_ready(void *ctx)
{
    struct host_connection *connection = ctx;
    struct beid_span frame;
    if (frame_receive(connection->fd, &connection->in) != BEID_OK) {
        connection_close(connection);
        return;
    }
    while (connection->fd >= 0
           && frame_first(&connection->in, &frame) == BEID_OK) {
        request(connection, frame);
        frame_drop(&connection->in);
    }
}

static void
listener_ready(void *ctx)
{
    struct host *host = ctx;
    int fd = accept4(host->listener, NULL, NULL, SOCK_CLOEXEC);
    for (unsigned i = 0; fd >= 0 && i < HOST_CONNECTIONS_MAX; i++) {
        struct host_connection *connection = &host->connections[i];
        if (connection->fd >= 0) {
            continue;
        }
        if (loop_watch(host->loop, fd, connection_ready, connection)
            != BEID_OK) {
            break;
        }
        connection->fd = fd;
        beid_buf_init(&connection->in, FRAME_INPUT_MAX);
        return;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

bool
host_in_use(const struct host *host)
{
    for (unsigned i = 0; i < HOST_CONNECTIONS_MAX; i++) {
        if (host->connections[i].fd >= 0 && host->connections[i].events) {
            return true;
        }
    }
    return false;
}

bool
host_settled(const struct host *host)
{
    return host->settled || (!host_in_use(host) && !host->expected);
}

bool
host_is_open(const struct host *host)
{
    return host->path[0] != '\0';
}

static void
presence_changed(void *ctx)
{
    struct host *host = ctx;
    host->generation++;
    if (host->generation == LINK_UNTOLD) {
        host->generation++;
    }
    host->settled = false;
    if (!host->reader->inserted) {
        host->absence_unseen = host_in_use(host);
        host->absence_told = false;
    }
    for (unsigned i = 0; i < HOST_CONNECTIONS_MAX; i++) {
        if (host->connections[i].fd >= 0 && host->connections[i].events) {
            send_status(&host->connections[i], LINK_OK, beid_span_of(NULL, 0));
        }
    }
}

enum beid_err
host_open(struct host *host, struct loop *loop, struct vreader *reader,
          const char *path)
{
    memset(host, 0, sizeof(*host));
    host->loop = loop;
    host->generation = 1; /* no handler has been told yet */
    host->reader = reader;
    for (unsigned i = 0; i < HOST_CONNECTIONS_MAX; i++) {
        host->connections[i].fd = -1;
        host->connections[i].host = host;
    }
    int len = snprintf(host->path, sizeof(host->path), "%s", path);
    if (len < 0 || (size_t)len >= sizeof(host->path)) {
        return BEID_ERR_LIMIT;
    }
    host->listener = host_listen(path);
    if (host->listener < 0) {
        host->path[0] = '\0';
        return BEID_ERR_IO;
    }
    reader->changed = presence_changed;
    reader->changed_ctx = host;
    return loop_watch(loop, host->listener, listener_ready, host);
}

void
host_close(struct host *host)
{
    if (!host_is_open(host)) {
        return;
    }
    host->reader->changed = NULL;
    for (unsigned i = 0; i < HOST_CONNECTIONS_MAX; i++) {
        if (host->connections[i].fd >= 0) {
            connection_close(&host->connections[i]);
        }
    }
    loop_forget(host->loop, host->listener);
    (void)close(host->listener);
    (void)unlink(host->path);
    host->path[0] = '\0';
}

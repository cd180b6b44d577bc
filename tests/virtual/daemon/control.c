/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "control.h"

#include "host.h"
#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
client_free(struct control_client *client)
{
    loop_forget(client->control->loop, client->fd);
    client->fd = -1;
    beid_buf_clear(&client->in);
}

static void
client_ready(void *ctx)
{
    struct control_client *client = ctx;
    uint8_t chunk[512];
    ssize_t got = recv(client->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    int fd = client->fd;
    if (got > 0) {
        beid_buf_put(&client->in, beid_span_of(chunk, (size_t)got));
        if (beid_buf_status(&client->in) != BEID_OK) {
            client_free(client);
            reply_send(fd, REPLY_USAGE, "the request is too long\n");
        }
        return;
    }
    /* The whole request is here: each word must be ended. */
    struct beid_buf words = client->in;
    beid_buf_init(&client->in, CONTROL_REQUEST_MAX);
    client_free(client);
    struct control_request request = {beid_buf_span(&words), fd};
    if (words.len == 0 || words.ptr[words.len - 1] != 0) {
        reply_send(fd, REPLY_USAGE, "bad request\n");
    } else {
        client->control->handler(client->control->ctx, &request);
    }
    beid_buf_clear(&words);
}

static void
listener_ready(void *ctx)
{
    struct control *control = ctx;
    int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd < 0
            && loop_watch(control->loop, fd, client_ready, client) == BEID_OK) {
            client->fd = fd;
            beid_buf_init(&client->in, CONTROL_REQUEST_MAX);
            return;
        }
    }
    reply_send(fd, REPLY_FAILED, "too many commands at the same time\n");
}

enum beid_err
control_open(struct control *control, struct loop *loop, const char *path)
{
    memset(control, 0, sizeof(*control));
    control->loop = loop;
    for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        control->clients[i].fd = -1;
        control->clients[i].control = control;
    }
    control->listener = host_listen(path);
    if (control->listener < 0) {
        return BEID_ERR_IO;
    }
    return loop_watch(loop, control->listener, listener_ready, control);
}

void
control_close(struct control *control)
{
    for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        int fd = control->clients[i].fd;
        if (fd >= 0) {
            client_free(&control->clients[i]);
            (void)close(fd);
        }
    }
    loop_forget(control->loop, control->listener);
    (void)close(control->listener);
}

const char *
control_verb(const struct control_request *request)
{
    return (const char *)request->words.ptr;
}

const char *
control_value(const struct control_request *request, const char *name)
{
    const char *end = (const char *)request->words.ptr + request->words.len;
    size_t len = strlen(name);
    const char *word = control_verb(request);
    for (word += strlen(word) + 1; word < end; word += strlen(word) + 1) {
        if (strncmp(word, name, len) == 0 && word[len] == '=') {
            return word + len + 1;
        }
    }
    return NULL;
}

enum beid_err
control_number(const struct control_request *request, const char *name,
               unsigned max, unsigned *out)
{
    const char *text = control_value(request, name);
    if (text == NULL || *text < '0' || *text > '9') {
        return BEID_ERR_FORMAT;
    }
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value > max) {
        return BEID_ERR_FORMAT;
    }
    *out = (unsigned)value;
    return BEID_OK;
}

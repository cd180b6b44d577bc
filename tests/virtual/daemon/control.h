/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_CONTROL_H
#define BEID_VIRTUAL_CONTROL_H

#include "loop.h"

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * The control socket. A request is a verb and then name=value words, each
 * ended by a zero byte, up to the end of the stream. The answer is as in
 * reply.h; whoever handles the request owns the descriptor.
 */

#define CONTROL_CLIENTS_MAX 16U
#define CONTROL_REQUEST_MAX 4096U

/* A request; the words are borrowed for the call. */
struct control_request {
    struct beid_span words;
    int fd;
};

typedef void control_handler(void *ctx, const struct control_request *request);

struct control;

struct control_client {
    struct control *control;
    int fd; /* -1: free */
    struct beid_buf in;
};

struct control {
    struct loop *loop;
    int listener;
    control_handler *handler;
    void *ctx;
    struct control_client clients[CONTROL_CLIENTS_MAX];
};

/* Listens at path. BEID_ERR_IO when it cannot. */
enum beid_err control_open(struct control *control, struct loop *loop,
                           const char *path) BEID_NODISCARD;
void control_close(struct control *control);

/* The verb, "" when there is none. */
const char *control_verb(const struct control_request *request);

/* The value of a word, or NULL. */
const char *control_value(const struct control_request *request,
                          const char *name);

/* A decimal value in a range. BEID_ERR_FORMAT when it is absent or not one. */
enum beid_err control_number(const struct control_request *request,
                             const char *name, unsigned max,
                             unsigned *out) BEID_NODISCARD;

#endif

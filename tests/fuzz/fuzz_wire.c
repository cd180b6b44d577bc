/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Messages between our processes. What can be read can be written again, and
 * is the same.
 */
#include "bench.h"
#include "wire/operation.h"
#include "wire/reply.h"
#include "wire/session.h"
#include "wire/utf8.h"
#include "wire/wire.h"

static struct beid_buf again;

/* What a decoder took from a packet, the encoder writes again in full. */
static void
is_the_same(enum beid_err written, struct beid_span packet)
{
    if (written != BEID_OK || !beid_span_same(beid_buf_span(&again), packet)) {
        bench_broken("a message that reads and does not write");
    }
}

static void
read_requests(const struct beid_wire_message *message, struct beid_span packet)
{
    struct beid_wire_operation in;
    if (beid_wire_is_operation(message->type)) {
        if (beid_wire_get_operation(message, &in) == BEID_OK) {
            is_the_same(
                beid_wire_put_operation(&again, message->operation, &in),
                packet);
        }
    } else if (beid_wire_get_empty(message) == BEID_OK) {
        is_the_same(
            beid_wire_put_empty(&again, message->type, message->operation),
            packet);
    }
}

static void
read_replies(const struct beid_wire_message *message, struct beid_span packet)
{
    struct beid_wire_status_reply status;
    struct beid_wire_auth_reply auth;
    enum beid_wire_event event = BEID_EVENT_DONE;
    uint32_t operation = message->operation;
    if (message->type == BEID_WIRE_STATUS_REPLY
        && beid_wire_get_status_reply(message, &status) == BEID_OK) {
        is_the_same(beid_wire_put_status_reply(&again, operation, &status),
                    packet);
    }
    if (message->type == BEID_WIRE_EVENT
        && beid_wire_get_event(message, &event) == BEID_OK) {
        is_the_same(beid_wire_put_event(&again, operation, event), packet);
    }
    if (message->type == BEID_WIRE_AUTH_REPLY
        && beid_wire_get_auth_reply(message, &auth) == BEID_OK) {
        is_the_same(beid_wire_put_auth_reply(&again, operation, &auth), packet);
    }
    if (message->type == BEID_WIRE_DOCUMENT_REPLY
        && beid_wire_get_document_reply(message, &auth) == BEID_OK) {
        is_the_same(beid_wire_put_document_reply(&again, operation, &auth),
                    packet);
    }
}

static void
read_supervisor(const struct beid_wire_message *message,
                struct beid_span packet)
{
    struct beid_wire_portal_file file;
    struct beid_wire_session session;
    enum beid_err said = BEID_OK;
    char lang[3];
    uint32_t operation = message->operation;
    if (message->type == BEID_WIRE_PROMPT_START
        && beid_wire_get_prompt_start(message, lang) == BEID_OK) {
        is_the_same(beid_wire_put_prompt_start(&again, operation, lang),
                    packet);
    }
    if (message->type == BEID_WIRE_PROMPT_FD
        && beid_wire_get_prompt_fd(message, &said) == BEID_OK) {
        is_the_same(beid_wire_put_prompt_fd(&again, operation, said), packet);
    }
    if (message->type == BEID_WIRE_SESSION_STATE
        && beid_wire_get_session(message, &session) == BEID_OK) {
        is_the_same(beid_wire_put_session(&again, operation, &session), packet);
    }
    if (message->type == BEID_WIRE_PORTAL_FILE && operation == 0
        && beid_wire_get_portal_file(message, &file) == BEID_OK) {
        is_the_same(beid_wire_put_portal_file(&again, &file), packet);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span packet = beid_span_of(data, size);
    struct beid_wire_message message;
    beid_buf_init(&again, BEID_WIRE_MAX);
    if (beid_utf8_plain(packet) && !beid_utf8_valid(packet)) {
        bench_broken("plain text that is no text");
    }
    if (beid_wire_open(packet, &message) == BEID_OK) {
        read_requests(&message, packet);
        read_replies(&message, packet);
        read_supervisor(&message, packet);
    }
    beid_buf_clear(&again);
    return 0;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_WIRE_H
#define BEID_WIRE_WIRE_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * The messages of PROTOCOL.md: encode and decode, nothing else. Decoders are
 * pure, borrow from the packet they were given, and answer BEID_ERR_FORMAT or
 * BEID_ERR_LIMIT for anything the document does not allow; *out is then
 * untouched. Encoders append one whole message to an empty buffer of at most
 * BEID_WIRE_MAX bytes and hold the same rules, so that what one side can say
 * the other can read.
 */
#define BEID_WIRE_MAX 65536U
#define BEID_WIRE_READERS_MAX 16U
#define BEID_WIRE_CHAIN_MAX 4U
#define BEID_WIRE_CERT_MAX 8192U
#define BEID_WIRE_SIGNATURE_MAX 512U
#define BEID_WIRE_CMS_MAX 16384U
#define BEID_WIRE_DOCUMENT_MAX 16384U
#define BEID_WIRE_NONCE_MIN 44U
#define BEID_WIRE_NONCE_MAX 128U
#define BEID_WIRE_NAME_MAX 200U
#define BEID_WIRE_ORIGIN_MAX 255U
#define BEID_WIRE_FILE_NAME_MAX 128U
#define BEID_WIRE_RESTRICTION_MAX 65000U
#define BEID_WIRE_TRIES_UNKNOWN 255U

enum beid_wire_type {
    BEID_WIRE_STATUS = 0x01,
    BEID_WIRE_AUTHENTICATE = 0x02,
    BEID_WIRE_CANCEL = 0x03,
    BEID_WIRE_STEP_UP = 0x04,
    BEID_WIRE_CERTIFICATE = 0x05,
    BEID_WIRE_SIGN = 0x06,
    BEID_WIRE_SIGN_FILE = 0x07,
    BEID_WIRE_STATUS_REPLY = 0x41,
    BEID_WIRE_EVENT = 0x42,
    BEID_WIRE_AUTH_REPLY = 0x43,
    BEID_WIRE_DOCUMENT_REPLY = 0x44,
    BEID_WIRE_LEAVING = 0x45,
    BEID_WIRE_BEGUN = 0x46,
    BEID_WIRE_PROMPT_START = 0x61,
    BEID_WIRE_PROMPT_STOP = 0x62,
    BEID_WIRE_SESSION = 0x63,
    BEID_WIRE_PROMPT_FD = 0x71,
    BEID_WIRE_PROMPT_STOPPED = 0x72,
    BEID_WIRE_SESSION_STATE = 0x73,
    BEID_WIRE_WORKER_SOCKET = 0x81,
    BEID_WIRE_PORTALS_BEGIN = 0x82,
    BEID_WIRE_PORTAL_FILE = 0x83,
    BEID_WIRE_PORTALS_END = 0x84,
    BEID_WIRE_RESTRICTION = 0x85,
    BEID_WIRE_FRONT_READY = 0x91,
    BEID_WIRE_WORKER_STUCK = 0x92
};

enum beid_wire_environment {
    BEID_ENVIRONMENT_PRODUCTION = 0,
    BEID_ENVIRONMENT_ACCEPTANCE = 1,
    BEID_ENVIRONMENT_TEST = 2
};

enum beid_wire_card {
    BEID_CARD_NONE = 0,
    BEID_CARD_SUPPORTED = 1,
    BEID_CARD_UNSUPPORTED = 2,
    BEID_CARD_MUTE = 3,
    BEID_CARD_BUSY = 4
};

enum beid_wire_event {
    BEID_EVENT_WINDOW_OPENED = 1,
    BEID_EVENT_WAITING_FOR_CARD = 2,
    BEID_EVENT_CARD_REMOVED = 3,
    BEID_EVENT_PIN_ENTRY = 4,
    BEID_EVENT_SIGNING = 5,
    BEID_EVENT_DONE = 6
};

enum beid_wire_algorithm {
    BEID_ALGORITHM_NONE = 0,
    BEID_ALGORITHM_RS256 = 1,
    BEID_ALGORITHM_ES384 = 2
};

enum beid_wire_pin_entry {
    BEID_PIN_ENTRY_KEYBOARD = 0,
    BEID_PIN_ENTRY_PINPAD = 1
};

/* One message, header read: fields are still encoded. */
struct beid_wire_message {
    enum beid_wire_type type;
    uint32_t operation;
    struct beid_span fields;
};

struct beid_wire_reader {
    bool pinpad;
    enum beid_wire_card card;
};

struct beid_wire_status_reply {
    enum beid_err err;
    uint8_t count;
    struct beid_wire_reader readers[BEID_WIRE_READERS_MAX];
};

struct beid_wire_restriction {
    bool unreadable; /* it is there, but nobody knows what it says */
    struct beid_span text;
};

struct beid_wire_portal_file {
    struct beid_span name;
    bool development;
};

/* Reads the header of a packet and checks its length and type. */
enum beid_err beid_wire_open(struct beid_span packet,
                             struct beid_wire_message *out) BEID_NODISCARD;

/*
 * For the messages without fields (CANCEL, PROMPT_STOP, PORTALS_END ...):
 * BEID_OK when there are indeed none.
 */
enum beid_err
beid_wire_get_empty(const struct beid_wire_message *message) BEID_NODISCARD;
enum beid_err beid_wire_put_empty(struct beid_buf *out,
                                  enum beid_wire_type type,
                                  uint32_t operation) BEID_NODISCARD;

enum beid_err
beid_wire_get_status_reply(const struct beid_wire_message *message,
                           struct beid_wire_status_reply *out) BEID_NODISCARD;
enum beid_err beid_wire_put_status_reply(
    struct beid_buf *out, uint32_t operation,
    const struct beid_wire_status_reply *in) BEID_NODISCARD;

enum beid_err beid_wire_get_event(const struct beid_wire_message *message,
                                  enum beid_wire_event *out) BEID_NODISCARD;
enum beid_err beid_wire_put_event(struct beid_buf *out, uint32_t operation,
                                  enum beid_wire_event event) BEID_NODISCARD;

/* PROMPT_START; lang is one of the four two-letter codes. */
enum beid_err
beid_wire_get_prompt_start(const struct beid_wire_message *message,
                           char lang[3]) BEID_NODISCARD;
enum beid_err beid_wire_put_prompt_start(struct beid_buf *out,
                                         uint32_t operation,
                                         const char *lang) BEID_NODISCARD;

/* PROMPT_FD; with BEID_OK the packet carries the descriptor. */
enum beid_err beid_wire_get_prompt_fd(const struct beid_wire_message *message,
                                      enum beid_err *out) BEID_NODISCARD;
enum beid_err beid_wire_put_prompt_fd(struct beid_buf *out, uint32_t operation,
                                      enum beid_err err) BEID_NODISCARD;

enum beid_err
beid_wire_get_portal_file(const struct beid_wire_message *message,
                          struct beid_wire_portal_file *out) BEID_NODISCARD;
enum beid_err beid_wire_put_portal_file(struct beid_buf *out,
                                        const struct beid_wire_portal_file *in)
    BEID_NODISCARD;

enum beid_err
beid_wire_get_restriction(const struct beid_wire_message *message,
                          struct beid_wire_restriction *out) BEID_NODISCARD;
enum beid_err beid_wire_put_restriction(struct beid_buf *out,
                                        const struct beid_wire_restriction *in)
    BEID_NODISCARD;

#endif

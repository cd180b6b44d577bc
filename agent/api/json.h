/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_JSON_H
#define BEID_API_JSON_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_MEMBER_SHOWN_MAX 64U

enum json_kind {
    JSON_TEXT,
    JSON_NUMBER,
    JSON_FLAG,
    JSON_OBJECT
};

/* A member that a request may have, and its value once read. */
struct json_member {
    const char *name;
    enum json_kind kind;
    bool required;
    bool present;
    struct beid_span text; /* JSON_TEXT: UTF-8, borrowed from the document */
    uint32_t number; /* JSON_NUMBER: not negative */
    bool flag; /* JSON_FLAG */
    struct json_member *members; /* JSON_OBJECT: those it may have */
    size_t member_count;
};

/* Why a request was refused. */
struct json_fault {
    const char *reason; /* static, English */
    char member[JSON_MEMBER_SHOWN_MAX + 1]; /* "": none in particular */
};

/* A parsed request; the spans of its members live as long as it does. */
struct json_document;

/*
 * Reads a request body: one JSON object by the rules of json_scan.h, with only
 * the members listed, each at most once, each of its kind, the required ones
 * present. BEID_ERR_FORMAT with *fault filled in, BEID_ERR_MEMORY.
 */
enum beid_err json_read(struct beid_span body, struct json_member *members,
                        size_t count, struct json_document **document,
                        struct json_fault *fault) BEID_NODISCARD;
void json_free(struct json_document **document);

#endif

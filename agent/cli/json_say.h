/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_JSON_SAY_H
#define BEID_CLI_JSON_SAY_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * One JSON document for --json: composed freely, printed once. Commas are put
 * where they belong; failures are sticky.
 */
struct json_say {
    struct beid_buf text;
    bool comma; /* before the next member or element */
};

void json_say_init(struct json_say *json);

/* key is NULL inside an array and for the document itself. */
void json_say_open(struct json_say *json, const char *key, char bracket);
void json_say_close(struct json_say *json, char bracket);
/* A byte that is no part of a character of UTF-8 becomes U+FFFD. */
void json_say_text(struct json_say *json, const char *key,
                   struct beid_span value);
/*
 * The name of a file, which may be any bytes: as text and, when that cannot
 * say it, its bytes as well in a second member, the key with "Base64" behind.
 */
void json_say_path(struct json_say *json, const char *key, const char *path);
/* In base64 (RFC 4648 §4, padded). */
void json_say_bytes(struct json_say *json, const char *key,
                    struct beid_span value);
void json_say_number(struct json_say *json, const char *key, uint64_t value);
void json_say_flag(struct json_say *json, const char *key, bool value);
void json_say_null(struct json_say *json, const char *key);

/* Prints it on standard output and clears it; an exit status of cli.h. */
int json_say_print(struct json_say *json);

#endif

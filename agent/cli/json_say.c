/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "json_say.h"

#include "api/json_write.h"
#include "cli.h"
#include "wire/utf8.h"

#include <stdio.h>

#define DOCUMENT_MAX 4194304U
#define KEY_MAX 64U
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

void
json_say_init(struct json_say *json)
{
    beid_buf_init(&json->text, DOCUMENT_MAX);
    json->comma = false;
}

static void
put_key(struct json_say *json, const char *key)
{
    if (json->comma) {
        beid_buf_put_u8(&json->text, ',');
    }
    json->comma = true;
    if (key != NULL) {
        beid_buf_put_u8(&json->text, '"');
        json_write_text(&json->text, beid_span_str(key));
        beid_buf_put_str(&json->text, "\":");
    }
}

void
json_say_open(struct json_say *json, const char *key, char bracket)
{
    put_key(json, key);
    beid_buf_put_u8(&json->text, (uint8_t)bracket);
    json->comma = false;
}

void
json_say_close(struct json_say *json, char bracket)
{
    beid_buf_put_u8(&json->text, (uint8_t)bracket);
    json->comma = true;
}

void
json_say_text(struct json_say *json, const char *key, struct beid_span value)
{
    put_key(json, key);
    beid_buf_put_u8(&json->text, '"');
    while (value.len > 0) {
        struct beid_span rest = value;
        uint32_t code = 0;
        if (beid_utf8_take(&rest, &code) == BEID_OK) {
            json_write_text(&json->text,
                            beid_span_of(value.ptr, value.len - rest.len));
        } else {
            beid_buf_put_str(&json->text, REPLACEMENT);
            rest = beid_span_of(value.ptr + 1, value.len - 1);
        }
        value = rest;
    }
    beid_buf_put_u8(&json->text, '"');
}

void
json_say_path(struct json_say *json, const char *key, const char *path)
{
    char exact[KEY_MAX];
    struct beid_span bytes = beid_span_str(path);
    json_say_text(json, key, bytes);
    if (!beid_utf8_valid(bytes)) {
        (void)snprintf(exact, sizeof exact, "%sBase64", key);
        json_say_bytes(json, exact, bytes);
    }
}

void
json_say_bytes(struct json_say *json, const char *key, struct beid_span value)
{
    put_key(json, key);
    json_write_base64(&json->text, value);
}

void
json_say_number(struct json_say *json, const char *key, uint64_t value)
{
    put_key(json, key);
    json_write_number(&json->text, value);
}

void
json_say_flag(struct json_say *json, const char *key, bool value)
{
    put_key(json, key);
    beid_buf_put_str(&json->text, value ? "true" : "false");
}

void
json_say_null(struct json_say *json, const char *key)
{
    put_key(json, key);
    beid_buf_put_str(&json->text, "null");
}

int
json_say_print(struct json_say *json)
{
    struct beid_span text = beid_buf_span(&json->text);
    bool good = beid_buf_status(&json->text) == BEID_OK
                && fwrite(text.ptr, 1, text.len, stdout) == text.len
                && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
    beid_buf_clear(&json->text);
    return good ? CLI_DONE : CLI_FAILED;
}

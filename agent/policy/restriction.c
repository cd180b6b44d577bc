/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "restriction.h"

#include "sys/lines.h"

#define NAME_MAX_LEN 128U

static const char key[] = "block";
static const char suffix[] = ".conf";

static struct beid_span
without_suffix(struct beid_span name)
{
    size_t len = sizeof suffix - 1;
    if (name.len > len
        && beid_span_same(beid_span_of(name.ptr + name.len - len, len),
                          beid_span_str(suffix))) {
        name.len -= len;
    }
    return name;
}

bool
policy_restriction_name(struct beid_span name)
{
    if (name.len == 0 || name.len > NAME_MAX_LEN || name.ptr[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || name.ptr[i] == '/') {
            return false;
        }
    }
    return true;
}

/*
 * BEID_OK with the name, which is empty for a line that says nothing;
 * BEID_ERR_FORMAT.
 */
static enum beid_err
read_line(struct beid_span line, struct beid_span *name)
{
    struct beid_span word;
    struct beid_span value;
    *name = beid_span_of(NULL, 0);
    if (!beid_lines_pair(line, &word, &value)) {
        return BEID_ERR_FORMAT;
    }
    if (word.len == 0) {
        return BEID_OK;
    }
    if (!beid_span_same(word, beid_span_str(key))
        || !policy_restriction_name(value)) {
        return BEID_ERR_FORMAT;
    }
    *name = without_suffix(value);
    return BEID_OK;
}

enum beid_err
policy_restriction_check(struct beid_span text, unsigned int *line)
{
    struct beid_span one;
    struct beid_span name;
    *line = 0;
    if (text.len > POLICY_RESTRICTION_MAX) {
        return BEID_ERR_LIMIT;
    }
    while (beid_lines_take(&text, &one)) {
        (*line)++;
        if (read_line(one, &name) != BEID_OK) {
            return BEID_ERR_FORMAT;
        }
    }
    return BEID_OK;
}

bool
policy_restriction_blocks(struct beid_span text, struct beid_span name)
{
    unsigned int number = 0;
    struct beid_span line;
    struct beid_span blocked;
    if (policy_restriction_check(text, &number) != BEID_OK) {
        return true;
    }
    while (beid_lines_take(&text, &line)) {
        if (read_line(line, &blocked) == BEID_OK && blocked.len > 0
            && beid_span_same(blocked, without_suffix(name))) {
            return true;
        }
    }
    return false;
}

enum beid_err
policy_restriction_edit(struct beid_span text, struct beid_span name,
                        bool block, struct beid_buf *out)
{
    struct beid_span line;
    struct beid_span blocked;
    name = without_suffix(name);
    if (!policy_restriction_name(name)) {
        return BEID_ERR_ARGUMENT;
    }
    while (beid_lines_take(&text, &line)) {
        if (read_line(line, &blocked) != BEID_OK || blocked.len == 0
            || !beid_span_same(blocked, name)) {
            beid_buf_put(out, line);
            beid_buf_put_u8(out, '\n');
        }
    }
    if (block) {
        beid_buf_put_str(out, key);
        beid_buf_put_u8(out, '=');
        beid_buf_put(out, name);
        beid_buf_put_u8(out, '\n');
    }
    return beid_buf_status(out);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include "json_scan.h"
#include "wire/utf8.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

struct json_document {
    cJSON *root;
};

void
json_free(struct json_document **document)
{
    if (*document != NULL) {
        cJSON_Delete((*document)->root);
        free(*document);
        *document = NULL;
    }
}

/* As many whole characters of the name as are shown. */
static enum beid_err
fail(struct json_fault *fault, const char *reason, const char *member)
{
    struct beid_span rest = beid_span_str(member);
    size_t len = 0;
    uint32_t point = 0;
    fault->reason = reason;
    while (rest.len > 0 && beid_utf8_take(&rest, &point) == BEID_OK) {
        size_t used = strlen(member) - rest.len;
        if (used > JSON_MEMBER_SHOWN_MAX) {
            break;
        }
        len = used;
    }
    memcpy(fault->member, member, len);
    fault->member[len] = '\0';
    return BEID_ERR_FORMAT;
}

static struct json_member *
find(struct json_member *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(members[i].name, name) == 0) {
            return &members[i];
        }
    }
    return NULL;
}

static bool
take_number(const cJSON *item, uint32_t *out)
{
    double value = item->valuedouble;
    if (!cJSON_IsNumber(item) || value < 0 || value > (double)UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool
take_value(const cJSON *item, struct json_member *member)
{
    switch (member->kind) {
    case JSON_TEXT:
        if (!cJSON_IsString(item)) {
            return false;
        }
        member->text = beid_span_str(item->valuestring);
        return true;
    case JSON_NUMBER:
        return take_number(item, &member->number);
    case JSON_FLAG:
        member->flag = cJSON_IsTrue(item) != 0;
        return cJSON_IsBool(item) != 0;
    case JSON_OBJECT:
        return cJSON_IsObject(item) != 0;
    }
    return false;
}

/* Two members of one name? The first is then a duplicate of a later one. */
static bool
repeated(const cJSON *item)
{
    const cJSON *other = item->next;
    for (; other != NULL; other = other->next) {
        if (strcmp(item->string, other->string) == 0) {
            return true;
        }
    }
    return false;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the members that we expect */
static enum beid_err
take_members(const cJSON *root, struct json_member *members, size_t count,
             struct json_fault *fault)
{
    for (const cJSON *item = root->child; item != NULL; item = item->next) {
        struct json_member *member = find(members, count, item->string);
        if (repeated(item)) {
            return fail(fault, "duplicate member", item->string);
        }
        if (member == NULL) {
            return fail(fault, "unknown member", item->string);
        }
        if (!take_value(item, member)) {
            return fail(fault, "wrong type of member", item->string);
        }
        member->present = true;
        if (member->kind == JSON_OBJECT) {
            enum beid_err err = take_members(item, member->members,
                                             member->member_count, fault);
            if (err != BEID_OK) {
                return err;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i].required && !members[i].present) {
            return fail(fault, "missing member", members[i].name);
        }
    }
    return BEID_OK;
}
/* NOLINTEND(misc-no-recursion) */

enum beid_err
json_read(struct beid_span body, struct json_member *members, size_t count,
          struct json_document **document, struct json_fault *fault)
{
    enum beid_err err = json_scan(body);
    if (err != BEID_OK) {
        return fail(fault,
                    err == BEID_ERR_LIMIT ? "JSON too deep"
                                          : "not JSON with whole numbers",
                    "");
    }
    struct json_document *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->root = cJSON_ParseWithLength((const char *)body.ptr, body.len);
    if (made->root == NULL) {
        err = BEID_ERR_MEMORY;
    } else if (!cJSON_IsObject(made->root)) {
        err = fail(fault, "not a JSON object", "");
    } else {
        err = take_members(made->root, members, count, fault);
    }
    if (err == BEID_OK) {
        *document = made;
    } else {
        json_free(&made);
    }
    return err;
}

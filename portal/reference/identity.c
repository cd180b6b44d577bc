/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include <beid/secret.h>

#include <cjson/cJSON.h>

#include <string.h>

/* Doubles hold whole numbers up to here; a moment is far below. */
#define TIME_MAX 9007199254740992.0

enum beid_err
identity_encode(const struct identity *identity, struct beid_buf *out)
{
    cJSON *object = cJSON_CreateObject();
    char *text = NULL;
    if (object != NULL
        && cJSON_AddStringToObject(object, "subject", identity->subject)
        && cJSON_AddStringToObject(object, "given_names", identity->given_names)
        && cJSON_AddStringToObject(object, "surname", identity->surname)
        && cJSON_AddNumberToObject(object, "verified_at",
                                   (double)identity->verified_at)
        && cJSON_AddStringToObject(object, "ticket", identity->ticket)) {
        text = cJSON_PrintUnformatted(object);
    }
    cJSON_Delete(object);
    if (text == NULL) {
        return BEID_ERR_MEMORY;
    }
    beid_buf_put_str(out, text);
    beid_wipe(text, strlen(text));
    cJSON_free(text);
    return beid_buf_status(out);
}

static enum beid_err
text_copy(const cJSON *object, const char *name, char *out, size_t size)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    size_t len = text == NULL ? size : strlen(text);
    if (len >= size) {
        return BEID_ERR_FORMAT;
    }
    memcpy(out, text, len + 1);
    return BEID_OK;
}

static enum beid_err
members_copy(const cJSON *object, struct identity *out)
{
    const cJSON *at = cJSON_GetObjectItemCaseSensitive(object, "verified_at");
    enum beid_err err =
        text_copy(object, "subject", out->subject, sizeof out->subject);
    if (err == BEID_OK) {
        err = text_copy(object, "given_names", out->given_names,
                        sizeof out->given_names);
    }
    if (err == BEID_OK) {
        err = text_copy(object, "surname", out->surname, sizeof out->surname);
    }
    if (err == BEID_OK) {
        err = text_copy(object, "ticket", out->ticket, sizeof out->ticket);
    }
    if (err != BEID_OK || !cJSON_IsNumber(at) || at->valuedouble < 0
        || at->valuedouble > TIME_MAX) {
        return BEID_ERR_FORMAT;
    }
    out->verified_at = (time_t)at->valuedouble;
    return BEID_OK;
}

enum beid_err
identity_parse(struct beid_span json, struct identity *out)
{
    struct identity read = {.verified_at = 0};
    cJSON *object = cJSON_ParseWithLength((const char *)json.ptr, json.len);
    enum beid_err err = members_copy(object, &read);
    cJSON_Delete(object);
    if (err == BEID_OK) {
        *out = read;
    }
    beid_wipe(&read, sizeof read);
    return err;
}

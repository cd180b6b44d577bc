/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"

#include <stdio.h>

#define TIMEOUT_DEFAULT_MS 300000U
#define TIMEOUT_MIN_MS 30000U
#define TIMEOUT_MAX_MS 900000U

enum beid_err
api_blame(struct json_fault *fault, const char *member)
{
    fault->reason = "value of member out of range";
    (void)snprintf(fault->member, sizeof fault->member, "%s", member);
    return BEID_ERR_FORMAT;
}

void
api_wish_init(struct api_wish *wish, enum policy_operation operation,
              enum beid_wire_type type)
{
    *wish = (struct api_wish){.lang = BEID_LANG_NL, .operation = operation};
    wish->message.type = type;
    wish->message.base.timeout_ms = TIMEOUT_DEFAULT_MS;
    wish->message.base.wait_for_card = true;
}

enum beid_err
api_wish_take(struct api_wish *wish, const struct json_member *common,
              struct json_fault *fault)
{
    const struct json_member *lang = &common[API_MEMBER_LANG];
    const struct json_member *timeout = &common[API_MEMBER_TIMEOUT];
    const struct json_member *wait = &common[API_MEMBER_WAIT];
    if (lang->present && beid_lang_parse(lang->text, &wish->lang) != BEID_OK) {
        return api_blame(fault, lang->name);
    }
    if (timeout->present) {
        if (timeout->number < TIMEOUT_MIN_MS
            || timeout->number > TIMEOUT_MAX_MS) {
            return api_blame(fault, timeout->name);
        }
        wish->message.base.timeout_ms = timeout->number;
    }
    if (wait->present) {
        wish->message.base.wait_for_card = wait->flag;
    }
    return BEID_OK;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <cjson/cJSON.h>

enum beid_err
json_member(struct beid_span json, const char *name, struct beid_buf *out)
{
    cJSON *tree = cJSON_ParseWithLength((const char *)json.ptr, json.len);
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, name));
    enum beid_err err = BEID_ERR_FORMAT;
    if (text != NULL) {
        beid_buf_put_str(out, text);
        err = beid_buf_status(out);
    }
    cJSON_Delete(tree);
    return err;
}

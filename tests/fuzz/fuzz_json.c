/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The body of a request: scanned, then read as each endpoint reads it. */
#include "api/json.h"
#include "api/json_scan.h"
#include "bench.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span body = beid_span_of(data, size);
    struct json_member members[] = {
        {.name = "challengeNonce", .kind = JSON_TEXT, .required = true},
        {.name = "lang", .kind = JSON_TEXT},
        {.name = "certificateSha256", .kind = JSON_TEXT},
        {.name = "timeoutMs", .kind = JSON_NUMBER},
        {.name = "waitForCard", .kind = JSON_FLAG},
        {.name = "chain", .kind = JSON_FLAG},
    };
    struct json_document *document = NULL;
    struct json_fault fault = {0};
    enum beid_err scanned = json_scan(body);
    enum beid_err err = json_read(body, members, 6, &document, &fault);
    if (err == BEID_OK && scanned != BEID_OK) {
        bench_broken("a text that was read and is no JSON");
    }
    if (err == BEID_OK && !members[0].present) {
        bench_broken("a required member that is absent");
    }
    if (err == BEID_ERR_FORMAT && fault.reason == NULL) {
        bench_broken("a refusal without a reason");
    }
    if (strnlen(fault.member, sizeof fault.member) == sizeof fault.member) {
        bench_broken("a member's name without an end");
    }
    json_free(&document);
    return 0;
}

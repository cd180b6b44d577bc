/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * First byte even: a request, a zero byte, and an answer to it. Odd: the DER
 * of a CMS signature, judged over a text it cannot have been made for.
 */
#include "bench.h"
#include "statement.h"

#include <stdlib.h>
#include <string.h>

static void
whole(struct beid_span input)
{
    struct beid_verify *verifier = NULL;
    struct beid_verify_report *report = NULL;
    const uint8_t *end =
        input.len == 0 ? NULL : memchr(input.ptr, 0, input.len);
    if (end == NULL || beid_verify_new(&verifier) != BEID_VERIFY_OK) {
        return;
    }
    size_t first = (size_t)(end - input.ptr);
    const struct beid_verify_statement asked = {
        .request = (const char *)input.ptr,
        .request_len = first,
        .answer = (const char *)end + 1,
        .answer_len = input.len - first - 1,
        .portal_name = "Portal"};
    if (beid_verify_statement(verifier, &asked, &report) == BEID_VERIFY_OK) {
        bench_broken("a statement was accepted");
    }
    beid_verify_free(&verifier);
}

static void
signature(struct beid_span der)
{
    struct cms cms;
    char *text = malloc(der.len / 3 * 4 + 5);
    if (text == NULL) {
        bench_broken("out of memory");
    }
    text[0] = '\0';
    (void)EVP_EncodeBlock((unsigned char *)text, der.ptr, (int)der.len);
    if (cms_parse(text, &cms) == BEID_VERIFY_OK) {
        enum beid_verify_result attributes = cms_attributes(&cms);
        if (cms_signature(&cms, beid_span_str("no such text")) == BEID_VERIFY_OK
            && attributes == BEID_VERIFY_OK) {
            bench_broken("a signature over another text");
        }
        cms_clear(&cms);
    }
    free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span input = beid_span_of(data, size);
    if ((bench_u8(&input) & 1U) == 0) {
        whole(input);
    } else {
        signature(input);
    }
    return 0;
}

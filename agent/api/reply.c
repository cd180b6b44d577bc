/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include "json_write.h"

#include <string.h>
#include <sys/random.h>

void
api_reply_init(struct api_reply *reply)
{
    reply->status = 500;
    reply->retry_after_ms = 0;
    beid_buf_init(&reply->body, API_REPLY_MAX);
}

void
api_reply_clear(struct api_reply *reply)
{
    beid_buf_clear(&reply->body);
}

/* "E26-7K3QX": no letters that are mistaken for digits on the telephone. */
static void
make_reference(enum api_error error, char out[API_REFERENCE_LEN + 1])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t random[5] = {0};
    unsigned int number = (unsigned int)error + 1U;
    if (getrandom(random, sizeof random, GRND_NONBLOCK)
        != (ssize_t)sizeof random) {
        random[0] = 0;
    }
    out[0] = 'E';
    out[1] = digits[number / 10 % 10];
    out[2] = digits[number % 10];
    out[3] = '-';
    for (size_t i = 0; i < sizeof random; i++) {
        out[4 + i] = digits[random[i] % 32U];
    }
    out[API_REFERENCE_LEN] = '\0';
}

static enum beid_text_id
text_of(const struct api_problem *problem)
{
    if (problem->error == API_CERTIFICATE_MISSING && problem->signing) {
        return BEID_TEXT_CERTIFICATE_MISSING_SIGN;
    }
    return api_error_info(problem->error)->text;
}

/* The text for people, then in brackets what only a developer needs. */
static void
put_message(struct beid_buf *out, const struct api_problem *problem)
{
    json_write_text(out,
                    beid_span_str(beid_text(problem->lang, text_of(problem))));
    if (problem->reason == NULL) {
        return;
    }
    json_write_text(out, beid_span_str(" ("));
    json_write_text(out, beid_span_str(problem->reason));
    if (problem->member != NULL) {
        json_write_text(out, beid_span_str(": "));
        json_write_text(out, beid_span_str(problem->member));
    }
    json_write_text(out, beid_span_str(")"));
}

void
api_reply_problem(struct api_reply *reply, const struct api_problem *problem,
                  char reference[API_REFERENCE_LEN + 1])
{
    char code[API_REFERENCE_LEN + 1];
    const struct api_error_info *info = api_error_info(problem->error);
    struct beid_buf *out = &reply->body;
    make_reference(problem->error, code);
    reply->status = info->status;
    reply->retry_after_ms = problem->retry_after_ms;
    beid_buf_reset(out);
    beid_buf_put_str(out, "{\"error\":{\"code\":\"");
    beid_buf_put_str(out, info->code);
    beid_buf_put_str(out, "\",\"message\":\"");
    put_message(out, problem);
    beid_buf_put_str(out, "\",\"reference\":\"");
    beid_buf_put_str(out, code);
    beid_buf_put_str(out, "\",\"retryable\":");
    beid_buf_put_str(out, info->retryable ? "true" : "false");
    if (problem->retry_after_ms > 0) {
        beid_buf_put_str(out, ",\"retryAfterMs\":");
        json_write_number(out, (uint64_t)problem->retry_after_ms);
    }
    beid_buf_put_str(out, "}}");
    if (beid_buf_status(out) != BEID_OK) {
        beid_buf_reset(out);
    }
    if (reference != NULL) {
        memcpy(reference, code, sizeof code);
    }
}

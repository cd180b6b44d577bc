/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "step_up.h"

#include "shown.h"

#include <string.h>

#define ID_MIN 16U
#define ID_MAX 64U
#define EXTRA_MAX 255U

bool
policy_sha256_parse(struct beid_span text, uint8_t out[POLICY_SHA256_LEN])
{
    static const char digits[] = "0123456789abcdef";
    if (text.len != 2 * (size_t)POLICY_SHA256_LEN) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        byte = byte >= 'A' && byte <= 'F' ? (uint8_t)(byte | 0x20U) : byte;
        const char *digit = byte == 0 ? NULL : strchr(digits, byte);
        if (digit == NULL) {
            return false;
        }
        unsigned int value = (unsigned int)(digit - digits);
        out[i / 2] = (uint8_t)((i % 2 == 0 ? 0U : out[i / 2] * 16U) + value);
    }
    return true;
}

static bool
is(struct beid_span text, const char *word)
{
    return beid_span_same(text, beid_span_str(word));
}

/* A jti: what identifies a request, and stands in a signed statement. */
static bool
is_id(struct beid_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
              || (byte >= 'A' && byte <= 'Z')
              || (byte != 0 && strchr("-._~", byte) != NULL))) {
            return false;
        }
    }
    return text.len >= ID_MIN && text.len <= ID_MAX;
}

/* acr and txn are the portal's own; they are only kept harmless. */
static bool
is_extra(struct beid_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return text.len <= EXTRA_MAX;
}

static bool
texts_good(const struct policy_claims *claims)
{
    for (size_t i = 0; i < BEID_LANG_COUNT; i++) {
        if (!policy_text_shown(claims->text[i])
            || policy_text_length(claims->text[i]) > POLICY_STEP_UP_TEXT_MAX) {
            return false;
        }
    }
    return true;
}

/* The first claim that is wrong whatever the time is; NULL: none. */
static const char *
bad_claim(const struct policy_claims *claims,
          const struct policy_portal *portal, struct beid_span origin,
          struct policy_step_up *out)
{
    if (!beid_span_same(claims->iss, origin)) {
        return "iss";
    }
    if (!is(claims->aud, POLICY_STEP_UP_AUDIENCE)) {
        return "aud";
    }
    if (!is_id(claims->jti)) {
        return "jti";
    }
    out->statement = is(claims->kind, "statement");
    if (!out->statement && !is(claims->kind, "access")) {
        return "kind";
    }
    if (!policy_portal_has_resource(portal, origin, claims->resource)) {
        return "resource";
    }
    if (!texts_good(claims)) {
        return "text";
    }
    if (!is_extra(claims->acr)) {
        return "acr";
    }
    if (!is_extra(claims->txn)) {
        return "txn";
    }
    if (claims->certificate.len > 0) {
        if (!policy_sha256_parse(claims->certificate, out->certificate)) {
            return "certificateSha256";
        }
        out->certificate_len = POLICY_SHA256_LEN;
    }
    return claims->exp <= claims->iat
                   || claims->exp - claims->iat > POLICY_STEP_UP_LIFE_S
               ? "exp"
               : NULL;
}

int64_t
policy_step_up_earliest(int64_t start_ms, bool again)
{
    int64_t start = start_ms / 1000;
    return again ? start + POLICY_STEP_UP_SKEW_S + 1 : start;
}

static enum policy_verdict
time_verdict(const struct policy_claims *claims,
             const struct policy_moment *moment)
{
    int64_t ahead = moment->now - claims->iat;
    /* Nobody holds a request of the future; an hour is no slow network. */
    if (ahead < -POLICY_STEP_UP_SKEW_S || ahead >= POLICY_STEP_UP_CLOCK_S) {
        return POLICY_CLOCK_OFF;
    }
    if (moment->now > claims->exp + POLICY_STEP_UP_SKEW_S
        || claims->iat < moment->earliest) {
        return POLICY_EXPIRED;
    }
    return POLICY_GOOD;
}

struct policy_step_up
policy_step_up_judge(const struct policy_claims *claims,
                     const struct policy_portal *portal,
                     struct beid_span origin,
                     const struct policy_moment *moment)
{
    struct policy_step_up out = {.verdict = POLICY_BAD_CLAIM};
    out.claim = bad_claim(claims, portal, origin, &out);
    if (out.claim == NULL) {
        out.verdict = time_verdict(claims, moment);
        out.ahead_s = moment->now - claims->iat;
    }
    return out;
}

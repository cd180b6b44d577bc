/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"
#include "internal.h"

#include <string.h>

#define AGE_MAX_S 604800
#define SKEW_MAX_S 86400
#define TIMEOUT_MAX_MS 120000

enum beid_verify_result
beid_verify_set_revocation(struct beid_verify *verifier,
                           enum beid_verify_revocation_mode mode)
{
    if (mode != BEID_VERIFY_REVOCATION_OFF
        && mode != BEID_VERIFY_REVOCATION_LOGIN
        && mode != BEID_VERIFY_REVOCATION_REQUIRED) {
        return BEID_VERIFY_ARGUMENT;
    }
    if (mode != BEID_VERIFY_REVOCATION_OFF && !fetch_ready()) {
        return BEID_VERIFY_INTERNAL;
    }
    verifier->revocation.mode = mode;
    return BEID_VERIFY_OK;
}

enum beid_verify_result
beid_verify_set_limits(struct beid_verify *verifier,
                       const struct beid_verify_limits *limits)
{
    if (limits->ocsp_age_s < 0 || limits->ocsp_age_s > AGE_MAX_S
        || limits->skew_s < 0 || limits->skew_s > SKEW_MAX_S
        || limits->kept_age_s < 0 || limits->kept_age_s > AGE_MAX_S
        || limits->timeout_ms < 1 || limits->timeout_ms > TIMEOUT_MAX_MS) {
        return BEID_VERIFY_ARGUMENT;
    }
    verifier->revocation.limits = *limits;
    return BEID_VERIFY_OK;
}

static enum beid_verify_result
prefix_add(struct prefixes *list, const char *prefix)
{
    if (prefix == NULL || list->count == PREFIXES_MAX
        || !prefix_wellformed(prefix)) {
        return BEID_VERIFY_ARGUMENT;
    }
    memcpy(list->text[list->count++], prefix, strlen(prefix) + 1);
    return BEID_VERIFY_OK;
}

enum beid_verify_result
beid_verify_add_ocsp_prefix(struct beid_verify *verifier, const char *prefix)
{
    return prefix_add(&verifier->revocation.ocsp, prefix);
}

enum beid_verify_result
beid_verify_add_crl_prefix(struct beid_verify *verifier, const char *prefix)
{
    return prefix_add(&verifier->revocation.crl, prefix);
}

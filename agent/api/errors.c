/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "errors.h"

#define ROW(NAME, code, status, retryable)                                     \
    [API_##NAME] = {code, status, retryable, BEID_TEXT_##NAME}

static const struct api_error_info table[API_ERROR_COUNT] = {
    ROW(BAD_REQUEST, "bad_request", 400, false),
    ROW(NOT_FOUND, "not_found", 404, false),
    ROW(METHOD_NOT_ALLOWED, "method_not_allowed", 405, false),
    ROW(UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415, false),
    ROW(PAYLOAD_TOO_LARGE, "payload_too_large", 413, false),
    ROW(HEADERS_TOO_LARGE, "headers_too_large", 431, false),
    ROW(OPERATION_NOT_ALLOWED, "operation_not_allowed", 403, false),
    ROW(PORTAL_BLOCKED, "portal_blocked", 403, false),
    ROW(RATE_LIMITED, "rate_limited", 429, true),
    ROW(BUSY, "busy", 409, true),
    ROW(PCSCD_UNAVAILABLE, "pcscd_unavailable", 503, true),
    ROW(NO_READER, "no_reader", 424, true),
    ROW(NO_CARD, "no_card", 424, true),
    ROW(READER_IN_USE, "reader_in_use", 423, true),
    ROW(UNSUPPORTED_CARD, "unsupported_card", 422, true),
    ROW(CARD_TOO_OLD, "card_too_old", 422, false),
    ROW(CARD_MUTE, "card_mute", 424, true),
    ROW(CARD_REMOVED, "card_removed", 409, true),
    ROW(CARD_MISMATCH, "card_mismatch", 409, true),
    ROW(CARD_ERROR, "card_error", 502, true),
    ROW(CERTIFICATE_MISSING, "certificate_missing", 422, false),
    ROW(CERTIFICATE_EXPIRED, "certificate_expired", 422, false),
    ROW(CLOCK_SKEW, "clock_skew", 422, true),
    ROW(PIN_INCORRECT, "pin_incorrect", 403, true),
    ROW(PIN_BLOCKED, "pin_blocked", 403, false),
    ROW(USER_CANCELLED, "user_cancelled", 403, true),
    /* Not 408: browsers repeat a request that was answered with it. */
    ROW(USER_TIMEOUT, "user_timeout", 504, true),
    ROW(PROMPT_UNAVAILABLE, "prompt_unavailable", 503, false),
    ROW(REQUEST_EXPIRED, "request_expired", 400, false),
    ROW(REQUEST_REPLAYED, "request_replayed", 409, false),
    ROW(REQUEST_KEY_UNKNOWN, "request_key_unknown", 400, false),
    ROW(REQUEST_SIGNATURE_INVALID, "request_signature_invalid", 400, false),
    ROW(INTERNAL, "internal", 500, true),
    ROW(SESSION_NOT_LOCAL, "session_not_local", 403, true),
};

const struct api_error_info *
api_error_info(enum api_error error)
{
    return &table[error < API_ERROR_COUNT ? error : API_INTERNAL];
}

enum api_error
api_error_of(enum beid_err err)
{
    switch (err) {
    case BEID_ERR_TIMEOUT:
        return API_USER_TIMEOUT;
    case BEID_ERR_CANCELLED:
        return API_USER_CANCELLED;
    case BEID_ERR_DENIED:
        return API_OPERATION_NOT_ALLOWED;
    case BEID_ERR_BUSY:
        return API_BUSY;
    case BEID_ERR_NO_SERVICE:
        return API_PCSCD_UNAVAILABLE;
    case BEID_ERR_NO_READER:
        return API_NO_READER;
    case BEID_ERR_READER_BUSY:
        return API_READER_IN_USE;
    case BEID_ERR_NO_CARD:
        return API_NO_CARD;
    case BEID_ERR_CARD_REMOVED:
        return API_CARD_REMOVED;
    case BEID_ERR_CARD_MUTE:
        return API_CARD_MUTE;
    case BEID_ERR_UNSUPPORTED:
    case BEID_ERR_CARD_UNKNOWN:
        return API_UNSUPPORTED_CARD;
    case BEID_ERR_CARD_TOO_OLD:
        return API_CARD_TOO_OLD;
    case BEID_ERR_CARD_MISMATCH:
        return API_CARD_MISMATCH;
    case BEID_ERR_PIN_WRONG:
    case BEID_ERR_PIN_LENGTH:
        return API_PIN_INCORRECT;
    case BEID_ERR_PIN_BLOCKED:
        return API_PIN_BLOCKED;
    case BEID_ERR_NO_CERTIFICATE:
        return API_CERTIFICATE_MISSING;
    case BEID_ERR_CERT_EXPIRED:
        return API_CERTIFICATE_EXPIRED;
    case BEID_ERR_CLOCK:
        return API_CLOCK_SKEW;
    case BEID_ERR_PROMPT:
        return API_PROMPT_UNAVAILABLE;
    case BEID_ERR_NOT_LOCAL:
        return API_SESSION_NOT_LOCAL;
    /* What the card or reader answered cannot be used. */
    case BEID_ERR_FORMAT:
    case BEID_ERR_LIMIT:
    case BEID_ERR_NOT_FOUND:
    case BEID_ERR_READER:
    case BEID_ERR_CARD_RESET:
    case BEID_ERR_CARD:
    case BEID_ERR_PIN_REQUIRED:
    case BEID_ERR_SIGNATURE:
        return API_CARD_ERROR;
    case BEID_OK:
    case BEID_ERR_ARGUMENT:
    case BEID_ERR_MEMORY:
    case BEID_ERR_IO:
    case BEID_ERR_STATE:
    case BEID_ERR_INTERNAL:
        return API_INTERNAL;
    }
    return API_INTERNAL;
}

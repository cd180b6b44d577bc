/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_ERRORS_H
#define BEID_API_ERRORS_H

#include "po/text.h"

#include <beid/err.h>

#include <stdbool.h>

/*
 * The error codes of the API (design §4 "Errors"). The order is frozen: the
 * number of a code is part of the reference that a helpdesk decodes; new
 * codes go to the end.
 */
enum api_error {
    API_BAD_REQUEST,
    API_NOT_FOUND,
    API_METHOD_NOT_ALLOWED,
    API_UNSUPPORTED_MEDIA_TYPE,
    API_PAYLOAD_TOO_LARGE,
    API_HEADERS_TOO_LARGE,
    API_OPERATION_NOT_ALLOWED,
    API_PORTAL_BLOCKED,
    API_RATE_LIMITED,
    API_BUSY,
    API_PCSCD_UNAVAILABLE,
    API_NO_READER,
    API_NO_CARD,
    API_READER_IN_USE,
    API_UNSUPPORTED_CARD,
    API_CARD_TOO_OLD,
    API_CARD_MUTE,
    API_CARD_REMOVED,
    API_CARD_MISMATCH,
    API_CARD_ERROR,
    API_CERTIFICATE_MISSING,
    API_CERTIFICATE_EXPIRED,
    API_CLOCK_SKEW,
    API_PIN_INCORRECT,
    API_PIN_BLOCKED,
    API_USER_CANCELLED,
    API_USER_TIMEOUT,
    API_PROMPT_UNAVAILABLE,
    API_REQUEST_EXPIRED,
    API_REQUEST_REPLAYED,
    API_REQUEST_KEY_UNKNOWN,
    API_REQUEST_SIGNATURE_INVALID,
    API_INTERNAL,
    API_SESSION_NOT_LOCAL,
    API_ERROR_COUNT
};

struct api_error_info {
    const char *code; /* stable, for programs */
    unsigned int status; /* HTTP */
    bool retryable; /* may the same request succeed later? */
    enum beid_text_id text; /* for people */
};

/* The one table; a value outside the enumeration gives INTERNAL's row. */
const struct api_error_info *api_error_info(enum api_error error);

/* How a failure that the card worker reported is told to the page. */
enum api_error api_error_of(enum beid_err err);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "rv.h"

CK_RV
rv_of(enum beid_err err)
{
    switch (err) {
    case BEID_OK:
        return CKR_OK;
    case BEID_ERR_ARGUMENT:
        return CKR_ARGUMENTS_BAD;
    case BEID_ERR_MEMORY:
        return CKR_HOST_MEMORY;
    case BEID_ERR_DENIED:
    case BEID_ERR_CANCELLED:
        return CKR_FUNCTION_CANCELED;
    case BEID_ERR_UNSUPPORTED:
        return CKR_FUNCTION_NOT_SUPPORTED;
    case BEID_ERR_NO_CARD:
    case BEID_ERR_NO_READER:
        return CKR_TOKEN_NOT_PRESENT;
    case BEID_ERR_CARD_REMOVED:
    case BEID_ERR_CARD_MISMATCH:
        return CKR_DEVICE_REMOVED;
    case BEID_ERR_PIN_REQUIRED:
        return CKR_USER_NOT_LOGGED_IN;
    case BEID_ERR_CARD_UNKNOWN:
    case BEID_ERR_CARD_TOO_OLD:
        return CKR_TOKEN_NOT_RECOGNIZED;
    case BEID_ERR_PIN_WRONG:
        return CKR_PIN_INCORRECT;
    case BEID_ERR_PIN_BLOCKED:
        return CKR_PIN_LOCKED;
    case BEID_ERR_PIN_LENGTH:
        return CKR_PIN_LEN_RANGE;
    case BEID_ERR_NOT_FOUND:
    case BEID_ERR_NO_CERTIFICATE:
        return CKR_OBJECT_HANDLE_INVALID;
    case BEID_ERR_LIMIT:
    case BEID_ERR_FORMAT:
    case BEID_ERR_IO:
    case BEID_ERR_TIMEOUT:
    case BEID_ERR_NO_SERVICE:
    case BEID_ERR_READER:
    case BEID_ERR_READER_BUSY:
    case BEID_ERR_CARD_MUTE:
    case BEID_ERR_CARD_RESET: /* in the midst of commands */
    case BEID_ERR_CARD:
        return CKR_DEVICE_ERROR;
    case BEID_ERR_BUSY: /* a context login of another session */
    case BEID_ERR_STATE:
    case BEID_ERR_PROMPT:
        return CKR_FUNCTION_FAILED;
    case BEID_ERR_CERT_EXPIRED:
    case BEID_ERR_CLOCK:
    case BEID_ERR_SIGNATURE:
    case BEID_ERR_NOT_LOCAL:
    case BEID_ERR_INTERNAL:
        return CKR_GENERAL_ERROR;
    }
    return CKR_GENERAL_ERROR;
}

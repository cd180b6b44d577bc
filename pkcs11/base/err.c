/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/err.h>

const char *
beid_err_text(enum beid_err err)
{
    switch (err) {
    case BEID_OK:
        return "success";
    case BEID_ERR_ARGUMENT:
        return "invalid argument";
    case BEID_ERR_MEMORY:
        return "out of memory";
    case BEID_ERR_LIMIT:
        return "limit exceeded";
    case BEID_ERR_FORMAT:
        return "malformed data";
    case BEID_ERR_IO:
        return "system call failed";
    case BEID_ERR_TIMEOUT:
        return "timed out";
    case BEID_ERR_CANCELLED:
        return "cancelled";
    case BEID_ERR_DENIED:
        return "denied";
    case BEID_ERR_BUSY:
        return "busy";
    case BEID_ERR_UNSUPPORTED:
        return "not supported";
    case BEID_ERR_NOT_FOUND:
        return "not found";
    case BEID_ERR_STATE:
        return "call out of order";
    case BEID_ERR_NO_SERVICE:
        return "smart card service not reachable";
    case BEID_ERR_NO_READER:
        return "no card reader";
    case BEID_ERR_READER:
        return "card reader failed";
    case BEID_ERR_READER_BUSY:
        return "card reader in use by another program";
    case BEID_ERR_NO_CARD:
        return "no card in the reader";
    case BEID_ERR_CARD_REMOVED:
        return "card removed";
    case BEID_ERR_CARD_RESET:
        return "card reset by another program";
    case BEID_ERR_CARD_MUTE:
        return "card does not answer";
    case BEID_ERR_CARD_UNKNOWN:
        return "not a Belgian eID card";
    case BEID_ERR_CARD_TOO_OLD:
        return "card too old";
    case BEID_ERR_CARD_MISMATCH:
        return "another card than the one shown";
    case BEID_ERR_CARD:
        return "unexpected answer from the card";
    case BEID_ERR_PIN_REQUIRED:
        return "PIN required";
    case BEID_ERR_PIN_WRONG:
        return "wrong PIN";
    case BEID_ERR_PIN_BLOCKED:
        return "PIN blocked";
    case BEID_ERR_PIN_LENGTH:
        return "PIN must have 4 to 12 digits";
    case BEID_ERR_NO_CERTIFICATE:
        return "certificate missing on the card";
    case BEID_ERR_CERT_EXPIRED:
        return "certificate outside its validity period";
    case BEID_ERR_SIGNATURE:
        return "signature does not verify";
    case BEID_ERR_PROMPT:
        return "no way to ask for the PIN";
    case BEID_ERR_CLOCK:
        return "the clock of this computer is wrong";
    case BEID_ERR_NOT_LOCAL:
        return "nobody sits at this computer in this session";
    case BEID_ERR_INTERNAL:
        return "internal error";
    }
    return "unknown error";
}

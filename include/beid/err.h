/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_ERR_H
#define BEID_ERR_H

/*
 * The one error type of the project. 0 is success, every failure is negative.
 * Detail such as the number of PIN tries left is an output parameter of the
 * function that has it, never part of the code.
 */
enum beid_err {
    BEID_OK = 0,
    BEID_ERR_ARGUMENT = -1, /* the caller broke the contract */
    BEID_ERR_MEMORY = -2, /* out of memory */
    BEID_ERR_LIMIT = -3, /* a hard maximum would be passed */
    BEID_ERR_FORMAT = -4, /* outside data is malformed or short */
    BEID_ERR_IO = -5, /* a system call failed */
    BEID_ERR_TIMEOUT = -6, /* the deadline passed */
    BEID_ERR_CANCELLED = -7, /* a person or the requester withdrew */
    BEID_ERR_DENIED = -8, /* policy or access condition refused */
    BEID_ERR_BUSY = -9, /* another operation is running */
    BEID_ERR_UNSUPPORTED = -10, /* known, but not offered here */
    BEID_ERR_NOT_FOUND = -11, /* file, object or record is absent */
    BEID_ERR_STATE = -12, /* call out of order */
    BEID_ERR_NO_SERVICE = -13, /* pcscd cannot be reached */
    BEID_ERR_NO_READER = -14, /* no reader, or it went away */
    BEID_ERR_READER = -15, /* the reader failed */
    BEID_ERR_READER_BUSY = -16, /* another program holds the reader */
    BEID_ERR_NO_CARD = -17, /* the reader is empty */
    BEID_ERR_CARD_REMOVED = -18, /* the card left during the operation */
    BEID_ERR_CARD_RESET = -19, /* another program reset the card */
    BEID_ERR_CARD_MUTE = -20, /* the card does not answer */
    BEID_ERR_CARD_UNKNOWN = -21, /* not a Belgian eID card */
    BEID_ERR_CARD_TOO_OLD = -22, /* applet 1.0 or 1.1 */
    BEID_ERR_CARD_MISMATCH = -23, /* not the card that was shown */
    BEID_ERR_CARD = -24, /* unexpected status word */
    BEID_ERR_PIN_REQUIRED = -25, /* the key wants a PIN first (SW 6982) */
    BEID_ERR_PIN_WRONG = -26, /* wrong PIN, tries are left */
    BEID_ERR_PIN_BLOCKED = -27, /* no tries left (SW 6983, 63C0) */
    BEID_ERR_PIN_LENGTH = -28, /* not 4 to 12 digits */
    BEID_ERR_NO_CERTIFICATE = -29, /* the card holds no such certificate */
    BEID_ERR_CERT_EXPIRED = -30, /* outside its validity period */
    BEID_ERR_SIGNATURE = -31, /* a signature does not verify */
    BEID_ERR_PROMPT = -32, /* no way to ask the person */
    BEID_ERR_CLOCK = -33, /* the computer's clock is wrong */
    BEID_ERR_NOT_LOCAL = -34, /* the person does not sit at this computer */
    BEID_ERR_INTERNAL = -35 /* a bug; please report */
};

#if defined(__GNUC__)
#define BEID_NODISCARD __attribute__((warn_unused_result))
#else
#define BEID_NODISCARD
#endif

/*
 * A short English text for a code, for logs and developers; static storage.
 * A value outside the enumeration gives "unknown error".
 */
const char *beid_err_text(enum beid_err err);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_OPTIONS_H
#define BEID_TOKEN_OPTIONS_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

/* Longest option string that is read. */
#define OPTIONS_MAX 256U

/* Words of objects=LIST, one bit each. */
enum option_object {
    OPTION_OBJECT_AUTH = 1 << 0,
    OPTION_OBJECT_SIGN = 1 << 1,
    OPTION_OBJECT_CA = 1 << 2,
    OPTION_OBJECT_ROOT = 1 << 3,
    OPTION_OBJECT_RRN = 1 << 4,
    OPTION_OBJECT_DATA = 1 << 5,
    OPTION_OBJECT_ALL = (1 << 6) - 1,
};

/* The options of beid/slot_state.h. */
struct options {
    bool transaction_sign;
    bool slot_state;
    unsigned objects; /* of enum option_object */
};

/* What holds when C_Initialize got no string. */
struct options options_default(void);

/*
 * Reads key=value words separated by single spaces; an empty string is
 * allowed. BEID_ERR_ARGUMENT for anything unknown, doubled or empty.
 */
enum beid_err options_parse(struct beid_span text,
                            struct options *out) BEID_NODISCARD;

#endif

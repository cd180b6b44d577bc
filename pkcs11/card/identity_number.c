/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/identity_number.h"

#include <stdint.h>

#define COUNTED 9U
#define MODULUS 97U
#define SINCE_2000 UINT64_C(2000000000)

enum beid_err
identity_number_check(struct beid_span number, bool *since_2000)
{
    uint64_t value = 0;
    uint64_t check = 0;
    if (number.len != IDENTITY_NUMBER_LEN) {
        return BEID_ERR_FORMAT;
    }
    for (size_t i = 0; i < number.len; i++) {
        uint8_t digit = number.ptr[i];
        if (digit < '0' || digit > '9') {
            return BEID_ERR_FORMAT;
        }
        uint64_t *sum = i < COUNTED ? &value : &check;
        *sum = *sum * 10 + (uint64_t)(digit - '0');
    }
    /* 2 000 000 000 is no multiple of 97: never both. */
    bool old = check == MODULUS - value % MODULUS;
    bool new = check == MODULUS - (value + SINCE_2000) % MODULUS;
    if (!old && !new) {
        return BEID_ERR_FORMAT;
    }
    *since_2000 = new;
    return BEID_OK;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_STATUS_H
#define BEID_CARD_STATUS_H

#include <beid/err.h>

#include <stdint.h>

/*
 * The meaning of a status word outside of VERIFY (applet manuals 1.7 §6 and
 * 1.8 §6). 61xx and 6Cxx are resolved before and are BEID_ERR_CARD here.
 */
enum beid_err status_err(uint16_t sw) BEID_NODISCARD;

/*
 * The meaning of the status word of VERIFY. *tries, when the word tells it,
 * is the number of tries left; else it is untouched.
 */
enum beid_err status_verify_err(uint16_t sw, int *tries) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PKCS15_H
#define BEID_VIRTUAL_PKCS15_H

#include "vcard.h"

#include <beid/err.h>

/*
 * Puts EF(DIR), ODF, TokenInfo, AODF, PrKDF and CDF on the card, byte for byte
 * as the content documents print them. An absent certificate has no entry in
 * the CDF: later entries move up and the tail is zero.
 */
enum beid_err pkcs15_put(struct vcard_image *image, bool auth_cert,
                         bool sign_cert) BEID_NODISCARD;

#endif

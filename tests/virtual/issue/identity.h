/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_IDENTITY_H
#define BEID_VIRTUAL_IDENTITY_H

#include "person.h"
#include "vcard.h"

#include <beid/err.h>

#include <openssl/types.h>

/*
 * Puts photo, identity, its signature, address and its signature in DF(ID),
 * signed with the National Register key; on 1.8 also EF 4040, on older
 * applets EF 4038 and 4039. image->serial, applet and basic are set before.
 */
enum beid_err identity_put(struct vcard_image *image,
                           const struct person *person,
                           EVP_PKEY *rrn_key) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_IDENTITY_FIELD_H
#define BEID_CARD_IDENTITY_FIELD_H

#include "card/identity.h"

#include <stddef.h>

/* How the value of a field is to be shown. */
enum identity_kind {
    IDENTITY_TEXT, /* UTF-8, or its subset ASCII */
    IDENTITY_BYTES,
    IDENTITY_FLAG, /* without value: being there is the value */
};

/*
 * A field by name. Names are those that clients of the other Belgian
 * middleware look for, as far as that has the field.
 */
struct identity_field {
    const char *name;
    uint8_t tag; /* the index in identity_fields as well */
    enum identity_kind kind;
};

extern const struct identity_field identity_fields[IDENTITY_FIELDS];
extern const struct identity_field address_fields[ADDRESS_FIELDS];

#endif

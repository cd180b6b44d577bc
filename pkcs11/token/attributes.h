/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_ATTRIBUTES_H
#define BEID_TOKEN_ATTRIBUTES_H

#include "token/objects.h"
#include "token/state.h"

#include <p11-kit/pkcs11.h>

#include <stdbool.h>

/*
 * Does the object have all the wanted values? Where one depends on the
 * certificate and that was not read yet, *undecided is set and the attribute
 * counts as equal.
 */
bool attributes_match(const struct module *module, const struct slot *slot,
                      const struct object *object, const CK_ATTRIBUTE *wanted,
                      CK_ULONG count, bool *undecided);

/*
 * C_GetAttributeValue: every attribute is answered, the first problem is the
 * return value (PKCS#11 2.40 §5.7). Reads the certificate when one needs it.
 */
CK_RV attributes_read(struct module *module, struct slot *slot,
                      const struct object *object, CK_ATTRIBUTE *asked,
                      CK_ULONG count);

/* Gives one attribute a value by the two-call pattern: the length alone, the
 * value, or CKR_BUFFER_TOO_SMALL. */
CK_RV attributes_put(CK_ATTRIBUTE *asked, struct beid_span value);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_IDENTITY_DOCUMENT_H
#define BEID_CARD_IDENTITY_DOCUMENT_H

#include <beid/bytes.h>

enum identity_holder {
    IDENTITY_HOLDER_BELGIAN,
    IDENTITY_HOLDER_BELGIAN_CHILD, /* under twelve, Kids-ID */
    IDENTITY_HOLDER_BOOTSTRAP, /* cards of the issuer itself */
    IDENTITY_HOLDER_AUTHORISATION,
    IDENTITY_HOLDER_FOREIGNER,
    IDENTITY_HOLDER_FOREIGN_CHILD,
};

/* A document type (tag 0F, facts §7.6). */
struct identity_document {
    unsigned type;
    enum identity_holder holder;
    const char *letter; /* "A", "E+", "EU" …; NULL for Belgians */
};

/* The type of this text; NULL when it is not on the list. Static storage. */
const struct identity_document *identity_document_find(struct beid_span text);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/identity_document.h"

#include <stddef.h>

#define BELGIAN IDENTITY_HOLDER_BELGIAN
#define FOREIGNER IDENTITY_HOLDER_FOREIGNER
#define CHILD IDENTITY_HOLDER_FOREIGN_CHILD

/* 31 to 36 are the same permits on the newer card. */
static const struct identity_document documents[] = {
    {1, BELGIAN, NULL},
    {6, IDENTITY_HOLDER_BELGIAN_CHILD, NULL},
    {7, IDENTITY_HOLDER_BOOTSTRAP, NULL},
    {8, IDENTITY_HOLDER_AUTHORISATION, NULL},
    {11, FOREIGNER, "A"},
    {12, FOREIGNER, "B"},
    {13, FOREIGNER, "C"},
    {14, FOREIGNER, "D"},
    {15, FOREIGNER, "E"},
    {16, FOREIGNER, "E+"},
    {17, FOREIGNER, "F"},
    {18, FOREIGNER, "F+"},
    {19, FOREIGNER, "H"},
    {20, FOREIGNER, "I"},
    {21, FOREIGNER, "J"},
    {22, FOREIGNER, "M"},
    {23, FOREIGNER, "N"},
    {27, FOREIGNER, "K"},
    {28, FOREIGNER, "L"},
    {31, FOREIGNER, "EU"},
    {32, FOREIGNER, "EU+"},
    {33, FOREIGNER, "A"},
    {34, FOREIGNER, "B"},
    {35, FOREIGNER, "F"},
    {36, FOREIGNER, "F+"},
    {61, CHILD, "EU"},
    {62, CHILD, "EU+"},
    {63, CHILD, "A"},
    {64, CHILD, "B"},
    {65, CHILD, "K"},
    {66, CHILD, "L"},
    {67, CHILD, "F"},
    {68, CHILD, "F+"},
    {69, CHILD, "M"},
};

const struct identity_document *
identity_document_find(struct beid_span text)
{
    unsigned type = 0;
    if (text.len < 1 || text.len > 2) {
        return NULL;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return NULL;
        }
        type = type * 10 + (unsigned)(text.ptr[i] - '0');
    }
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        if (documents[i].type == type) {
            return &documents[i];
        }
    }
    return NULL;
}

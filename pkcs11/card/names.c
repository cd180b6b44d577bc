/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/names.h"

#include <string.h>

void
names_split(const char *names, size_t len, struct reader_scan *out)
{
    out->count = 0;
    size_t at = 0;
    while (at < len && out->count < TRANSPORT_READERS_MAX) {
        size_t room = len - at;
        size_t size = strnlen(names + at, room);
        if (size == 0 || size == room) {
            break;
        }
        if (size < TRANSPORT_NAME_MAX) {
            memcpy(out->readers[out->count].name, names + at, size);
            out->readers[out->count].name[size] = '\0';
            out->count++;
        }
        at += size + 1;
    }
}

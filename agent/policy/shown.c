/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "shown.h"

#include "wire/utf8.h"

bool
policy_text_shown(struct beid_span text)
{
    bool blank = true;
    uint32_t point = 0;
    while (text.len > 0) {
        if (beid_utf8_take(&text, &point) != BEID_OK || !beid_utf8_shown(point)
            || (blank && beid_utf8_blank(point))) {
            return false;
        }
        blank = beid_utf8_blank(point);
    }
    return !blank;
}

size_t
policy_text_length(struct beid_span text)
{
    size_t count = 0;
    uint32_t point = 0;
    while (text.len > 0 && beid_utf8_take(&text, &point) == BEID_OK) {
        count++;
    }
    return count;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/reading.h"

void
reading_begin(struct reading *reading, uint64_t now_ms, uint64_t takes_ms)
{
    *reading = (struct reading){.begun = true, .until_ms = now_ms + takes_ms};
}

uint64_t
reading_look(const struct reading *reading, uint64_t next_ms)
{
    return reading->begun && !reading->done && reading->until_ms < next_ms
               ? reading->until_ms
               : next_ms;
}

void
reading_unanswered(struct reading *reading, uint64_t at_ms)
{
    reading->done =
        reading->done || (reading->begun && at_ms >= reading->until_ms);
}

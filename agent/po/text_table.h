/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_TABLE_H
#define BEID_PO_TEXT_TABLE_H

#include "po/text.h"

/* Written by table_build from the .po files when the agent is built. */
extern const char *const beid_text_table[BEID_LANG_COUNT][BEID_TEXT_COUNT];

#endif

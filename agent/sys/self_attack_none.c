/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What released programs have in the place of self_attack.c. */
#include "self_attack.h"

void
beid_self_attack(enum beid_attack_stage stage, const char *word)
{
    (void)stage;
    (void)word;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_PIN_CHANGE_H
#define BEID_CLI_PIN_CHANGE_H

#include "module.h"
#include "po/text.h"

#include <stdbool.h>

struct pin_change {
    enum beid_lang lang;
    const char *module;
    const char *pinentry;
    bool keyboard; /* although the reader has keys */
};

/* "beid-agent pin change"; the exit status. */
int pin_change(const struct pin_change *how);

/*
 * Uses the first Belgian eID card, or with only_one the only one:
 * BEID_ERR_LIMIT when there are several. BEID_ERR_NO_READER, BEID_ERR_NO_CARD,
 * or what else there is.
 */
enum beid_err pin_card(struct cli_module *module, bool only_one) BEID_NODISCARD;

/* Says that none of them can be used; the exit status. */
int pin_complain(enum beid_lang lang, enum beid_err err);

/* How many are left, on standard output. */
void pin_say_tries(enum beid_lang lang, unsigned int tries);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_COMPLAIN_H
#define BEID_CLI_COMPLAIN_H

#include "po/text.h"

#include <beid/err.h>

/*
 * Says on standard error what a page would be told about this failure, and
 * answers the exit status that goes with it.
 */
int complain(enum beid_lang lang, enum beid_err err);

/* The exit status alone. */
int complain_status(enum beid_err err);

#endif

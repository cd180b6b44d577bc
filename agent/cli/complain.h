/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_COMPLAIN_H
#define BEID_CLI_COMPLAIN_H

#include "po/text.h"
#include "say.h"

#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Says on standard error what a page would be told about this failure, and
 * answers the exit status that goes with it.
 */
int complain(enum beid_lang lang, enum beid_err err);

/*
 * With json the same goes to standard output, as an object error with code,
 * the API's word for it, and message.
 */
int complain_as(bool json, enum beid_lang lang, enum beid_err err);

/* A failure that a page cannot have; CLI_FAILED. */
struct complaint {
    const char *code; /* for --json */
    enum beid_text_id text;
};
int complain_own(bool json, enum beid_lang lang,
                 const struct complaint *complaint,
                 const struct say_word *words);

/* What a subcommand says of a failure in words of its own. */
struct complain_row {
    enum beid_err err;
    enum beid_text_id text;
    int status;
};

/* Looks it up and says it; false: the table does not have it. */
bool complain_by(const struct complain_row *table, size_t count,
                 enum beid_lang lang, enum beid_err err, int *status);

/* The exit status alone. */
int complain_status(enum beid_err err);

#endif

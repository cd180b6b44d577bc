/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_ERRAND_H
#define BEID_CLI_ERRAND_H

#include "options.h"
#include "wire/operation.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

/*
 * One operation for a subcommand instead of a page: a card worker of its own,
 * behind the same walls, with the same prompts and the same journal, and this
 * process in the place of both supervisor and front. It gives a program of
 * this user nothing that it cannot have anyway: whoever runs as the user can
 * start the card worker and pinentry, or speak to pcscd, without us. What it
 * cannot have is what it never gets here either: the PIN, and a signature
 * without a prompt that says who asks for what.
 */
struct errand_answer {
    struct beid_buf packet;
    struct beid_wire_auth_reply reply; /* borrows from packet */
};

void errand_answer_init(struct errand_answer *answer);
void errand_answer_clear(struct errand_answer *answer);

/*
 * local: the worker signs files of this computer and does nothing else. A
 * signal that would end the program withdraws the operation first. Besides
 * what the worker reports BEID_ERR_ARGUMENT when the operation is not one that
 * can be sent, BEID_ERR_IO when there is no worker, BEID_ERR_INTERNAL when it
 * ended.
 */
enum beid_err errand_run(const struct errand_options *options, bool local,
                         const struct beid_wire_operation *operation,
                         struct errand_answer *answer) BEID_NODISCARD;

/*
 * Logging, hardening and environment, as for serve, and the settings that it
 * refuses to start with. CLI_DONE, or the exit status once it has complained.
 */
int errand_prepare(const struct cli_call *call,
                   const struct errand_options *options);

#endif

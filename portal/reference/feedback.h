/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_FEEDBACK_H
#define BEID_PORTAL_FEEDBACK_H

#include "site.h"

#define FEEDBACK_SIZE 1201U

/* GET: the form; with ?done=signed the thanks. Anybody may write. */
void feedback_show(struct visit *visit);

/*
 * POST: keeps what somebody thinks, for a year, or until so much was written
 * since that it is the oldest. A session may write three times.
 */
void feedback_post(struct visit *visit);

/* Prints what was kept, one JSON line each: for --show-feedback. */
enum beid_err feedback_print(struct archive *archive,
                             time_t now) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CEREMONY_H
#define BEID_WORKER_CEREMONY_H

#include "worker/operation.h"

/* Wrong PINs after which the ceremony ends. */
#define CEREMONY_WRONG_PINS 2U

/*
 * With a card whose certificate is known: asks for the PIN, signs, and
 * verifies into op->signature. Every VERIFY follows a fresh human entry; at
 * one try left the citizen confirms first. BEID_ERR_PIN_WRONG after the second
 * wrong PIN, BEID_ERR_PIN_BLOCKED without a prompt when no try is left.
 */
enum beid_err ceremony_run(struct operation *op) BEID_NODISCARD;

#endif

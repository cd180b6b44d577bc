/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_EXPORT_H
#define BEID_VIRTUAL_EXPORT_H

#include "options.h"

/*
 * "pki": prints certificates of the test PKI as PEM, from its files: whether
 * the card runs does not matter. Private keys are never printed. Returns an
 * exit code.
 */
int export_run(const struct options *options);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_STORE_H
#define BEID_VIRTUAL_STORE_H

#include "pki.h"

/*
 * PEM files of a directory: NAME.pem is the certificate, NAME.key the private
 * key (mode 0600). Loading gives BEID_ERR_NOT_FOUND when the key file is
 * absent and BEID_ERR_FORMAT when a file does not parse; an absent
 * certificate file gives cert NULL.
 */
enum beid_err store_load(const char *dir, const char *name,
                         struct pki_pair *out) BEID_NODISCARD;

/* Writes key and, unless it is NULL, certificate; replaces older files. */
enum beid_err store_save(const char *dir, const char *name,
                         const struct pki_pair *pair) BEID_NODISCARD;

#endif

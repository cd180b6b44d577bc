/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_OPTIONS_H
#define BEID_PORTAL_OPTIONS_H

#include "site.h"

#define ADDRESS_SIZE 16U

/* What --help prints. */
extern const char usage_text[];

/* What is not the site's own; texts are borrowed from the arguments. */
struct options {
    char address[ADDRESS_SIZE];
    uint16_t port;
    unsigned per_address; /* connections */
    unsigned request_seconds; /* for each step of a request */
    const char *tls_cert;
    const char *tls_key;
    const char *www;
    const char *sdk;
    const char *request_key;
    const char *request_kid;
    const char *people;
    const char *pseudonym_key;
    const char *audit;
    const char *store;
    const char *store_password; /* a file, or NULL */
    const char *archive;
    const char *source_key; /* file */
    bool show_feedback;
};

/*
 * Reads the arguments into site and out, whose defaults the caller has set;
 * site's verifiers exist. Says what is wrong: BEID_ERR_ARGUMENT or
 * BEID_ERR_FORMAT for the arguments, another error for what they name.
 */
enum beid_err options_parse(int argc, char **argv, struct site *site,
                            struct options *out) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_COMMAND_H
#define BEID_VERIFY_COMMAND_H

#include <beid/bytes.h>
#include <beid/verify.h>

#include <stdbool.h>

/* The subcommands, as bits: which of them take an option. */
enum command {
    COMMAND_TOKEN = 1,
    COMMAND_CERTIFICATE = 2,
    COMMAND_STATEMENT = 4,
    COMMAND_CAS = 8,
    COMMAND_REFERENCE = 16
};

/* What the command line said. Strings and files borrow from argv. */
struct options {
    enum command command;
    struct beid_verify *verifier;
    const char *origin;
    const char *nonce;
    const char *request; /* a file */
    const char *portal_name;
    const char *lang;
    const char *same_person_as; /* a file */
    uint8_t person[32];
    bool has_person;
    enum beid_verify_use use;
    enum beid_verify_revocation_mode revocation;
    bool has_revocation;
    bool has_trust;
    bool has_servers; /* whom to ask about revocation */
    struct beid_verify_limits limits;
    char **files; /* one; any number of them for cas */
    size_t file_count;
    bool json;
};

/*
 * Reads options and the one FILE of a subcommand into *out, whose command and
 * verifier are set. Complains itself. OK, ARGUMENT or INTERNAL.
 */
enum beid_verify_result options_parse(int argc, char **argv,
                                      struct options *out) BEID_VERIFY_CHECK;

/* Is it one of the four languages? */
bool language_known(const char *lang);

/* "beid-verify: what", and where help is. Always ARGUMENT. */
enum beid_verify_result usage_error(const char *what) BEID_VERIFY_CHECK;

/* Appends a whole file, or standard input for "-", to out. */
enum beid_err file_read(const char *path, struct beid_buf *out) BEID_NODISCARD;

/* Prints the verdict; a verdict that cannot be written is trouble. */
enum beid_verify_result verdict_print(enum beid_verify_result result,
                                      const struct beid_verify_report *report,
                                      const struct beid_verify_inquiry *inquiry,
                                      bool json) BEID_VERIFY_CHECK;

/*
 * beid-verify cas: prints the issuing CAs in the files, all or, when one of
 * them is refused, none; without files the roots that are pinned. The first
 * refusal, or OK.
 */
enum beid_verify_result
cas_list(const struct options *options) BEID_VERIFY_CHECK;

/*
 * beid-verify reference: prints what a helpdesk says about the code in
 * files[0]. OK, or ARGUMENT when it is none that is known.
 */
enum beid_verify_result
reference_print(const struct options *options) BEID_VERIFY_CHECK;

/* Prints what --help shows. */
void help_print(void);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_SIGN_FILE_H
#define BEID_CLI_SIGN_FILE_H

#include "po/text.h"
#include "worker/digest.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* A file to sign, read once in pieces. */
struct sign_file {
    int fd;
    const char *path;
    struct stat before;
    uint64_t size; /* as it was read */
    uint8_t sha256[DIGEST_SHA256_LEN];
    uint8_t sha384[DIGEST_SHA384_LEN];
};

/*
 * Reads the file and tells on a terminal how far it is with a large one.
 * BEID_ERR_IO when it is no regular file that can be read. Close it in any
 * case.
 */
enum beid_err sign_file_read(struct sign_file *file, const char *path,
                             enum beid_lang lang) BEID_NODISCARD;
void sign_file_close(struct sign_file *file);

/*
 * Is it still what was read, as far as its size and times tell, and still
 * what its path leads to?
 */
bool sign_file_same(const struct sign_file *file);

/* A file that appears under its name whole or not at all. */
struct sign_output {
    const char *path;
    char *fresh; /* its name until then; NULL: it has none */
    int fd;
    bool replace;
};

/*
 * The file has no name until it is written, where the file system can do
 * that: whatever ends the program leaves nothing. BEID_ERR_STATE when there is one already that is not to be replaced,
 * BEID_ERR_IO when it cannot be made. mode: what it may be read by.
 */
enum beid_err sign_output_open(struct sign_output *output, const char *path,
                               bool replace, mode_t mode) BEID_NODISCARD;
enum beid_err sign_output_write(struct sign_output *output,
                                struct beid_span bytes) BEID_NODISCARD;

/* Takes away what has not got its name. */
void sign_output_close(struct sign_output *output);

#endif

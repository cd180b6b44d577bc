/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store.h"

#include <openssl/pem.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_MAX_LEN 160U

static bool
path_make(char out[PATH_MAX_LEN], const char *dir, const char *name,
          const char *suffix)
{
    int len = snprintf(out, PATH_MAX_LEN, "%s/%s.%s", dir, name, suffix);
    return len > 0 && (size_t)len < PATH_MAX_LEN;
}

static FILE *
open_read(const char *dir, const char *name, const char *suffix)
{
    char path[PATH_MAX_LEN];
    return path_make(path, dir, name, suffix) ? fopen(path, "re") : NULL;
}

static FILE *
open_write(const char *dir, const char *name, const char *suffix)
{
    char path[PATH_MAX_LEN];
    if (!path_make(path, dir, name, suffix)) {
        return NULL;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return NULL;
    }
    FILE *file = fdopen(fd, "w");
    if (file == NULL) {
        (void)close(fd);
    }
    return file;
}

enum beid_err
store_load(const char *dir, const char *name, struct pki_pair *out)
{
    FILE *file = open_read(dir, name, "key");
    if (file == NULL) {
        return BEID_ERR_NOT_FOUND;
    }
    struct pki_pair pair = {NULL, NULL};
    pair.key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    (void)fclose(file);
    if (pair.key == NULL) {
        return BEID_ERR_FORMAT;
    }
    file = open_read(dir, name, "pem");
    if (file != NULL) {
        pair.cert = PEM_read_X509(file, NULL, NULL, NULL);
        (void)fclose(file);
        if (pair.cert == NULL) {
            EVP_PKEY_free(pair.key);
            return BEID_ERR_FORMAT;
        }
    }
    *out = pair;
    return BEID_OK;
}

enum beid_err
store_save(const char *dir, const char *name, const struct pki_pair *pair)
{
    FILE *file = open_write(dir, name, "key");
    if (file == NULL) {
        return BEID_ERR_IO;
    }
    int good = PEM_write_PrivateKey(file, pair->key, NULL, NULL, 0, NULL, NULL);
    if (fclose(file) != 0 || good != 1) {
        return BEID_ERR_IO;
    }
    if (pair->cert == NULL) {
        return BEID_OK;
    }
    file = open_write(dir, name, "pem");
    if (file == NULL) {
        return BEID_ERR_IO;
    }
    good = PEM_write_X509(file, pair->cert);
    if (fclose(file) != 0 || good != 1) {
        return BEID_ERR_IO;
    }
    return BEID_OK;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "authority.h"

#include "store.h"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_MAX_LEN 192U
#define NAME_MAX_LEN 48U
#define SERIAL_MAX_LEN 64U

static const char *const words[] = {
    [AUTHORITY_GOOD] = "good",
    [AUTHORITY_REVOKED] = "revoked",
    [AUTHORITY_UNKNOWN] = "unknown",
};

bool
authority_state_parse(const char *word, enum authority_state *out)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (enum authority_state)i;
            return true;
        }
    }
    return false;
}

const char *
authority_state_word(enum authority_state state)
{
    return words[state];
}

enum beid_err
authority_open(const char *dir, const char *name, struct authority *out)
{
    struct authority authority = {.dir = dir, .name = name};
    enum beid_err err = store_load(dir, name, &authority.issuer);
    if (err == BEID_OK && authority.issuer.cert == NULL) {
        err = BEID_ERR_NOT_FOUND;
    }
    if (err != BEID_OK) {
        authority_close(&authority);
        return err;
    }
    *out = authority;
    return BEID_OK;
}

void
authority_close(struct authority *authority)
{
    pki_pair_clear(&authority->issuer);
}

static bool
serial_text(const X509 *cert, char out[SERIAL_MAX_LEN])
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    char *hex = number == NULL ? NULL : BN_bn2hex(number);
    int len = hex == NULL ? -1 : snprintf(out, SERIAL_MAX_LEN, "%s", hex);
    OPENSSL_free(hex);
    BN_free(number);
    return len > 0 && (size_t)len < SERIAL_MAX_LEN;
}

static bool
path_of(const char *dir, const char *name, const char *suffix,
        char out[PATH_MAX_LEN])
{
    int len = snprintf(out, PATH_MAX_LEN, "%s/%s.%s", dir, name, suffix);
    return len > 0 && (size_t)len < PATH_MAX_LEN;
}

/* SERIAL STATE SECONDS, or no file. */
static struct authority_status
state_read(const char *dir, const char *name, const X509 *cert)
{
    struct authority_status good = {AUTHORITY_GOOD, 0};
    struct authority_status said = good;
    char path[PATH_MAX_LEN];
    char serial[SERIAL_MAX_LEN];
    char line[2 * SERIAL_MAX_LEN] = "";
    if (!path_of(dir, name, "state", path) || !serial_text(cert, serial)) {
        return good;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return good;
    }
    bool got = fgets(line, sizeof(line), file) != NULL;
    (void)fclose(file);
    char *rest = line;
    const char *first = strsep(&rest, " ");
    const char *word = strsep(&rest, " ");
    if (!got || word == NULL || rest == NULL || strcmp(first, serial) != 0
        || !authority_state_parse(word, &said.state)) {
        return good;
    }
    said.since = strtoll(rest, NULL, 10);
    return said;
}

static enum beid_err
state_write(const char *dir, const char *name, const X509 *cert,
            struct authority_status status)
{
    char path[PATH_MAX_LEN];
    char serial[SERIAL_MAX_LEN];
    if (!path_of(dir, name, "state", path) || !serial_text(cert, serial)) {
        return BEID_ERR_LIMIT;
    }
    if (status.state == AUTHORITY_GOOD) {
        return unlink(path) == 0 || errno == ENOENT ? BEID_OK : BEID_ERR_IO;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return BEID_ERR_IO;
    }
    int len = dprintf(fd, "%s %s %" PRId64 "\n", serial,
                      authority_state_word(status.state), status.since);
    return close(fd) == 0 && len > 0 ? BEID_OK : BEID_ERR_IO;
}

/* Tells whether to go on with the next one. */
typedef bool found_fn(void *ctx, const char *name, X509 *cert);

static X509 *
certificate_read(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return NULL;
    }
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    return cert;
}

/* The certificates of a directory, until fn has what it wants. */
static void
each_certificate(const char *dir, found_fn *fn, void *ctx)
{
    DIR *listing = opendir(dir);
    bool more = listing != NULL;
    while (more) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        const struct dirent *entry = readdir(listing);
        char name[NAME_MAX_LEN];
        size_t len = entry == NULL ? 0 : strlen(entry->d_name);
        more = entry != NULL;
        if (len <= 4 || len - 4 >= sizeof(name)
            || strcmp(entry->d_name + len - 4, ".pem") != 0) {
            continue;
        }
        memcpy(name, entry->d_name, len - 4);
        name[len - 4] = '\0';
        X509 *cert = certificate_read(dirfd(listing), entry->d_name);
        if (cert != NULL) {
            more = fn(ctx, name, cert);
            X509_free(cert);
        }
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
}

static bool
issued_by(const struct authority *authority, X509 *cert)
{
    return X509_NAME_cmp(X509_get_issuer_name(cert),
                         X509_get_subject_name(authority->issuer.cert))
               == 0
           && X509_verify(cert, authority->issuer.key) == 1;
}

struct question {
    const struct authority *authority;
    const ASN1_INTEGER *serial;
    struct authority_status status;
};

static bool
answer(void *ctx, const char *name, X509 *cert)
{
    struct question *question = ctx;
    if (ASN1_INTEGER_cmp(X509_get0_serialNumber(cert), question->serial) != 0
        || !issued_by(question->authority, cert)) {
        return true;
    }
    question->status = state_read(question->authority->dir, name, cert);
    return false;
}

struct authority_status
authority_ask(const struct authority *authority, const ASN1_INTEGER *serial)
{
    struct question question = {authority, serial, {AUTHORITY_UNKNOWN, 0}};
    each_certificate(authority->dir, answer, &question);
    return question.status;
}

struct listing {
    const struct authority *authority;
    authority_fn *fn;
    void *ctx;
};

static bool
list(void *ctx, const char *name, X509 *cert)
{
    struct listing *listing = ctx;
    struct authority_status status =
        state_read(listing->authority->dir, name, cert);
    if (status.state == AUTHORITY_REVOKED
        && issued_by(listing->authority, cert)) {
        listing->fn(listing->ctx, cert, status);
    }
    return true;
}

void
authority_each_revoked(const struct authority *authority, authority_fn *fn,
                       void *ctx)
{
    struct listing listing = {authority, fn, ctx};
    each_certificate(authority->dir, list, &listing);
}

struct holder {
    const char *dir;
    const EVP_PKEY *key;
    bool set;
    struct authority_status status;
    enum beid_err err;
};

static bool
of_holder(void *ctx, const char *name, X509 *cert)
{
    struct holder *holder = ctx;
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    if (key == NULL || EVP_PKEY_eq(key, holder->key) != 1) {
        return true;
    }
    holder->err = BEID_OK;
    if (holder->set) {
        holder->err = state_write(holder->dir, name, cert, holder->status);
    } else {
        holder->status = state_read(holder->dir, name, cert);
    }
    return false;
}

enum beid_err
authority_state_of(const char *dir, const EVP_PKEY *key,
                   struct authority_status *out)
{
    struct holder holder = {
        dir, key, false, {AUTHORITY_GOOD, 0}, BEID_ERR_NOT_FOUND};
    each_certificate(dir, of_holder, &holder);
    if (holder.err == BEID_OK) {
        *out = holder.status;
    }
    return holder.err;
}

enum beid_err
authority_state_set(const char *dir, const EVP_PKEY *key,
                    struct authority_status status)
{
    struct holder holder = {dir, key, true, status, BEID_ERR_NOT_FOUND};
    each_certificate(dir, of_holder, &holder);
    return holder.err;
}

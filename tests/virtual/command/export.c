/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "export.h"

#include "reply.h"

#include <openssl/pem.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN 512U

enum part {
    PART_ROOTS,
    PART_CAS,
    PART_CARDS,
    PART_NONE
};

static enum part
part_parse(const char *word)
{
    static const char *const words[] = {"roots", "cas", "cards"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            return (enum part)i;
        }
    }
    return PART_NONE;
}

/* auth.pem, sign-3.pem and so on are the cards'. */
static enum part
part_of(const char *file)
{
    size_t len = strlen(file);
    if (len < 4 || strcmp(file + len - 4, ".pem") != 0) {
        return PART_NONE;
    }
    if (strcmp(file, "root.pem") == 0) {
        return PART_ROOTS;
    }
    if (strcmp(file, "ca.pem") == 0 || strcmp(file, "foreigner-ca.pem") == 0) {
        return PART_CAS;
    }
    return strncmp(file, "auth", 4) == 0 || strncmp(file, "sign", 4) == 0
               ? PART_CARDS
               : PART_NONE;
}

static bool
print_certificate(const char *dir, const char *name)
{
    char path[PATH_LEN];
    int len = snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file =
        len > 0 && (size_t)len < sizeof(path) ? fopen(path, "re") : NULL;
    X509 *cert = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    bool good = cert != NULL && PEM_write_X509(stdout, cert) == 1;
    X509_free(cert);
    if (file != NULL) {
        (void)fclose(file);
    }
    return good;
}

/* How many were printed; -1: one could not be. */
static int
print_directory(const char *dir, enum part part)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, NULL, alphasort);
    int printed = 0;
    for (int i = 0; i < count; i++) {
        if (printed >= 0 && part_of(entries[i]->d_name) == part) {
            printed =
                print_certificate(dir, entries[i]->d_name) ? printed + 1 : -1;
        }
        free(entries[i]);
    }
    free(entries);
    return printed;
}

int
export_run(const struct options *options)
{
    static const char *const below[] = {"", "/1.1", "/1.7", "/1.8"};
    enum part part = part_parse(options->keys);
    int printed = 0;
    if (part == PART_NONE) {
        (void)fputs("beid-virtual-card: pki roots, cas or cards\n", stderr);
        return REPLY_USAGE;
    }
    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        char dir[PATH_LEN];
        int len =
            snprintf(dir, sizeof(dir), "%s/pki%s", options->dir, below[i]);
        int more = len > 0 && (size_t)len < sizeof(dir)
                       ? print_directory(dir, part)
                       : -1;
        printed = more < 0 || printed < 0 ? -1 : printed + more;
    }
    if (printed <= 0 || fflush(stdout) != 0) {
        (void)fprintf(stderr, "beid-virtual-card: no such certificates in %s\n",
                      options->dir);
        return REPLY_FAILED;
    }
    return REPLY_OK;
}

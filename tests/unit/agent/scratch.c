/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "../unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDERS_OPEN 8

void
scratch_make(char root[SCRATCH_ROOM])
{
    (void)snprintf(root, SCRATCH_ROOM, "/tmp/beid-unit-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(chmod(root, 0755), 0);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void
scratch_remove(const char *root)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    assert_int_equal(nftw(root, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS),
                     0);
}

void
scratch_path(const char *root, const char *name, char out[SCRATCH_PATH_ROOM])
{
    int len = snprintf(out, SCRATCH_PATH_ROOM, "%s/%s", root, name);
    assert_true(len > 0 && (size_t)len < SCRATCH_PATH_ROOM);
}

void
scratch_folder(const char *root, const char *name)
{
    char path[SCRATCH_PATH_ROOM];
    scratch_path(root, name, path);
    for (char *at = path + strlen(root) + 1; at != NULL;) {
        at = strchr(at, '/');
        if (at != NULL) {
            *at = '\0';
        }
        assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
        if (at != NULL) {
            *at++ = '/';
        }
    }
}

void
scratch_write(const char *root, const char *name, const char *text)
{
    char path[SCRATCH_PATH_ROOM];
    scratch_path(root, name, path);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file at this path from the folder of the program, if there is one. */
static const char *
beside(const char *below, const char *otherwise, char out[PATH_MAX])
{
    static char path[2 * PATH_MAX]; /* too large for a frame */
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (len <= 0) {
        return otherwise;
    }
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return otherwise;
    }
    (void)snprintf(slash + 1, PATH_MAX, "%s", below);
    return realpath(path, out) != NULL ? out : otherwise;
}

const char *
place_module(void)
{
    static char path[PATH_MAX];
    return beside(BEID_MODULE_BELOW, BEID_MODULE_PATH, path);
}

const char *
place_worker(void)
{
    static char path[PATH_MAX];
    return beside(BEID_WORKER_BELOW, BEID_WORKER_PATH, path);
}

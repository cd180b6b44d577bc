/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "harden.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEEP_MAX 64U

enum beid_err
beid_harden_start(void)
{
    const struct rlimit none = {0, 0};
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0
        || setrlimit(RLIMIT_CORE, &none) != 0
        || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return BEID_ERR_IO;
    }
    (void)umask(S_IRWXG | S_IRWXO);
    return BEID_OK;
}

void
beid_harden_name(const char *name)
{
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

enum beid_err
beid_harden_close_from(int first)
{
    if (close_range((unsigned int)first, UINT_MAX, 0) != 0) {
        return BEID_ERR_IO;
    }
    return BEID_OK;
}

enum beid_err
beid_harden_die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        return BEID_ERR_IO;
    }
    return getppid() == parent ? BEID_OK : BEID_ERR_STATE;
}

enum beid_err
beid_harden_environment(const char *const keep[])
{
    char *values[KEEP_MAX] = {NULL};
    size_t count = 0;
    enum beid_err err = BEID_OK;
    while (keep[count] != NULL && count < KEEP_MAX && err == BEID_OK) {
        const char *value = getenv(keep[count]);
        if (value != NULL) {
            values[count] = strdup(value);
            err = values[count] == NULL ? BEID_ERR_MEMORY : BEID_OK;
        }
        count++;
    }
    if (err == BEID_OK && clearenv() != 0) {
        err = BEID_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (err == BEID_OK && values[i] != NULL
            && setenv(keep[i], values[i], 1) != 0) {
            err = BEID_ERR_MEMORY;
        }
        free(values[i]);
    }
    return err;
}

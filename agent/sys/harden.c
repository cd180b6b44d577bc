/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "harden.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Is this "NAME=value" one of the names? */
static bool
is_kept(const char *pair, const char *const keep[])
{
    for (size_t i = 0; keep[i] != NULL; i++) {
        size_t len = strlen(keep[i]);
        if (strncmp(pair, keep[i], len) == 0 && pair[len] == '=') {
            return true;
        }
    }
    return false;
}

void
beid_harden_environment(const char *const keep[])
{
    char **to = environ;
    if (environ == NULL) {
        return;
    }
    for (char **from = environ; *from != NULL; from++) {
        if (is_kept(*from, keep)) {
            *to = *from;
            to++;
        }
    }
    *to = NULL;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"

#include "landlock.h"

#include <beid/log.h>

/* Sanitizers read /proc, start threads and trace themselves at the end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUILT_FOR false
#else
#define BUILT_FOR true
#endif

void
beid_sandbox_available(struct beid_sandbox_layers *out)
{
    out->landlock_abi = beid_landlock_abi();
    out->seccomp = beid_seccomp_available();
    out->built_for = BUILT_FOR;
}

enum beid_err
beid_sandbox_files(const char *process, int sockets)
{
    struct beid_sandbox_layers layers;
    beid_sandbox_available(&layers);
    if (!layers.built_for) {
        BEID_LOG_WARN("%s: no sandbox in a sanitizer build", process);
        return BEID_OK;
    }
    if (layers.landlock_abi == 0) {
        BEID_LOG_WARN("%s: this kernel or container offers no Landlock; file "
                      "access is limited by seccomp alone",
                      process);
        return BEID_OK;
    }
    enum beid_err err = beid_landlock_enter(layers.landlock_abi, sockets);
    if (err != BEID_OK) {
        BEID_LOG_ERROR("%s: Landlock is there and fails", process);
        return err;
    }
    BEID_LOG_DEBUG("%s: Landlock ABI %d", process, layers.landlock_abi);
    return BEID_OK;
}

enum beid_err
beid_sandbox_calls(const char *process, enum beid_calls calls)
{
    struct beid_sandbox_layers layers;
    beid_sandbox_available(&layers);
    if (!layers.built_for) {
        return BEID_OK; /* said before */
    }
    if (!layers.seccomp) {
        BEID_LOG_WARN("%s: this kernel or container offers no seccomp "
                      "filters; system calls are not limited",
                      process);
        return BEID_OK;
    }
    enum beid_err err = beid_seccomp_enter(calls);
    if (err != BEID_OK) {
        BEID_LOG_ERROR("%s: seccomp is there and fails", process);
        return err;
    }
    BEID_LOG_DEBUG("%s: %zu system calls left", process,
                   beid_seccomp_count(calls));
    return BEID_OK;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_NAMESPACE_H
#define BEID_VIRTUAL_NAMESPACE_H

#include <beid/err.h>

#define NAMESPACE_USUAL_DIR "/run/pcscd"

/*
 * Moves this process into a mount namespace of its own (as an ordinary user
 * also a user namespace) in which run_dir is seen at /run/pcscd, where pcscd
 * has its socket path compiled in, and in which no driver of real readers is
 * found, so that a real reader stays with the pcscd it belongs to.
 * BEID_ERR_DENIED when the kernel does not allow namespaces, BEID_ERR_IO when
 * mounting fails; *step then names what failed and errno is set.
 */
enum beid_err namespace_enter(const char *run_dir, const char *empty_dir,
                              const char **step) BEID_NODISCARD;

#endif

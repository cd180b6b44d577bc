/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_PCSCD_H
#define BEID_WORKER_PCSCD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The directory with pcscd's socket, the only place where Landlock lets the
 * card worker connect (ABI 9, see sys/landlock.h). A rule is about the
 * directory itself, whatever its name: when that is removed and made again, or
 * comes later, the rule does not fit, and only a new process can have a new
 * one. pcscd and systemd leave the directory in place when pcscd ends.
 */
struct pcscd {
    char path[108]; /* as in struct sockaddr_un; empty: before ABI 9 */
    bool held;
    int directory; /* when held: O_PATH, so that no other gets its inode */
    dev_t device;
    ino_t inode;
};

/*
 * Of PCSCLITE_CSOCK_NAME, else where libpcsclite looks; the directory itself,
 * for beid_sandbox_files(), or -1. Close what was opened.
 */
int pcscd_open(struct pcscd *pcscd);
void pcscd_close(struct pcscd *pcscd);

/* Whether another directory is there now, and the old rule stands. */
bool pcscd_moved(const struct pcscd *pcscd);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/pcscd.h"

#include "sys/landlock.h"

#include <beid/log.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET "/run/pcscd/pcscd.comm"

static void
directory_of(const char *socket, char *out, size_t size)
{
    const char *slash = strrchr(socket, '/');
    if (slash == NULL) {
        socket = ".";
        slash = socket + 1;
    } else if (slash == socket) {
        slash++;
    }
    size_t len = (size_t)(slash - socket);
    if (len < size) {
        memcpy(out, socket, len);
        out[len] = '\0';
    }
}

/* Where the socket itself is, when its name is a link to it. */
static void
directory_find(const char *socket, char *out, size_t size)
{
    struct stat facts;
    char *real = lstat(socket, &facts) == 0 && S_ISLNK(facts.st_mode)
                     ? realpath(socket, NULL)
                     : NULL;
    directory_of(real != NULL ? real : socket, out, size);
    free(real);
}

int
pcscd_open(struct pcscd *pcscd)
{
    struct stat facts;
    const char *own = secure_getenv("PCSCLITE_CSOCK_NAME");
    *pcscd = (struct pcscd){.path = ""};
    if (beid_landlock_abi() < BEID_LANDLOCK_SOCKETS) {
        return -1;
    }
    directory_find(own != NULL ? own : SOCKET, pcscd->path, sizeof pcscd->path);
    int fd = open(pcscd->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        BEID_LOG_DEBUG("pcscd has no directory yet");
        return -1;
    }
    if (fstat(fd, &facts) != 0) {
        (void)close(fd);
        return -1;
    }
    pcscd->held = true;
    pcscd->directory = fd;
    pcscd->device = facts.st_dev;
    pcscd->inode = facts.st_ino;
    return fd;
}

void
pcscd_close(struct pcscd *pcscd)
{
    if (pcscd->held) {
        (void)close(pcscd->directory);
        pcscd->held = false;
    }
}

bool
pcscd_moved(const struct pcscd *pcscd)
{
    struct stat facts;
    if (pcscd->path[0] == '\0' || stat(pcscd->path, &facts) != 0
        || !S_ISDIR(facts.st_mode)) {
        return false;
    }
    bool moved = !pcscd->held || facts.st_dev != pcscd->device
                 || facts.st_ino != pcscd->inode;
    if (moved) {
        BEID_LOG_INFO("pcscd has a new directory; this process ends to be let "
                      "in there");
    }
    return moved;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sys/image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum beid_err
beid_image_hold(struct beid_image *image, const char *path)
{
    struct stat facts;
    image->fd = open(path, O_PATH | O_CLOEXEC);
    if (image->fd < 0) {
        return BEID_ERR_NOT_FOUND;
    }
    if (fstat(image->fd, &facts) != 0) {
        beid_image_close(image);
        return BEID_ERR_IO;
    }
    image->device = facts.st_dev;
    image->inode = facts.st_ino;
    return BEID_OK;
}

void
beid_image_close(struct beid_image *image)
{
    if (image->fd >= 0) {
        (void)close(image->fd);
        image->fd = -1;
    }
}

bool
beid_image_stands(const struct beid_image *image, const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && facts.st_dev == image->device
           && facts.st_ino == image->inode;
}

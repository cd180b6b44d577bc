/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_IMAGE_H
#define BEID_SYS_IMAGE_H

#include <beid/err.h>

#include <stdbool.h>
#include <sys/types.h>

/*
 * A program's file as it was at some moment. An upgrade puts another file in
 * its place, and processes that speak a protocol of their own with each other
 * must not be of two versions.
 */
struct beid_image {
    int fd; /* O_PATH: no other file gets its inode */
    dev_t device;
    ino_t inode;
};

/* Close it. BEID_ERR_NOT_FOUND: there is no such file. */
enum beid_err beid_image_hold(struct beid_image *image,
                              const char *path) BEID_NODISCARD;
void beid_image_close(struct beid_image *image);

/* Whether that very file is still what path names. */
bool beid_image_stands(const struct beid_image *image, const char *path);

#endif

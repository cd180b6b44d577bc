/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * dump APPLET DIR: writes the files of a virtual card of a synthetic person to
 * standard output, for still_card.c. DIR is an empty folder for its test PKI.
 */
#include "person.h"
#include "personalise.h"

#include <stdio.h>
#include <string.h>

static void
put_u16(unsigned value)
{
    (void)putchar((int)(value >> 8 & 0xFFU));
    (void)putchar((int)(value & 0xFFU));
}

int
main(int argc, char **argv)
{
    struct vcard *card = NULL;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: dump 1.7|1.8 DIR > FILE\n");
        return 2;
    }
    const struct personalise order = {
        .applet =
            strcmp(argv[1], "1.7") == 0 ? VCARD_APPLET_1_7 : VCARD_APPLET_1_8,
        .person = person_at(0),
        .pin = "1234",
        .pki_dir = argv[2],
    };
    if (personalise(&order, &card) != BEID_OK) {
        (void)fprintf(stderr, "no card was made\n");
        return 1;
    }
    const struct vcard_image *image = vcard_image_of(card);
    for (size_t i = 0; i < image->file_count; i++) {
        struct beid_span content = beid_buf_span(&image->files[i].content);
        put_u16(image->files[i].df);
        put_u16(image->files[i].id);
        put_u16((unsigned)content.len);
        (void)fwrite(content.ptr, 1, content.len, stdout);
    }
    vcard_free(&card);
    return fflush(stdout) == 0 ? 0 : 1;
}

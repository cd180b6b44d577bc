/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The container of what is on a card. */

#include "vcard.h"

#include <beid/secret.h>

#include <openssl/evp.h>

#include <string.h>

#define EF_IDENTITY 0x4031U
#define EF_ADDRESS 0x4033U

void
vcard_image_clear(struct vcard_image *image)
{
    for (size_t i = 0; i < image->file_count; i++) {
        beid_buf_clear(&image->files[i].content);
    }
    EVP_PKEY_free(image->basic);
    EVP_PKEY_free(image->auth);
    EVP_PKEY_free(image->sign);
    beid_wipe(image, sizeof(*image));
}

enum beid_err
vcard_image_put(struct vcard_image *image, uint16_t df, uint16_t id,
                struct beid_span content)
{
    if (image->file_count == VCARD_FILES_MAX) {
        return BEID_ERR_LIMIT;
    }
    struct vcard_file *file = &image->files[image->file_count];
    beid_buf_init(&file->content, VCARD_FILE_MAX);
    beid_buf_put(&file->content, content);
    enum beid_err err = beid_buf_status(&file->content);
    if (err != BEID_OK) {
        beid_buf_clear(&file->content);
        return err;
    }
    file->df = df;
    file->id = id;
    file->tlv = df == VCARD_DF_ID && (id == EF_IDENTITY || id == EF_ADDRESS);
    image->file_count++;
    return BEID_OK;
}

struct beid_span
vcard_image_file(const struct vcard_image *image, uint16_t df, uint16_t id)
{
    for (size_t i = 0; i < image->file_count; i++) {
        const struct vcard_file *file = &image->files[i];
        if (file->df == df && file->id == id) {
            return beid_buf_span(&file->content);
        }
    }
    return beid_span_of(NULL, 0);
}

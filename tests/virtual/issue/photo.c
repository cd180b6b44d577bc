/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "photo.h"

/* jpeglib.h uses FILE and size_t without including them. */
/* clang-format off */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>
/* clang-format on */

#define QUALITY_MAX 75
#define QUALITY_STEP 5
#define QUALITY_MIN 10
#define STRIPES 32U
#define STRIPES_FROM (PHOTO_HEIGHT - 8)

/* libjpeg's own handler ends the process. */
struct failure {
    struct jpeg_error_mgr base;
    jmp_buf back;
};

static void
fail(j_common_ptr info)
{
    struct failure *failure = (struct failure *)info->err;
    longjmp(failure->back, 1); // NOLINT(cert-err52-cpp): libjpeg's way
}

static bool
in_ellipse(int x, int y, int width, int height)
{
    long a = (long)x * x * height * height;
    long b = (long)y * y * width * width;
    return a + b <= (long)width * width * height * height;
}

/* Background, shoulders, hair, face, eyes and mouth, with a little grain; at
 * the bottom a stripe for each bit of the seed, so that no two are the same. */
static uint8_t
shade(unsigned seed, int x, int y)
{
    int dx = x - (int)(PHOTO_WIDTH / 2);
    unsigned grain = ((unsigned)x * 7919U + (unsigned)y * 104729U + seed) % 5U;
    int eye = dx < 0 ? dx + 17 : dx - 17;
    unsigned grey = 205U + ((unsigned)y / 8U);
    if (in_ellipse(dx, y - 195, 70, 55)) {
        grey = 60U + (seed % 60U);
    }
    if (in_ellipse(dx, y - 82, 47 + (int)(seed % 5U), 62)) {
        grey = 40U + (seed % 90U);
    }
    if (in_ellipse(dx, y - 92, 40, 52)) {
        grey = 175U - (unsigned)abs(dx) / 2U;
    }
    if (in_ellipse(eye, y - 84, 7, 4)) {
        grey = 45U;
    }
    if (in_ellipse(dx, y - 120, 15, 3)) {
        grey = 95U;
    }
    if (y >= (int)STRIPES_FROM) {
        unsigned bit = seed >> ((unsigned)x * STRIPES / PHOTO_WIDTH);
        grey = (bit & 1U) != 0 ? 200U : 60U;
    }
    return (uint8_t)(grey + grain);
}

static void
draw(struct jpeg_compress_struct *info, unsigned seed)
{
    JSAMPLE line[PHOTO_WIDTH];
    JSAMPROW rows[1] = {line};
    while (info->next_scanline < PHOTO_HEIGHT) {
        for (unsigned x = 0; x < PHOTO_WIDTH; x++) {
            line[x] = shade(seed, (int)x, (int)info->next_scanline);
        }
        (void)jpeg_write_scanlines(info, rows, 1);
    }
}

static enum beid_err
encode(unsigned seed, int quality, unsigned char **bytes, unsigned long *len)
{
    struct jpeg_compress_struct info;
    struct failure failure;
    info.err = jpeg_std_error(&failure.base);
    failure.base.error_exit = fail;
    if (setjmp(failure.back) != 0) { // NOLINT(cert-err52-cpp): libjpeg's way
        jpeg_destroy_compress(&info);
        return BEID_ERR_INTERNAL;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, bytes, len);
    info.image_width = PHOTO_WIDTH;
    info.image_height = PHOTO_HEIGHT;
    info.input_components = 1;
    info.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    draw(&info, seed);
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    return BEID_OK;
}

enum beid_err
photo_put(unsigned seed, struct beid_buf *out)
{
    for (int quality = QUALITY_MAX; quality >= QUALITY_MIN;
         quality -= QUALITY_STEP) {
        unsigned char *bytes = NULL;
        unsigned long len = 0;
        enum beid_err err = encode(seed, quality, &bytes, &len);
        bool fits = err == BEID_OK && len <= PHOTO_LEN_MAX;
        if (fits) {
            beid_buf_put(out, beid_span_of(bytes, len));
        }
        free(bytes);
        if (err != BEID_OK) {
            return err;
        }
        if (fits) {
            return beid_buf_status(out);
        }
    }
    return BEID_ERR_LIMIT;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "pkcs15.h"

#include <stdlib.h>

#define FILE_MAX 256U

static const char dir_file[] = "61234F0CA000000177504B43532D3135500642454C50494"
                               "351043F00DF0073050603603802";
static const char odf_file[] = "A00A300804063F00DF005035A40A300804063F00DF00503"
                               "7A80A300804063F00DF005034";
static const char aodf_file[] =
    "3033300F0C0942617369632050494E030206C03003040101A11B30190302020C0A01000"
    "201040201088001010401FF300404023F00";

/* Up to the key size. */
static const char key_auth_rsa[] =
    "303A30170C0E41757468656E7469636174696F6E030206C0040101300F0401020302052"
    "0030203B802020082A10E300C300604043F00DF000202";
static const char key_sign_rsa[] =
    "303930150C095369676E6174757265030206C004010102010130100401030303060040"
    "030203B802020083A10E300C300604043F00DF000202";
static const char key_auth_ec[] =
    "A03A30170C0E41757468656E7469636174696F6E030206C0040101300F0401020302052"
    "0030203B802020082A10E300C300604043F00DF000202";
static const char key_sign_ec[] =
    "A03930150C095369676E6174757265030206C004010102010130100401030303060040"
    "030203B802020083A10E300C300604043F00DF000202";

enum {
    ENTRY_AUTH,
    ENTRY_SIGN,
    ENTRY_CA,
    ENTRY_ROOT,
    ENTRY_COUNT
};

static const char *const cdf_rsa[ENTRY_COUNT] = {
    "302C30170C0E41757468656E7469636174696F6E030206C00401013003040102A10C300A30"
    "0804063F00DF005038",
    "302730120C095369676E6174757265030206C00401013003040103A10C300A300804063F00"
    "DF005039",
    "3023300B0C024341030206C004010130060401040101FFA10C300A300804063F00DF00503"
    "A",
    "3025300D0C04526F6F74030206C004010130060401060101FFA10C300A300804063F00DF0"
    "0503B",
};

static const char *const cdf_ec[ENTRY_COUNT] = {
    "302F30170C0E41757468656E7469636174696F6E030206400401013006040102830100A10C"
    "300A300804063F00DF005038",
    "302A30120C095369676E6174757265030206400401013006040103830100A10C300A300804"
    "063F00DF005039",
    "3026300B0C0243410302064004010130090401040101FF830100A10C300A300804063F00DF"
    "00503A",
    "3028300D0C04526F6F740302064004010130090401060101FF830100A10C300A300804063"
    "F00DF00503B",
};

static unsigned
nibble(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0')
                        : (unsigned)(digit - 'A') + 10U;
}

static void
put_hex(struct beid_buf *out, const char *hex)
{
    for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        beid_buf_put_u8(out, (uint8_t)((nibble(hex[0]) << 4) | nibble(hex[1])));
    }
}

/* Puts the buffer as a file and empties it for the next one. */
static enum beid_err
put_file(struct vcard_image *image, uint16_t df, uint16_t id,
         struct beid_buf *content)
{
    enum beid_err err = beid_buf_status(content);
    if (err == BEID_OK) {
        err = vcard_image_put(image, df, id, beid_buf_span(content));
    }
    beid_buf_reset(content);
    return err;
}

/* Versions: graphical and electrical personalisation, interface, RFU. */
static void
token_info(const struct vcard_image *image, struct beid_buf *out)
{
    put_hex(out, "30270201000410");
    beid_buf_put(out, beid_span_of(image->serial, VCARD_SERIAL_LEN));
    put_hex(out, "800642454C504943030204309E04");
    switch (image->applet) {
    case VCARD_APPLET_1_1:
        put_hex(out, "03020000");
        break;
    case VCARD_APPLET_1_7:
        put_hex(out, "04030000");
        break;
    case VCARD_FOREIGN:
        break; /* has no files */
    case VCARD_APPLET_1_8:
        put_hex(out, "05040000");
        break;
    }
}

static void
private_keys(enum vcard_applet applet, struct beid_buf *out)
{
    bool ec = applet == VCARD_APPLET_1_8;
    uint16_t bits = 2048;
    if (applet != VCARD_APPLET_1_7) {
        bits = ec ? 384 : 1024;
    }
    put_hex(out, ec ? key_auth_ec : key_auth_rsa);
    beid_buf_put_u16(out, bits);
    put_hex(out, ec ? key_sign_ec : key_sign_rsa);
    beid_buf_put_u16(out, bits);
}

static void
certificates(const struct vcard_image *image, const bool present[ENTRY_COUNT],
             struct beid_buf *out)
{
    bool ec = image->applet == VCARD_APPLET_1_8;
    const char *const *entries = ec ? cdf_ec : cdf_rsa;
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        if (present[i]) {
            put_hex(out, entries[i]);
        }
    }
    size_t size = ec ? 175 : 163;
    if (out->len < size) {
        (void)beid_buf_extend(out, size - out->len);
    }
}

enum beid_err
pkcs15_put(struct vcard_image *image, bool auth_cert, bool sign_cert)
{
    const bool present[ENTRY_COUNT] = {auth_cert, sign_cert, true, true};
    struct beid_buf file;
    beid_buf_init(&file, FILE_MAX);
    put_hex(&file, dir_file);
    enum beid_err err = put_file(image, VCARD_MF, 0x2F00, &file);
    if (err == BEID_OK) {
        put_hex(&file, odf_file);
        err = put_file(image, VCARD_DF_BELPIC, 0x5031, &file);
    }
    if (err == BEID_OK) {
        token_info(image, &file);
        err = put_file(image, VCARD_DF_BELPIC, 0x5032, &file);
    }
    if (err == BEID_OK) {
        put_hex(&file, aodf_file);
        err = put_file(image, VCARD_DF_BELPIC, 0x5034, &file);
    }
    if (err == BEID_OK) {
        private_keys(image->applet, &file);
        err = put_file(image, VCARD_DF_BELPIC, 0x5035, &file);
    }
    if (err == BEID_OK) {
        certificates(image, present, &file);
        err = put_file(image, VCARD_DF_BELPIC, 0x5037, &file);
    }
    beid_buf_clear(&file);
    return err;
}

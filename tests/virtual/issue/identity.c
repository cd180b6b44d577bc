/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* DF(ID): what is printed on the card, signed by the National Register. */

#include "identity.h"

#include "photo.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FILE_MAX 4096U
#define SIGNATURE_MAX 512U
#define EC_SIGNATURE_FILE_LEN 256U
#define ADDRESS_LEN_OLD 117U
#define ADDRESS_LEN_1_8 121U
#define PREFERENCES_LEN 100U
#define DATE_LEN 32U
#define DAY 86400

enum {
    EF_IDENTITY = 0x4031,
    EF_IDENTITY_SIGNATURE = 0x4032,
    EF_ADDRESS = 0x4033,
    EF_ADDRESS_SIGNATURE = 0x4034,
    EF_PHOTO = 0x4035,
    EF_CA_ROLE_KEY = 0x4038,
    EF_PREFERENCES = 0x4039,
    EF_BASIC_KEY = 0x4040
};

static void
put_tlv(struct beid_buf *out, uint8_t tag, struct beid_span value)
{
    beid_buf_put_u8(out, tag);
    beid_buf_put_u8(out, (uint8_t)value.len); /* none is as long as 255 */
    beid_buf_put(out, value);
}

static void
put_text(struct beid_buf *out, uint8_t tag, const char *text)
{
    put_tlv(out, tag, beid_span_str(text));
}

/* SHA-1 was the photo's hash until 1.8; the length tells which. */
static enum beid_err
put_hash(struct beid_buf *out, uint8_t tag, const char *name,
         struct beid_span data)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (EVP_Q_digest(NULL, name, NULL, data.ptr, data.len, digest, &len) != 1) {
        return BEID_ERR_INTERNAL;
    }
    put_tlv(out, tag, beid_span_of(digest, len));
    return BEID_OK;
}

static void
put_day(struct beid_buf *out, uint8_t tag, int days_from_now)
{
    time_t when = time(NULL) + ((time_t)days_from_now * DAY);
    struct tm parts;
    char text[DATE_LEN] = "";
    if (gmtime_r(&when, &parts) != NULL) {
        (void)strftime(text, sizeof(text), "%d.%m.%Y", &parts);
    }
    put_text(out, tag, text);
}

/* Twelve digits for citizens, B and nine for others; from the chip serial so
 * that two cards differ. */
static void
put_card_number(struct beid_buf *out, const struct vcard_image *image,
                bool foreigner)
{
    unsigned long number = 0;
    for (size_t i = VCARD_SERIAL_LEN - 4; i < VCARD_SERIAL_LEN; i++) {
        number = (number << 8) | image->serial[i];
    }
    char text[16];
    if (foreigner) {
        (void)snprintf(text, sizeof(text), "B%09lu", number % 1000000000UL);
    } else {
        unsigned long ten = 5900000000UL + (number % 100000000UL);
        (void)snprintf(text, sizeof(text), "%010lu%02lu", ten,
                       ten % 97UL == 0 ? 97UL : ten % 97UL);
    }
    put_text(out, 0x01, text);
}

static void
put_person(struct beid_buf *out, const struct person *person)
{
    char number[PERSON_NUMBER_LEN + 1];
    person_number(person, number);
    put_text(out, 0x05, person->municipality);
    put_text(out, 0x06, number);
    put_text(out, 0x07, person->surname);
    put_text(out, 0x08, person->given_names);
    put_text(out, 0x09, person->third_initial);
    put_text(out, 0x0A, person->nationality);
    put_text(out, 0x0B, person->birth_place);
    put_text(out, 0x0C, person->birth_text);
    put_text(out, 0x0D, person->sex);
    put_text(out, 0x0E, "");
    put_text(out, 0x0F, person->document_type);
    put_text(out, 0x10, "0");
}

static enum beid_err
identity_encode(const struct vcard_image *image, const struct person *person,
                struct beid_buf *out)
{
    bool new = image->applet == VCARD_APPLET_1_8;
    struct beid_span photo = vcard_image_file(image, VCARD_DF_ID, EF_PHOTO);
    put_card_number(out, image, person->foreigner);
    put_tlv(out, 0x02, beid_span_of(image->serial, VCARD_SERIAL_LEN));
    put_day(out, 0x03, person->expired ? -2190 : -30);
    put_day(out, 0x04, person->expired ? -365 : 3652);
    put_person(out, person);
    enum beid_err err = put_hash(out, 0x11, new ? "SHA384" : "SHA1", photo);
    if (err == BEID_OK && person->foreigner) {
        put_text(out, 0x12, "00");
        put_text(out, 0x13, "");
        put_text(out, 0x15, "");
    }
    if (err == BEID_OK && new) {
        err = put_hash(out, 0x1A, "SHA384",
                       vcard_image_file(image, VCARD_DF_ID, EF_BASIC_KEY));
    }
    if (err == BEID_OK && person->foreigner) {
        put_day(out, 0x1F, -30);
    }
    return err == BEID_OK ? beid_buf_status(out) : err;
}

/* Raw RSA block, or a DER ECDSA signature zero-padded to a fixed length. */
static enum beid_err
sign_put(struct vcard_image *image, uint16_t id, EVP_PKEY *key,
         struct beid_span data)
{
    bool ec = EVP_PKEY_is_a(key, "EC") == 1;
    uint8_t signature[SIGNATURE_MAX] = {0};
    size_t len = sizeof(signature);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const EVP_MD *md = ec ? EVP_sha384() : EVP_sha256();
    if (image->applet == VCARD_APPLET_1_1) {
        md = EVP_sha1();
    }
    bool good = ctx != NULL && EVP_DigestSignInit(ctx, NULL, md, NULL, key) > 0
                && EVP_DigestSign(ctx, signature, &len, data.ptr, data.len) > 0;
    EVP_MD_CTX_free(ctx);
    if (!good) {
        return BEID_ERR_INTERNAL;
    }
    if (ec) {
        memset(signature + len, 0, sizeof(signature) - len);
        len = EC_SIGNATURE_FILE_LEN;
    }
    return vcard_image_put(image, VCARD_DF_ID, id,
                           beid_span_of(signature, len));
}

static enum beid_err
address_encode(const struct vcard_image *image, const struct person *person,
               struct beid_buf *out)
{
    put_text(out, 0x01, person->street);
    put_text(out, 0x02, person->zip);
    put_text(out, 0x03, person->city);
    size_t size =
        image->applet == VCARD_APPLET_1_8 ? ADDRESS_LEN_1_8 : ADDRESS_LEN_OLD;
    if (out->len > size) {
        return BEID_ERR_LIMIT;
    }
    (void)beid_buf_extend(out, size - out->len);
    return beid_buf_status(out);
}

static enum beid_err
put_file(struct vcard_image *image, uint16_t id, struct beid_buf *content,
         enum beid_err err)
{
    if (err == BEID_OK) {
        err = vcard_image_put(image, VCARD_DF_ID, id, beid_buf_span(content));
    }
    beid_buf_reset(content);
    return err;
}

/* EF 4040 on 1.8; what earlier applets have in its place. */
static enum beid_err
generation_put(struct vcard_image *image, struct beid_buf *file)
{
    if (image->applet == VCARD_APPLET_1_8) {
        unsigned char *der = NULL;
        int len = i2d_PUBKEY(image->basic, &der);
        if (len <= 0) {
            return BEID_ERR_INTERNAL;
        }
        beid_buf_put(file, beid_span_of(der, (size_t)len));
        OPENSSL_free(der);
        return put_file(image, EF_BASIC_KEY, file, beid_buf_status(file));
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (EVP_Q_digest(NULL, "SHA1", NULL, "TEST CA role", 12, digest, &len)
        != 1) {
        return BEID_ERR_INTERNAL;
    }
    beid_buf_put(file, beid_span_of(digest, len));
    enum beid_err err =
        put_file(image, EF_CA_ROLE_KEY, file, beid_buf_status(file));
    (void)beid_buf_extend(file, PREFERENCES_LEN);
    return err == BEID_OK
               ? put_file(image, EF_PREFERENCES, file, beid_buf_status(file))
               : err;
}

/* Signed: the address without its padding, then EF(SGN#ID) as it is. */
static enum beid_err
address_sign(struct vcard_image *image, EVP_PKEY *key, struct beid_buf *file)
{
    beid_buf_put(file, beid_span_trim_zeros(
                           vcard_image_file(image, VCARD_DF_ID, EF_ADDRESS)));
    beid_buf_put(file,
                 vcard_image_file(image, VCARD_DF_ID, EF_IDENTITY_SIGNATURE));
    enum beid_err err = beid_buf_status(file);
    return err == BEID_OK
               ? sign_put(image, EF_ADDRESS_SIGNATURE, key, beid_buf_span(file))
               : err;
}

/* The part of its serial in which cards differ. */
static unsigned
seed_of(const struct vcard_image *image)
{
    unsigned seed = 0;
    for (size_t i = VCARD_SERIAL_LEN - sizeof seed; i < VCARD_SERIAL_LEN; i++) {
        seed = (seed << 8) | image->serial[i];
    }
    return seed;
}

enum beid_err
identity_put(struct vcard_image *image, const struct person *person,
             EVP_PKEY *rrn_key)
{
    struct beid_buf file;
    beid_buf_init(&file, FILE_MAX);
    enum beid_err err =
        put_file(image, EF_PHOTO, &file, photo_put(seed_of(image), &file));
    if (err == BEID_OK) {
        err = generation_put(image, &file);
    }
    if (err == BEID_OK) {
        err = put_file(image, EF_IDENTITY, &file,
                       identity_encode(image, person, &file));
    }
    if (err == BEID_OK) {
        err = sign_put(image, EF_IDENTITY_SIGNATURE, rrn_key,
                       vcard_image_file(image, VCARD_DF_ID, EF_IDENTITY));
    }
    if (err == BEID_OK) {
        err = put_file(image, EF_ADDRESS, &file,
                       address_encode(image, person, &file));
    }
    if (err == BEID_OK) {
        err = address_sign(image, rrn_key, &file);
    }
    beid_buf_clear(&file);
    return err;
}

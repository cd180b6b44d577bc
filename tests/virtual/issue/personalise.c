/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From a person and a test PKI to a card. */

#include "personalise.h"

#include "identity.h"
#include "pkcs15.h"
#include "pki.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string.h>

#define PADDING_OLD 50U
#define PADDING_1_8 1100U
#define ABSENT_OLD 1300U
#define ABSENT_1_8 2500U
#define SERIAL_FIXED_LEN 4U

/* Two reserved bytes "SL", two of the chip maker, twelve that are unique:
 * taken from the key, so that a card keeps its number. */
static enum beid_err
serial_set(struct vcard_image *image)
{
    static const uint8_t fixed[SERIAL_FIXED_LEN] = {0x53, 0x4C, 0x47, 0x90};
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    unsigned char *der = NULL;
    int der_len = i2d_PUBKEY(image->auth, &der);
    if (der_len <= 0) {
        return BEID_ERR_INTERNAL;
    }
    int good =
        EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)der_len, digest, &len);
    OPENSSL_free(der);
    if (good != 1) {
        return BEID_ERR_INTERNAL;
    }
    memcpy(image->serial, fixed, SERIAL_FIXED_LEN);
    memcpy(image->serial + SERIAL_FIXED_LEN, digest,
           VCARD_SERIAL_LEN - SERIAL_FIXED_LEN);
    return BEID_OK;
}

/* A certificate file with its padding; cert NULL: the absent form. */
static enum beid_err
certificate_file(struct vcard_image *image, uint16_t id, const X509 *cert,
                 bool padded)
{
    bool new = image->applet == VCARD_APPLET_1_8;
    struct beid_buf file;
    beid_buf_init(&file, VCARD_FILE_MAX);
    enum beid_err err = BEID_OK;
    if (cert == NULL) {
        (void)beid_buf_extend(&file, new ? ABSENT_1_8 : ABSENT_OLD);
    } else {
        err = certificate_put(cert, &file);
        if (new || padded) {
            (void)beid_buf_extend(&file, new ? PADDING_1_8 : PADDING_OLD);
        }
    }
    if (err == BEID_OK) {
        err = beid_buf_status(&file);
    }
    if (err == BEID_OK) {
        err = vcard_image_put(image, VCARD_DF_BELPIC, id, beid_buf_span(&file));
    }
    beid_buf_clear(&file);
    return err;
}

static enum beid_err
certificates_put(struct vcard_image *image, const struct pki *pki,
                 const X509 *auth, const X509 *sign)
{
    const struct {
        const X509 *cert;
        uint16_t id;
        bool padded; /* before 1.8 */
    } files[] = {
        {auth, 0x5038, true},           {sign, 0x5039, true},
        {pki->ca.cert, 0x503A, true},   {pki->root.cert, 0x503B, false},
        {pki->rrn.cert, 0x503C, false},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        enum beid_err err = certificate_file(image, files[i].id, files[i].cert,
                                             files[i].padded);
        if (err != BEID_OK) {
            return err;
        }
    }
    return BEID_OK;
}

static enum beid_err
fill(struct vcard_image *image, const struct personalise *order,
     const struct pki *pki, const struct pki_card *keys)
{
    const struct person *person = order->person;
    image->applet = order->applet;
    image->basic = keys->basic;
    image->auth = keys->auth.key;
    image->sign = keys->sign.key;
    if (image->basic != NULL) {
        EVP_PKEY_up_ref(image->basic);
    }
    EVP_PKEY_up_ref(image->auth);
    EVP_PKEY_up_ref(image->sign);
    enum beid_err err = vcard_pin_block(order->pin, image->pin);
    if (err == BEID_OK) {
        err = vcard_pin_block(PERSONALISE_PUK2 PERSONALISE_PUK1, image->puk);
    }
    if (err == BEID_OK) {
        err = serial_set(image);
    }
    if (err == BEID_OK) {
        err = pkcs15_put(image, !person->no_auth_cert, !person->no_sign_cert);
    }
    if (err == BEID_OK) {
        err = certificates_put(image, pki,
                               person->no_auth_cert ? NULL : keys->auth.cert,
                               person->no_sign_cert ? NULL : keys->sign.cert);
    }
    return err == BEID_OK ? identity_put(image, person, pki->rrn.key) : err;
}

enum beid_err
personalise(const struct personalise *order, struct vcard **out)
{
    enum profile_family family =
        order->applet == VCARD_APPLET_1_8 ? PROFILE_EC : PROFILE_RSA;
    int bits = order->applet == VCARD_APPLET_1_1 ? 1024 : 2048;
    struct pki pki;
    const struct profile_servers servers = {order->servers,
                                            order->person->foreigner};
    enum beid_err err = pki_open(order->pki_dir, family, servers, &pki);
    if (err != BEID_OK) {
        return err;
    }
    struct pki_card keys;
    err = pki_card_open(&pki, order->number, order->person, bits, &keys);
    if (err == BEID_OK) {
        struct vcard_image image;
        memset(&image, 0, sizeof(image));
        err = fill(&image, order, &pki, &keys);
        if (err == BEID_OK) {
            err = vcard_new(&image, out);
        }
        vcard_image_clear(&image);
        pki_card_clear(&keys);
    }
    pki_clear(&pki);
    return err;
}

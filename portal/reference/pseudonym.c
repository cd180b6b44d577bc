/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "pseudonym.h"

#include <openssl/evp.h>

#include <string.h>

#define SHA256_SIZE 32U

void
pseudonym_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0x0F];
    }
    out[2 * len] = '\0';
}

enum beid_err
pseudonym_make(const uint8_t key[PSEUDONYM_KEY_SIZE],
               const char *national_number, char out[PSEUDONYM_SIZE])
{
    uint8_t mac[SHA256_SIZE];
    size_t len = 0;
    if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, PSEUDONYM_KEY_SIZE,
                  (const unsigned char *)national_number,
                  strlen(national_number), mac, sizeof mac, &len)
            == NULL
        || len != sizeof mac) {
        return BEID_ERR_INTERNAL;
    }
    pseudonym_hex(mac, sizeof mac, out);
    return BEID_OK;
}

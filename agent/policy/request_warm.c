/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "request_key.h"

#include <string.h>

/* Public keys whose private halves were thrown away; they verify nothing. */
static const struct {
    const char *algorithm; /* NULL: the key's own */
    size_t signature_len;
    const char *lines[10];
} samples[] = {
    {NULL,
     64,
     {"-----BEGIN PUBLIC KEY-----",
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsyiNl5d5tlTeSGmF785AowTT/uCQ",
      "YyHGJ2i/08YvuMVcaxQ+kus9RXDcdqZMSvg5wa0MHdbdinp+5AX7kQN3uA==",
      "-----END PUBLIC KEY-----"}},
    {NULL,
     96,
     {"-----BEGIN PUBLIC KEY-----",
      "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEUeXs6tSkZCC5GstQ9c5n4jLnhMFZFfA7",
      "K3y9u0Uc9IFwnsVNZfetCnr62Qg9l0W89+HBHt6FCwlDL9+e/nUyEyZQk28M2vJE",
      "bd9lruE7FnC/axdtNLdeFXerDsI039IM", "-----END PUBLIC KEY-----"}},
    {NULL,
     64,
     {"-----BEGIN PUBLIC KEY-----",
      "MCowBQYDK2VwAyEAHBepcUXP1/mbnhqB34sCcF/BozTVmklJsr09hTFb5Xg=",
      "-----END PUBLIC KEY-----"}},
#define RSA_SAMPLE                                                              \
    {                                                                           \
        "-----BEGIN PUBLIC KEY-----",                                           \
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0599pnrNXMjz3v+bUDk8", \
            "QLSeFmbW418lCbjfa8uGy7gYvRBu78QoeuA3SAH382Ay645vNHxVFgCZNv9hwy/M", \
            "at7r3BROJEp37Ggfz4kA8PzoL7OJtDabyR1AM7/nctDHb8C36f/F0uiVTxanT0tP", \
            "eJWof6svet7Qv4p5cZ5zS18DUGH5AHNP9wLeGWtceLw1QprkVMJ+g5IuwdY9mo+7", \
            "2j5HV67UvzDl+kFioEPLDUcjNVOBzs/SPuyg6BEDelXmEaVCsP9G1A/qShW46mPC", \
            "FUVevpmv06mQrcuPhuhatdARs/JWlWx8QNLS6764LaIID3Zf5azXcaMFp3qfab4N", \
            "xQIDAQAB", "-----END PUBLIC KEY-----"                              \
    }
    {"PS256", 256, RSA_SAMPLE},
    {"RS256", 256, RSA_SAMPLE},
};

static enum beid_err
use(size_t i)
{
    static const uint8_t zeros[256] = {1};
    struct policy_request_key *key = NULL;
    enum beid_err err = policy_request_key_new(beid_span_str("warm"), &key);
    size_t lines = sizeof samples[i].lines / sizeof samples[i].lines[0];
    for (size_t j = 0;
         err == BEID_OK && j < lines && samples[i].lines[j] != NULL; j++) {
        err = policy_request_key_line(key, samples[i].lines[j]);
    }
    if (err == BEID_OK && samples[i].algorithm != NULL) {
        err = policy_request_key_algorithm(key, samples[i].algorithm);
    }
    if (err == BEID_OK && !policy_request_key_complete(key)) {
        err = BEID_ERR_INTERNAL;
    }
    if (err == BEID_OK) {
        enum beid_err verified = policy_request_key_verify(
            key, beid_span_str("warm"),
            beid_span_of(zeros, samples[i].signature_len));
        err = verified == BEID_ERR_SIGNATURE ? BEID_OK : BEID_ERR_INTERNAL;
    }
    policy_request_key_free(&key);
    return err;
}

enum beid_err
policy_request_key_warm(void)
{
    enum beid_err err = BEID_OK;
    for (size_t i = 0; err == BEID_OK && i < sizeof samples / sizeof samples[0];
         i++) {
        err = use(i);
    }
    return err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_CERTIFICATE_H
#define BEID_CARD_CERTIFICATE_H

#include "card/card.h"

#include <beid/bytes.h>
#include <beid/err.h>

/* Longest certificate that is believed (threats C-01). */
#define CERTIFICATE_MAX 8192U

/* File identifiers below DF(BELPIC) (facts §2.1). */
enum certificate_file {
    CERTIFICATE_AUTHENTICATION = 0x5038,
    CERTIFICATE_SIGNATURE = 0x5039,
    CERTIFICATE_CA = 0x503A, /* Citizen CA or Foreigner CA */
    CERTIFICATE_ROOT = 0x503B, /* as personalised: no anchor for anyone */
    CERTIFICATE_RRN = 0x503C, /* of the register that signed the identity */
};

/*
 * All calls belong inside a transaction; *out is a buffer with room for
 * CERTIFICATE_MAX bytes.
 *
 * Selects the file and reads its first block into the empty *out, which is
 * enough to know whether the certificate exists: BEID_ERR_NO_CERTIFICATE when
 * the file is absent, not activated, empty or filled with zeros (facts §2.4).
 */
enum beid_err certificate_head(const struct card *card,
                               enum certificate_file file,
                               struct beid_buf *out) BEID_NODISCARD;

/*
 * Reads what lacks after certificate_head(), up to the length that DER
 * announces; *out then holds exactly the certificate. With select the file is
 * selected again, needed unless certificate_head() was the last command of the
 * same transaction. BEID_ERR_FORMAT when the file ends too early, or is no DER,
 * BEID_ERR_LIMIT past CERTIFICATE_MAX.
 */
enum beid_err certificate_rest(const struct card *card,
                               enum certificate_file file, bool select,
                               struct beid_buf *out) BEID_NODISCARD;

#endif

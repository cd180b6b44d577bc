/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_IDENTITY_VERIFY_H
#define BEID_CARD_IDENTITY_VERIFY_H

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * What proves the files of DF(ID) (facts §3.6, §2.6), the only file here that
 * knows OpenSSL. All inputs are files as read, padding included; certificates
 * are DER without anything behind it. Unless said otherwise
 * BEID_ERR_SIGNATURE means that a well-formed thing does not fit, and
 * BEID_ERR_FORMAT or BEID_ERR_UNSUPPORTED that it is none.
 *
 * Together they are a chain: a root that is pinned issued the certificate of
 * the National Register, that signed the identity and the address, and the
 * identity names the photo and the key of the chip by their hashes.
 */

/* Who stands behind a certificate of the National Register. */
enum identity_issuer {
    IDENTITY_ISSUER_UNKNOWN, /* nobody: anyone can make such a card */
    IDENTITY_ISSUER_TEST, /* a root that calls itself TEST: nobody either */
    IDENTITY_ISSUER_BELGIUM, /* a root of the Belgian state */
};

/*
 * Did this root issue this certificate, of a subject that is called RRN, and
 * whose root is it? The root comes from the card: only the hash of its key
 * counts. Periods of validity and revocation are not looked at.
 */
enum beid_err identity_issuer_check(struct beid_span rrn_certificate,
                                    struct beid_span root,
                                    enum identity_issuer *out) BEID_NODISCARD;

/* EF(SGN#ID) over EF(ID#RN). */
enum beid_err
identity_signature_check(struct beid_span rrn_certificate,
                         struct beid_span identity,
                         struct beid_span signature) BEID_NODISCARD;

/* EF(SGN#Address) over EF(ID#Address) without its padding and EF(SGN#ID). */
enum beid_err identity_address_check(struct beid_span rrn_certificate,
                                     struct beid_span address,
                                     struct beid_span identity_signature,
                                     struct beid_span signature) BEID_NODISCARD;

/*
 * Is this the hash of a file? Its length tells which one: SHA-1, SHA-256 or
 * SHA-384. For the photo and for EF(PuK#1 Basic).
 */
enum beid_err identity_hash_check(struct beid_span file,
                                  struct beid_span hash) BEID_NODISCARD;

/*
 * Did the owner of the key in EF(PuK#1 Basic) give this response (r and s) to
 * this challenge of 48 bytes? Proves nothing before identity_hash_check() of
 * that file.
 */
enum beid_err identity_chip_check(struct beid_span basic_key,
                                  struct beid_span challenge,
                                  struct beid_span response) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_TYPES_H
#define BEID_VERIFY_TYPES_H

/* The verdicts and choices of beid/verify.h, which includes this. */
#include <time.h>

#if defined(__GNUC__)
#define BEID_VERIFY_API __attribute__((visibility("default")))
#define BEID_VERIFY_CHECK __attribute__((warn_unused_result))
#else
#define BEID_VERIFY_API
#define BEID_VERIFY_CHECK
#endif

/* A call whose result must be looked at. */
#define BEID_VERIFY_CALL BEID_VERIFY_API BEID_VERIFY_CHECK

/*
 * The verdict, and the exit code of the command beid-verify. New values may
 * be added: treat everything but BEID_VERIFY_OK as a refusal.
 */
enum beid_verify_result {
    BEID_VERIFY_OK = 0,
    BEID_VERIFY_INTERNAL = 1, /* out of memory, libcrypto failed */
    BEID_VERIFY_ARGUMENT = 2, /* origin, nonce, trust or time is unusable */
    BEID_VERIFY_TOKEN_SIZE = 10, /* token not 100 to 10000 bytes */
    BEID_VERIFY_TOKEN_JSON = 11, /* not strict JSON, or a member is wrong */
    BEID_VERIFY_TOKEN_FORMAT = 12, /* not web-eid:1, 1.0 or 1.1 */
    BEID_VERIFY_ALGORITHM = 13, /* not RS256 or ES384 */
    BEID_VERIFY_CERTIFICATE = 14, /* not base64 of one DER certificate */
    BEID_VERIFY_KEY = 15, /* key type or size does not fit the algorithm */
    BEID_VERIFY_USAGE = 16, /* not an authentication certificate */
    BEID_VERIFY_NOT_YET_VALID = 17, /* certificate starts in the future */
    BEID_VERIFY_EXPIRED = 18, /* certificate is past its end */
    BEID_VERIFY_WEAK_SIGNATURE = 19, /* a SHA-1 signature, a weak CA key */
    BEID_VERIFY_CHAIN_FORMAT = 20, /* evidence: a CA certificate is unusable */
    BEID_VERIFY_UNTRUSTED = 21, /* no chain to a trusted CA */
    BEID_VERIFY_CHAIN_VALIDITY = 22, /* a CA is outside its validity */
    BEID_VERIFY_SUBJECT = 23, /* the subject name is ambiguous or malformed */
    BEID_VERIFY_SIGNATURE_FORMAT = 24, /* not base64, or a wrong length */
    BEID_VERIFY_SIGNATURE = 25, /* not made over this origin and nonce */
    BEID_VERIFY_POLICY = 26, /* no policy of a citizen's certificate */
    BEID_VERIFY_QUALIFIED = 27, /* not a qualified signature certificate */
    BEID_VERIFY_REVOKED = 28, /* the issuer revoked or suspended it */
    BEID_VERIFY_REVOCATION_UNKNOWN = 29, /* the issuer does not know it */
    BEID_VERIFY_REVOCATION_UNAVAILABLE = 30, /* no answer that counts */
    BEID_VERIFY_REQUEST = 31, /* not a step-up request for a statement */
    BEID_VERIFY_STATEMENT_TEXT = 32, /* not the text of this request */
    BEID_VERIFY_CMS_FORMAT = 33, /* not one detached CMS signature */
    BEID_VERIFY_CMS_ATTRIBUTES = 34, /* not CAdES B-B */
    BEID_VERIFY_PERSON = 35 /* not the person of the session */
};

/* The two keys of a card. */
enum beid_verify_use {
    BEID_VERIFY_USE_ANY = 0, /* whichever its key usage says */
    BEID_VERIFY_USE_AUTHENTICATION = 1, /* proves who is there */
    BEID_VERIFY_USE_SIGNATURE = 2 /* declares a will: non-repudiation */
};

/* Who told whether the certificate was revoked. */
enum beid_verify_revocation {
    BEID_VERIFY_REVOCATION_NOT_CHECKED = 0,
    BEID_VERIFY_REVOCATION_OCSP = 1,
    BEID_VERIFY_REVOCATION_CRL = 2,
    BEID_VERIFY_REVOCATION_NO_ANSWER = 3 /* asked for, and none counts */
};

/*
 * How revocation was judged, whatever the verdict is: a report exists after
 * BEID_VERIFY_OK only. NOT_CHECKED after a refusal that came before it.
 */
struct beid_verify_inquiry {
    enum beid_verify_revocation revocation;
    time_t at; /* thisUpdate of the OCSP answer or CRL, else 0 */
    int cached; /* 1: it was here already */
};

/* Who is asked. */
enum beid_verify_revocation_mode {
    BEID_VERIFY_REVOCATION_OFF = 0, /* nobody; the report says so */
    BEID_VERIFY_REVOCATION_LOGIN = 1, /* OCSP, else a CRL, else refused */
    BEID_VERIFY_REVOCATION_REQUIRED = 2 /* OCSP, else refused: for step-up */
};

/* beid_verify_new() sets 120 s, 900 s, 5000 ms and 600 s. */
struct beid_verify_limits {
    long ocsp_age_s; /* an OCSP answer's thisUpdate is not older */
    long skew_s; /* between our clock and the issuer's */
    long timeout_ms; /* for one exchange */
    /*
     * LOGIN: one that was kept here counts this long after its thisUpdate, and
     * not past its nextUpdate. 0, or less than ocsp_age_s: as for REQUIRED.
     * After that OCSP is asked again; while it gives no answer, "revoked"
     * counts until nextUpdate.
     */
    long kept_age_s;
};

#endif

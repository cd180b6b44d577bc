/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_H
#define BEID_VERIFY_H

/*
 * libbeid-verify: the relying party's side. One call decides whether a Web
 * eID authentication token was made, for this origin and this nonce, by the
 * authentication key of a Belgian eID card.
 *
 * The library keeps no global state but OpenSSL's, prints nothing and opens
 * no file. A verifier is set up by one thread and may then be used by many at
 * once.
 */
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BEID_VERIFY_API __attribute__((visibility("default")))
#define BEID_VERIFY_CHECK __attribute__((warn_unused_result))
#else
#define BEID_VERIFY_API
#define BEID_VERIFY_CHECK
#endif

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
    BEID_VERIFY_QUALIFIED = 27 /* not a qualified signature certificate */
};

/* The two keys of a card. */
enum beid_verify_use {
    BEID_VERIFY_USE_ANY = 0, /* whichever its key usage says */
    BEID_VERIFY_USE_AUTHENTICATION = 1, /* proves who is there */
    BEID_VERIFY_USE_SIGNATURE = 2 /* declares a will: non-repudiation */
};

/* What is known about revocation; this version asks nobody. */
enum beid_verify_revocation {
    BEID_VERIFY_REVOCATION_NOT_CHECKED = 0
};

/*
 * What a verified token says. Made by the library only, so that members can
 * be added at the end. All strings are UTF-8 without control characters and
 * belong to the report; a member that the certificate lacks is NULL. The
 * national number is personal data under its own law: never log it.
 */
struct beid_verify_report {
    enum beid_verify_revocation revocation;
    const char *format; /* as in the token, "web-eid:1.0" */
    const char *algorithm; /* "RS256" or "ES384" */
    const char *common_name;
    const char *surname;
    const char *given_names;
    const char *country; /* two letters */
    const char *national_number; /* 11 digits */
    const char *issuer; /* RFC 2253 text */
    const char *anchor; /* RFC 2253 text of the trusted CA */
    const char *anchor_spki_sha256; /* 64 lower-case hex digits */
    int anchor_pinned; /* 1: Belgium Root CA; 0: named by the caller */
    time_t not_before;
    time_t not_after;
    uint8_t certificate_sha256[32];
    enum beid_verify_use use;
    const char *policy; /* the policy that was accepted, dotted */
    int policy_inferred; /* 1: nobody read it in a real certificate */
    int qualified; /* 1: says QcCompliance */
    int qualified_device; /* 1: says QcSSCD */
};

struct beid_verify;

/*
 * Makes a verifier that trusts the Belgium Root CAs, pinned by the SHA-256 of
 * their public keys. The root certificate itself must come with the token
 * (unverifiedEvidence.chain) or from beid_verify_add_intermediate().
 * Result: OK or INTERNAL.
 */
BEID_VERIFY_API enum beid_verify_result
beid_verify_new(struct beid_verify **out) BEID_VERIFY_CHECK;

/* Frees; accepts NULL; sets *verifier to NULL. */
BEID_VERIFY_API void beid_verify_free(struct beid_verify **verifier);

/*
 * Trusts the CA certificates in data (PEM, one or more; or one DER) instead
 * of the pinned roots; may be called again for more. A root or an issuing CA:
 * what it issued is then accepted without looking further up.
 * ARGUMENT when data holds no certificate, or one that is not a CA's.
 */
BEID_VERIFY_API enum beid_verify_result
beid_verify_add_trust(struct beid_verify *verifier, const void *data,
                      size_t len) BEID_VERIFY_CHECK;

/*
 * Adds CA certificates that help to build the chain and are not trusted by
 * themselves. Same forms and results as beid_verify_add_trust().
 */
BEID_VERIFY_API enum beid_verify_result
beid_verify_add_intermediate(struct beid_verify *verifier, const void *data,
                             size_t len) BEID_VERIFY_CHECK;

/* Judges validity at this moment instead of now. */
BEID_VERIFY_API void beid_verify_set_time(struct beid_verify *verifier,
                                          time_t at);

/*
 * Accepts one more certificate policy for this use, in dotted form. The
 * Belgian policies for citizens and foreigners are built in; those of test
 * cards are not. ARGUMENT when it is no policy (anyPolicy is none) or when
 * there are more than 16.
 */
BEID_VERIFY_API enum beid_verify_result
beid_verify_add_policy(struct beid_verify *verifier, enum beid_verify_use use,
                       const char *oid) BEID_VERIFY_CHECK;

/*
 * Of the built-in policies, accepts only those that were read in real
 * certificates, not those that were inferred from them (foreigners' cards,
 * and citizens' under Root CA3).
 */
BEID_VERIFY_API void
beid_verify_refuse_inferred_policies(struct beid_verify *verifier);

/*
 * Demands of a signature certificate that it also says QcSSCD (the key is in
 * a qualified device). Belgian cards are such devices, but the certificates
 * that were read say QcCompliance only.
 */
BEID_VERIFY_API void beid_verify_require_device(struct beid_verify *verifier);

/*
 * Is this an origin as browsers write it, https://host[:port] in lower case
 * without default port, path or slash at the end (http:// for this machine
 * only)? Result: OK or ARGUMENT. For a relying party to check its own
 * configuration: origins are compared byte by byte.
 */
BEID_VERIFY_API enum beid_verify_result
beid_verify_origin_check(const char *origin) BEID_VERIFY_CHECK;

/* A JSON text of token_len bytes, and what the relying party expects. */
struct beid_verify_token {
    const char *token; /* bare token, or the agent's whole answer */
    size_t token_len;
    const char *origin; /* ASCII serialisation: https://host[:port] */
    const char *nonce; /* the text handed out, 44 to 128 characters */
};

/*
 * Verifies. Only when the result is BEID_VERIFY_OK does *report point to a
 * report, which the caller frees with beid_verify_report_free(); otherwise it
 * is NULL. Whether the nonce was fresh, used once and given to this session
 * is the caller's to check, before this call.
 */
BEID_VERIFY_API enum beid_verify_result
beid_verify_token(const struct beid_verify *verifier,
                  const struct beid_verify_token *request,
                  struct beid_verify_report **report) BEID_VERIFY_CHECK;

/*
 * Judges one certificate (PEM or DER) as the token's and the statement's are
 * judged: key, use, validity, names, policy, qualified statements, chain,
 * revocation. *report as for beid_verify_token().
 */
BEID_VERIFY_API enum beid_verify_result
beid_verify_certificate(const struct beid_verify *verifier, const void *data,
                        size_t len, enum beid_verify_use use,
                        struct beid_verify_report **report) BEID_VERIFY_CHECK;

/* Frees, wiping the personal data; accepts NULL; sets *report to NULL. */
BEID_VERIFY_API void
beid_verify_report_free(struct beid_verify_report **report);

/*
 * A verdict as one JSON object: result, exitCode, message, revocation and,
 * with a report, format, algorithm, identity, certificate and anchor. report
 * may be NULL. The caller frees it with free(); NULL when memory runs out.
 */
BEID_VERIFY_API char *beid_verify_report_json(
    enum beid_verify_result result,
    const struct beid_verify_report *report) BEID_VERIFY_CHECK;

/* The stable machine name of a result, for example "expired"; static. */
BEID_VERIFY_API const char *
beid_verify_result_name(enum beid_verify_result result);

/* One English sentence for developers; static. */
BEID_VERIFY_API const char *
beid_verify_result_text(enum beid_verify_result result);

#ifdef __cplusplus
}
#endif

#endif

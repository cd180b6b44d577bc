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
 * once. Certificates are read, and signatures verified, in a library context
 * of OpenSSL that is the library's own: by OpenSSL's default provider, whatever
 * openssl.cnf or the program around it chose; a key that an ENGINE took over
 * is refused. It is made for the first verifier and stays for the life of the
 * process. OCSP answers are judged in the program's default context.
 *
 * A program with threads forks only while none of them is inside the library,
 * or makes its verifier in the child.
 */
#include <beid/verify_types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

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
    time_t revocation_at; /* thisUpdate of the OCSP answer or CRL */
    int revocation_cached; /* 1: it was here already */
    const char *lang; /* statement: the language of its text */
    time_t signed_at; /* statement: what the citizen's computer said */
};

struct beid_verify;

/*
 * Makes a verifier that trusts the Belgium Root CAs, pinned by the SHA-256 of
 * their public keys. The root certificate itself must come with the token
 * (unverifiedEvidence.chain) or from beid_verify_add_intermediate().
 * Result: OK or INTERNAL.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_new(struct beid_verify **out);

/* Frees; accepts NULL; sets *verifier to NULL. */
BEID_VERIFY_API void beid_verify_free(struct beid_verify **verifier);

/*
 * Trusts the CA certificates in data (PEM, one or more; or one DER) instead
 * of the pinned roots; may be called again for more. A root or an issuing CA:
 * what it issued is then accepted without looking further up.
 * ARGUMENT when data holds no certificate, or one that is not a CA's.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_add_trust(struct beid_verify *verifier, const void *data,
                      size_t len);

/*
 * Adds CA certificates that help to build the chain and are not trusted by
 * themselves. Same forms and results as beid_verify_add_trust().
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_add_intermediate(struct beid_verify *verifier, const void *data,
                             size_t len);

/* Judges validity at this moment instead of now. */
BEID_VERIFY_API void beid_verify_set_time(struct beid_verify *verifier,
                                          time_t at);

/*
 * Accepts one more certificate policy for this use, in dotted form. The
 * Belgian policies for citizens and foreigners are built in; those of test
 * cards are not. ARGUMENT when it is no policy (anyPolicy is none) or when
 * there are more than 16.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_add_policy(struct beid_verify *verifier, enum beid_verify_use use,
                       const char *oid);

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
 * Says who is asked about revocation; nobody until this is called. The library
 * then goes to the network, by plain HTTP and through the proxy that the
 * environment names, to the Belgian responders only (http://ocsp.eid.belgium.be
 * and http://ocsp.eidpki.belgium.be, and crl. likewise), whatever URL a
 * certificate holds. Answers are kept for the verifier's threads: for REQUIRED no
 * longer than ocsp_age_s, for LOGIN kept_age_s and not past nextUpdate, but
 * "revoked" until nextUpdate while OCSP gives no fresh answer; a CRL until its
 * nextUpdate, and a newer one is asked for after an hour. An older one replaces
 * neither. Only the citizen's certificate is asked about, not its CA's.
 * ARGUMENT or INTERNAL.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_set_revocation(struct beid_verify *verifier,
                           enum beid_verify_revocation_mode mode);

/* Replaces the limits. ARGUMENT when one is negative or absurd. */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_set_limits(struct beid_verify *verifier,
                       const struct beid_verify_limits *limits);

/*
 * Asks servers below this URL ("http://host[:port][/path]", no slash at the
 * end) instead of the Belgian ones: for a test PKI. Up to 8 of each.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_add_ocsp_prefix(struct beid_verify *verifier, const char *prefix);
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_add_crl_prefix(struct beid_verify *verifier, const char *prefix);

/*
 * Is this an origin as browsers write it, https://host[:port] in lower case
 * without default port, path or slash at the end (http:// for this machine
 * only)? Result: OK or ARGUMENT. For a relying party to check its own
 * configuration: origins are compared byte by byte.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_origin_check(const char *origin);

/* A JSON text of token_len bytes, and what the relying party expects. */
struct beid_verify_token {
    const char *token; /* bare token, or the agent's whole answer */
    size_t token_len;
    const char *origin; /* ASCII serialisation: https://host[:port] */
    const char *nonce; /* the text handed out, 44 to 128 characters */
    struct beid_verify_inquiry *inquiry; /* filled unless NULL */
};

/*
 * Verifies. Only when the result is BEID_VERIFY_OK does *report point to a
 * report, which the caller frees with beid_verify_report_free(); otherwise it
 * is NULL. Whether the nonce was fresh, used once and given to this session
 * is the caller's to check, before this call.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_token(const struct beid_verify *verifier,
                  const struct beid_verify_token *request,
                  struct beid_verify_report **report);

/*
 * Judges one certificate (PEM or DER) as the token's and the statement's are
 * judged: key, use, validity, names, policy, qualified statements, chain,
 * revocation. *report as for beid_verify_token(); inquiry may be NULL.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_certificate(const struct beid_verify *verifier, const void *data,
                        size_t len, enum beid_verify_use use,
                        struct beid_verify_inquiry *inquiry,
                        struct beid_verify_report **report);

/* A signed statement, and what the relying party knows about it. */
struct beid_verify_statement {
    const char *request; /* the signed request as the portal kept it */
    size_t request_len;
    const char *answer; /* JSON: statement, signature, unverifiedEvidence */
    size_t answer_len;
    const char *portal_name; /* the name in the portal file, in lang */
    const char *lang; /* "nl", "fr", "de", "en"; NULL: any of them */
    const void *login_certificate; /* PEM or DER; NULL: not compared */
    size_t login_certificate_len;
    const uint8_t *person_sha256; /* of the 11 digits; NULL: not compared */
    struct beid_verify_inquiry *inquiry; /* filled unless NULL */
};

/*
 * Verifies a statement: rebuilds the text from the request, byte for byte, and
 * judges the detached CAdES B-B signature, its certificate (non-repudiation,
 * qualified), its chain, and revocation. The signer must be the person of
 * login_certificate or of person_sha256 when these are given, and the login's
 * certificate the one that the request names when it names one. The request is
 * the portal's own: keep it, do not take it from the page. *report as for
 * beid_verify_token().
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_statement(const struct beid_verify *verifier,
                      const struct beid_verify_statement *statement,
                      struct beid_verify_report **report);

/* A CA certificate and what is thought of it. Strings belong to the list. */
struct beid_verify_ca {
    enum beid_verify_result result; /* only OK: it chains to a trusted CA */
    int root; /* 1: it is itself what is trusted, and no issuing CA */
    const char *subject; /* RFC 2253 text */
    const char *issuer;
    const char *spki_sha256; /* 64 lower-case hex digits */
    const char *anchor; /* as in a report; NULL after a refusal */
    const char *anchor_spki_sha256;
    time_t not_before;
    time_t not_after;
    const char *pem;
};

struct beid_verify_cas {
    size_t count;
    const struct beid_verify_ca *ca;
};

/*
 * A list of CA certificates, for validators that need the issuing CAs
 * configured. Add what there is: certificates in PEM or DER, or an answer of
 * the agent, whose chain is taken; each is listed once. Then judge them by
 * chain, validity, strength and the right to issue; revocation is not asked.
 * new: OK or INTERNAL. add: ARGUMENT when there is no certificate in data,
 * TOKEN_JSON or CHAIN_FORMAT when it cannot be read. judge: OK when each has
 * its own result, else INTERNAL.
 */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_cas_new(struct beid_verify_cas **cas);
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_cas_add(struct beid_verify_cas *cas, const void *data, size_t len);
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_cas_judge(const struct beid_verify *verifier,
                      struct beid_verify_cas *cas);

/* Frees; accepts NULL; sets *cas to NULL. */
BEID_VERIFY_API void beid_verify_cas_free(struct beid_verify_cas **cas);

/* The list and the pinned roots as JSON, as beid_verify_report_json(). */
BEID_VERIFY_CALL char *beid_verify_cas_json(const struct beid_verify_cas *cas);

/* A root that is pinned by its key; valid between these moments only. */
struct beid_verify_root {
    const char *common_name; /* static */
    char spki_sha256[65]; /* as in a report */
    time_t not_before;
    time_t not_after;
};

/* The index-th pinned root, from 0. OK, or ARGUMENT past the last. */
BEID_VERIFY_CALL enum beid_verify_result
beid_verify_root(size_t index, struct beid_verify_root *out);

/* Frees, wiping the personal data; accepts NULL; sets *report to NULL. */
BEID_VERIFY_API void
beid_verify_report_free(struct beid_verify_report **report);

/*
 * A verdict as one JSON object: result, exitCode, message, revocation ("ocsp",
 * "crl", "unavailable", "not checked") with its time and, with a report,
 * format, algorithm, identity, certificate and anchor. Both may be NULL: of
 * a certificate that was revoked only the inquiry tells by whom it is known.
 * The caller frees it with free(); NULL when memory runs out.
 */
BEID_VERIFY_CALL char *
beid_verify_report_json(enum beid_verify_result result,
                        const struct beid_verify_report *report,
                        const struct beid_verify_inquiry *inquiry);

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

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/verify.h>

/* Machine name and sentence of every result, in the order of the enum. */
struct wording {
    enum beid_verify_result result;
    const char *name;
    const char *text;
};

static const struct wording wordings[] = {
    {BEID_VERIFY_OK, "ok", "everything that was checked is good"},
    {BEID_VERIFY_INTERNAL, "internal",
     "out of memory, a file could not be read, or libcrypto failed"},
    {BEID_VERIFY_ARGUMENT, "argument",
     "the origin, nonce, time or a given certificate is unusable"},
    {BEID_VERIFY_TOKEN_SIZE, "token_size",
     "the token is not 100 to 10000 bytes long, or the answer is empty or "
     "longer than 65536"},
    {BEID_VERIFY_TOKEN_JSON, "token_json",
     "the token is not strict JSON, or a member is missing, twice or not text"},
    {BEID_VERIFY_TOKEN_FORMAT, "token_format",
     "the token's format is not web-eid:1, web-eid:1.0 or web-eid:1.1"},
    {BEID_VERIFY_ALGORITHM, "algorithm",
     "the token's algorithm is not RS256 or ES384"},
    {BEID_VERIFY_CERTIFICATE, "certificate",
     "it is not one X.509 certificate: strict base64 in a token, else PEM or "
     "DER"},
    {BEID_VERIFY_KEY, "key",
     "the key's type or size does not fit the token's algorithm"},
    {BEID_VERIFY_USAGE, "usage", "the certificate is not meant for this use"},
    {BEID_VERIFY_NOT_YET_VALID, "not_yet_valid",
     "the certificate is not valid yet at the time of the check"},
    {BEID_VERIFY_EXPIRED, "expired",
     "the certificate was no longer valid at the time of the check"},
    {BEID_VERIFY_WEAK_SIGNATURE, "weak_signature",
     "a certificate of the chain has a signature or key that is too weak"},
    {BEID_VERIFY_CHAIN_FORMAT, "chain_format",
     "a certificate in the token's evidence cannot be read"},
    {BEID_VERIFY_UNTRUSTED, "untrusted",
     "no chain leads from the certificate to a trusted authority"},
    {BEID_VERIFY_CHAIN_VALIDITY, "chain_validity",
     "an authority of the chain is outside its validity period"},
    {BEID_VERIFY_SUBJECT, "subject",
     "the certificate's subject name is ambiguous or malformed"},
    {BEID_VERIFY_SIGNATURE_FORMAT, "signature_format",
     "the signature is not strict base64, or has a wrong length"},
    {BEID_VERIFY_SIGNATURE, "signature",
     "the signature was not made over what was to be signed"},
    {BEID_VERIFY_POLICY, "policy",
     "the certificate has no policy of a Belgian citizen's or foreigner's card"},
    {BEID_VERIFY_QUALIFIED, "qualified",
     "the signature certificate does not say that it is qualified"},
    {BEID_VERIFY_REVOKED, "revoked",
     "the certificate was revoked or suspended"},
    {BEID_VERIFY_REVOCATION_UNKNOWN, "revocation_unknown",
     "the issuer's responder does not know the certificate"},
    {BEID_VERIFY_REVOCATION_UNAVAILABLE, "revocation_unavailable",
     "no responder gave an answer about revocation that counts"},
    {BEID_VERIFY_REQUEST, "request",
     "the request is not a step-up request for a statement"},
    {BEID_VERIFY_STATEMENT_TEXT, "statement_text",
     "the statement is not the text that belongs to the request"},
    {BEID_VERIFY_CMS_FORMAT, "cms_format",
     "the statement's signature is not one detached CMS signature"},
    {BEID_VERIFY_CMS_ATTRIBUTES, "cms_attributes",
     "the statement's signature lacks what CAdES B-B demands"},
    {BEID_VERIFY_PERSON, "person",
     "the statement was signed by somebody else than the session's person"},
};

static const struct wording *
wording_of(enum beid_verify_result result)
{
    for (unsigned i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
        if (wordings[i].result == result) {
            return &wordings[i];
        }
    }
    return &wordings[1];
}

const char *
beid_verify_result_name(enum beid_verify_result result)
{
    return wording_of(result)->name;
}

const char *
beid_verify_result_text(enum beid_verify_result result)
{
    return wording_of(result)->text;
}

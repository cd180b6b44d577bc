/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <string.h>

#define AUTH BEID_VERIFY_USE_AUTHENTICATION
#define SIGN BEID_VERIFY_USE_SIGNATURE
#define STATEMENTS_MAX 32

/*
 * The policies of citizens' (.2) and foreigners' (.7) certificates under each
 * root's arc. Those that nobody read in a certificate are inferred from their
 * neighbours: beid_verify_refuse_inferred_policies() takes them away. Root CA6
 * has no arc that is known: its CAs carry anyPolicy, and the certificates seen
 * from its generation carry CA4's. The policies of test cards (2.16.56.1.40)
 * are none of these.
 */
static const struct known {
    const char *oid;
    enum beid_verify_use use;
    bool inferred;
} belgian[] = {
    {"2.16.56.1.1.1.2.2", AUTH, true},   {"2.16.56.1.1.1.2.1", SIGN, false},
    {"2.16.56.1.1.1.7.2", AUTH, true},   {"2.16.56.1.1.1.7.1", SIGN, true},
    {"2.16.56.9.1.1.2.2", AUTH, false},  {"2.16.56.9.1.1.2.1", SIGN, false},
    {"2.16.56.9.1.1.7.2", AUTH, true},   {"2.16.56.9.1.1.7.1", SIGN, true},
    {"2.16.56.10.1.1.2.2", AUTH, true},  {"2.16.56.10.1.1.2.1", SIGN, true},
    {"2.16.56.10.1.1.7.2", AUTH, true},  {"2.16.56.10.1.1.7.1", SIGN, true},
    {"2.16.56.12.1.1.2.2", AUTH, false}, {"2.16.56.12.1.1.2.1", SIGN, false},
    {"2.16.56.12.1.1.7.2", AUTH, true},  {"2.16.56.12.1.1.7.1", SIGN, true},
};

bool
policy_wellformed(const char *oid)
{
    size_t len = strlen(oid);
    if (len >= POLICY_SIZE || len < 3 || strspn(oid, "0123456789.") != len
        || strstr(oid, "..") != NULL || oid[len - 1] == '.') {
        return false;
    }
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    bool good = object != NULL && OBJ_obj2nid(object) != NID_any_policy;
    ASN1_OBJECT_free(object);
    return good;
}

static bool
accepted(const struct beid_verify *verifier, enum beid_verify_use use,
         const char *oid, bool *inferred)
{
    *inferred = false;
    for (size_t i = 0; i < verifier->policy_count; i++) {
        const struct policy *policy = &verifier->policies[i];
        if (policy->use == use && strcmp(policy->oid, oid) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof belgian / sizeof belgian[0]; i++) {
        if (belgian[i].use == use && strcmp(belgian[i].oid, oid) == 0) {
            *inferred = belgian[i].inferred;
            return !*inferred || !verifier->refuse_inferred;
        }
    }
    return false;
}

enum beid_verify_result
policy_check(const struct beid_verify *verifier, const X509 *cert,
             enum beid_verify_use use, struct report *out)
{
    int critical = 0;
    bool inferred = false;
    CERTIFICATEPOLICIES *policies =
        X509_get_ext_d2i(cert, NID_certificate_policies, &critical, NULL);
    enum beid_verify_result result = BEID_VERIFY_POLICY;
    for (int i = 0; result != BEID_VERIFY_OK && i < sk_POLICYINFO_num(policies);
         i++) {
        int len = OBJ_obj2txt(out->policy, sizeof out->policy,
                              sk_POLICYINFO_value(policies, i)->policyid, 1);
        if (len > 0 && (size_t)len < sizeof out->policy
            && accepted(verifier, use, out->policy, &inferred)) {
            out->open.policy = out->policy;
            out->open.policy_inferred = inferred ? 1 : 0;
            result = BEID_VERIFY_OK;
        }
    }
    CERTIFICATEPOLICIES_free(policies);
    return result;
}

/* The identifier of one statement: the first member of its sequence. */
static void
statement_read(const ASN1_TYPE *statement, struct report *out)
{
    char oid[POLICY_SIZE] = "";
    if (statement->type != V_ASN1_SEQUENCE) {
        return;
    }
    const unsigned char *at = statement->value.sequence->data;
    ASN1_SEQUENCE_ANY *parts =
        d2i_ASN1_SEQUENCE_ANY(NULL, &at, statement->value.sequence->length);
    const ASN1_TYPE *first =
        sk_ASN1_TYPE_num(parts) > 0 ? sk_ASN1_TYPE_value(parts, 0) : NULL;
    if (first != NULL && first->type == V_ASN1_OBJECT
        && OBJ_obj2txt(oid, sizeof oid, first->value.object, 1) > 0) {
        if (strcmp(oid, "0.4.0.1862.1.1") == 0) {
            out->open.qualified = 1;
        } else if (strcmp(oid, "0.4.0.1862.1.4") == 0) {
            out->open.qualified_device = 1;
        }
    }
    sk_ASN1_TYPE_pop_free(parts, ASN1_TYPE_free);
}

enum beid_verify_result
qualified_check(const struct beid_verify *verifier, const X509 *cert,
                enum beid_verify_use use, struct report *out)
{
    int index = X509_get_ext_by_NID(cert, NID_qcStatements, -1);
    bool once =
        index >= 0 && X509_get_ext_by_NID(cert, NID_qcStatements, index) < 0;
    if (once) {
        const ASN1_OCTET_STRING *value =
            X509_EXTENSION_get_data(X509_get_ext(cert, index));
        const unsigned char *at = ASN1_STRING_get0_data(value);
        ASN1_SEQUENCE_ANY *all =
            d2i_ASN1_SEQUENCE_ANY(NULL, &at, ASN1_STRING_length(value));
        for (int i = 0; i < sk_ASN1_TYPE_num(all) && i < STATEMENTS_MAX; i++) {
            statement_read(sk_ASN1_TYPE_value(all, i), out);
        }
        sk_ASN1_TYPE_pop_free(all, ASN1_TYPE_free);
    }
    if (use != SIGN) {
        return BEID_VERIFY_OK;
    }
    return out->open.qualified == 1
                   && (!verifier->require_device
                       || out->open.qualified_device == 1)
               ? BEID_VERIFY_OK
               : BEID_VERIFY_QUALIFIED;
}

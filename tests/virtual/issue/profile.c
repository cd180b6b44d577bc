/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "profile.h"

#include <openssl/objects.h>

#include <stddef.h>
#include <string.h>

#define CPS_RSA "http://repository.eid.beid-test.invalid"
#define CRL_RSA "http://crl.eid.beid-test.invalid"
#define CRT_RSA "http://certs.eid.beid-test.invalid"
#define OCSP_RSA "http://ocsp.eid.beid-test.invalid"
#define CPS_EC "https://repository.eidpki.beid-test.invalid/eid"
#define CRL_EC "http://crl.eidpki.beid-test.invalid/eid"
#define CRT_EC "http://crt.eidpki.beid-test.invalid/eid"
#define OCSP_EC "http://ocsp.eidpki.beid-test.invalid/eid"

#define POLICY(oid, cps)                                                       \
    "certificatePolicies=@pol\n"                                               \
    "[pol]\n"                                                                  \
    "policyIdentifier=" oid "\n"                                               \
    "CPS.1=" cps "\n"

/* id-etsi-qcs-QcCompliance, the only statement on these certificates. */
#define QC_STATEMENT "1.3.6.1.5.5.7.1.3=DER:300A3008060604008E460101\n"

static const char rsa_root[] =
    "[ext]\n"
    "keyUsage=critical,keyCertSign,cRLSign\n"
    "basicConstraints=critical,CA:TRUE\n"
    "subjectKeyIdentifier=hash\n"
    "nsCertType=sslCA,emailCA,objCA\n"
    "authorityKeyIdentifier=keyid:always\n" POLICY("2.16.56.12.1.1", CPS_RSA);

static const char rsa_ca[] =
    "[ext]\n"
    "keyUsage=critical,keyCertSign,cRLSign\n"
    "basicConstraints=critical,CA:TRUE,pathlen:0\n"
    "subjectKeyIdentifier=hash\n"
    "crlDistributionPoints=URI:" CRL_RSA "/belgium4.crl\n"
    "authorityInfoAccess=OCSP;URI:" OCSP_RSA "\n"
    "nsCertType=sslCA,emailCA\n"
    "authorityKeyIdentifier=keyid\n" POLICY("2.16.56.12.1.1.2", CPS_RSA);

static const char rsa_rrn[] =
    "[ext]\n"
    "keyUsage=critical,digitalSignature\n"
    "crlDistributionPoints=URI:" CRL_RSA "/belgium4.crl\n"
    "authorityKeyIdentifier=keyid\n" POLICY("2.16.56.12.1.1.4", CPS_RSA);

static const char rsa_auth[] =
    "[ext]\n"
    "authorityKeyIdentifier=keyid\n"
    "authorityInfoAccess=caIssuers;URI:" CRT_RSA
    "/belgiumrs4.crt,OCSP;URI:" OCSP_RSA "\n"
    "crlDistributionPoints=URI:" CRL_RSA "/eidc202601.crl\n"
    "keyUsage=critical,digitalSignature\n"
    "nsCertType=client,email\n" POLICY("2.16.56.12.1.1.2.2", CPS_RSA);

static const char rsa_sign[] =
    "[ext]\n"
    "authorityKeyIdentifier=keyid\n"
    "authorityInfoAccess=caIssuers;URI:" CRT_RSA
    "/belgiumrs4.crt,OCSP;URI:" OCSP_RSA "\n"
    "crlDistributionPoints=URI:" CRL_RSA "/eidc202601.crl\n"
    "keyUsage=critical,nonRepudiation\n"
    "nsCertType=email\n" QC_STATEMENT POLICY("2.16.56.12.1.1.2.1", CPS_RSA);

static const char ec_root[] = "[ext]\n"
                              "basicConstraints=critical,CA:TRUE,pathlen:1\n"
                              "subjectKeyIdentifier=hash\n"
                              "keyUsage=critical,keyCertSign,cRLSign\n";

static const char ec_ca[] =
    "[ext]\n"
    "basicConstraints=critical,CA:TRUE,pathlen:0\n"
    "authorityKeyIdentifier=keyid\n"
    "authorityInfoAccess=caIssuers;URI:" CRT_EC "/brca6.crt,OCSP;URI:" OCSP_EC
    "/brca6\n"
    "extendedKeyUsage=clientAuth,emailProtection\n"
    "crlDistributionPoints=URI:" CRL_EC "/brca6.crl\n"
    "subjectKeyIdentifier=hash\n"
    "keyUsage=critical,keyCertSign,cRLSign\n" POLICY("2.5.29.32.0", CPS_EC);

static const char ec_rrn[] =
    "[ext]\n"
    "authorityKeyIdentifier=keyid\n"
    "authorityInfoAccess=caIssuers;URI:" CRT_EC "/brca6.crt,OCSP;URI:" OCSP_EC
    "/brca6\n"
    "crlDistributionPoints=URI:" CRL_EC "/brca6.crl\n"
    "keyUsage=critical,digitalSignature\n" POLICY("2.16.56.12.1.1.4", CPS_EC);

static const char ec_auth[] =
    "[ext]\n"
    "authorityKeyIdentifier=keyid\n"
    "authorityInfoAccess=caIssuers;URI:" CRT_EC
    "/eidc202601.crt,OCSP;URI:" OCSP_EC "/eidc202601\n"
    "extendedKeyUsage=clientAuth\n"
    "crlDistributionPoints=URI:" CRL_EC "/eidc202601.crl\n"
    "keyUsage=critical,digitalSignature\n" POLICY("2.16.56.12.1.1.2.2", CPS_EC);

static const char ec_sign[] =
    "[ext]\n"
    "authorityKeyIdentifier=keyid\n"
    "authorityInfoAccess=caIssuers;URI:" CRT_EC
    "/eidc202601.crt,OCSP;URI:" OCSP_EC "/eidc202601\n"
    "crlDistributionPoints=URI:" CRL_EC "/eidc202601.crl\n"
    "keyUsage=critical,nonRepudiation\n" QC_STATEMENT POLICY(
        "2.16.56.12.1.1.2.1", CPS_EC);

/* RFC 6960 §4.2.2.2: nobody asks about the responder itself. */
static const char responder[] = "[ext]\n"
                                "authorityKeyIdentifier=keyid\n"
                                "basicConstraints=critical,CA:FALSE\n"
                                "extendedKeyUsage=OCSPSigning\n"
                                "keyUsage=critical,digitalSignature\n"
                                "noCheck=yes\n"
                                "subjectKeyIdentifier=hash\n";

static const char *
extensions_of(enum profile_family family, enum profile_role role)
{
    bool rsa = family == PROFILE_RSA;
    switch (role) {
    case PROFILE_ROOT:
        return rsa ? rsa_root : ec_root;
    case PROFILE_CITIZEN_CA:
    case PROFILE_FOREIGNER_CA:
        return rsa ? rsa_ca : ec_ca;
    case PROFILE_RRN:
        return rsa ? rsa_rrn : ec_rrn;
    case PROFILE_AUTH:
        return rsa ? rsa_auth : ec_auth;
    case PROFILE_SIGN:
        return rsa ? rsa_sign : ec_sign;
    case PROFILE_RESPONDER:
        break;
    }
    return responder;
}

/* A part of a URL, and what it becomes. */
struct change {
    const char *from;
    const char *base;
    const char *to;
};

/* The change that applies at this place of the text; NULL: none. */
static const struct change *
change_at(const char *text, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(text, changes[i].from, strlen(changes[i].from)) == 0) {
            return &changes[i];
        }
    }
    return NULL;
}

void
profile_extensions(enum profile_family family, enum profile_role role,
                   struct profile_servers servers, struct beid_buf *out)
{
    const struct change changes[] = {
        {"/eidc2026", "", servers.foreigner ? "/eidf2026" : "/eidc2026"},
        {CRL_RSA, servers.base, "/crl"},
        {CRL_EC, servers.base, "/crl"},
        {CRT_RSA, servers.base, "/crt"},
        {CRT_EC, servers.base, "/crt"},
        {OCSP_RSA, servers.base, "/ocsp"},
        {OCSP_EC, servers.base, "/ocsp"},
    };
    size_t count =
        servers.base == NULL ? 1 : sizeof(changes) / sizeof(changes[0]);
    const char *text = extensions_of(family, role);
    while (*text != '\0') {
        const struct change *change = change_at(text, changes, count);
        if (change != NULL) {
            beid_buf_put_str(out, change->base);
            beid_buf_put_str(out, change->to);
            text += strlen(change->from);
        } else {
            beid_buf_put_u8(out, (uint8_t)*text);
            text++;
        }
    }
}

#define ORGANISATION_EC                                                        \
    {NID_countryName, "BE"}, {NID_localityName, "Brussels"},                   \
        {NID_organizationName,                                                 \
         "TEST Kingdom of Belgium - Federal Government"},                      \
        {NID_organizationalUnitName,                                           \
         "TEST FPS Home Affairs - BIK-GCI (NTRBE-0000000000)"},                \
    {                                                                          \
        NID_organizationalUnitName,                                            \
            "TEST FPS Policy and Support - BOSA (NTRBE-0000000000)"            \
    }

static const struct profile_attribute responder_name[] = {
    {NID_countryName, "BE"},
    {NID_commonName, "TEST Belgium OCSP Responder"},
    {0, NULL},
};

static const struct profile_attribute rsa_names[][PROFILE_NAME_MAX] = {
    {{NID_countryName, "BE"}, {NID_commonName, "TEST Belgium Root CA"}},
    {{NID_countryName, "BE"},
     {NID_commonName, "TEST Citizen CA"},
     {NID_serialNumber, "202601"}},
    {{NID_countryName, "BE"},
     {NID_commonName, "TEST Foreigner CA"},
     {NID_serialNumber, "202601"}},
    {{NID_countryName, "BE"},
     {NID_organizationName, "TEST RRN"},
     {NID_commonName, "TEST RRN"}},
};

static const struct profile_attribute ec_names[][PROFILE_NAME_MAX] = {
    {ORGANISATION_EC, {NID_commonName, "TEST Belgium Root CA"}},
    {ORGANISATION_EC,
     {NID_serialNumber, "202601"},
     {NID_commonName, "TEST Citizen CA"}},
    {ORGANISATION_EC,
     {NID_serialNumber, "202601"},
     {NID_commonName, "TEST Foreigner CA"}},
    {{NID_countryName, "BE"},
     {NID_organizationName, "TEST RRN"},
     {NID_commonName, "TEST RRN"}},
};

const struct profile_attribute *
profile_name(enum profile_family family, enum profile_role role)
{
    switch (role) {
    case PROFILE_ROOT:
    case PROFILE_CITIZEN_CA:
    case PROFILE_FOREIGNER_CA:
    case PROFILE_RRN:
        return family == PROFILE_RSA ? rsa_names[role] : ec_names[role];
    case PROFILE_RESPONDER:
        return responder_name;
    case PROFILE_AUTH:
    case PROFILE_SIGN:
        break;
    }
    return NULL;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PROFILE_H
#define BEID_VIRTUAL_PROFILE_H

#include <beid/bytes.h>

#include <stdbool.h>

/*
 * Certificate profiles of the Belgian PKI in two generations: the RSA one of
 * Root CA4 (cards with applet 1.7) and the EC one of Root CA6 (applet 1.8).
 * Host names end in ".invalid", which no resolver answers, unless the servers
 * of a responder are named.
 */
enum profile_family {
    PROFILE_RSA,
    PROFILE_EC
};

enum profile_role {
    PROFILE_ROOT,
    PROFILE_CITIZEN_CA,
    PROFILE_FOREIGNER_CA,
    PROFILE_RRN,
    PROFILE_AUTH,
    PROFILE_SIGN,
    PROFILE_RESPONDER
};

/* Which servers certificates name. */
struct profile_servers {
    const char *base; /* "http://127.0.0.1:PORT/1.8"; NULL: ".invalid" */
    bool foreigner; /* issued by the Foreigner CA, which has its own files */
};

/*
 * Appends the extensions of a certificate in OpenSSL's configuration
 * language, section [ext]. Below servers.base the servers are /ocsp, /crl and
 * /crt; file names are those of the PKI.
 */
void profile_extensions(enum profile_family family, enum profile_role role,
                        struct profile_servers servers, struct beid_buf *out);

/* One attribute of a distinguished name, in the order of encoding. */
struct profile_attribute {
    int nid;
    const char *value;
};

#define PROFILE_NAME_MAX 8U

/*
 * The name of an issuer, of the National Register or of an OCSP responder;
 * ends with nid 0. NULL for the roles of card holders.
 */
const struct profile_attribute *profile_name(enum profile_family family,
                                             enum profile_role role);

#endif

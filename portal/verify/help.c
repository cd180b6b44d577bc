/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <stdio.h>

/* The codes 10 and up are the verdicts of beid/verify.h. */
static const char head_text[] =
    "Usage: beid-verify token --origin ORIGIN --nonce NONCE [OPTION]... "
    "TOKEN.json\n"
    "       beid-verify statement --request FILE --portal-name NAME "
    "[OPTION]...\n"
    "                             ANSWER.json\n"
    "       beid-verify certificate [OPTION]... CERTIFICATE\n"
    "       beid-verify cas [OPTION]... [FILE]...\n"
    "       beid-verify reference [--lang LANG] [--json] CODE\n"
    "Verify that a Belgian eID card signed this origin and this nonce, or the "
    "text\n"
    "of this request, or that a certificate is a Belgian card's.\n"
    "\n"
    "TOKEN.json is a Web eID token, or an answer of the agent with the members\n"
    "token and unverifiedEvidence; ANSWER.json is the agent's answer to a "
    "statement;\n"
    "CERTIFICATE is in PEM or DER; \"-\" reads standard input.\n"
    "cas prints the issuing CAs in the FILEs (PEM, DER, answers with a chain) "
    "as PEM,\n"
    "for validators that need them configured: all of them, or none when one "
    "does\n"
    "not chain to a trusted root; without FILE it prints the roots it knows.\n"
    "reference tells a helpdesk what a CODE stands for: of the page "
    "(E13-7K3QX), of\n"
    "\"beid-agent doctor\" (D1-100-E3), or a name such as pin_forgotten; "
    "cause, sentence\n"
    "to say and action, in the four languages or in LANG.\n"
    "\n"
    "  --origin ORIGIN      the portal's origin, for example "
    "https://portal.example\n"
    "  --nonce NONCE        the nonce that was handed out, 44 to 128 "
    "characters\n"
    "  --request FILE       the signed step-up request that the portal kept\n"
    "  --portal-name NAME   the portal's name, as its portal file says it\n"
    "  --lang LANG          nl, fr, de or en: the statement's language; without "
    "it, any\n"
    "  --same-person-as FILE\n"
    "                       the login's certificate must be the signer's\n"
    "  --person HASH        SHA-256 of the signer's national number\n"
    "  --use USE            the certificate must be for authentication or "
    "signature\n"
    "  --require-device     a signature certificate must say QcSSCD\n";

static const char common_text[] =
    "  --trust FILE         trust this root or issuing CA (PEM or DER) "
    "instead of\n"
    "                       the Belgium Root CAs; may be repeated\n"
    "  --intermediate FILE  CA certificates that help to build the chain; "
    "may be\n"
    "                       repeated\n"
    "  --policy OID         accept this certificate policy too; may be "
    "repeated\n"
    "  --no-inferred-policies\n"
    "                       accept no Belgian policy that nobody read in a\n"
    "                       certificate\n"
    "  --revocation MODE    off; login: OCSP, else a CRL; required: OCSP. "
    "Without\n"
    "                       this option: required for a statement, off with "
    "--trust\n"
    "                       alone, else login\n"
    "  --ocsp-prefix URL    ask OCSP responders below this URL instead of the\n"
    "                       Belgian ones; may be repeated\n"
    "  --crl-prefix URL     the same for CRLs\n"
    "  --ocsp-age SECONDS   oldest OCSP answer (120)\n"
    "  --skew SECONDS       between our clock and the issuer's (900)\n"
    "  --timeout MS         for one exchange (5000)\n"
    "  --at TIME            judge validity at this moment (RFC 3339), not now\n"
    "  --json               print the verdict as JSON\n"
    "  --help               print this text\n"
    "  --version            print the version\n"
    "\n";

static const char exit_text[] =
    "Exit status: 0 verified; 1 trouble (a file, memory); 2 wrong arguments;\n"
    "refused: 10 token size, 11 JSON, 12 token format, 13 algorithm,\n"
    "14 certificate, 15 key, 16 key usage, 17 not yet valid, 18 expired,\n"
    "19 weak signature, 20 evidence, 21 untrusted, 22 CA validity, 23 subject,\n"
    "24 signature format, 25 signature, 26 policy, 27 not qualified,\n"
    "28 revoked, 29 revocation unknown, 30 revocation unavailable, 31 request,\n"
    "32 statement text, 33 CMS, 34 CAdES attributes, 35 another person.\n"
    "The Belgium Root CAs are known by their keys: "
    "the\n"
    "root's certificate comes with the token's evidence or by "
    "--intermediate.\n";

void
help_print(void)
{
    (void)fputs(head_text, stdout);
    (void)fputs(common_text, stdout);
    (void)fputs(exit_text, stdout);
}

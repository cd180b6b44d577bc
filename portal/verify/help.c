/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <stdio.h>

/* The codes 10 and up are the verdicts of beid/verify.h. */
static const char head_text[] =
    "Usage: beid-verify token --origin ORIGIN --nonce NONCE [OPTION]... "
    "TOKEN.json\n"
    "       beid-verify certificate [OPTION]... CERTIFICATE\n"
    "Verify that a Belgian eID card signed this origin and this nonce, or that "
    "a\n"
    "certificate is a Belgian card's.\n"
    "\n"
    "TOKEN.json is a Web eID token, or an answer of the agent with the members\n"
    "token and unverifiedEvidence; CERTIFICATE is in PEM or DER; \"-\" reads\n"
    "standard input.\n"
    "\n"
    "  --origin ORIGIN      the portal's origin, for example "
    "https://portal.example\n"
    "  --nonce NONCE        the nonce that was handed out, 44 to 128 "
    "characters\n"
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
    "24 signature format, 25 signature, 26 policy, 27 not qualified.\n"
    "Revocation is not checked. The Belgium Root CAs are known by their keys: "
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

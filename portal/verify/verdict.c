/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "grammar.h"

#include <stdio.h>
#include <stdlib.h>

static void
print_line(const char *label, const char *text)
{
    if (text != NULL) {
        (void)printf("%-17s %s\n", label, text);
    }
}

/* By whom a refusal for revocation is known. */
static const char *
known_by(enum beid_verify_revocation revocation)
{
    if (revocation == BEID_VERIFY_REVOCATION_OCSP) {
        return " (OCSP)";
    }
    return revocation == BEID_VERIFY_REVOCATION_CRL ? " (CRL)" : "";
}

static void
print_text(enum beid_verify_result result,
           const struct beid_verify_report *report,
           const struct beid_verify_inquiry *inquiry)
{
    if (result != BEID_VERIFY_OK) {
        (void)fprintf(
            stderr, "refused (%s): %s%s\n", beid_verify_result_name(result),
            beid_verify_result_text(result), known_by(inquiry->revocation));
        return;
    }
    static const char *const used[] = {
        [BEID_VERIFY_REVOCATION_NOT_CHECKED] = "not checked",
        [BEID_VERIFY_REVOCATION_OCSP] = "good (OCSP)",
        [BEID_VERIFY_REVOCATION_CRL] = "good (CRL)"};
    char until[RFC3339_SIZE];
    rfc3339_format(report->not_after, until);
    (void)printf("verified\n");
    print_line("name:", report->common_name);
    print_line("given names:", report->given_names);
    print_line("surname:", report->surname);
    print_line("national number:", report->national_number);
    print_line("algorithm:", report->algorithm);
    print_line("use:", report->use == BEID_VERIFY_USE_SIGNATURE
                           ? "signature"
                           : "authentication");
    (void)printf("%-17s %s%s\n", "policy:", report->policy,
                 report->policy_inferred ? " (inferred)" : "");
    print_line("issuer:", report->issuer);
    print_line("trusted through:", report->anchor);
    print_line("valid until:", until);
    print_line("language:", report->lang);
    print_line("revocation:", used[report->revocation]);
}

enum beid_verify_result
verdict_print(enum beid_verify_result result,
              const struct beid_verify_report *report,
              const struct beid_verify_inquiry *inquiry, bool json)
{
    if (json) {
        char *text = beid_verify_report_json(result, report, inquiry);
        if (text == NULL) {
            return BEID_VERIFY_INTERNAL;
        }
        (void)puts(text);
        free(text);
    } else {
        print_text(result, report, inquiry);
    }
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "beid-verify: cannot write the verdict\n");
        return BEID_VERIFY_INTERNAL;
    }
    return result;
}

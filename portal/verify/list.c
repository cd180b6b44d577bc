/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "grammar.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX ((size_t)4 * 1024 * 1024)

static void
print_dates(time_t not_before, time_t not_after)
{
    char from[RFC3339_SIZE];
    char until[RFC3339_SIZE];
    rfc3339_format(not_before, from);
    rfc3339_format(not_after, until);
    (void)printf("# valid:       %s to %s\n", from, until);
}

static void
print_roots(void)
{
    struct beid_verify_root root;
    (void)printf("# The roots that are known, by their keys:\n");
    for (size_t i = 0; beid_verify_root(i, &root) == BEID_VERIFY_OK; i++) {
        (void)printf("#\n# root:        %s\n# SPKI SHA-256: %s\n",
                     root.common_name, root.spki_sha256);
        print_dates(root.not_before, root.not_after);
    }
    (void)printf("#\n# No issuing CA is built in. Name files that hold them: "
                 "answers of the agent\n# with a chain, or certificates in "
                 "PEM or DER.\n");
}

static void
print_ca(const struct beid_verify_ca *ca)
{
    (void)printf("# subject:     %s\n# issuer:      %s\n# SPKI SHA-256: %s\n",
                 ca->subject, ca->issuer, ca->spki_sha256);
    print_dates(ca->not_before, ca->not_after);
    (void)printf("# below:       %s\n#   its SPKI SHA-256: %s\n%s\n",
                 ca->anchor, ca->anchor_spki_sha256, ca->pem);
}

/* The first refusal; each is told. */
static enum beid_verify_result
refusals(const struct beid_verify_cas *cas)
{
    enum beid_verify_result first = BEID_VERIFY_OK;
    for (size_t i = 0; i < cas->count; i++) {
        const struct beid_verify_ca *ca = &cas->ca[i];
        if (ca->result != BEID_VERIFY_OK) {
            (void)fprintf(stderr, "refused (%s): %s\n  %s\n",
                          beid_verify_result_name(ca->result), ca->subject,
                          beid_verify_result_text(ca->result));
            first = first == BEID_VERIFY_OK ? ca->result : first;
        }
    }
    return first;
}

static enum beid_verify_result
print_json(const struct beid_verify_cas *cas)
{
    char *text = beid_verify_cas_json(cas);
    if (text == NULL) {
        return BEID_VERIFY_INTERNAL;
    }
    (void)puts(text);
    free(text);
    return BEID_VERIFY_OK;
}

static enum beid_verify_result
print_list(const struct beid_verify_cas *cas, bool json)
{
    enum beid_verify_result first = refusals(cas);
    size_t printed = 0;
    if (json) {
        enum beid_verify_result result = print_json(cas);
        return result == BEID_VERIFY_OK ? first : result;
    }
    for (size_t i = 0; first == BEID_VERIFY_OK && i < cas->count; i++) {
        if (cas->ca[i].root == 0) {
            print_ca(&cas->ca[i]);
            printed++;
        }
    }
    if (cas->count == 0) {
        print_roots();
    } else if (first == BEID_VERIFY_OK && printed == 0) {
        (void)fprintf(stderr, "beid-verify: no issuing CA, only roots\n");
        return BEID_VERIFY_ARGUMENT;
    }
    return first;
}

static enum beid_verify_result
file_add(struct beid_verify_cas *cas, const char *path)
{
    struct beid_buf file;
    beid_buf_init(&file, FILE_MAX);
    enum beid_err err = file_read(path, &file);
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    if (err == BEID_OK) {
        result = beid_verify_cas_add(cas, file.ptr, file.len);
    } else if (err == BEID_ERR_LIMIT) {
        result = BEID_VERIFY_CHAIN_FORMAT;
    }
    if (result == BEID_VERIFY_ARGUMENT) {
        (void)fprintf(stderr,
                      "beid-verify: %s: no CA certificate in it (does the "
                      "answer have a chain?)\n",
                      path);
    } else if (result == BEID_VERIFY_CHAIN_FORMAT) {
        (void)fprintf(stderr,
                      "beid-verify: %s: neither certificates in PEM or DER nor "
                      "an answer with a chain of them\n",
                      path);
    } else if (result != BEID_VERIFY_OK && result != BEID_VERIFY_INTERNAL) {
        (void)fprintf(stderr, "beid-verify: %s: %s\n", path,
                      beid_verify_result_text(result));
    }
    beid_buf_clear(&file);
    return result;
}

enum beid_verify_result
cas_list(const struct options *options)
{
    struct beid_verify_cas *cas = NULL;
    enum beid_verify_result result = beid_verify_cas_new(&cas);
    for (size_t i = 0; result == BEID_VERIFY_OK && i < options->file_count;
         i++) {
        result = file_add(cas, options->files[i]);
    }
    if (result == BEID_VERIFY_OK) {
        result = beid_verify_cas_judge(options->verifier, cas);
    }
    if (result == BEID_VERIFY_OK) {
        result = print_list(cas, options->json);
    }
    beid_verify_cas_free(&cas);
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "beid-verify: cannot write the list\n");
        return BEID_VERIFY_INTERNAL;
    }
    return result;
}

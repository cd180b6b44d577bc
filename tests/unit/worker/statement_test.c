/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "worker/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct beid_wire_operation
example(void)
{
    return (struct beid_wire_operation){
        .type = BEID_WIRE_STEP_UP,
        .base = {.portal_name = beid_span_str("Mijn Burgerprofiel"),
                 .origin = beid_span_str("https://www.mijnburgerprofiel.be")},
        .statement = true,
        .resource = beid_span_str("https://www.mijnburgerprofiel.be/x?y=1"),
        .text = beid_span_str("Ik ga akkoord."),
        .jti = beid_span_str("0123456789abcdef"),
        .issued = 1800000000};
}

static void
check(enum beid_lang lang, const char *expected)
{
    struct beid_buf out;
    const struct beid_wire_operation asked = example();
    beid_buf_init(&out, BEID_WIRE_DOCUMENT_MAX);
    assert_int_equal(statement_write(&out, lang, &asked), BEID_OK);
    assert_string_equal(beid_buf_cstr(&out), expected);
    beid_buf_clear(&out);
}

#define MIDDLE "https://www.mijnburgerprofiel.be\n\nIk ga akkoord.\n\n"
#define URL "https://www.mijnburgerprofiel.be/x?y=1\n"
#define ID "0123456789abcdef\n"
#define TIME "2027-01-15T08:00:00Z\n"

/* These bytes are signed: portals have a copy of them. */
static void
the_form_in_four_languages(void **state)
{
    (void)state;
    check(BEID_LANG_NL, "Verklaring\nTaal: nl\nWebsite: Mijn Burgerprofiel\n"
                        "Adres: " MIDDLE "Pagina: " URL "Kenmerk: " ID
                        "Opgemaakt op: " TIME "Vorm: beid-statement-1\n");
    check(BEID_LANG_FR,
          "D\xC3\xA9"
          "claration\nLangue : fr\nSite web : Mijn "
          "Burgerprofiel\nAdresse : " MIDDLE "Page : " URL "R\xC3\xA9"
          "f\xC3\xA9rence : " ID "\xC3\x89tablie le : " TIME
          "Forme : beid-statement-1\n");
    check(BEID_LANG_DE,
          "Erkl\xC3\xA4rung\nSprache: de\nWebsite: Mijn Burgerprofiel\n"
          "Adresse: " MIDDLE "Seite: " URL "Kennzeichen: " ID
          "Erstellt am: " TIME "Form: beid-statement-1\n");
    check(BEID_LANG_EN, "Statement\nLanguage: en\nWebsite: Mijn Burgerprofiel\n"
                        "Address: " MIDDLE "Page: " URL "Reference: " ID
                        "Issued at: " TIME "Form: beid-statement-1\n");
}

static void
what_would_not_show_is_refused(void **state)
{
    (void)state;
    struct beid_buf out;
    beid_buf_init(&out, BEID_WIRE_DOCUMENT_MAX);
    static const char override[] = {'\xE2', '\x80', '\xAE', 'x', '\0'};
    struct beid_wire_operation asked = example();
    asked.text = beid_span_str("a<b");
    assert_int_equal(statement_write(&out, BEID_LANG_NL, &asked),
                     BEID_ERR_FORMAT);
    asked = example();
    asked.base.portal_name = beid_span_str(override);
    assert_int_equal(statement_write(&out, BEID_LANG_NL, &asked),
                     BEID_ERR_FORMAT);
    beid_buf_clear(&out);
}

/* The document that portals rebuild from has every word of the table. */
static void
the_document_says_the_same(void **state)
{
    (void)state;
    static char text[8192];
    static char row[512];
    struct beid_buf out;
    const struct beid_wire_operation asked = example();
    FILE *file = fopen(BEID_STATEMENT_MD, "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    beid_buf_init(&out, BEID_WIRE_DOCUMENT_MAX);
    for (int lang = 0; lang < BEID_LANG_COUNT; lang++) {
        assert_int_equal(statement_write(&out, (enum beid_lang)lang, &asked),
                         BEID_OK);
        char *copy = strdup(beid_buf_cstr(&out));
        char *rest = NULL;
        char *line = strtok_r(copy, "\n", &rest);
        (void)snprintf(row, sizeof row, "`%s`", line);
        assert_non_null(strstr(text, row));
        while ((line = strtok_r(NULL, "\n", &rest)) != NULL) {
            char *colon = strstr(line, ": ");
            if (colon != NULL && strstr(line, "akkoord") == NULL) {
                (void)snprintf(row, sizeof row, "`%.*s: `", (int)(colon - line),
                               line);
                assert_non_null(strstr(text, row));
            }
        }
        free(copy);
    }
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_in_four_languages),
        cmocka_unit_test(what_would_not_show_is_refused),
        cmocka_unit_test(the_document_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

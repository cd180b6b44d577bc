/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "helpdesk.h"

#include <stdio.h>
#include <string.h>

static const char *const parts[] = {"title", "cause", "say", "action"};
#define PART_COUNT (sizeof parts / sizeof parts[0])

/* Is an answer in this language wanted? */
static bool
wanted(const struct options *options, const char *lang)
{
    return options->lang == NULL || strcmp(options->lang, lang) == 0;
}

static void
print_span(struct beid_span text)
{
    (void)fwrite(text.ptr, 1, text.len, stdout);
}

static void
print_language(struct beid_span entry, const char *lang)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        struct beid_span text = helpdesk_text(entry, lang, parts[i]);
        if (text.len == 0) {
            continue;
        }
        print_span(helpdesk_text(beid_span_str("labels"), lang, parts[i]));
        (void)fputs(i == 0 ? "" : ": ", stdout);
        print_span(text);
        (void)putchar('\n');
    }
}

static void
print_text(const struct options *options, const struct helpdesk_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct helpdesk_subject *found = &answer->found[i];
        (void)printf("%s%s: ", i == 0 ? "" : "\n", answer->reference);
        print_span(found->name);
        (void)putchar('\n');
        for (size_t l = 0; l < HELPDESK_LANGUAGES; l++) {
            if (wanted(options, helpdesk_languages[l])) {
                (void)printf("\n[%s]\n", helpdesk_languages[l]);
                print_language(found->entry, helpdesk_languages[l]);
            }
        }
    }
    if (answer->newer) {
        (void)fprintf(stderr, "beid-verify: the code holds findings of a newer "
                              "agent as well\n");
    }
}

/* Texts of the table: UTF-8 in which only these two need care. */
static void
print_quoted(struct beid_span text)
{
    (void)putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(text.ptr[i]);
    }
    (void)putchar('"');
}

static void
print_json_language(struct beid_span entry, const char *lang)
{
    const char *before = "";
    (void)printf(",\"%s\":{", lang);
    for (size_t i = 0; i < PART_COUNT; i++) {
        struct beid_span text = helpdesk_text(entry, lang, parts[i]);
        if (text.len > 0) {
            (void)printf("%s\"%s\":", before, parts[i]);
            print_quoted(text);
            before = ",";
        }
    }
    (void)putchar('}');
}

static void
print_json(const struct options *options, const struct helpdesk_answer *answer)
{
    (void)printf("{\"kind\":\"%s\",\"reference\":\"%s\",\"newer\":%s,"
                 "\"explanations\":[",
                 answer->kind, answer->reference,
                 answer->newer ? "true" : "false");
    for (size_t i = 0; i < answer->count; i++) {
        (void)printf("%s{\"code\":", i == 0 ? "" : ",");
        print_quoted(answer->found[i].name);
        for (size_t l = 0; l < HELPDESK_LANGUAGES; l++) {
            if (wanted(options, helpdesk_languages[l])) {
                print_json_language(answer->found[i].entry,
                                    helpdesk_languages[l]);
            }
        }
        (void)putchar('}');
    }
    (void)puts("]}");
}

bool
language_known(const char *lang)
{
    for (size_t i = 0; i < HELPDESK_LANGUAGES; i++) {
        if (strcmp(helpdesk_languages[i], lang) == 0) {
            return true;
        }
    }
    return false;
}

enum beid_verify_result
reference_print(const struct options *options)
{
    struct helpdesk_answer answer;
    if (!helpdesk_decode(options->files[0], &answer)) {
        return usage_error("no code that this version knows");
    }
    if (options->json) {
        print_json(options, &answer);
    } else {
        print_text(options, &answer);
    }
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "beid-verify: cannot write the answer\n");
        return BEID_VERIFY_INTERNAL;
    }
    return BEID_VERIFY_OK;
}

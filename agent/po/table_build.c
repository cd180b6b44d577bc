/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs while the agent is built.
 *
 *   table_build OUTPUT nl.po fr.po de.po   writes the table of all texts
 *   table_build --check nl.po fr.po de.po  fails on a translation that is
 *                                          missing, fuzzy or left over, or
 *                                          whose {words} differ
 *
 * When writing, a text without a usable translation stays in English, so that
 * a translator can see his own work before it is complete.
 */
#include "po/text_list.h"

#include <gettext-po.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANGUAGES 3
#define WORD_MAX 32U

struct source {
    const char *name;
    const char *english;
};

static const struct source sources[] = {
#define TEXT(name, english) {#name, english},
    BEID_TEXT_LIST(TEXT)
#undef TEXT
};

#define SOURCES (sizeof sources / sizeof sources[0])

/* One language: the translations, borrowed from the open file. */
struct catalogue {
    const char *path;
    po_file_t file;
    const char *texts[SOURCES];
};

static int complaints;

static void
complain(const char *path, const char *what, const char *text)
{
    (void)fprintf(stderr, "%s: %s: %s\n", path, what, text);
    complaints++;
}

/* libgettextpo goes on after an error only when these return. */
static void
/* NOLINTNEXTLINE(readability-function-size): libgettextpo's signature */
on_error(int severity, po_message_t message, const char *path, size_t line,
         size_t column, int multiline, const char *text)
{
    (void)severity;
    (void)message;
    (void)column;
    (void)multiline;
    (void)fprintf(stderr, "line %zu: ", line);
    complain(path != NULL ? path : "po", "syntax", text);
}

static void
/* NOLINTNEXTLINE(readability-function-size): libgettextpo's signature */
on_error_pair(int severity, po_message_t message, const char *path, size_t line,
              size_t column, int multiline, const char *text,
              po_message_t message2, const char *path2, size_t line2,
              size_t column2, int multiline2, const char *text2)
{
    (void)message2;
    (void)path2;
    (void)line2;
    (void)column2;
    (void)multiline2;
    (void)text2;
    on_error(severity, message, path, line, column, multiline, text);
}

static int
find_source(const char *english)
{
    for (size_t i = 0; i < SOURCES; i++) {
        if (strcmp(sources[i].english, english) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void
take_message(struct catalogue *into, po_message_t message)
{
    const char *english = po_message_msgid(message);
    const char *text = po_message_msgstr(message);
    if (english[0] == '\0') {
        return; /* the header */
    }
    int at = find_source(english);
    if (at < 0 || po_message_is_obsolete(message)) {
        complain(into->path, "no longer in text_list.h", english);
    } else if (po_message_is_fuzzy(message)) {
        complain(into->path, "fuzzy", english);
    } else if (text[0] != '\0') {
        into->texts[at] = text;
    }
}

static bool
read_catalogue(struct catalogue *into, const char *path)
{
    static const struct po_xerror_handler handler = {on_error, on_error_pair};
    memset(into, 0, sizeof *into);
    into->path = path;
    into->file = po_file_read(path, &handler);
    if (into->file == NULL) {
        complain(path, "cannot be read", "");
        return false;
    }
    po_message_iterator_t all = po_message_iterator(into->file, NULL);
    for (po_message_t message = po_next_message(all); message != NULL;
         message = po_next_message(all)) {
        take_message(into, message);
    }
    po_message_iterator_free(all);
    return true;
}

/* Does every {word} of a stand in b? */
static bool
words_within(const char *a, const char *b)
{
    for (const char *at = strchr(a, '{'); at != NULL;
         at = strchr(at + 1, '{')) {
        char word[WORD_MAX];
        size_t len = strcspn(at, "}") + 1;
        if (len >= sizeof word) {
            return false;
        }
        memcpy(word, at, len);
        word[len] = '\0';
        if (strstr(b, word) == NULL) {
            return false;
        }
    }
    return true;
}

static void
check_catalogue(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < SOURCES; i++) {
        const char *english = sources[i].english;
        const char *text = catalogue->texts[i];
        if (text == NULL) {
            complain(catalogue->path, "not translated", english);
        } else if (!words_within(english, text)
                   || !words_within(text, english)) {
            complain(catalogue->path, "the {words} differ", text);
        }
    }
}

static void
write_string(FILE *out, const char *text)
{
    (void)fputs("        \"", out);
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\') {
            (void)fprintf(out, "\\%c", c);
        } else if (c < ' ' || c >= 0x7F) {
            (void)fprintf(out, "\\%03o", c);
        } else {
            (void)fputc(c, out);
        }
    }
    (void)fputs("\",\n", out);
}

static void
write_language(FILE *out, const char *name, const struct catalogue *catalogue)
{
    (void)fprintf(out, "    [BEID_LANG_%s] = {\n", name);
    for (size_t i = 0; i < SOURCES; i++) {
        bool have = catalogue != NULL && catalogue->texts[i] != NULL;
        write_string(out, have ? catalogue->texts[i] : sources[i].english);
    }
    (void)fputs("    },\n", out);
}

static bool
write_table(const char *path, const struct catalogue *catalogues)
{
    static const char *const names[LANGUAGES] = {"NL", "FR", "DE"};
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        perror(path);
        return false;
    }
    (void)fputs("#include \"po/text_table.h\"\n\nconst char *const\n"
                "    beid_text_table[BEID_LANG_COUNT][BEID_TEXT_COUNT] = {\n",
                out);
    for (size_t i = 0; i < LANGUAGES; i++) {
        write_language(out, names[i], &catalogues[i]);
    }
    write_language(out, "EN", NULL);
    (void)fputs("};\n", out);
    bool good = ferror(out) == 0;
    return fclose(out) == 0 && good;
}

int
main(int argc, char **argv)
{
    static struct catalogue catalogues[LANGUAGES];
    if (argc != 2 + LANGUAGES) {
        (void)fputs("usage: table_build OUTPUT|--check nl.po fr.po de.po\n",
                    stderr);
        return EXIT_FAILURE;
    }
    bool good = true;
    for (int i = 0; i < LANGUAGES; i++) {
        good = read_catalogue(&catalogues[i], argv[2 + i]) && good;
    }
    bool check = strcmp(argv[1], "--check") == 0;
    if (check) {
        for (int i = 0; i < LANGUAGES; i++) {
            check_catalogue(&catalogues[i]);
        }
        good = good && complaints == 0;
    } else {
        good = good && write_table(argv[1], catalogues);
    }
    for (int i = 0; i < LANGUAGES; i++) {
        if (catalogues[i].file != NULL) {
            po_file_free(catalogues[i].file);
        }
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

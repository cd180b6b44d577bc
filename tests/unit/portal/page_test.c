/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "page.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct texts no_texts;

/* Renders a template and compares; NULL means that it must be refused. */
static void
renders(const char *template, const char *wanted)
{
    static const struct text values[] = {{"name", "<b>\"A\" & 'B'</b>"},
                                         {"yes", "1"},
                                         {"empty", ""},
                                         {NULL, NULL}};
    static const struct text rows[] = {
        {"a", "1"}, {"b", ""}, {"a", "2"}, {"b", "<"}};
    static const struct list lists[] = {
        {"rows", rows, 2, 2}, {"none", rows, 2, 0}, {NULL, NULL, 0, 0}};
    static const uint8_t page[] = "[{{name}}]";
    static const uint8_t outer[] = "({{>page}})";
    static const uint8_t endless[] = "{{>endless}}";
    static const uint8_t open_list[] = "{{*rows}}";
    static const struct part parts[] = {
        {"page", {page, sizeof page - 1}},
        {"outer", {outer, sizeof outer - 1}},
        {"endless", {endless, sizeof endless - 1}},
        {"open", {open_list, sizeof open_list - 1}},
        {NULL, {NULL, 0}}};
    const struct filling filling = {values, lists, &no_texts, parts};
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    enum beid_err err = page_render(beid_span_str(template), &filling, &out);
    if (wanted == NULL) {
        assert_int_equal(err, BEID_ERR_FORMAT);
    } else {
        assert_int_equal(err, BEID_OK);
        assert_string_equal(beid_buf_cstr(&out), wanted);
    }
    beid_buf_clear(&out);
}

static void
templates(void **state)
{
    (void)state;
    renders("", "");
    renders("plain } text {", "plain } text {");
    renders("{{name}}", "&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;");
    renders("a{{yes}}b{{empty}}c", "a1bc");
    renders("{{#yes}}in{{/yes}} {{#empty}}out{{/empty}}.", "in .");
    renders("{{^yes}}out{{/yes}} {{^empty}}in{{yes}}{{/empty}}.", " in1.");
    renders("<{{>page}}>",
            "<[&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;]>");
    renders("{{>page}}{{>outer}}.",
            "[&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;]"
            "([&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;]).");
    renders("{{>nobody}}", NULL);
    renders("{{>endless}}", NULL);
    renders("{{>open}}{{/rows}}", NULL);
    renders("{{*rows}}{{>page}}{{/rows}}", NULL);
    renders("{{nobody}}", NULL);
    renders("{{#nobody}}x{{/nobody}}", NULL);
    renders("{{name", NULL);
    renders("{{name}", NULL);
    renders("{{}}", NULL);
    renders("{{#empty}}never closed", NULL);
    renders("{{*rows}}{{a}}{{#b}}({{b}}){{/b}},{{yes}};{{/rows}}.",
            "1,1;2(&lt;),1;.");
    renders("{{*none}}{{a}}{{/none}}{{*rows}}{{a}}{{/rows}}", "12");
    renders("{{*rows}}{{a}}", NULL);
    renders("{{*rows}}{{*rows}}{{/rows}}{{/rows}}", NULL);
    renders("{{*nobody}}{{/nobody}}", NULL);
    renders("{{*rows}}{{/rows}}{{a}}", NULL);
    renders("{{a_key_that_is_longer_than_any_key_of_ours_may_ever_be}}", NULL);
}

/* Writes a language file and tells what reading it gives. */
static enum beid_err
load(const char *content, struct texts *out)
{
    char path[] = "/tmp/beid-texts-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(close(fd), 0);
    enum beid_err err = texts_load(NULL, path, out);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void
languages(void **state)
{
    static struct texts texts;
    (void)state;
    assert_int_equal(load("# note\n\na = één = 1\nb = \n", &texts), BEID_OK);
    assert_int_equal(texts.count, 2);
    assert_string_equal(texts.items[0].key, "a");
    assert_string_equal(texts.items[0].value, "één = 1");
    assert_string_equal(texts.items[1].value, "");
    texts_clear(&texts);
    assert_int_equal(load("a = 1\na = 2\n", &texts), BEID_ERR_FORMAT);
    assert_int_equal(load("a=1\n", &texts), BEID_ERR_FORMAT);
    assert_int_equal(load(" = 1\n", &texts), BEID_ERR_FORMAT);
    assert_int_equal(texts_load("/nowhere", "nl.txt", &texts), BEID_ERR_IO);
    assert_int_equal(texts.count, 0);
}

/* As main() sets it. */
static void
dates(void **state)
{
    char out[DATE_SIZE];
    (void)state;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
    tzset();
    date_text(1782900000, out);
    assert_string_equal(out, "01/07/2026 12:00");
    date_text(1767261600, out);
    assert_string_equal(out, "01/01/2026 11:00");
    date_text(0, out);
    assert_string_equal(out, "");
}

/* What show.c fills templates with. */
static const char *const names[] = {"nl", "fr", "de", "en"};
static const char *const pages[] = {
    "index.html",       "login.html",         "profile.html",
    "error.html",       "step_up.html",       "family.html",
    "messages.html",    "home.html",          "work.html",
    "school.html",      "benefits.html",      "papers.html",
    "contact.html",     "town_home.html",     "town_service.html",
    "town_failed.html", "frame_full.html",    "frame_closed.html",
    "logout.html",      "logout_failed.html", "report.html",
    "statements.html",  "sign.html",          "feedback.html"};
static const char *const part_names[] = {"head", "languages", "help",
                                         "ceremony", "pages"};
#define SHARED (sizeof part_names / sizeof part_names[0])
static const char *const layouts[] = {"layout.html", "town.html", "frame.html"};
static const char *const own[] = {"lang",
                                  "path",
                                  "here",
                                  "along",
                                  "audited",
                                  "t_call_name",
                                  "t_phone",
                                  "t_email",
                                  "t_right",
                                  "in",
                                  "high",
                                  "csrf",
                                  "given_names",
                                  "surname",
                                  "verified_at",
                                  "max_age",
                                  "section_title",
                                  "next",
                                  "on_index",
                                  "on_login",
                                  "page_title",
                                  "ceremony",
                                  "known_person",
                                  "not_found",
                                  "expired",
                                  "failed",
                                  "on_step_up",
                                  "on_sign",
                                  "other_1",
                                  "other_1_name",
                                  "other_2",
                                  "other_2_name",
                                  "other_3",
                                  "other_3_name",
                                  "p_call_name",
                                  "p_birth",
                                  "p_card_number",
                                  "p_family",
                                  "p_descent",
                                  "p_address",
                                  "p_property",
                                  "p_cadastral",
                                  "p_epc",
                                  "p_epc_mean",
                                  "p_work",
                                  "p_allowance",
                                  "p_tax",
                                  "p_school",
                                  "p_diploma",
                                  "p_phone",
                                  "p_email",
                                  "p_townhall",
                                  "p_message",
                                  "p_task",
                                  "p_ebox",
                                  "checked_login",
                                  "checked_step_up",
                                  "checked_never",
                                  "portal",
                                  "lang_chosen",
                                  "ticket",
                                  "client",
                                  "other_person",

                                  "bell_both",
                                  "bell_fresh",
                                  "bell_todo",
                                  "task_open",
                                  "message_new",
                                  "ebox_new",
                                  "ebox_linked",
                                  "reach_is_email",
                                  "reach_is_phone",
                                  "reach_is_both",
                                  "reach_is_post",
                                  "signed",
                                  "wrong_name",
                                  "wrong_phone",
                                  "wrong_email",
                                  "wrong_field",
                                  "wrong_right",
                                  "wrong_reach",
                                  "wrong_full",
                                  "wrong_many",
                                  "wrong_changed",
                                  "reports_wait",
                                  "page_newer",
                                  "page_at",
                                  "page_older",
                                  "page_last",
                                  "wish_again",
                                  "words",
                                  "wish_title",
                                  "wish_path",
                                  "today",
                                  "framed"};

/* Every language has every text, and every template finds its keys. */
static void
own_pages(void **state)
{
    static const struct text row[] = {
        {"n_title", "x"}, {"n_about", "x"}, {"n_value", "x"}, {"n_date", "x"},
        {"n_new", "x"},   {"s_id", "x"},    {"s_title", "x"}, {"s_date", "x"},
        {"s_text", "x"},  {"s_lang", "x"},  {"f_field", "x"}, {"f_title", "x"},
        {"f_chosen", ""}, {"f_value", ""},  {"w_title", "x"}, {"w_date", "x"}};
    struct list lists[] = {{"notices", row, 5, 0},
                           {"statements", row + 5, 5, 0},
                           {"facts", row + 10, 4, 0},
                           {"waiting", row + 14, 2, 0},
                           {NULL, NULL, 0, 0}};
    struct text values[sizeof own / sizeof own[0] + 1] = {{NULL, NULL}};
    struct beid_buf layout;
    struct beid_buf shared[SHARED];
    struct part parts[SHARED + 2] = {{.key = NULL}};
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < SHARED; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "part_%s.html", part_names[i]);
        assert_int_equal(file_load(PORTAL_WWW, name, &shared[i]), BEID_OK);
        parts[i] = (struct part){part_names[i], beid_buf_span(&shared[i])};
    }
    parts[SHARED].key = "page";
    for (size_t both = 0; both < 4 * sizeof layouts / sizeof layouts[0];
         both++) {
        size_t l = both % 4;
        char file[32];
        assert_int_equal(file_load(PORTAL_WWW, layouts[both / 4], &layout),
                         BEID_OK);
        struct texts *texts = calloc(1, sizeof *texts);
        assert_non_null(texts);
        (void)snprintf(file, sizeof file, "text/%s.txt", names[l]);
        assert_int_equal(texts_load(PORTAL_WWW, file, texts), BEID_OK);
        count = both == 0 ? texts->count : count;
        assert_int_equal(texts->count, count);
        for (size_t p = 0; p < 2 * sizeof pages / sizeof pages[0]; p++) {
            struct beid_buf page;
            struct beid_buf out;
            beid_buf_init(&out, 100000);
            for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
                /* Once with every section shown, once with none. */
                values[i] = (struct text){own[i], p % 2 == 0 ? "x" : ""};
            }
            lists[0].count = p % 2;
            lists[1].count = p % 2;
            lists[2].count = p % 2;
            assert_int_equal(file_load(PORTAL_WWW, pages[p / 2], &page),
                             BEID_OK);
            parts[SHARED].template = beid_buf_span(&page);
            const struct filling filling = {values, lists, texts, parts};
            assert_int_equal(
                page_render(beid_buf_span(&layout), &filling, &out), BEID_OK);
            assert_null(strstr(beid_buf_cstr(&out), "{{"));
            beid_buf_clear(&out);
            beid_buf_clear(&page);
        }
        texts_clear(texts);
        free(texts);
        beid_buf_clear(&layout);
    }
    for (size_t i = 0; i < SHARED; i++) {
        beid_buf_clear(&shared[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates), cmocka_unit_test(languages),
        cmocka_unit_test(dates), cmocka_unit_test(own_pages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

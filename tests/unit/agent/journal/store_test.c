/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../../unit.h"
#include "../scratch.h"
#include "journal/store.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)8U * 1024U * 1024U)

static char folder[SCRATCH_ROOM];

static int
begin(void **state)
{
    (void)state;
    scratch_make(folder);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    return setenv("XDG_STATE_HOME", folder, 1);
}

static int
end(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static void
path_of(char out[200], const char *suffix)
{
    (void)snprintf(out, 200, "%s/%s%s", folder, JOURNAL_FILE, suffix);
}

/* So many lines with a long field are more than a file may hold. */
#define FULL 2000U
static char long_text[JOURNAL_FIELD_MAX];

static struct journal_entry
entry_of(const char *outcome)
{
    return (struct journal_entry){.time = 1764096000,
                                  .origin = beid_span_str("https://p.example"),
                                  .kind = beid_span_str("authenticate"),
                                  .outcome = beid_span_str(outcome)};
}

static void
write_some(unsigned int count, struct beid_span resource)
{
    struct journal journal;
    int lock = -1;
    struct journal_entry entry = entry_of("done");
    entry.resource = resource;
    assert_int_equal(journal_open(&journal, &lock), BEID_OK);
    for (unsigned int i = 0; i < count; i++) {
        assert_int_equal(journal_append(&journal, &entry), BEID_OK);
    }
    journal_close(&journal, &lock);
}

static void
write_entries(unsigned int count)
{
    write_some(count, beid_span_of(NULL, 0));
}

static void
fill_file(void)
{
    memset(long_text, 'x', sizeof long_text);
    write_some(FULL, beid_span_of(long_text, sizeof long_text));
}

static struct journal_report
report(void)
{
    struct journal_report out;
    assert_int_equal(journal_read(NULL, NULL, NULL, &out), BEID_OK);
    return out;
}

static void
load(const char *suffix, struct beid_buf *text)
{
    char path[200];
    char block[1024];
    path_of(path, suffix);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    beid_buf_reset(text);
    size_t got = 0;
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        beid_buf_put(text, beid_span_of(block, got));
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(beid_buf_status(text), BEID_OK);
}

static void
store(const char *suffix, struct beid_span text)
{
    char path[200];
    path_of(path, suffix);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

static void
what_is_written_is_whole_and_private(void **state)
{
    (void)state;
    char path[200];
    struct stat st;
    struct journal_report none;
    assert_int_equal(journal_read(NULL, NULL, NULL, &none), BEID_ERR_NOT_FOUND);
    write_entries(0);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    write_entries(3);
    write_entries(2);
    assert_int_equal(report().lines, 5);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    path_of(path, "");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* Changes every byte of a file, one at a time, but those to be skipped. */
static void
flip_all(const char *file, size_t skip_from, size_t skip_to)
{
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    load(file, &text);
    for (size_t i = 0; i < text.len; i++) {
        if (i >= skip_from && i < skip_to) {
            continue;
        }
        text.ptr[i] ^= 1U;
        store(file, beid_buf_span(&text));
        if (report().damage == JOURNAL_WHOLE) {
            fail_msg("byte %zu of '%s' can be changed", i, file);
        }
        text.ptr[i] ^= 1U;
    }
    store(file, beid_buf_span(&text));
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    beid_buf_clear(&text);
}

static void
any_changed_byte_is_found(void **state)
{
    (void)state;
    write_entries(3);
    flip_all("", 0, 0);
    /* The count of missed lines, at the end, is no part of the chain. */
    flip_all(".head", JOURNAL_HEAD_LEN - 20, JOURNAL_HEAD_LEN - 1);
}

/* Where line number ends, its line feed included. */
static size_t
line_end(const struct beid_buf *text, size_t number)
{
    size_t at = 0;
    while (number > 0) {
        at++;
        number -= text->ptr[at - 1] == '\n' ? 1 : 0;
    }
    return at;
}

static void
expect_damage(const struct beid_buf *text, size_t cut_from, size_t cut_to,
              size_t twice_from, size_t twice_to)
{
    struct beid_buf changed;
    beid_buf_init(&changed, TEXT_MAX);
    beid_buf_put(&changed, beid_span_of(text->ptr, cut_from));
    beid_buf_put(&changed,
                 beid_span_of(text->ptr + twice_from, twice_to - twice_from));
    beid_buf_put(&changed,
                 beid_span_of(text->ptr + cut_to, text->len - cut_to));
    store("", beid_buf_span(&changed));
    assert_int_not_equal(report().damage, JOURNAL_WHOLE);
    beid_buf_clear(&changed);
}

static void
lines_cannot_be_removed_repeated_or_exchanged(void **state)
{
    (void)state;
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    write_entries(4);
    load("", &text);
    for (size_t line = 0; line < 5; line++) {
        size_t from = line_end(&text, line);
        size_t to = line_end(&text, line + 1);
        expect_damage(&text, from, to, 0, 0); /* removed */
        expect_damage(&text, to, to, from, to); /* repeated */
        if (line > 1) { /* in the place of the one before */
            expect_damage(&text, line_end(&text, line - 1), from, from, to);
        }
        if (line > 0) { /* the end cut off */
            expect_damage(&text, from, text.len, 0, 0);
        }
    }
    expect_damage(&text, text.len - 1, text.len, 0, 0);
    store("", beid_buf_span(&text));
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    beid_buf_clear(&text);
}

static void
files_cannot_go(void **state)
{
    (void)state;
    char path[200];
    write_entries(3);
    path_of(path, ".head");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(report().damage, JOURNAL_HEAD_GONE);
    write_entries(1); /* the head begins again: what follows cannot hide it */
    assert_int_not_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(journal_erase(), BEID_OK);
    write_entries(2);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    path_of(path, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(report().damage, JOURNAL_START_WRONG);
    write_entries(1);
    assert_int_equal(report().damage, JOURNAL_START_WRONG);
}

/* Larger than one file, so that it is put aside; the chain goes on. */
static void
rotation_keeps_the_chain(void **state)
{
    (void)state;
    char path[200];
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    fill_file();
    write_entries(1);
    path_of(path, ".1");
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(report().lines, FULL + 1);
    load(".1", &text);
    size_t whole = text.len;
    text.len = line_end(&text, FULL);
    assert_true(text.len < whole);
    store(".1", beid_buf_span(&text));
    assert_int_equal(report().damage, JOURNAL_FILE_WRONG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(report().damage, JOURNAL_START_WRONG);
    beid_buf_clear(&text);
}

/* Files that rotation itself drops are no damage. */
static void
the_oldest_file_goes_in_the_end(void **state)
{
    (void)state;
    char path[200];
    for (unsigned int i = 0; i < JOURNAL_FILES_MAX + 1; i++) {
        fill_file();
    }
    write_entries(1);
    (void)snprintf(path, sizeof path, "%s/%s.%u", folder, JOURNAL_FILE,
                   JOURNAL_FILES_MAX - 1);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(report().lines, (JOURNAL_FILES_MAX - 1) * FULL + 1);
}

/* An agent that still writes must not find its file put aside. */
static void
no_rotation_while_another_agent_writes(void **state)
{
    (void)state;
    char path[200];
    struct journal other;
    int lock = -1;
    struct journal_entry entry = entry_of("done");
    fill_file();
    path_of(path, ".1");
    assert_int_not_equal(access(path, F_OK), 0);
    /* The first opens a full file: it is put aside. The second does not. */
    assert_int_equal(journal_open(&other, &lock), BEID_OK);
    assert_int_equal(access(path, F_OK), 0);
    fill_file();
    write_entries(1);
    path_of(path, ".2");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(journal_append(&other, &entry), BEID_OK);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(report().lines, 2 * FULL + 2);
    journal_close(&other, &lock);
}

static void
erasing_reaches_an_agent_that_runs(void **state)
{
    (void)state;
    struct journal journal;
    int lock = -1;
    struct journal_entry entry = entry_of("cancelled");
    fill_file();
    write_entries(1);
    assert_int_equal(journal_open(&journal, &lock), BEID_OK);
    assert_int_equal(journal_erase(), BEID_OK);
    assert_int_equal(report().lines, 0);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(journal_append(&journal, &entry), BEID_OK);
    assert_int_equal(report().lines, 1);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    journal_close(&journal, &lock);
}

/* A full disk, as far as write() can tell: the limit on a file's size. */
static void
a_full_disk_is_counted_and_harms_nothing(void **state)
{
    (void)state;
    struct journal journal;
    int lock = -1;
    struct rlimit was;
    struct stat st;
    struct journal_entry entry = entry_of("done");
    write_entries(2);
    assert_int_equal(journal_open(&journal, &lock), BEID_OK);
    assert_int_equal(fstat(journal.file, &st), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    /* Room for half a line: a short write, then none at all. */
    struct rlimit tight = {.rlim_cur = (rlim_t)st.st_size + 40,
                           .rlim_max = was.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_equal(journal_append(&journal, &entry), BEID_ERR_IO);
    assert_int_equal(journal_append(&journal, &entry), BEID_ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(report().lines, 2);
    assert_int_equal(report().missed, 2);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(journal_append(&journal, &entry), BEID_OK);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(report().lines, 3);
    journal_close(&journal, &lock);
}

/* As after SIGKILL between the two writes, and within the first. */
static void
what_was_left_half_done_is_mended(void **state)
{
    (void)state;
    struct beid_buf head;
    struct beid_buf text;
    beid_buf_init(&head, TEXT_MAX);
    beid_buf_init(&text, TEXT_MAX);
    write_entries(2);
    load(".head", &head);
    write_entries(1);
    store(".head", beid_buf_span(&head)); /* knows two of three */
    assert_int_equal(report().damage, JOURNAL_END_WRONG);
    write_entries(1);
    assert_int_equal(report().damage, JOURNAL_WHOLE);
    assert_int_equal(report().lines, 4);
    assert_int_equal(report().missed, 1);
    load("", &text);
    for (size_t cut = 1; cut < 100; cut++) {
        store("", beid_span_of(text.ptr, text.len));
        load(".head", &head);
        write_entries(1);
        struct beid_buf longer;
        beid_buf_init(&longer, TEXT_MAX);
        load("", &longer);
        store("", beid_span_of(longer.ptr, longer.len - cut));
        store(".head", beid_buf_span(&head));
        assert_int_equal(report().damage, JOURNAL_LINE_CHANGED);
        write_entries(1);
        assert_int_equal(report().damage, JOURNAL_WHOLE);
        assert_int_equal(report().missed, 1 + cut);
        load("", &text);
        beid_buf_clear(&longer);
    }
    beid_buf_clear(&text);
    beid_buf_clear(&head);
}

/* A full file is put aside at the next start: not before it is mended. */
static void
a_full_file_is_mended_before_it_is_put_aside(void **state)
{
    (void)state;
    struct beid_buf head;
    struct beid_buf text;
    struct journal journal;
    int lock = -1;
    struct journal_entry entry = entry_of("done");
    beid_buf_init(&head, TEXT_MAX);
    beid_buf_init(&text, TEXT_MAX);
    memset(long_text, 'x', sizeof long_text);
    entry.resource = beid_span_of(long_text, sizeof long_text);
    for (size_t cut = 0; cut < 80; cut += 79) {
        assert_int_equal(journal_open(&journal, &lock), BEID_OK);
        for (unsigned int i = 0; i <= FULL; i++) {
            load(".head", &head);
            assert_int_equal(journal_append(&journal, &entry), BEID_OK);
        }
        journal_close(&journal, &lock);
        load("", &text);
        store("", beid_span_of(text.ptr, text.len - cut));
        store(".head", beid_buf_span(&head));
        write_entries(1);
        load(".1", &text); /* put aside */
        assert_int_equal(report().damage, JOURNAL_WHOLE);
        assert_int_equal(report().missed, 1);
        assert_int_equal(report().lines, FULL + (cut == 0 ? 2 : 1));
        assert_int_equal(journal_erase(), BEID_OK);
    }
    beid_buf_clear(&text);
    beid_buf_clear(&head);
}

/* A line that was removed, changed or added elsewhere is not mended. */
static void
an_edit_is_not_mended(void **state)
{
    (void)state;
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    write_entries(3);
    load("", &text);
    size_t line = text.len / 4;
    store("", beid_span_of(text.ptr, text.len - line)); /* cuts in a line */
    write_entries(1);
    assert_int_not_equal(report().damage, JOURNAL_WHOLE);
    write_entries(1);
    assert_int_not_equal(report().damage, JOURNAL_WHOLE);
    beid_buf_clear(&text);
}

static void
without_descriptors_nothing_is_written(void **state)
{
    (void)state;
    const struct journal journal = {.file = -1, .head = -1};
    struct journal_entry entry = entry_of("done");
    struct journal_report out;
    assert_int_equal(journal_append(&journal, &entry), BEID_OK);
    assert_int_equal(journal_read(NULL, NULL, NULL, &out), BEID_ERR_NOT_FOUND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_written_is_whole_and_private),
        CASE(any_changed_byte_is_found),
        CASE(lines_cannot_be_removed_repeated_or_exchanged),
        CASE(files_cannot_go),
        CASE(rotation_keeps_the_chain),
        CASE(the_oldest_file_goes_in_the_end),
        CASE(no_rotation_while_another_agent_writes),
        CASE(erasing_reaches_an_agent_that_runs),
        CASE(a_full_disk_is_counted_and_harms_nothing),
        CASE(what_was_left_half_done_is_mended),
        CASE(a_full_file_is_mended_before_it_is_put_aside),
        CASE(an_edit_is_not_mended),
        CASE(without_descriptors_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

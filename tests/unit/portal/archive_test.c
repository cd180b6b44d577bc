/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "archive.h"
#include "plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOW 1000000

static const uint8_t key_1[PSEUDONYM_KEY_SIZE] = {1};
static const uint8_t key_2[PSEUDONYM_KEY_SIZE] = {2};
static const char *const fields[] = {"Nora 71050100041", "", "three"};
static const struct entry_key mine = {"subject", ARCHIVE_STATEMENT, "id"};

/* Another place to try, for example a Redis that a test has started. */
static const char *
place(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    return getenv("BEID_TEST_STORE");
}

/* A file name that nobody has; unlinked by forget(). */
static void
file_name(char path[32])
{
    static const char name[] = "/tmp/beid-archive-XXXXXX";
    memcpy(path, name, sizeof name);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

static void
forget(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[64];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

static void
keeps_what_was_put(void **state)
{
    struct archive *archive = NULL;
    struct entry entry;
    (void)state;
    assert_int_equal(archive_new(place(), NULL, key_1, &archive), BEID_OK);
    assert_int_equal(archive_get(archive, &mine, NOW, &entry),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(archive_put(archive, &mine, fields, 3, NOW, NOW + 10),
                     BEID_OK);
    assert_int_equal(archive_get(archive, &mine, NOW + 9, &entry), BEID_OK);
    assert_string_equal(entry.name, "id");
    assert_int_equal(entry.created, NOW);
    assert_string_equal(entry.fields[0], fields[0]);
    assert_string_equal(entry.fields[1], "");
    assert_string_equal(entry.fields[2], "three");
    assert_string_equal(entry.fields[3], "");
    entry_clear(&entry);
    assert_int_equal(archive_get(archive, &mine, NOW + 10, &entry),
                     BEID_ERR_NOT_FOUND);
    const struct entry_key others[] = {{"subject2", ARCHIVE_STATEMENT, "id"},
                                       {"subject", ARCHIVE_DRAFT, "id"},
                                       {"subject", ARCHIVE_STATEMENT, "id2"}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(archive_get(archive, &others[i], NOW, &entry),
                         BEID_ERR_NOT_FOUND);
    }
    archive_free(&archive);
    assert_null(archive);
}

static void
taken_once(void **state)
{
    struct archive *archive = NULL;
    struct entry entry;
    (void)state;
    assert_int_equal(archive_new(place(), NULL, key_1, &archive), BEID_OK);
    assert_int_equal(archive_put(archive, &mine, fields, 3, NOW, NOW + 10),
                     BEID_OK);
    assert_int_equal(archive_take(archive, &mine, NOW, &entry), BEID_OK);
    assert_string_equal(entry.fields[2], "three");
    entry_clear(&entry);
    assert_int_equal(archive_take(archive, &mine, NOW, &entry),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(archive_put(archive, &mine, fields, 3, NOW, NOW + 10),
                     BEID_OK);
    assert_int_equal(archive_take(archive, &mine, NOW + 10, &entry),
                     BEID_ERR_NOT_FOUND);
    archive_free(&archive);
}

static void
put_many(struct archive *archive, enum archive_kind kind, int count)
{
    char name[16];
    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        const struct entry_key key = {"s", kind, name};
        const char *text = name;
        assert_int_equal(
            archive_put(archive, &key, &text, 1, NOW + i, NOW + 10000),
            BEID_OK);
    }
}

static void
lists_the_newest_first(void **state)
{
    struct archive *archive = NULL;
    struct entry got[2];
    size_t count = 0;
    (void)state;
    assert_int_equal(archive_new(place(), NULL, key_1, &archive), BEID_OK);
    put_many(archive, ARCHIVE_NOTICE, 100);
    const struct entry_key all = {"s", ARCHIVE_NOTICE, ""};
    const struct {
        struct range range;
        size_t count;
    } some[] = {
        {{0, 2}, 2}, {{2, 2}, 2}, {{98, 2}, 2}, {{99, 2}, 1}, {{100, 2}, 0}};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        assert_int_equal(
            archive_list(archive, &all, NOW, some[i].range, got, &count),
            BEID_OK);
        assert_int_equal(count, some[i].count);
        for (size_t at = 0; at < count; at++) {
            char name[16];
            (void)snprintf(name, sizeof name, "%zu",
                           99 - some[i].range.skip - at);
            assert_string_equal(got[at].name, name);
            assert_string_equal(got[at].fields[0], name);
            entry_clear(&got[at]);
        }
    }
    archive_free(&archive);
}

/* Of two who want a place one gets it, and loses nothing to the other. */
static void
added_once(void **state)
{
    static const char *const other[] = {"other"};
    struct archive *archive = NULL;
    struct entry entry;
    (void)state;
    assert_int_equal(archive_new(place(), NULL, key_1, &archive), BEID_OK);
    const struct entry_key key = {"once", ARCHIVE_CORRECTING, "field"};
    assert_int_equal(archive_add(archive, &key, fields, 3, NOW, NOW + 10),
                     BEID_OK);
    assert_int_equal(archive_add(archive, &key, other, 1, NOW + 9, NOW + 20),
                     BEID_ERR_BUSY);
    assert_int_equal(archive_get(archive, &key, NOW + 9, &entry), BEID_OK);
    assert_string_equal(entry.fields[2], "three");
    entry_clear(&entry);
    /* Its time is over, or somebody took it. */
    assert_int_equal(archive_add(archive, &key, other, 1, NOW + 10, NOW + 20),
                     BEID_OK);
    assert_int_equal(archive_take(archive, &key, NOW + 11, &entry), BEID_OK);
    assert_string_equal(entry.fields[0], "other");
    entry_clear(&entry);
    assert_int_equal(archive_add(archive, &key, fields, 3, NOW + 11, NOW + 20),
                     BEID_OK);
    archive_free(&archive);
}

/* Nobody keeps others from writing: of what anybody makes the oldest goes. */
static void
the_oldest_makes_room(void **state)
{
    struct archive *archive = NULL;
    struct entry got;
    size_t count = 0;
    (void)state;
    assert_int_equal(archive_new(place(), NULL, key_1, &archive), BEID_OK);
    put_many(archive, ARCHIVE_FEEDBACK, (int)ARCHIVE_FEEDBACK_MAX);
    const struct entry_key more = {"s", ARCHIVE_FEEDBACK, "more"};
    const struct entry_key first = {"s", ARCHIVE_FEEDBACK, "0"};
    const struct entry_key next = {"s", ARCHIVE_FEEDBACK, "1"};
    assert_int_equal(
        archive_put(archive, &more, fields, 1, NOW + 5000, NOW + 10000),
        BEID_OK);
    assert_int_equal(archive_count(archive, &more, NOW, &count), BEID_OK);
    assert_int_equal(count, ARCHIVE_FEEDBACK_MAX);
    assert_int_equal(archive_get(archive, &first, NOW, &got),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(archive_get(archive, &next, NOW, &got), BEID_OK);
    entry_clear(&got);
    archive_free(&archive);
}

/* What was signed never goes before its time, however much there is. */
static void
statements_stay(void **state)
{
    struct archive *archive = NULL;
    struct entry got;
    size_t count = 0;
    (void)state;
    assert_int_equal(archive_new(place(), NULL, key_1, &archive), BEID_OK);
    put_many(archive, ARCHIVE_STATEMENT, 1200);
    put_many(archive, ARCHIVE_REPORT, 1200);
    const struct entry_key first = {"s", ARCHIVE_STATEMENT, "0"};
    assert_int_equal(archive_count(archive, &first, NOW, &count), BEID_OK);
    assert_int_equal(count, 1200);
    assert_int_equal(archive_get(archive, &first, NOW, &got), BEID_OK);
    entry_clear(&got);
    assert_int_equal(archive_count(archive, &first, NOW + 10000, &count),
                     BEID_OK);
    assert_int_equal(count, 0);
    archive_free(&archive);
}

/*
 * Several machines have a clock each; that of the server decides with theirs. A
 * file belongs to one machine.
 */
static void
a_clock_ahead(void **state)
{
    const time_t now = time(NULL);
    struct archive *archive = NULL;
    struct entry got;
    size_t count = 0;
    (void)state;
    const struct entry_key key = {"ahead", ARCHIVE_STATEMENT, "id"};
    const struct entry_key other = {"ahead", ARCHIVE_STATEMENT, "other"};
    assert_int_equal(archive_new(place(), NULL, key_1, &archive), BEID_OK);
    assert_int_equal(archive_put(archive, &key, fields, 3, now, now + 1000),
                     BEID_OK);
    assert_int_equal(archive_count(archive, &key, now + 2000, &count), BEID_OK);
    assert_int_equal(
        archive_put(archive, &other, fields, 3, now + 2000, now + 3000),
        BEID_OK);
    assert_int_equal(archive_get(archive, &key, now, &got), BEID_OK);
    entry_clear(&got);
    archive_free(&archive);
}

/* Nothing of the text is in the file, and another key opens nothing. */
static void
sealed_in_a_file(void **state)
{
    char path[32];
    struct archive *archive = NULL;
    struct entry entry;
    struct stat about;
    static char content[1 << 20];
    (void)state;
    file_name(path);
    assert_int_equal(archive_new(path, NULL, key_1, &archive), BEID_OK);
    assert_int_equal(archive_put(archive, &mine, fields, 3, NOW, NOW + 10),
                     BEID_OK);
    archive_free(&archive);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content, file);
    assert_int_equal(fclose(file), 0);
    assert_true(len > 100);
    assert_non_null(memmem(content, len, "subject", 7));
    assert_null(memmem(content, len, "71050100041", 11));
    assert_int_equal(archive_new(path, NULL, key_1, &archive), BEID_OK);
    assert_int_equal(archive_get(archive, &mine, NOW, &entry), BEID_OK);
    entry_clear(&entry);
    archive_free(&archive);
    assert_int_equal(archive_new(path, NULL, key_2, &archive), BEID_OK);
    assert_int_equal(archive_get(archive, &mine, NOW, &entry), BEID_ERR_FORMAT);
    archive_free(&archive);
    assert_int_equal(archive_new("/nowhere/at/all", NULL, key_1, &archive),
                     BEID_ERR_IO);
    forget(path);
}

static void
one_line(void **state)
{
    static const char turned[] = {'a', '\xE2', '\x80', '\xAE', '\0'};
    static const struct {
        const char *in;
        const char *out; /* NULL: refused */
    } cases[] = {{"", ""},
                 {"  a \r\n\t b  ", "a b"},
                 {"é\xC2\xA0ï", "é ï"},
                 {"Ωж€ … “x”", "Ωж€ … “x”"},
                 {"a<b", NULL},
                 {"a\x01", NULL},
                 {"a\x7F", NULL},
                 {turned, NULL}, /* right-to-left override */
                 {"a\xE2\x80\x8B", NULL}, /* zero width */
                 {"a\xC2\xAD", NULL}, /* soft hyphen */
                 {"\xC3", NULL},
                 {"\xC0\x80", NULL},
                 {"\xED\xA0\x80", NULL},
                 {"\xF5\x80\x80\x80", NULL},
                 {"\xF0\x9F\x98\x80", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", cases[i].in);
        enum beid_err err = plain_line(text);
        assert_int_equal(err, cases[i].out == NULL ? BEID_ERR_FORMAT : BEID_OK);
        if (cases[i].out != NULL) {
            assert_string_equal(text, cases[i].out);
        }
    }
}

static void
phones_and_addresses(void **state)
{
    static const char *const good[] = {"0470 11 22 33", "+32 (0)9/123.45.67",
                                       "123456"};
    static const char *const bad[] = {"", "12345", "1234567890123456",
                                      "04+70112233", "bel 0470112233"};
    static const char *const mail[] = {"a@b.example", "noor.o'x+1@a-b.be"};
    static const char *const no_mail[] = {
        "",        "a",       "a@b",      "@b.be",    "a@.",
        "a@b..be", "a@b.be.", "a b@c.be", "a@b@c.be", "a@b.be x"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(plain_phone(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(plain_phone(bad[i]));
    }
    for (size_t i = 0; i < sizeof mail / sizeof mail[0]; i++) {
        assert_true(plain_email(mail[i]));
    }
    for (size_t i = 0; i < sizeof no_mail / sizeof no_mail[0]; i++) {
        assert_false(plain_email(no_mail[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_what_was_put),
                                       cmocka_unit_test(taken_once),
                                       cmocka_unit_test(lists_the_newest_first),
                                       cmocka_unit_test(added_once),
                                       cmocka_unit_test(the_oldest_makes_room),
                                       cmocka_unit_test(statements_stay),
                                       cmocka_unit_test(sealed_in_a_file),
                                       cmocka_unit_test(one_line),
                                       cmocka_unit_test(phones_and_addresses)};
    const struct CMUnitTest of_server[] = {cmocka_unit_test(a_clock_ahead)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed
           + (store_is_server(place())
                  ? cmocka_run_group_tests(of_server, NULL, NULL)
                  : 0);
}

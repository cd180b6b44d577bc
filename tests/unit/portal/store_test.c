/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../child.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW ((time_t)1000)

static const uint8_t one[SESSION_KEY_SIZE] = {1, 2, 3};
static const uint8_t two[SESSION_KEY_SIZE] = {1, 2, 4};
static const uint8_t three[SESSION_KEY_SIZE] = {9};
static const char text[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

static enum beid_err
put_nonce(struct store *store, const uint8_t *key, time_t now, time_t until)
{
    struct nonce nonce = {.about = "/gezin", .until = until};
    memcpy(nonce.value, text, sizeof text);
    return store_put_nonce(store, key, now, NONCE_LOGIN, &nonce);
}

static enum beid_err
take_nonce(struct store *store, const uint8_t *key, time_t now,
           struct nonce *out)
{
    return store_take_nonce(store, key, now, NONCE_LOGIN, out);
}

/* Another place to try, for example a Redis that a test has started. */
static const char *
place(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    return getenv("BEID_TEST_STORE");
}

static struct store *
store_of(size_t max)
{
    struct store *store = NULL;
    assert_int_equal(store_new(place(), NULL, max, &store), BEID_OK);
    assert_int_equal(store_remove(store, one), BEID_OK);
    assert_int_equal(store_remove(store, two), BEID_OK);
    assert_int_equal(store_remove(store, three), BEID_OK);
    return store;
}

static void
put(struct store *store, const uint8_t *key, time_t expires, const char *name)
{
    struct session session = {.expires = expires};
    memcpy(session.surname, name, strlen(name));
    assert_int_equal(store_create(store, key, &session, NOW), BEID_OK);
}

static void
sessions_come_and_go(void **state)
{
    struct store *store = store_of(10);
    struct session out;
    (void)state;
    assert_int_equal(store_load(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    put(store, one, NOW + 10, "One");
    put(store, two, NOW + 20, "Two");
    assert_int_equal(store_create(store, one, &out, NOW), BEID_ERR_STATE);
    assert_int_equal(store_load(store, one, NOW + 9, &out), BEID_OK);
    assert_string_equal(out.surname, "One");
    assert_int_equal(store_load(store, one, NOW + 10, &out),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(store_load(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    assert_int_equal(store_load(store, two, NOW + 10, &out), BEID_OK);
    assert_string_equal(out.surname, "Two");
    assert_int_equal(store_remove(store, two), BEID_OK);
    assert_int_equal(store_remove(store, two), BEID_OK);
    assert_int_equal(store_load(store, two, NOW, &out), BEID_ERR_NOT_FOUND);
    store_free(&store);
    assert_null(store);
    store_free(&store);
}

static void
nonce_is_taken_once(void **state)
{
    struct store *store = store_of(10);
    struct nonce out = {.until = 0};
    (void)state;
    put(store, one, NOW + 100, "One");
    put(store, two, NOW + 100, "Two");
    assert_int_equal(take_nonce(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    assert_int_equal(put_nonce(store, one, NOW, NOW + 30), BEID_OK);
    assert_int_equal(take_nonce(store, two, NOW, &out), BEID_ERR_NOT_FOUND);
    assert_int_equal(take_nonce(store, one, NOW + 29, &out), BEID_OK);
    assert_string_equal(out.value, text);
    assert_string_equal(out.about, "/gezin");
    assert_int_equal(take_nonce(store, one, NOW + 29, &out),
                     BEID_ERR_NOT_FOUND);
    store_free(&store);
}

/* What may be had once is gone with it, and expired means gone as well. */
static void
session_is_taken_once(void **state)
{
    struct store *store = store_of(10);
    struct session out = {.expires = 0};
    (void)state;
    assert_int_equal(store_take(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    put(store, one, NOW + 100, "One");
    put(store, two, NOW + 100, "Two");
    assert_int_equal(store_take(store, two, NOW + 100, &out),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(out.expires, 0);
    assert_int_equal(store_take(store, one, NOW + 99, &out), BEID_OK);
    assert_string_equal(out.surname, "One");
    assert_int_equal(store_take(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    assert_int_equal(store_load(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    store_free(&store);
}

/* Every member comes back as it went in, also the longest. */
static void
session_is_kept_whole(void **state)
{
    struct store *store = store_of(10);
    struct session in = {
        .expires = NOW + 3600, .known = true, .verified_at = 1799999999};
    struct session out;
    (void)state;
    memcpy(in.csrf, text, sizeof text);
    memset(in.subject, 'a', sizeof in.subject - 1);
    memset(in.certificate, 'b', sizeof in.certificate - 1);
    memset(in.given_names, 'c', sizeof in.given_names - 1);
    memset(in.surname, 'd', sizeof in.surname - 1);
    assert_int_equal(store_create(store, one, &in, NOW), BEID_OK);
    assert_int_equal(store_load(store, one, NOW, &out), BEID_OK);
    assert_int_equal(out.expires, in.expires);
    assert_int_equal(out.verified_at, in.verified_at);
    assert_true(out.known);
    assert_string_equal(out.csrf, in.csrf);
    assert_string_equal(out.subject, in.subject);
    assert_string_equal(out.certificate, in.certificate);
    assert_string_equal(out.given_names, in.given_names);
    assert_string_equal(out.surname, in.surname);
    store_free(&store);
}

/* One asked for a login cannot raise a level, nor the other way round. */
static void
nonce_has_one_purpose(void **state)
{
    struct store *store = store_of(10);
    struct nonce out;
    (void)state;
    put(store, one, NOW + 100, "One");
    assert_int_equal(put_nonce(store, one, NOW, NOW + 30), BEID_OK);
    assert_int_equal(store_take_nonce(store, one, NOW, NONCE_ACCESS, &out),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(take_nonce(store, one, NOW, &out), BEID_OK);
    store_free(&store);
}

static void
nonce_has_its_time(void **state)
{
    struct store *store = store_of(10);
    struct nonce out = {.until = 0};
    (void)state;
    put(store, one, NOW + 100, "One");
    assert_int_equal(put_nonce(store, one, NOW, NOW + 30), BEID_OK);
    assert_int_equal(take_nonce(store, one, NOW + 30, &out), BEID_ERR_TIMEOUT);
    assert_string_equal(out.value, "");
    assert_int_equal(take_nonce(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    /* It does not outlive its session, nor come without one. */
    assert_int_equal(put_nonce(store, one, NOW, NOW + 1000), BEID_OK);
    assert_int_equal(take_nonce(store, one, NOW + 100, &out),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(put_nonce(store, three, NOW, NOW + 30),
                     BEID_ERR_NOT_FOUND);
    store_free(&store);
}

/* Tells the server that this test may not, or may, use a command. */
static void
server_told(const char *what)
{
    char line[256];
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const char *client = getenv("BEID_TEST_REDIS");
    assert_non_null(client);
    (void)snprintf(line, sizeof line, "%s ACL SETUSER default %s >/dev/null",
                   client, what);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): our own words */
    assert_int_equal(system(line), 0);
}

/* Nothing is used up while nobody can tell whose session it is. */
static void
nonce_waits_for_its_session(void **state)
{
    struct nonce out = {.until = 0};
    (void)state;
    struct store *store = store_of(10);
    put(store, one, NOW + 100, "One");
    assert_int_equal(put_nonce(store, one, NOW, NOW + 30), BEID_OK);
    server_told("-get");
    assert_int_equal(take_nonce(store, one, NOW, &out), BEID_ERR_IO);
    server_told("+get");
    assert_int_equal(take_nonce(store, one, NOW, &out), BEID_OK);
    assert_string_equal(out.value, text);
    /* With an expired session its nonce is gone, whoever has the id next. */
    assert_int_equal(put_nonce(store, one, NOW, NOW + 1000), BEID_OK);
    assert_int_equal(take_nonce(store, one, NOW + 100, &out),
                     BEID_ERR_NOT_FOUND);
    put(store, one, NOW + 100, "One");
    assert_int_equal(take_nonce(store, one, NOW, &out), BEID_ERR_NOT_FOUND);
    store_free(&store);
}

static void
nonces_are_counted(void **state)
{
    struct store *store = store_of(10);
    (void)state;
    put(store, one, NOW + 1000, "One");
    for (unsigned i = 0; i < NONCE_COUNT_MAX; i++) {
        assert_int_equal(put_nonce(store, one, NOW, NOW + 30), BEID_OK);
    }
    assert_int_equal(put_nonce(store, one, NOW + NONCE_WINDOW - 1, NOW + 90),
                     BEID_ERR_BUSY);
    if (place() == NULL) { /* a server has a clock of its own */
        assert_int_equal(put_nonce(store, one, NOW + NONCE_WINDOW, NOW + 90),
                         BEID_OK);
    }
    store_free(&store);
}

static char open_only[] = "--open";

/*
 * Another program that opens a store and closes it, as soon as the other end of
 * the pipe is closed, which it has inherited.
 */
static pid_t
open_elsewhere(char *path, const int wait[2])
{
    char self[] = "/proc/self/exe";
    char number[16];
    char *const words[] = {self, open_only, path, number, NULL};
    (void)snprintf(number, sizeof number, "%d", wait[0]);
    pid_t other = fork();
    if (other == 0) {
        (void)close(wait[1]);
        (void)execv(self, words);
        _exit(127);
    }
    return other;
}

static int
opened(char *path, const char *number)
{
    struct store *store = NULL;
    char byte = 0;
    if (read((int)strtol(number, NULL, 10), &byte, 1) != 0) {
        return 2;
    }
    enum beid_err err = store_new(path, NULL, 10, &store);
    store_free(&store);
    return err == BEID_OK ? 0 : 1;
}

/* Programs that begin with one file at the same moment: all can open it. */
static void
open_together(char *path, size_t count)
{
    pid_t others[8];
    int wait[2];
    assert_true(count <= sizeof others / sizeof others[0]);
    assert_int_equal(pipe(wait), 0);
    for (size_t i = 0; i < count; i++) {
        others[i] = open_elsewhere(path, wait);
    }
    (void)close(wait[0]);
    (void)close(wait[1]);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(exit_code_of(others[i]), 0);
    }
}

/*
 * Two stores of one process on one file, and another program that comes and
 * goes: it must not believe to be the last one, and take the log away.
 */
static void
file_stays_locked(void **state)
{
    char folder[] = "/tmp/beid-store-XXXXXX";
    char path[64];
    char log[72];
    struct store *first = NULL;
    struct store *second = NULL;
    struct stat facts;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/sessions.db", folder);
    (void)snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(store_new(path, NULL, 10, &first), BEID_OK);
    assert_int_equal(store_new(path, NULL, 10, &second), BEID_OK);
    put(first, one, NOW + 100, "One");
    open_together(path, 1);
    assert_int_equal(stat(log, &facts), 0);
    store_free(&first);
    store_free(&second);
    assert_int_equal(stat(log, &facts), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void
file_is_made_together(void **state)
{
    char folder[] = "/tmp/beid-store-XXXXXX";
    char path[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/sessions.db", folder);
    for (int round = 0; round < 25; round++) {
        open_together(path, 8);
        /* Two that end at the same moment may both leave the log behind. */
        open_together(path, 1);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

/* Two processes on one file: what one writes the other sees, once. */
static void
file_is_shared(void **state)
{
    char folder[] = "/tmp/beid-store-XXXXXX";
    char path[64];
    struct store *first = NULL;
    struct store *second = NULL;
    struct session session;
    struct nonce out;
    struct stat facts;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/sessions.db", folder);
    assert_int_equal(store_new(path, NULL, 10, &first), BEID_OK);
    assert_int_equal(store_new(path, NULL, 10, &second), BEID_OK);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    put(first, one, NOW + 100, "One");
    assert_int_equal(store_load(second, one, NOW, &session), BEID_OK);
    assert_string_equal(session.surname, "One");
    assert_int_equal(put_nonce(second, one, NOW, NOW + 30), BEID_OK);
    assert_int_equal(take_nonce(first, one, NOW, &out), BEID_OK);
    assert_int_equal(take_nonce(second, one, NOW, &out), BEID_ERR_NOT_FOUND);
    store_free(&first);
    store_free(&second);
    /* It is still there for whoever comes next; a folder is no store. */
    assert_int_equal(store_new(path, NULL, 10, &first), BEID_OK);
    assert_int_equal(store_load(first, one, NOW, &session), BEID_OK);
    store_free(&first);
    assert_int_equal(store_new(folder, NULL, 10, &first), BEID_ERR_IO);
    assert_int_equal(store_new(path, "secret", 10, &first), BEID_ERR_ARGUMENT);
    assert_null(first);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void
full_store(void **state)
{
    struct store *store = store_of(2);
    struct session session = {.expires = NOW + 50};
    (void)state;
    put(store, one, NOW + 10, "One");
    put(store, two, NOW + 50, "Two");
    assert_int_equal(store_create(store, three, &session, NOW + 9),
                     BEID_ERR_LIMIT);
    /* What has expired makes room. */
    assert_int_equal(store_create(store, three, &session, NOW + 10), BEID_OK);
    assert_int_equal(store_load(store, two, NOW + 10, &session), BEID_OK);
    store_free(&store);
}

int
main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], open_only) == 0) {
        return opened(argv[2], argv[3]);
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(sessions_come_and_go),
                                       cmocka_unit_test(nonce_is_taken_once),
                                       cmocka_unit_test(session_is_taken_once),
                                       cmocka_unit_test(session_is_kept_whole),
                                       cmocka_unit_test(nonce_has_one_purpose),
                                       cmocka_unit_test(nonce_has_its_time),
                                       cmocka_unit_test(nonces_are_counted),
                                       cmocka_unit_test(file_is_shared),
                                       cmocka_unit_test(file_stays_locked),
                                       cmocka_unit_test(file_is_made_together)};
    /* One statement reads both in a file; a server has no bound but its
     * maxmemory. */
    const struct CMUnitTest of_file[] = {cmocka_unit_test(full_store)};
    const struct CMUnitTest of_server[] = {
        cmocka_unit_test(nonce_waits_for_its_session)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed
           + (place() == NULL ? cmocka_run_group_tests(of_file, NULL, NULL)
                              : cmocka_run_group_tests(of_server, NULL, NULL));
}

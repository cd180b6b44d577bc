/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* State that each process makes anew, once, whichever thread comes first. */
#include "../child.h"
#include "../unit.h"

#include <beid/home.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 200
/* Far more than a child takes, on any machine. */
#define HUNG_S 60U

static struct beid_home home;
static pthread_mutex_t lock;
static int settled;
static unsigned long counted;

static void
settle(void)
{
    (void)pthread_mutex_init(&lock, NULL);
    settled++;
    counted = 0;
}

static void
count(void)
{
    beid_home_enter(&home, settle);
    (void)pthread_mutex_lock(&lock);
    counted++;
    (void)pthread_mutex_unlock(&lock);
}

static void *
count_on(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        count();
    }
    return NULL;
}

static bool
all_count(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, count_on, NULL) != 0) {
            return false;
        }
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return counted == (unsigned long)THREADS * ROUNDS;
}

static void
first_use_settles_once(void **state)
{
    (void)state;
    assert_int_equal(settled, 0);
    assert_true(all_count());
    assert_int_equal(settled, 1);
}

/* Also when the parent's lock is held, and the child's child. */
static void
each_process_settles(void **state)
{
    (void)state;
    count();
    const int before = settled;
    (void)pthread_mutex_lock(&lock);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(HUNG_S);
        bool good = all_count() && settled == before + 1;
        pid_t its = good ? fork() : -1;
        if (its == 0) {
            (void)alarm(HUNG_S);
            count();
            _exit(settled == before + 2 && counted == 1 ? 0 : 1);
        }
        _exit(good && exit_code_of(its) == 0 ? 0 : 1);
    }
    (void)pthread_mutex_unlock(&lock);
    assert_int_equal(exit_code_of(child), 0);
    count();
    assert_int_equal(settled, before);
}

static atomic_bool over;
static atomic_bool under_way;

static void *
count_until_over(void *unused)
{
    (void)unused;
    while (!atomic_load(&over)) {
        count();
        atomic_store(&under_way, true);
    }
    return NULL;
}

/* Whatever the parent's threads are at. */
static void
children_of_a_busy_parent(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, count_until_over, NULL), 0);
    }
    while (!atomic_load(&under_way)) {
        (void)sched_yield();
    }
    for (int i = 0; i < ROUNDS; i++) {
        pid_t child = fork();
        if (child == 0) {
            (void)alarm(HUNG_S);
            count();
            _exit(counted == 1 ? 0 : 1);
        }
        assert_int_equal(exit_code_of(child), 0);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_use_settles_once),
        cmocka_unit_test(each_process_settles),
        cmocka_unit_test(children_of_a_busy_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

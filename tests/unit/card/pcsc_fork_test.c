/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * fork() and the gate before libpcsclite: which calls it waits for, and that it
 * stands in nobody's way. Time is the test's own: whoever waits makes it pass.
 */
#include "../child.h"
#include "../unit.h"
#include "card/pcsc.h"
#include "card/pcsc_fork.h"
#include "pcsc_fake.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL
/* Far more than a child takes, on any machine. */
#define HUNG_S 60U
/* How long a fork may wait for a call past its beginning, in our time. */
#define SHORT_MS 100

/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names */
/* clang-format on */
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *mutex,
                                  const struct timespec *until);

static long long now_ns = 7 * NS_PER_S;
static struct reader_scan scan;

int
__wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    assert_int_equal(clock, CLOCK_MONOTONIC);
    *out = (struct timespec){.tv_sec = (time_t)(now_ns / NS_PER_S),
                             .tv_nsec = (long)(now_ns % NS_PER_S)};
    return 0;
}

int
__wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
    (void)left;
    now_ns += (long long)pause->tv_sec * NS_PER_S + pause->tv_nsec;
    return 0;
}

/* Nobody else could open the gate here. */
int
__wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                              const struct timespec *until)
{
    (void)condition;
    (void)mutex;
    long long at = (long long)until->tv_sec * NS_PER_S + until->tv_nsec;
    now_ns = at > now_ns ? at : now_ns;
    return 0;
}
/* clang-format off */
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */
/* clang-format on */

static long long
now_ms(void)
{
    return now_ns / NS_PER_MS;
}

/* A child that uses pcscd; how long the fork took, in our time. */
static long long
fork_once(void)
{
    void *self = NULL;
    long long began = now_ms();
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(HUNG_S);
        fake.during = NULL;
        began = now_ms();
        bool good = pcsc_service.open(&self) == BEID_OK
                    && pcsc_service.scan(self, &scan) == BEID_OK
                    && now_ms() == began; /* the parent's calls are not ours */
        _exit(good ? 0 : 1);
    }
    long long took = now_ms() - began;
    assert_int_equal(exit_code_of(child), 0);
    return took;
}

static const char *wanted; /* the call that is forked in */
static long long took;

static void
fork_inside(const char *call)
{
    if (wanted != NULL && strcmp(call, wanted) == 0) {
        wanted = NULL;
        took = fork_once();
    }
}

/* One of everything. */
static void
live(void)
{
    static const uint8_t command[] = {0x00, 0xB0, 0x00, 0x00, 0x00};
    uint8_t answer[TRANSPORT_ANSWER_MAX];
    size_t len = 0;
    struct transport transport = {0};
    void *self = NULL;
    fake.connects = 0;
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.scan(self, &scan), BEID_OK);
    assert_int_equal(pcsc_service.connect(self, "One", &transport), BEID_OK);
    assert_int_equal(transport.ops->begin(transport.self), BEID_OK);
    assert_int_equal(transport.ops->transmit(
                         transport.self, beid_span_of(command, sizeof command),
                         answer, &len),
                     BEID_OK);
    assert_int_equal(transport.ops->end(transport.self, true), BEID_OK);
    assert_int_equal(transport.ops->reconnect(transport.self), BEID_OK);
    transport.ops->close(transport.self, true);
    pcsc_service.close(self);
}

static int
prepare(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    memcpy(fake.names, "One", 4);
    fake.names_len = 5;
    fake.events[0] = 0x10022;
    fake.answer_len = 2;
    fake.during = fork_inside;
    wanted = NULL;
    return 0;
}

/* What may wait for a card, its reset or its owner holds up no fork. */
static void
fork_in_a_lasting_call(void **state)
{
    (void)state;
    static const char *const calls[] = {
        "SCardConnect",        "SCardReconnect", "SCardBeginTransaction",
        "SCardEndTransaction", "SCardTransmit",  "SCardDisconnect",
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        wanted = calls[i];
        took = -1;
        live();
        assert_null(wanted);
        assert_in_range(took, 0, SHORT_MS);
    }
}

/* Where the lock may be held for as long as the call takes, a fork waits, but
 * not for ever. */
static void
fork_in_a_brief_call(void **state)
{
    (void)state;
    static const char *const calls[] = {
        "SCardEstablishContext",
        "SCardListReaders",
        "SCardGetStatusChange",
        "SCardReleaseContext",
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        wanted = calls[i];
        took = -1;
        live();
        assert_null(wanted);
        assert_in_range(took, 2000, 2000 + SHORT_MS);
    }
}

/* What another thread does meanwhile, and how long that took in our time. */
static void
look_inside(const char *call)
{
    void *self = NULL;
    if (wanted != NULL && strcmp(call, wanted) == 0) {
        wanted = NULL;
        long long began = now_ms();
        assert_int_equal(pcsc_service.open(&self), BEID_OK);
        assert_int_equal(pcsc_service.scan(self, &scan), BEID_OK);
        pcsc_service.close(self);
        took = now_ms() - began;
    }
}

static void
connect_inside(const char *call)
{
    struct transport transport = {0};
    void *self = NULL;
    if (wanted != NULL && strcmp(call, wanted) == 0) {
        wanted = NULL;
        long long began = now_ms();
        assert_int_equal(pcsc_service.open(&self), BEID_OK);
        assert_int_equal(pcsc_service.connect(self, "One", &transport),
                         BEID_OK);
        took = now_ms() - began;
        transport.ops->close(transport.self, false);
        pcsc_service.close(self);
    }
}

static long long
took_inside(const char *call, void (*during)(const char *call))
{
    fake.during = during;
    wanted = call;
    took = -1;
    live();
    assert_null(wanted);
    return took;
}

/* What changes libpcsclite's table without its lock meets nobody: others wait
 * for it, and it for others, but neither for ever. */
static void
alone(void **state)
{
    (void)state;
    assert_in_range(took_inside("SCardConnect", look_inside), 500, 501);
    assert_in_range(took_inside("SCardDisconnect", look_inside), 500, 501);
    assert_int_equal(took_inside("SCardTransmit", look_inside), 0);
    assert_in_range(took_inside("SCardListReaders", connect_inside), 500, 501);
    /* Past its beginning a call is met by nobody. */
    assert_in_range(took_inside("SCardTransmit", connect_inside), 20, 22);
}

static void
fork_in_no_call(void **state)
{
    (void)state;
    live();
    assert_int_equal(fork_once(), 0);
}

/* Handlers of another library, registered before ours and after them: the
 * former run inside ours. They call us, as one that waits for a thread of ours
 * would have it call us. */
static bool calling;
static unsigned called;

static void
call_us(void)
{
    if (calling) {
        called++;
        live();
    }
}

static void
handlers_that_call_us(void **state)
{
    (void)state;
    (void)alarm(HUNG_S); /* a hang is a failure, not a time-out */
    calling = true;
    called = 0;
    long long began = now_ms();
    assert_in_range(fork_once(), 0, 1000 + SHORT_MS);
    assert_int_equal(called, 4); /* two before, two after, in the parent */
    assert_in_range(now_ms() - began, 1000, 1000 + SHORT_MS);
    calling = false;
    /* And then all is as before. */
    assert_int_equal(fork_once(), 0);
    (void)alarm(0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fork_in_a_lasting_call, prepare),
        cmocka_unit_test_setup(fork_in_a_brief_call, prepare),
        cmocka_unit_test_setup(alone, prepare),
        cmocka_unit_test_setup(fork_in_no_call, prepare),
        cmocka_unit_test_setup(handlers_that_call_us, prepare),
    };
    if (pthread_atfork(call_us, call_us, call_us) != 0) {
        return 1;
    }
    pcsc_fork_prepare();
    if (pthread_atfork(call_us, call_us, call_us) != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

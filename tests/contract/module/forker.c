/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Usage: module_forker MODULE SECONDS [handlers]
 *
 * Sixteen threads use the module, in and out of libpcsclite all the time, while
 * the first one makes children of the process one after the other. Each child
 * must be told that the module is not initialised, and must be able to
 * initialise it and read the token. Prints how many children there were; the
 * exit code is 1 when one of them failed, 2 when one hung.
 *
 * With "handlers" there is one thread, and this program has handlers of its own
 * as pkcs11-helper has: before the fork they wait for that thread, which uses
 * the module meanwhile, and in the child they do what a child does.
 */
#include <p11-kit/pkcs11.h>

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 16U
#define WITH_HANDLERS 3U
/* Far more than a child takes, on any machine. */
#define HUNG_S 60U

static CK_FUNCTION_LIST_PTR module;
static atomic_bool over;
static atomic_ulong wanted = ULONG_MAX; /* looks, until the thread rests */
static atomic_ulong looks;
static bool handlers;
static int lived; /* what live() in a child's handler came to */

static bool
load(const char *path)
{
    CK_C_GetFunctionList get = NULL;
    void *library = dlopen(path, RTLD_NOW);
    void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
    memcpy(&get, &symbol, sizeof get);
    return get != NULL && get(&module) == CKR_OK;
}

static void
rest(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    (void)nanosleep(&pause, NULL);
}

/* Every call opens a context of pcscd's or a card, and closes it. */
static void
look_once(void)
{
    CK_SESSION_HANDLE session = 0;
    CK_ULONG count = 0;
    CK_SLOT_ID changed = 0;
    (void)module->C_GetSlotList(CK_TRUE, NULL, &count);
    (void)module->C_WaitForSlotEvent(CKF_DONT_BLOCK, &changed, NULL);
    if (module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session)
        == CKR_OK) {
        (void)module->C_CloseSession(session);
    }
}

static void *
look(void *unused)
{
    (void)unused;
    while (!atomic_load(&over)) {
        if (atomic_load(&looks) < atomic_load(&wanted)) {
            look_once();
            (void)atomic_fetch_add(&looks, 1);
        } else {
            rest();
        }
    }
    return NULL;
}

/* What the child of such a process does; the number of what went wrong. */
static int
live(void)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CK_INFO info;
    CK_TOKEN_INFO token;
    CK_ULONG count = 0;
    (void)alarm(HUNG_S);
    if (module->C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED) {
        return 1;
    }
    if (module->C_Initialize(&args) != CKR_OK) {
        return 2;
    }
    if (module->C_GetSlotList(CK_TRUE, NULL, &count) != CKR_OK || count != 1) {
        return 3;
    }
    if (module->C_GetTokenInfo(0, &token) != CKR_OK) {
        return 4;
    }
    return module->C_Finalize(NULL) == CKR_OK ? 0 : 5;
}

static void
wait_for_a_look(void)
{
    unsigned long number = atomic_fetch_add(&wanted, 1) + 1;
    while (atomic_load(&looks) < number) {
        rest();
    }
}

static void
live_in_handler(void)
{
    lived = live();
}

static int
make_child(void)
{
    int status = 0;
    if (handlers) {
        (void)alarm(HUNG_S); /* of the parent */
    }
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (child == 0) {
        _exit(handlers ? lived : live());
    }
    if (waitpid(child, &status, 0) != child) {
        return 1;
    }
    if (WIFSIGNALED(status)) {
        (void)fprintf(stderr, "a child hung\n");
        return 2;
    }
    if (WEXITSTATUS(status) != 0) {
        (void)fprintf(stderr, "a child failed in step %d\n",
                      WEXITSTATUS(status));
        return 1;
    }
    return 0;
}

static int
make_children(unsigned long seconds)
{
    unsigned long children = 0;
    int bad = 0;
    time_t end = time(NULL) + (time_t)seconds;
    const unsigned long enough = handlers ? WITH_HANDLERS : THREADS;
    while (bad == 0 && (time(NULL) < end || children < enough)) {
        bad = make_child();
        children++;
    }
    (void)printf("%lu children, %lu looks\n", children, atomic_load(&looks));
    return bad;
}

/* Before the module has any, so that it would hold its locks meanwhile. */
static bool
register_handlers(void)
{
    handlers = true;
    atomic_store(&wanted, 0);
    return pthread_atfork(wait_for_a_look, NULL, live_in_handler) == 0;
}

int
main(int argc, char **argv)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    pthread_t threads[THREADS];
    bool good = argc == 3
                || (argc == 4 && strcmp(argv[3], "handlers") == 0
                    && register_handlers());
    if (!good || !load(argv[1]) || module->C_Initialize(&args) != CKR_OK) {
        (void)fprintf(stderr,
                      "usage: module_forker MODULE SECONDS [handlers]\n");
        return 3;
    }
    const size_t count = handlers ? 1 : THREADS;
    for (size_t i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, look, NULL) != 0) {
            return 3;
        }
    }
    int bad = make_children(strtoul(argv[2], NULL, 10));
    atomic_store(&over, true);
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return module->C_Finalize(NULL) == CKR_OK ? bad : 3;
}

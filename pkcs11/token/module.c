/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/module.h"

#include "token/sessions.h"
#include "token/slots.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static struct module *current;
/* What a child inherited. It is not freed: the connections in it are the
 * parent's, and the heap may be shared with a thread that is no more. */
static struct module *inherited;

/* In the child of fork(): nothing is initialised and nobody holds the lock. */
static void
forget_parent(void)
{
    (void)pthread_mutex_init(&lock, NULL);
    if (current != NULL) {
        inherited = current;
        current = NULL;
    }
}

static void
watch_fork(void)
{
    (void)pthread_atfork(NULL, NULL, forget_parent);
}

/*
 * Mutex functions come all or none (PKCS#11 2.40 §5.4). We use the system's
 * own locks, also when the application offers its functions beside them.
 */
static CK_RV
check_args(const CK_C_INITIALIZE_ARGS *args)
{
    int given = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL)
                + (args->LockMutex != NULL) + (args->UnlockMutex != NULL);
    return given == 0 || given == 4 ? CKR_OK : CKR_ARGUMENTS_BAD;
}

static CK_RV
read_args(const CK_C_INITIALIZE_ARGS *args, struct options *out)
{
    if (args == NULL) {
        return CKR_OK;
    }
    CK_RV rv = check_args(args);
    if (rv != CKR_OK || args->pReserved == NULL) {
        return rv;
    }
    const char *text = args->pReserved;
    struct beid_span span = beid_span_of(text, strnlen(text, OPTIONS_MAX + 1));
    return options_parse(span, out) == BEID_OK ? CKR_OK : CKR_ARGUMENTS_BAD;
}

CK_RV
module_start(const CK_C_INITIALIZE_ARGS *args,
             const struct service_ops *service)
{
    struct options options = options_default();
    CK_RV rv = read_args(args, &options);
    if (rv != CKR_OK) {
        return rv;
    }
    (void)pthread_once(&fork_once, watch_fork);
    (void)pthread_mutex_lock(&lock);
    if (current != NULL) {
        rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    } else {
        current = calloc(1, sizeof *current);
        rv = current == NULL ? CKR_HOST_MEMORY : CKR_OK;
    }
    if (rv == CKR_OK) {
        current->options = options;
        current->service = service;
    }
    (void)pthread_mutex_unlock(&lock);
    return rv;
}

CK_RV
module_stop(void)
{
    struct module *module = module_enter();
    if (module == NULL) {
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    sessions_close_all(module, NULL);
    slots_clear(module);
    free(module);
    current = NULL;
    (void)pthread_mutex_unlock(&lock);
    return CKR_OK;
}

struct module *
module_enter(void)
{
    (void)pthread_mutex_lock(&lock);
    struct module *module = current;
    if (module == NULL) {
        (void)pthread_mutex_unlock(&lock);
    }
    return module;
}

CK_RV
module_leave(struct module *module, CK_RV rv)
{
    slots_settle(module);
    (void)pthread_mutex_unlock(&lock);
    return rv;
}

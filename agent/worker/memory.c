/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/memory.h"

#include "wire/session.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <openssl/crypto.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * From any thread. Nothing is tidied up: pcscd resets a card that was in a
 * transaction, the supervisor takes the dialog down.
 */
static _Noreturn void
lack(void)
{
    BEID_LOG_ERROR("there is no memory; the process ends");
    _exit(BEID_WIRE_EXIT_MEMORY);
}

static void *
allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *block = size > 0 ? malloc(size) : NULL;
    if (block == NULL && size > 0) {
        lack();
    }
    return block;
}

static void
release(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

/* The C library would leave what was there behind, perhaps a PIN. */
static void *
reallocate(void *block, size_t size, const char *file, int line)
{
    void *fresh = allocate(size, file, line);
    size_t had = block != NULL ? malloc_usable_size(block) : 0;
    if (had > 0 && fresh != NULL) {
        memcpy(fresh, block, had < size ? had : size);
    }
    if (had > 0) {
        beid_wipe(block, had);
    }
    release(block, file, line);
    return fresh;
}

enum beid_err
memory_guard(void)
{
    return CRYPTO_set_mem_functions(allocate, reallocate, release) == 1
               ? BEID_OK
               : BEID_ERR_STATE;
}

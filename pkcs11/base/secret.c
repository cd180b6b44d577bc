/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/secret.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct beid_secret {
    size_t len;
    uint8_t bytes[BEID_SECRET_MAX];
};

void
beid_wipe(void *ptr, size_t len)
{
    if (ptr != NULL && len > 0) {
        explicit_bzero(ptr, len);
    }
}

static size_t
page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

/* The page lies between two that nobody may touch. */
#define PAGES 3U

enum beid_err
beid_secret_new(struct beid_secret **out)
{
    size_t page = page_size();
    uint8_t *first =
        mmap(NULL, PAGES * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (first == MAP_FAILED) {
        return BEID_ERR_MEMORY;
    }
    void *ptr = first + page;
    if (mprotect(ptr, page, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(first, PAGES * page);
        return BEID_ERR_MEMORY;
    }
    /* Best effort: a low RLIMIT_MEMLOCK must not keep a citizen out. */
    (void)mlock(ptr, page);
    (void)madvise(ptr, page, MADV_DONTDUMP);
    (void)madvise(ptr, page, MADV_WIPEONFORK);
    *out = ptr;
    return BEID_OK;
}

void
beid_secret_free(struct beid_secret **secret)
{
    if (secret == NULL || *secret == NULL) {
        return;
    }
    size_t page = page_size();
    beid_secret_wipe(*secret);
    (void)munmap((uint8_t *)*secret - page, PAGES * page);
    *secret = NULL;
}

void
beid_secret_wipe(struct beid_secret *secret)
{
    beid_wipe(secret->bytes, sizeof secret->bytes);
    secret->len = 0;
}

enum beid_err
beid_secret_put(struct beid_secret *secret, struct beid_span bytes)
{
    if (bytes.len > sizeof secret->bytes - secret->len) {
        return BEID_ERR_LIMIT;
    }
    if (bytes.len > 0) {
        memcpy(secret->bytes + secret->len, bytes.ptr, bytes.len);
        secret->len += bytes.len;
    }
    return BEID_OK;
}

struct beid_span
beid_secret_span(const struct beid_secret *secret)
{
    return beid_span_of(secret->bytes, secret->len);
}

uint8_t *
beid_secret_room(struct beid_secret *secret)
{
    return secret->bytes;
}

enum beid_err
beid_secret_set_len(struct beid_secret *secret, size_t len)
{
    if (len > sizeof secret->bytes) {
        return BEID_ERR_LIMIT;
    }
    secret->len = len;
    return BEID_OK;
}

bool
beid_secret_equal(struct beid_span a, struct beid_span b)
{
    if (a.len != b.len) {
        return false;
    }
    volatile uint8_t differ = 0;
    for (size_t i = 0; i < a.len; i++) {
        differ = (uint8_t)(differ | (a.ptr[i] ^ b.ptr[i]));
    }
    return differ == 0;
}

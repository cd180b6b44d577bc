/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sys/sandbox.h"
#include "sys/self_attack.h"
#include "worker/ask.h"
#include "worker/worker.h"

#include <openssl/rsa.h>

#include <dlfcn.h>

/* The page must be answered within a second of going away. */
#define JOB_GRACE_MS 700U
#define LOOK_MS 5000U
/* Beside a dialog: that which nobody notices, and so often for the same. */
#define LOOK_BESIDE_MS 50U
#define LOOK_CALLS (LOOK_MS / (LOOK_BESIDE_MS + ASK_TICK_MS))

void
work_look(void *arg)
{
    struct work *work = arg;
    work->err = cryptoki_slots(work->cryptoki, &work->slots);
    work->held = cryptoki_check(work->cryptoki);
}

void
work_hold(void *arg)
{
    struct work *work = arg;
    work->err = cryptoki_hold(work->cryptoki, work->slot);
    if (work->err == BEID_OK) {
        work->err = cryptoki_pin(work->cryptoki, &work->pin);
    }
    if (work->err == BEID_OK) {
        work->err = cryptoki_certificate(
            work->cryptoki, CRYPTOKI_CERTIFICATE_AUTH, &work->certificate);
    }
}

/*
 * libp11 0.4.12 waits for ever when it cannot have a session, as with a card
 * that is not the one that is held any more: it must not come so far.
 */
void
work_select(void *arg)
{
    struct work *work = arg;
    work->err = cryptoki_check(work->cryptoki) == BEID_OK
                    ? token_select(work->token, work->slot, work->key)
                    : BEID_ERR_CARD; /* the readers tell what it means */
}

void
work_offer(void *arg)
{
    struct work *work = arg;
    work->err = token_offer(work->token, work->key == TOKEN_KEY_SIGNATURE);
}

void
work_certificate(void *arg)
{
    struct work *work = arg;
    work->err = cryptoki_certificate(work->cryptoki, CRYPTOKI_CERTIFICATE_SIGN,
                                     &work->signature_certificate);
}

static bool
use_for_cms(EVP_PKEY *key, void *user)
{
    struct work *work = user;
    return cms_sign(&work->signer, key, beid_buf_span(&work->message),
                    &work->signature);
}

static bool
use_for_cms_hash(EVP_PKEY *key, void *user)
{
    struct work *work = user;
    return cms_sign_digest(&work->signer, key, beid_buf_span(&work->message),
                           &work->signature);
}

static bool
use_for_hash(EVP_PKEY *key, void *user)
{
    struct work *work = user;
    size_t len = 0;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool good =
        context != NULL && EVP_PKEY_sign_init(context) == 1
        && (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA
            || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1)
        && EVP_PKEY_CTX_set_signature_md(context, work->md) == 1
        && EVP_PKEY_sign(context, NULL, &len, work->message.ptr,
                         work->message.len)
               == 1;
    uint8_t *room = good ? beid_buf_extend(&work->signature, len) : NULL;
    good = room != NULL
           && EVP_PKEY_sign(context, room, &len, work->message.ptr,
                            work->message.len)
                  == 1;
    EVP_PKEY_CTX_free(context);
    return good && beid_buf_truncate(&work->signature, len) == BEID_OK;
}

void
work_sign(void *arg)
{
    struct work *work = arg;
    beid_buf_reset(&work->signature);
    switch (work->form) {
    case WORK_MESSAGE:
        work->err =
            token_sign(work->token, work->md, beid_buf_span(&work->message),
                       work->secret, &work->signature);
        if (work->pin.pinpad) {
            work->err = cryptoki_entry_err(work->cryptoki, work->err);
        }
        break;
    case WORK_HASH:
        work->err = token_use(work->token, work->secret, use_for_hash, work);
        break;
    case WORK_CMS:
        work->err = token_use(work->token, work->secret, use_for_cms, work);
        break;
    case WORK_CMS_HASH:
        work->err =
            token_use(work->token, work->secret, use_for_cms_hash, work);
        break;
    }
}

void
work_pin(void *arg)
{
    struct work *work = arg;
    work->err = cryptoki_pin(work->cryptoki, &work->pin);
}

void
work_chain(void *arg)
{
    struct work *work = arg;
    beid_buf_reset(&work->root);
    work->err = cryptoki_certificate(work->cryptoki, CRYPTOKI_CERTIFICATE_CA,
                                     &work->ca);
    if (work->err == BEID_OK
        && cryptoki_certificate(work->cryptoki, CRYPTOKI_CERTIFICATE_ROOT,
                                &work->root)
               != BEID_OK) {
        beid_buf_reset(&work->root); /* the CA alone is better than nothing */
    }
}

void
work_release(void *arg)
{
    struct work *work = arg;
    token_release(work->token);
    cryptoki_release(work->cryptoki);
    work->err = BEID_OK;
}

/*
 * pcsc-lite 2 loads the library that really speaks to pcscd at the first call
 * (Debian 13); where there is one, it must be here before the doors close.
 */
static void
load_pcsc(void)
{
    void *held = dlopen("libpcsclite_real.so.1", RTLD_NOW | RTLD_NODELETE);
    if (held != NULL) {
        (void)dlclose(held);
    }
}

/* All is loaded. Landlock holds for threads that are made after it. */
static enum beid_err
shut_files(struct worker *worker)
{
    load_pcsc();
    enum beid_err err =
        beid_sandbox_files("card worker", pcscd_open(&worker->pcscd));
    beid_self_attack(BEID_ATTACK_LANDLOCK, worker->attack);
    return err;
}

enum beid_err
worker_init(struct worker *worker, const char *module)
{
    struct work *work = &worker->work;
    beid_buf_init(&work->certificate, BEID_WIRE_CERT_MAX);
    beid_buf_init(&work->signature_certificate, BEID_WIRE_CERT_MAX);
    beid_buf_init(&work->ca, BEID_WIRE_CERT_MAX);
    beid_buf_init(&work->root, BEID_WIRE_CERT_MAX);
    beid_buf_init(&work->message, BEID_WIRE_DOCUMENT_MAX);
    beid_buf_init(&work->signature, BEID_WIRE_CMS_MAX);
    chain_init(&worker->chains);
    known_init(&worker->known);
    enum beid_err err = token_open(module, &work->token);
    if (err == BEID_OK) {
        err = cryptoki_open(module, &work->cryptoki);
    }
    if (err == BEID_OK) {
        err = shut_files(worker);
    }
    if (err == BEID_OK) {
        err = card_thread_new(&worker->thread);
    }
    return err;
}

void
worker_clear(struct worker *worker)
{
    struct work *work = &worker->work;
    card_thread_free(&worker->thread);
    pcscd_close(&worker->pcscd);
    token_close(&work->token);
    cryptoki_close(&work->cryptoki);
    beid_buf_clear(&work->certificate);
    beid_buf_clear(&work->signature_certificate);
    beid_buf_clear(&work->ca);
    beid_buf_clear(&work->root);
    beid_buf_clear(&work->message);
    beid_buf_clear(&work->signature);
    chain_clear(&worker->chains);
    known_clear(&worker->known);
    link_clear(&worker->link);
}

enum beid_err
worker_card_start(struct worker *worker, card_job *job)
{
    return card_thread_start(worker->thread, job, &worker->work);
}

enum beid_err
worker_card_end(struct worker *worker, uint64_t until_ms)
{
    int fd = card_thread_fd(worker->thread);
    enum beid_err waited = link_wait(&worker->link, fd, until_ms);
    if (waited != BEID_OK) {
        uint64_t grace = link_now_ms() + JOB_GRACE_MS;
        enum beid_err turn = BEID_ERR_BUSY;
        while (turn == BEID_ERR_BUSY) {
            turn = link_turn(&worker->link, fd, grace);
        }
        if (turn != BEID_OK) {
            worker->stuck = true;
            return waited;
        }
    }
    if (!card_thread_take(worker->thread)) {
        worker->stuck = true; /* nobody knows what it is at */
        return BEID_ERR_INTERNAL;
    }
    return waited != BEID_OK ? waited : worker->work.err;
}

enum beid_err
worker_card(struct worker *worker, card_job *job, uint64_t until_ms)
{
    if (worker->stuck) {
        return BEID_ERR_STATE;
    }
    enum beid_err err = worker_card_start(worker, job);
    return err == BEID_OK ? worker_card_end(worker, until_ms) : err;
}

static void
note_seen(struct worker *worker, enum beid_err err)
{
    const struct cryptoki_slots *slots = &worker->work.slots;
    struct beid_wire_status_reply *seen = &worker->link.seen;
    *seen = (struct beid_wire_status_reply){.err = err};
    for (size_t i = 0; err == BEID_OK && i < slots->count; i++) {
        seen->readers[seen->count++] = (struct beid_wire_reader){
            .pinpad = slots->slot[i].pinpad,
            .card = slots->slot[i].card,
        };
    }
}

static enum beid_err
look_ended(struct worker *worker, enum beid_err err)
{
    if (err == BEID_ERR_TIMEOUT) {
        err = BEID_ERR_NO_SERVICE; /* pcscd is there but does not answer */
    }
    worker->moved = err == BEID_ERR_NO_SERVICE && pcscd_moved(&worker->pcscd);
    if (err != BEID_ERR_CANCELLED) {
        note_seen(worker, err);
    }
    return err;
}

enum beid_err
worker_look(struct worker *worker)
{
    return look_ended(worker,
                      worker_card(worker, work_look, link_now_ms() + LOOK_MS));
}

enum beid_err
worker_watch(struct worker *worker)
{
    if (worker->looks == 0) {
        enum beid_err err = worker->stuck
                                ? BEID_ERR_STATE
                                : worker_card_start(worker, work_look);
        if (err != BEID_OK) {
            return look_ended(worker, err);
        }
    }
    worker->looks++;
    uint64_t until = link_now_ms() + LOOK_BESIDE_MS;
    enum beid_err waited =
        link_wait(&worker->link, card_thread_fd(worker->thread), until);
    if (waited == BEID_ERR_CANCELLED) {
        return waited;
    }
    if (waited != BEID_OK && worker->looks < LOOK_CALLS) {
        return BEID_ERR_BUSY;
    }
    worker->looks = 0;
    return look_ended(worker, worker_card_end(worker, until));
}

enum beid_err
worker_watch_end(struct worker *worker, bool answered)
{
    if (worker->looks == 0) {
        return BEID_OK;
    }
    worker->looks = 0;
    (void)!worker_card_end(worker, answered ? link_now_ms() + LOOK_MS : 0);
    return worker->stuck ? BEID_ERR_NO_SERVICE : BEID_OK;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include "arguments.h"
#include "bench.h"
#include "pcscd.h"

#include <p11-kit/pkcs11.h>

#include <stdio.h>
#include <string.h>

/* All functions of Cryptoki take words and pointers, and no more of them. */
typedef CK_RV any_call(CK_ULONG a, CK_ULONG b, CK_ULONG c, CK_ULONG d,
                       CK_ULONG e, CK_ULONG f, CK_ULONG g, CK_ULONG h);

typedef void any_function(void);

struct row {
    any_function *function;
    const char *letters;
};

#define ROW(name, letters)                                                     \
    {                                                                          \
        (any_function *)(name), (letters)                                      \
    }

static const struct row rows[] = {
    ROW(C_GetInfo, "i"),
    ROW(C_GetSlotList, "uL"),
    ROW(C_GetSlotInfo, "si"),
    ROW(C_GetTokenInfo, "si"),
    ROW(C_GetMechanismList, "sL"),
    ROW(C_GetMechanismInfo, "sui"),
    ROW(C_InitToken, "spi"),
    ROW(C_InitPIN, "hp"),
    ROW(C_SetPIN, "hpp"),
    ROW(C_OpenSession, "suunH"),
    ROW(C_CloseSession, "h"),
    ROW(C_CloseAllSessions, "s"),
    ROW(C_GetSessionInfo, "hi"),
    ROW(C_GetOperationState, "hB"),
    ROW(C_SetOperationState, "hboo"),
    ROW(C_Login, "hup"),
    ROW(C_Logout, "h"),
    ROW(C_CreateObject, "htH"),
    ROW(C_CopyObject, "hotH"),
    ROW(C_DestroyObject, "ho"),
    ROW(C_GetObjectSize, "hoH"),
    ROW(C_GetAttributeValue, "hot"),
    ROW(C_SetAttributeValue, "hot"),
    ROW(C_FindObjectsInit, "ht"),
    ROW(C_FindObjectsFinal, "h"),
    ROW(C_EncryptInit, "hmo"),
    ROW(C_Encrypt, "hbB"),
    ROW(C_EncryptUpdate, "hbB"),
    ROW(C_EncryptFinal, "hB"),
    ROW(C_DecryptInit, "hmo"),
    ROW(C_Decrypt, "hbB"),
    ROW(C_DecryptUpdate, "hbB"),
    ROW(C_DecryptFinal, "hB"),
    ROW(C_DigestInit, "hm"),
    ROW(C_Digest, "hbB"),
    ROW(C_DigestUpdate, "hb"),
    ROW(C_DigestKey, "ho"),
    ROW(C_DigestFinal, "hB"),
    ROW(C_SignInit, "hmo"),
    ROW(C_Sign, "hbB"),
    ROW(C_SignUpdate, "hb"),
    ROW(C_SignFinal, "hB"),
    ROW(C_SignRecoverInit, "hmo"),
    ROW(C_SignRecover, "hbB"),
    ROW(C_VerifyInit, "hmo"),
    ROW(C_Verify, "hbb"),
    ROW(C_VerifyUpdate, "hb"),
    ROW(C_VerifyFinal, "hb"),
    ROW(C_VerifyRecoverInit, "hmo"),
    ROW(C_VerifyRecover, "hbB"),
    ROW(C_DigestEncryptUpdate, "hbB"),
    ROW(C_DecryptDigestUpdate, "hbB"),
    ROW(C_SignEncryptUpdate, "hbB"),
    ROW(C_DecryptVerifyUpdate, "hbB"),
    ROW(C_GenerateKey, "hmtH"),
    ROW(C_GenerateKeyPair, "hmttHH"),
    ROW(C_WrapKey, "hmooB"),
    ROW(C_UnwrapKey, "hmobtH"),
    ROW(C_DeriveKey, "hmotH"),
    ROW(C_SeedRandom, "hb"),
    ROW(C_GetFunctionStatus, "h"),
    ROW(C_CancelFunction, "h"),
};

static bool initialised;
static struct pcscd_action fault;
static unsigned fault_after;

static void
strike(void *ctx, enum pcscd_call call, struct pcscd_action *action)
{
    (void)ctx;
    (void)call;
    if (fault.what != PCSCD_RUN && fault_after == 0) {
        *action = fault;
        fault.what = PCSCD_RUN;
    } else if (fault.what != PCSCD_RUN) {
        fault_after--;
    }
}

void
calls_start(void)
{
    initialised = false;
    fault.what = PCSCD_RUN;
    arguments_forget();
    pcscd_hook_set(strike, NULL);
}

static void
check(CK_RV rv)
{
    if (rv == CKR_GENERAL_ERROR) {
        bench_broken("CKR_GENERAL_ERROR");
    }
    if (!initialised && rv != CKR_CRYPTOKI_NOT_INITIALIZED) {
        bench_broken("a call that works before C_Initialize");
    }
}

static void
call(const struct row *row, struct beid_span *input)
{
    struct arguments given = {0};
    for (const char *letter = row->letters; *letter != '\0'; letter++) {
        arguments_add(&given, *letter, input);
    }
    const CK_ULONG *w = given.words;
    any_call *function = (any_call *)row->function;
    pcscd_pins(given.pin ? 1 : 0);
    CK_RV rv = function(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]);
    pcscd_pins(0);
    check(rv);
    if (rv == CKR_OK && given.handle != NULL) {
        arguments_learn(*given.handle);
    }
    arguments_free(&given);
}

/* No more of them than there was room for, all of them usable later. */
static void
call_find_objects(struct beid_span *input)
{
    CK_OBJECT_HANDLE found[64];
    CK_ULONG count = 0;
    struct arguments given = {0};
    arguments_add(&given, 'h', input);
    CK_ULONG room = bench_u8(input) % 65;
    CK_RV rv = C_FindObjects(given.words[0], found, room, &count);
    check(rv);
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
        arguments_learn(found[i]);
    }
    if (rv == CKR_OK && count > room) {
        bench_broken("more objects than there was room for");
    }
    check(C_FindObjects(given.words[0], NULL, room, NULL));
    arguments_free(&given);
}

static void
call_random(struct beid_span *input)
{
    CK_BYTE room[256];
    struct arguments given = {0};
    arguments_add(&given, 'h', input);
    CK_ULONG len = bench_u8(input);
    check(C_GenerateRandom(given.words[0], len == 255 ? NULL : room, len));
    arguments_free(&given);
}

/* Never one that waits. */
static void
call_wait(struct beid_span *input)
{
    CK_SLOT_ID slot = 0;
    unsigned choice = bench_u8(input);
    check(C_WaitForSlotEvent(CKF_DONT_BLOCK, choice < 0xF0 ? &slot : NULL,
                             choice < 0xE0 ? NULL : &slot));
}

static CK_RV
mutex_fails(void **mutex)
{
    (void)mutex;
    return CKR_HOST_MEMORY;
}

static void
call_initialize(struct beid_span *input)
{
    static const char *const options[] = {
        NULL,
        "transaction=sign",
        "slot-state=yes transaction=sign",
        "objects=auth",
        "objects=auth,sign,ca,root,rrn,data",
        "objects=",
        "nonsense=yes",
        " ",
    };
    char text[64] = {0};
    unsigned choice = bench_u8(input);
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    const char *option = options[choice % 8];
    if (option != NULL) {
        (void)snprintf(text, sizeof text, "%s", option);
        args.pReserved = text;
    }
    if ((choice & 0xC0) == 0xC0) {
        args.flags = bench_u8(input);
    }
    if ((choice & 0xE0) == 0xE0) {
        args.CreateMutex = mutex_fails;
    }
    CK_RV rv = C_Initialize((choice & 0x38) == 0x38 ? NULL : &args);
    if (initialised != (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED)
        && rv != CKR_ARGUMENTS_BAD) {
        bench_broken("C_Initialize does not know its state");
    }
    initialised = initialised || rv == CKR_OK;
}

static void
call_finalize(struct beid_span *input)
{
    unsigned choice = bench_u8(input);
    CK_RV rv = C_Finalize(choice >= 0xF0 ? &choice : NULL);
    if (choice < 0xF0
        && rv != (initialised ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED)) {
        bench_broken("C_Finalize does not know its state");
    }
    if (rv == CKR_OK) {
        initialised = false;
        arguments_forget();
        pcscd_all_closed();
    }
}

/* What happens to the readers, or at the k-th call of PC/SC from now. */
static void
call_fault(struct beid_span *input)
{
    fault_after = bench_u8(input) % 32;
    fault.what = (enum pcscd_do)(bench_u8(input) % PCSCD_KINDS);
    fault.code = bench_u16(input);
    fault.bytes = bench_bytes(input, bench_u8(input));
    if (fault.what == PCSCD_FAIL || fault.what == PCSCD_FAIL_AFTER) {
        fault.code = pcscd_codes[fault.code % pcscd_code_count];
    }
    if (fault.what == PCSCD_STATE) {
        fault.code <<= 4;
    }
}

static void
call_readers(struct beid_span *input)
{
    unsigned choice = bench_u8(input);
    if ((choice & 2U) != 0) {
        pcscd_insert(choice & 1U);
    } else {
        pcscd_remove(choice & 1U);
    }
}

typedef void special_call(struct beid_span *input);

void
calls_one(struct beid_span *input)
{
    static special_call *const specials[] = {
        call_initialize, call_finalize, call_random,  call_find_objects,
        call_wait,       call_fault,    call_readers,
    };
    size_t count = sizeof rows / sizeof *rows;
    size_t all = count + sizeof specials / sizeof *specials;
    size_t choice = bench_u8(input) % all;
    if (choice < count) {
        call(&rows[choice], input);
    } else {
        specials[choice - count](input);
    }
}

void
calls_stop(void)
{
    if (initialised && C_Finalize(NULL) != CKR_OK) {
        bench_broken("C_Finalize failed");
    }
    initialised = false;
}

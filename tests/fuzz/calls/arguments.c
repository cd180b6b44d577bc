/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include "bench.h"
#include "still_card.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN_MAX 16U
#define STRUCT_ROOM 256U /* more than any CK_*_INFO */
#define TEMPLATE_MAX 8U
#define ROOM_MAX 600U

static CK_ULONG known[KNOWN_MAX];
static size_t known_next;

void
arguments_forget(void)
{
    memset(known, 0, sizeof known);
    known_next = 0;
}

void
arguments_learn(CK_ULONG handle)
{
    known[known_next++ % KNOWN_MAX] = handle;
}

static void
add(struct arguments *arguments, CK_ULONG word)
{
    if (arguments->count < ARGUMENTS_MAX) {
        arguments->words[arguments->count++] = word;
    }
}

static void
add_pointer(struct arguments *arguments, void *pointer)
{
    add(arguments, (CK_ULONG)(uintptr_t)pointer);
}

/* A block of exactly len bytes, not initialised; len 0 has an address too. */
static void *
block(struct arguments *arguments, size_t len)
{
    size_t room = sizeof arguments->blocks / sizeof *arguments->blocks;
    void *made = malloc(len > 0 ? len : 1);
    if (made == NULL || arguments->block_count == room) {
        bench_broken("too many blocks");
    }
    arguments->blocks[arguments->block_count++] = made;
    return made;
}

static void *
copy(struct arguments *arguments, struct beid_span bytes)
{
    void *made = block(arguments, bytes.len);
    if (bytes.len > 0) {
        memcpy(made, bytes.ptr, bytes.len);
    }
    return made;
}

static void *
word_block(struct arguments *arguments, CK_ULONG value)
{
    return copy(arguments, beid_span_of(&value, sizeof value));
}

static CK_ULONG
number(struct beid_span *input)
{
    static const CK_ULONG odd[] = {0,
                                   1,
                                   2,
                                   4,
                                   6,
                                   0x80000000UL,
                                   (CK_ULONG)-1,
                                   (CK_ULONG)-2,
                                   1UL << 63,
                                   0x7FFFFFFFUL,
                                   0xFFFFFFFFUL,
                                   0x10000UL};
    unsigned choice = bench_u8(input);
    size_t count = sizeof odd / sizeof *odd;
    return choice < count ? odd[choice] : choice - count;
}

/* Mostly handles that exist. */
static CK_ULONG
handle(struct beid_span *input)
{
    unsigned choice = bench_u8(input);
    return choice < 0xE0 ? known[choice % KNOWN_MAX] : number(input);
}

static CK_ULONG
slot(struct beid_span *input)
{
    unsigned choice = bench_u8(input);
    return choice < 0xE0 ? choice % 2 : number(input);
}

/* Bytes and their length; NULL with any length now and then. */
static void
add_bytes(struct arguments *arguments, struct beid_span *input)
{
    unsigned len = bench_u8(input);
    if (len >= 0xF0) {
        add_pointer(arguments, NULL);
        add(arguments, number(input));
        return;
    }
    struct beid_span bytes = bench_bytes(input, len);
    add_pointer(arguments, copy(arguments, bytes));
    add(arguments, bytes.len);
}

/* Room and where its length stands. */
static void
add_room(struct arguments *arguments, struct beid_span *input, size_t unit)
{
    unsigned choice = bench_u8(input);
    CK_ULONG count = (CK_ULONG)choice * (ROOM_MAX / 0xE0);
    if (choice >= 0xF8) {
        add_pointer(arguments, NULL);
        add_pointer(arguments, NULL);
    } else if (choice >= 0xF0) {
        add_pointer(arguments, block(arguments, ROOM_MAX * unit));
        add_pointer(arguments, NULL);
    } else if (choice >= 0xE0) {
        add_pointer(arguments, NULL);
        add_pointer(arguments, word_block(arguments, number(input)));
    } else {
        add_pointer(arguments, block(arguments, count * unit));
        add_pointer(arguments, word_block(arguments, count));
    }
}

static CK_MECHANISM_TYPE
mechanism_type(struct beid_span *input)
{
    static const CK_MECHANISM_TYPE types[] = {
        CKM_RSA_PKCS,
        CKM_SHA1_RSA_PKCS,
        CKM_SHA224_RSA_PKCS,
        CKM_SHA256_RSA_PKCS,
        CKM_SHA384_RSA_PKCS,
        CKM_SHA512_RSA_PKCS,
        CKM_RSA_PKCS_PSS,
        CKM_SHA1_RSA_PKCS_PSS,
        CKM_SHA256_RSA_PKCS_PSS,
        CKM_ECDSA,
        CKM_ECDSA_SHA1,
        CKM_ECDSA_SHA224,
        CKM_ECDSA_SHA256,
        CKM_ECDSA_SHA384,
        CKM_ECDSA_SHA512,
        CKM_SHA_1,
        CKM_SHA224,
        CKM_SHA256,
        CKM_SHA384,
        CKM_SHA512,
        CKM_RSA_X_509,
        CKM_VENDOR_DEFINED,
    };
    unsigned choice = bench_u8(input);
    size_t count = sizeof types / sizeof *types;
    return choice < 0xF0 ? types[choice % count] : number(input);
}

static void
add_mechanism(struct arguments *arguments, struct beid_span *input)
{
    unsigned choice = bench_u8(input);
    if (choice >= 0xF8) {
        add_pointer(arguments, NULL);
        return;
    }
    CK_MECHANISM mechanism = {mechanism_type(input), NULL, 0};
    if (choice >= 0xF0) {
        mechanism.ulParameterLen = number(input);
    } else if (choice >= 0x80) {
        const CK_RSA_PKCS_PSS_PARAMS pss = {mechanism_type(input),
                                            number(input), number(input)};
        mechanism.pParameter = copy(arguments, beid_span_of(&pss, sizeof pss));
        mechanism.ulParameterLen = sizeof pss;
    } else if (choice >= 0x60) {
        struct beid_span bytes = bench_bytes(input, bench_u8(input));
        mechanism.pParameter = copy(arguments, bytes);
        mechanism.ulParameterLen = bytes.len;
    }
    add_pointer(arguments,
                copy(arguments, beid_span_of(&mechanism, sizeof mechanism)));
}

static CK_ATTRIBUTE
attribute(struct arguments *arguments, struct beid_span *input)
{
    static const CK_ATTRIBUTE_TYPE types[] = {
        CKA_CLASS,
        CKA_TOKEN,
        CKA_PRIVATE,
        CKA_LABEL,
        CKA_APPLICATION,
        CKA_VALUE,
        CKA_OBJECT_ID,
        CKA_ISSUER,
        CKA_SERIAL_NUMBER,
        CKA_CHECK_VALUE,
        CKA_KEY_TYPE,
        CKA_SUBJECT,
        CKA_ID,
        CKA_SIGN,
        CKA_START_DATE,
        CKA_MODULUS,
        CKA_MODULUS_BITS,
        CKA_PUBLIC_EXPONENT,
        CKA_EC_PARAMS,
        CKA_EC_POINT,
        CKA_ALWAYS_AUTHENTICATE,
        CKA_CERTIFICATE_TYPE,
        CKA_ALLOWED_MECHANISMS,
        CKA_VENDOR_DEFINED,
    };
    CK_ATTRIBUTE made = {0};
    unsigned choice = bench_u8(input);
    size_t count = sizeof types / sizeof *types;
    made.type = choice < 0xF0 ? types[choice % count] : number(input);
    unsigned len = bench_u8(input);
    if (len >= 0xF0) {
        made.ulValueLen = len >= 0xF8 ? number(input) : 0;
    } else if (len >= 0xE0) {
        made.pValue = word_block(arguments, number(input));
        made.ulValueLen = sizeof(CK_ULONG);
    } else {
        struct beid_span bytes = bench_bytes(input, len);
        made.pValue = copy(arguments, bytes);
        made.ulValueLen = bytes.len;
    }
    return made;
}

static void
add_template(struct arguments *arguments, struct beid_span *input)
{
    CK_ATTRIBUTE made[TEMPLATE_MAX];
    unsigned choice = bench_u8(input);
    if (choice >= 0xF0) {
        add_pointer(arguments, NULL);
        add(arguments, number(input));
        return;
    }
    CK_ULONG count = choice % (TEMPLATE_MAX + 1);
    for (CK_ULONG i = 0; i < count; i++) {
        made[i] = attribute(arguments, input);
    }
    add_pointer(arguments,
                copy(arguments, beid_span_of(made, count * sizeof *made)));
    add(arguments, count);
}

static void
add_pin(struct arguments *arguments, struct beid_span *input)
{
    unsigned choice = bench_u8(input);
    arguments->pin = true;
    if (choice < 0x80) {
        struct beid_span right = beid_span_str(STILL_PIN);
        add_pointer(arguments, copy(arguments, right));
        add(arguments, right.len);
    } else if (choice < 0xA0) {
        add_pointer(arguments, NULL);
        add(arguments, choice < 0x90 ? 0 : number(input));
    } else {
        struct beid_span bytes = bench_bytes(input, choice - 0xA0);
        add_pointer(arguments, copy(arguments, bytes));
        add(arguments, bytes.len);
    }
}

static void
add_out(struct arguments *arguments, struct beid_span *input, size_t size)
{
    add_pointer(arguments,
                bench_u8(input) >= 0xF0 ? NULL : block(arguments, size));
}

static CK_RV
go_on(CK_SESSION_HANDLE session, CK_NOTIFICATION event, void *application)
{
    (void)session;
    (void)event;
    (void)application;
    return CKR_OK;
}

static CK_RV
withdraw(CK_SESSION_HANDLE session, CK_NOTIFICATION event, void *application)
{
    (void)session;
    (void)event;
    (void)application;
    return CKR_CANCEL;
}

/* A wild pointer to a function cannot be told from a good one. */
static void
add_notify(struct arguments *arguments, struct beid_span *input)
{
    unsigned choice = bench_u8(input);
    CK_NOTIFY notify = NULL;
    if (choice != 0) {
        notify = choice % 2 == 0 ? go_on : withdraw;
    }
    add(arguments, (CK_ULONG)(uintptr_t)notify);
}

void
arguments_add(struct arguments *arguments, char letter, struct beid_span *input)
{
    switch (letter) {
    case 's':
        add(arguments, slot(input));
        break;
    case 'h':
    case 'o':
        add(arguments, handle(input));
        break;
    case 'u':
        add(arguments, number(input));
        break;
    case 'i':
        add_out(arguments, input, STRUCT_ROOM);
        break;
    case 'H':
        if (bench_u8(input) >= 0xF0) {
            add_pointer(arguments, NULL);
        } else {
            arguments->handle = word_block(arguments, 0);
            add_pointer(arguments, arguments->handle);
        }
        break;
    case 'b':
        add_bytes(arguments, input);
        break;
    case 'B':
        add_room(arguments, input, 1);
        break;
    case 'L':
        add_room(arguments, input, sizeof(CK_ULONG));
        break;
    case 'm':
        add_mechanism(arguments, input);
        break;
    case 't':
        add_template(arguments, input);
        break;
    case 'p':
        add_pin(arguments, input);
        break;
    case 'n':
        add_notify(arguments, input);
        break;
    default:
        bench_broken("a letter without a meaning");
    }
}

void
arguments_free(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->block_count; i++) {
        free(arguments->blocks[i]);
    }
}

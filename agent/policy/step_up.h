/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_STEP_UP_H
#define BEID_POLICY_STEP_UP_H

#include "po/text.h"
#include "portal.h"

#include <beid/bytes.h>

#include <stdbool.h>
#include <stdint.h>

#define POLICY_STEP_UP_TYPE "beid-step-up+jws"
#define POLICY_STEP_UP_AUDIENCE "beid-agent"
#define POLICY_STEP_UP_TEXT_MAX 2000U /* characters */
#define POLICY_STEP_UP_LIFE_S 120
#define POLICY_STEP_UP_SKEW_S 60
#define POLICY_STEP_UP_CLOCK_S 3600 /* more than this is the clock's fault */
#define POLICY_SHA256_LEN 32U

/* The claims as they stand in the request; empty where there is none. */
struct policy_claims {
    struct beid_span iss;
    struct beid_span aud;
    struct beid_span jti;
    struct beid_span kind;
    struct beid_span resource;
    struct beid_span text[BEID_LANG_COUNT];
    struct beid_span acr;
    struct beid_span txn;
    struct beid_span certificate; /* certificateSha256, hexadecimal */
    int64_t iat;
    int64_t exp;
};

/* What the claims are held against. */
struct policy_moment {
    int64_t now; /* the computer's clock, seconds since 1970 */
    int64_t earliest; /* what was issued before this is refused */
};

enum policy_verdict {
    POLICY_GOOD,
    POLICY_BAD_CLAIM,
    POLICY_EXPIRED,
    POLICY_CLOCK_OFF
};

struct policy_step_up {
    enum policy_verdict verdict;
    const char *claim; /* POLICY_BAD_CLAIM: which one; static */
    int64_t ahead_s; /* POLICY_CLOCK_OFF: the computer's clock minus iat */
    bool statement; /* kind: false is access */
    size_t certificate_len; /* 0, or POLICY_SHA256_LEN */
    uint8_t certificate[POLICY_SHA256_LEN];
};

/*
 * The earliest time of issue, in seconds, that an agent which began at
 * start_ms accepts: that second. One that began again does not know what the
 * one before it accepted, and that may have been issued ahead of its end by
 * the difference that clocks may have: it accepts only what is later.
 */
int64_t policy_step_up_earliest(int64_t start_ms, bool again);

/*
 * Judges the claims of a request whose signature is good (design §4 "Step-up
 * request"): issuer, audience, kind, resource, texts, then the times. Pure.
 */
struct policy_step_up policy_step_up_judge(const struct policy_claims *claims,
                                           const struct policy_portal *portal,
                                           struct beid_span origin,
                                           const struct policy_moment *moment);

/* 64 hexadecimal digits to bytes; false for anything else. */
bool policy_sha256_parse(struct beid_span text, uint8_t out[POLICY_SHA256_LEN]);

#endif

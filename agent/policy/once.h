/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_ONCE_H
#define BEID_POLICY_ONCE_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stddef.h>
#include <stdint.h>

#define POLICY_ONCE_REMEMBERED 1024U
#define POLICY_ONCE_HASH 32U

/*
 * The step-up requests that were used in this run. When the memory is full the
 * oldest makes room, and from then on nothing that was issued at or before its
 * time is accepted any more: what is forgotten cannot come back.
 */
struct policy_once {
    struct {
        uint8_t hash[POLICY_ONCE_HASH];
        int64_t iat;
    } used[POLICY_ONCE_REMEMBERED];
    size_t count;
    size_t next;
    int64_t floor; /* the latest time of what was forgotten; 0: nothing was */
};

/*
 * Uses the jti of this origin up. BEID_ERR_DENIED when it was used before,
 * BEID_ERR_INTERNAL when it cannot be hashed.
 */
enum beid_err policy_once_use(struct policy_once *once, struct beid_span origin,
                              struct beid_span jti, int64_t iat) BEID_NODISCARD;

/* The last jti that was used up, by a request that came to nothing, is as
 * though it never had been. */
void policy_once_give_back(struct policy_once *once);

#endif

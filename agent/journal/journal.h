/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_JOURNAL_JOURNAL_H
#define BEID_JOURNAL_JOURNAL_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * The citizen's journal (beid-agent-journal(1)): what websites did with the
 * card. Each line holds the SHA-256 over the line before it and itself; the
 * head, a file of its own, holds how many lines there are and the last hash.
 * There is no key: who may write both files as this user can write them anew.
 */
#define JOURNAL_HASH_LEN 32U
#define JOURNAL_HEX_LEN 64U
#define JOURNAL_FIELD_MAX 512U
#define JOURNAL_LINE_MAX 2048U

/* A file begins with these words, the first number and the hash before it. */
#define JOURNAL_FIRST_LINE "beid-journal 1"

/* One line. Spans are borrowed; an empty one is written as "-". */
struct journal_entry {
    uint64_t number; /* counts from 1, over all files */
    int64_t time; /* seconds since 1970, UTC */
    struct beid_span origin; /* which portal */
    struct beid_span kind; /* authenticate, access, statement ... */
    struct beid_span resource; /* a URL, for a step-up */
    struct beid_span shown; /* SHA-256 of the text that was shown, hex */
    struct beid_span outcome; /* a word: "done", "cancelled" ... */
    struct beid_span left; /* what left the machine: "certificate,signature" */
    struct beid_span hash; /* hex; filled in by reading only */
};

/* Where the chain stands. */
struct journal_head {
    uint64_t count; /* the number of the last line; 0: none yet */
    uint8_t hash[JOURNAL_HASH_LEN]; /* of the last line; zeros before it */
    uint64_t oldest; /* the first number that is kept */
    uint64_t missed; /* lines that could not be written, or mended */
};

/* Appends "number TAB time TAB ... TAB hash LF"; chain becomes its hash. */
enum beid_err journal_line_put(struct beid_buf *out,
                               const struct journal_entry *entry,
                               uint8_t chain[JOURNAL_HASH_LEN]) BEID_NODISCARD;

/*
 * Reads a line without its line feed and checks its hash against the chain,
 * which it moves on. BEID_ERR_FORMAT: not a line; BEID_ERR_SIGNATURE: another
 * hash, but what the line says is in *out, and the chain goes on from its hash.
 */
enum beid_err journal_line_get(struct beid_span line,
                               uint8_t chain[JOURNAL_HASH_LEN],
                               struct journal_entry *out) BEID_NODISCARD;

/* The first line of a file, with its line feed, and back. */
enum beid_err
journal_first_put(struct beid_buf *out, uint64_t number,
                  const uint8_t chain[JOURNAL_HASH_LEN]) BEID_NODISCARD;
enum beid_err journal_first_get(struct beid_span line, uint64_t *number,
                                uint8_t chain[JOURNAL_HASH_LEN]) BEID_NODISCARD;

/* The head, always JOURNAL_HEAD_LEN bytes, and back. */
#define JOURNAL_HEAD_LEN 145U
enum beid_err journal_head_put(struct beid_buf *out,
                               const struct journal_head *head) BEID_NODISCARD;
enum beid_err journal_head_get(struct beid_span text,
                               struct journal_head *out) BEID_NODISCARD;

/* The descriptors that a process may write the journal through. */
struct journal {
    int file; /* open for reading and appending; -1: nothing is kept */
    int head; /* open for reading and writing */
};

/*
 * Writes one line; number and hash are the journal's. Locks, so that the
 * agents of two sessions do not mix. What an agent left half done is
 * mended first, and counted as missed. When it fails, the file is as it was and
 * the head counts the line as missed, as far as the disk allows.
 */
enum beid_err journal_append(const struct journal *journal,
                             const struct journal_entry *entry) BEID_NODISCARD;

#endif

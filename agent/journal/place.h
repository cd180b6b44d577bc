/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_JOURNAL_PLACE_H
#define BEID_JOURNAL_PLACE_H

#include "journal.h"

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * The path of a file of the journal in an emptied buffer: "" for the current
 * one, ".head", ".lock"; for number n above 0 the older file ".n".
 */
const char *journal_path(struct beid_buf *path, const char *suffix);
const char *journal_path_old(struct beid_buf *path, unsigned int number);

/* The head through its descriptor; one that is not valid is an empty one. */
void journal_head_read(int fd, struct journal_head *head);
enum beid_err
journal_head_write(int fd, const struct journal_head *head) BEID_NODISCARD;

/*
 * What an agent left that was killed, or a power cut, while it wrote: a line
 * that ends nowhere goes, and one that the head does not know yet is taken
 * into the chain. Either way the head counts one more as missed, so that it
 * stays to be seen: verify cannot know that nobody else added that line.
 * Changes *head, not its file; the lock is held.
 */
void journal_mend(const struct journal *journal, struct journal_head *head);

/* Holds the head while the journal changes. */
enum beid_err journal_lock(int head) BEID_NODISCARD;
void journal_unlock(int head);

#endif

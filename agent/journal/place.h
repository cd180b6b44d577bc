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

/* Holds the head while the journal changes. */
enum beid_err journal_lock(int head) BEID_NODISCARD;
void journal_unlock(int head);

#endif

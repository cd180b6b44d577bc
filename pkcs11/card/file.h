/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_FILE_H
#define BEID_CARD_FILE_H

#include "card/card.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stddef.h>

/* Longest file that is believed (threats C-01). */
#define CARD_FILE_MAX 16384U

/* A whole short answer; fewer rounds than the 252 of others. */
#define CARD_FILE_BLOCK 256U

/* File identifiers below DF(ID) (facts §2.1). */
enum card_file {
    CARD_FILE_IDENTITY = 0x4031,
    CARD_FILE_IDENTITY_SIGNATURE = 0x4032,
    CARD_FILE_ADDRESS = 0x4033,
    CARD_FILE_ADDRESS_SIGNATURE = 0x4034,
    CARD_FILE_PHOTO = 0x4035,
    CARD_FILE_BASIC_KEY = 0x4040, /* applet 1.8 only */
};

/*
 * Inside a transaction, with the file selected: READ BINARY of at most len (1
 * to CARD_FILE_BLOCK) bytes at off, appended to *out. Less than len comes when
 * the file ends; BEID_ERR_UNSUPPORTED (6B00) when it ended before off.
 */
enum beid_err card_file_block(const struct card *card, size_t off, size_t len,
                              struct beid_buf *out) BEID_NODISCARD;

/*
 * Inside a transaction: selects a file of DF(ID) and reads all of it into the
 * empty *out, which has room for CARD_FILE_MAX bytes. BEID_ERR_NOT_FOUND when
 * the card has no such file, it is not activated or empty; BEID_ERR_LIMIT when
 * it does not end within CARD_FILE_MAX.
 */
enum beid_err card_file_read(const struct card *card, enum card_file file,
                             struct beid_buf *out) BEID_NODISCARD;

#endif

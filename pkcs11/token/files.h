/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_FILES_H
#define BEID_TOKEN_FILES_H

#include "card/identity.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

struct module;
struct slot;

/* What the module can read about the citizen. */
enum files_index {
    FILES_IDENTITY,
    FILES_IDENTITY_SIGNATURE,
    FILES_ADDRESS,
    FILES_ADDRESS_SIGNATURE,
    FILES_PHOTO,
    FILES_BASIC_KEY, /* applet 1.8 only, as the next */
    FILES_CHIP, /* no file: a random challenge and the chip's response */
    FILES_COUNT
};

struct known_file {
    bool asked; /* the card was asked, absent holds */
    bool absent;
    struct beid_buf bytes;
};

/*
 * What is known of the citizen whose card is in a slot; wiped as soon as the
 * card or its last session is gone, since an address may change and nothing
 * of this is to stay in the memory of other people's programs.
 */
struct known_files {
    struct known_file file[FILES_COUNT];
    struct identity identity; /* nothing present: absent, or no identity */
    struct address address;
};

void files_init(struct known_files *files);
void files_clear(struct known_files *files);

/* A new challenge is to be asked of the chip next time. */
void files_forget_chip(struct known_files *files);

/*
 * Reads one of them, unless it is known already. BEID_ERR_NOT_FOUND when the
 * card has none, or something in its place that is too long to be one.
 */
enum beid_err files_load(struct module *module, struct slot *slot,
                         enum files_index index) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/files.h"

#include "card/chip.h"
#include "card/file.h"
#include "token/slots.h"

#include <openssl/rand.h>

static const enum card_file card_files[] = {
    [FILES_IDENTITY] = CARD_FILE_IDENTITY,
    [FILES_IDENTITY_SIGNATURE] = CARD_FILE_IDENTITY_SIGNATURE,
    [FILES_ADDRESS] = CARD_FILE_ADDRESS,
    [FILES_ADDRESS_SIGNATURE] = CARD_FILE_ADDRESS_SIGNATURE,
    [FILES_PHOTO] = CARD_FILE_PHOTO,
    [FILES_BASIC_KEY] = CARD_FILE_BASIC_KEY,
};

void
files_init(struct known_files *files)
{
    *files = (struct known_files){0};
    for (size_t i = 0; i < FILES_COUNT; i++) {
        beid_buf_init(&files->file[i].bytes, CARD_FILE_MAX);
    }
}

static void
forget(struct known_file *file)
{
    beid_buf_clear(&file->bytes);
    file->asked = false;
    file->absent = false;
}

void
files_clear(struct known_files *files)
{
    for (size_t i = 0; i < FILES_COUNT; i++) {
        forget(&files->file[i]);
    }
    files->identity = (struct identity){0};
    files->address = (struct address){0};
}

void
files_forget_chip(struct known_files *files)
{
    forget(&files->file[FILES_CHIP]);
}

/* Puts a fresh challenge and what the chip makes of it. */
static enum beid_err
ask_chip(const struct card *card, struct beid_buf *out)
{
    uint8_t challenge[CHIP_CHALLENGE_LEN] = {0};
    struct beid_span asked = beid_span_of(challenge, sizeof challenge);
    struct beid_buf response;
    if (RAND_bytes(challenge, sizeof challenge) != 1) {
        return BEID_ERR_INTERNAL;
    }
    beid_buf_init(&response, CHIP_RESPONSE_LEN);
    enum beid_err err = chip_answer(card, asked, &response);
    if (err == BEID_OK) {
        beid_buf_put(out, asked);
        beid_buf_put(out, beid_buf_span(&response));
        err = beid_buf_status(out);
    }
    beid_buf_clear(&response);
    return err;
}

/* What cannot be parsed has no fields; the raw file stays readable. */
static void
parse(struct known_files *files, enum files_index index)
{
    struct beid_span bytes = beid_buf_span(&files->file[index].bytes);
    if (index == FILES_IDENTITY
        && identity_parse(bytes, &files->identity) != BEID_OK) {
        files->identity = (struct identity){0};
    }
    if (index == FILES_ADDRESS
        && address_parse(bytes, &files->address) != BEID_OK) {
        files->address = (struct address){0};
    }
}

enum beid_err
files_load(struct module *module, struct slot *slot, enum files_index index)
{
    struct known_file *known = &slot->files.file[index];
    if (known->asked) {
        return known->absent ? BEID_ERR_NOT_FOUND : BEID_OK;
    }
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return err;
    }
    beid_buf_clear(&known->bytes);
    err = index == FILES_CHIP
              ? ask_chip(&slot->card, &known->bytes)
              : card_file_read(&slot->card, card_files[index], &known->bytes);
    if (index != FILES_CHIP && err == BEID_ERR_LIMIT) {
        err = BEID_ERR_NOT_FOUND;
    }
    bool absent = err == BEID_ERR_NOT_FOUND;
    err = slot_end(module, slot, false, absent ? BEID_OK : err);
    if (err != BEID_OK) {
        beid_buf_clear(&known->bytes);
        return err;
    }
    known->asked = true;
    known->absent = absent;
    if (absent) {
        return BEID_ERR_NOT_FOUND;
    }
    parse(&slot->files, index);
    return BEID_OK;
}

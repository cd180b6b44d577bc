/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "still_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_MAX 65536U
#define OFFSET_MASK 0x7FFFU

/* All files of one applet: directory, identifier, length (two bytes each),
 * content; written by beid-fuzz-cards. */
struct image {
    const char *path;
    uint8_t bytes[IMAGE_MAX];
    size_t len;
};

static struct image images[] = {
    {.path = BEID_FUZZ_CARDS "/applet-1.7.bin"},
    {.path = BEID_FUZZ_CARDS "/applet-1.8.bin"},
};

static void
load(struct image *image)
{
    if (image->len > 0) {
        return;
    }
    FILE *file = fopen(image->path, "rbe");
    if (file != NULL) {
        image->len = fread(image->bytes, 1, sizeof image->bytes, file);
        (void)fclose(file);
    }
    if (image->len == 0) {
        (void)fprintf(stderr, "cannot read %s\n", image->path);
        abort();
    }
}

static void
take_files(struct still_card *card, struct beid_span rest)
{
    while (rest.len > 0) {
        struct still_file *file = &card->files[card->file_count];
        uint16_t len = 0;
        if (card->file_count == STILL_FILES_MAX
            || beid_span_take_u16(&rest, &file->df) != BEID_OK
            || beid_span_take_u16(&rest, &file->id) != BEID_OK
            || beid_span_take_u16(&rest, &len) != BEID_OK
            || beid_span_take(&rest, len, &file->content) != BEID_OK) {
            (void)fprintf(stderr, "a card image is broken\n");
            abort();
        }
        card->file_count++;
    }
}

void
still_card_init(struct still_card *card, enum still_applet applet)
{
    static const uint8_t pin[] = {0x26, 0x73, 0x92, 0x05,
                                  0xFF, 0xFF, 0xFF, 0xFF};
    struct image *image = &images[applet == STILL_1_7 ? 0 : 1];
    load(image);
    memset(card, 0, sizeof *card);
    card->applet = applet;
    card->tries = STILL_TRIES;
    memcpy(card->pin, pin, sizeof card->pin);
    memset(card->serial, 0x53, sizeof card->serial);
    take_files(card, beid_span_of(image->bytes, image->len));
}

void
still_card_put(struct still_card *card, uint16_t id, struct beid_span content)
{
    for (size_t i = 0; i < card->file_count; i++) {
        if (card->files[i].id == id) {
            card->files[i].content = content;
            return;
        }
    }
    if (card->file_count < STILL_FILES_MAX) {
        card->files[card->file_count++] =
            (struct still_file){.df = 0xDF00, .id = id, .content = content};
    }
}

struct beid_span
still_card_file(const struct still_card *card, uint16_t id)
{
    for (size_t i = 0; i < card->file_count; i++) {
        if (card->files[i].id == id) {
            return card->files[i].content;
        }
    }
    return beid_span_of(NULL, 0);
}

void
still_card_reset(struct still_card *card)
{
    card->open = false;
    card->chosen = false;
    card->ef = NULL;
    card->pending_len = 0;
}

struct beid_span
still_card_atr(const struct still_card *card)
{
    static const uint8_t rsa[] = {0x3B, 0x98, 0x13, 0x40, 0x0A, 0xA5, 0x03,
                                  0x01, 0x01, 0x01, 0xAD, 0x13, 0x11};
    static const uint8_t ec[] = {0x3B, 0x7F, 0x96, 0x00, 0x00, 0x80, 0x31,
                                 0x80, 0x65, 0xB0, 0x85, 0x04, 0x01, 0x20,
                                 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00};
    return card->applet == STILL_1_7 ? beid_span_of(rsa, sizeof rsa)
                                     : beid_span_of(ec, sizeof ec);
}

/* By path, by identifier, or the applet by name; the last two bytes decide. */
static unsigned
do_select(struct still_card *card, struct beid_span command)
{
    if (command.len < 7 || command.ptr[2] == 0x04) {
        return 0x9000;
    }
    unsigned id = ((unsigned)command.ptr[command.len - 2] << 8)
                  | command.ptr[command.len - 1];
    card->ef = NULL;
    if (id == 0x3F00 || id == 0xDF00 || id == 0xDF01) {
        return 0x9000;
    }
    for (size_t i = 0; i < card->file_count; i++) {
        if (card->files[i].id == id) {
            card->ef = &card->files[i];
            return 0x9000;
        }
    }
    return 0x6A82;
}

static unsigned
do_read(const struct still_card *card, struct beid_span command,
        uint8_t *answer, size_t *len)
{
    if (card->ef == NULL) {
        return 0x6986;
    }
    struct beid_span content = card->ef->content;
    size_t off = (((size_t)command.ptr[2] << 8) | command.ptr[3]) & OFFSET_MASK;
    size_t le = command.ptr[4] == 0 ? 256 : command.ptr[4];
    if (off >= content.len) {
        return 0x6B00;
    }
    if (le > content.len - off) {
        return 0x6C00U | (unsigned)((content.len - off) & 0xFFU);
    }
    memcpy(answer, content.ptr + off, le);
    *len = le;
    return 0x9000;
}

static unsigned
do_card_data(const struct still_card *card, struct beid_span command,
             uint8_t *answer, size_t *len)
{
    uint8_t bytes[31] = {0};
    size_t size = card->applet == STILL_1_8 && command.ptr[3] == 0x01 ? 31 : 28;
    if (command.ptr[3] != 0x00 && size == 28) {
        return 0x6B00;
    }
    if (command.ptr[4] != size) {
        return 0x6C00U | (unsigned)size;
    }
    memcpy(bytes, card->serial, sizeof card->serial);
    bytes[21] = (uint8_t)card->applet;
    bytes[27] = 0x0F;
    bytes[28] = (uint8_t)card->tries;
    memset(bytes + 29, 0xFF, 2);
    memcpy(answer, bytes, size);
    *len = size;
    return 0x9000;
}

static unsigned
tries_sw(const struct still_card *card)
{
    return card->tries == 0 ? 0x6983U : 0x63C0U | card->tries;
}

static unsigned
check_pin(struct still_card *card, const uint8_t *block)
{
    if (card->tries == 0) {
        return 0x6983;
    }
    if (memcmp(block, card->pin, sizeof card->pin) != 0) {
        card->open = false;
        card->tries--;
        return tries_sw(card);
    }
    card->tries = STILL_TRIES;
    card->open = true;
    return 0x9000;
}

static unsigned
do_verify(struct still_card *card, struct beid_span command)
{
    if (command.len == 5) {
        return card->open ? 0x9000 : tries_sw(card);
    }
    card->verifies++;
    return command.len == 13 ? check_pin(card, command.ptr + 5) : 0x6700;
}

static unsigned
do_change(struct still_card *card, struct beid_span command)
{
    card->changes++;
    if (command.len != 21) {
        return 0x6700;
    }
    unsigned sw = check_pin(card, command.ptr + 5);
    if (sw == 0x9000) {
        memcpy(card->pin, command.ptr + 13, sizeof card->pin);
    }
    return sw;
}

static unsigned
pend(struct still_card *card, size_t len)
{
    memset(card->pending, 0x5A, len);
    card->pending_at = 0;
    card->pending_len = len;
    return 0x6100U | (unsigned)(len & 0xFFU);
}

static unsigned
do_sign(struct still_card *card)
{
    if (!card->chosen) {
        return 0x6985;
    }
    if (!card->open) {
        return 0x6982;
    }
    card->signatures++;
    return pend(card, card->applet == STILL_1_7 ? 256 : 96);
}

static unsigned
do_response(struct still_card *card, struct beid_span command, uint8_t *answer,
            size_t *len)
{
    size_t le = command.ptr[4] == 0 ? 256 : command.ptr[4];
    size_t left = card->pending_len - card->pending_at;
    if (left == 0) {
        return 0x6985;
    }
    if (le > left) {
        return 0x6C00U | (unsigned)(left & 0xFFU);
    }
    memcpy(answer, card->pending + card->pending_at, le);
    *len = le;
    card->pending_at += le;
    left -= le;
    if (left == 0) {
        card->pending_len = 0;
        card->pending_at = 0;
        return 0x9000;
    }
    return 0x6100U | (unsigned)(left & 0xFFU);
}

static unsigned
do_challenge(struct beid_span command, uint8_t *answer, size_t *len)
{
    size_t le = command.ptr[4];
    memset(answer, 0xA5, le);
    *len = le;
    return le == 0 ? 0x6700 : 0x9000;
}

static unsigned
dispatch(struct still_card *card, struct beid_span command, uint8_t *answer,
         size_t *len)
{
    switch (command.ptr[1]) {
    case 0xA4:
        return do_select(card, command);
    case 0xB0:
        return do_read(card, command, answer, len);
    case 0xE4:
        return do_card_data(card, command, answer, len);
    case 0x20:
        return do_verify(card, command);
    case 0x24:
        return do_change(card, command);
    case 0x22:
        card->chosen = command.len == 10;
        return card->chosen ? 0x9000 : 0x6700;
    case 0x2A:
        return do_sign(card);
    case 0x88:
        return pend(card, 96);
    case 0xC0:
        return do_response(card, command, answer, len);
    case 0x84:
        return do_challenge(command, answer, len);
    case 0xE6:
        card->open = false;
        card->chosen = false;
        return 0x9000;
    default:
        return 0x6D00;
    }
}

size_t
still_card_transmit(struct still_card *card, struct beid_span command,
                    uint8_t answer[STILL_ANSWER_MAX])
{
    size_t len = 0;
    unsigned sw =
        command.len < 5 ? 0x6700U : dispatch(card, command, answer, &len);
    answer[len] = (uint8_t)(sw >> 8);
    answer[len + 1] = (uint8_t)(sw & 0xFFU);
    return len + 2;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"
#include "module.h"
#include "sys/running.h"

#include <stdio.h>
#include <string.h>

#define CERTIFICATE "Authentication"
#define NAME_LEN 16U

static enum doctor_card
card_of(enum cli_card_state state)
{
    switch (state) {
    case CLI_CARD_NONE:
        return DOCTOR_CARD_IS_ABSENT;
    case CLI_CARD_READABLE:
        return DOCTOR_CARD_IS_OURS;
    case CLI_CARD_FOREIGN:
        return DOCTOR_CARD_IS_FOREIGN;
    case CLI_CARD_MUTE:
        return DOCTOR_CARD_IS_MUTE;
    case CLI_CARD_BUSY:
        return DOCTOR_CARD_IS_BUSY;
    }
    return DOCTOR_CARD_IS_ABSENT;
}

/* The certificate to log in with and the tries; nothing about the person. */
static void
read_card(struct cli_module *module, unsigned long slot,
          struct doctor_reader *reader)
{
    struct cli_certificate certificate;
    memset(&certificate, 0, sizeof certificate);
    beid_buf_init(&certificate.der, DOCTOR_CERTIFICATE_MAX);
    enum beid_err err = cli_module_use(module, slot);
    if (err == BEID_OK) {
        err = cli_module_certificate(module, CERTIFICATE, &certificate);
        reader->no_certificate = err == BEID_ERR_NOT_FOUND;
        err = reader->no_certificate ? BEID_OK : err;
    }
    if (err == BEID_OK) {
        memcpy(reader->valid_to, certificate.to, sizeof reader->valid_to);
        err = cli_module_tries(module, &reader->tries);
    }
    reader->err = err;
    beid_buf_clear(&certificate.der);
}

void
doctor_look_cards(const char *module_path, struct doctor_facts *out)
{
    struct cli_module *module = NULL;
    struct cli_slots slots;
    char name[NAME_LEN];
    out->readers_err = cli_module_open(module_path, &module);
    if (out->readers_err == BEID_OK) {
        out->readers_err = cli_module_slots(module, &slots);
    }
    if (out->readers_err != BEID_OK) {
        cli_module_close(&module);
        return;
    }
    for (size_t i = 0; i < slots.count && i < DOCTOR_READERS_MAX; i++) {
        struct doctor_reader *reader = &out->reader[out->reader_count++];
        *reader = (struct doctor_reader){.card = card_of(slots.state[i]),
                                         .tries = DOCTOR_TRIES_UNKNOWN};
        if (reader->card == DOCTOR_CARD_IS_OURS) {
            read_card(module, slots.id[i], reader);
        }
        if (reader->card == DOCTOR_CARD_IS_BUSY
            && beid_running_maps("libpcsclite", name) != 0) {
            (void)snprintf(out->user, sizeof out->user, "%s", name);
        }
    }
    cli_module_close(&module);
}

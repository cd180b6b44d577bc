/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"
#include "module.h"
#include "sys/running.h"
#include "sys/unix_clients.h"

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
        memcpy(reader->valid_from, certificate.from, sizeof reader->valid_from);
        memcpy(reader->valid_to, certificate.to, sizeof reader->valid_to);
        err = cli_module_tries(module, &reader->tries);
    }
    reader->err = err;
    beid_buf_clear(&certificate.der);
}

static void
add_name(struct doctor_facts *out, const char *name)
{
    size_t len = strlen(out->user);
    if (strstr(out->user, name) == NULL) {
        (void)snprintf(out->user + len, sizeof out->user - len, "%s%s",
                       len > 0 ? ", " : "", name);
    }
}

/*
 * Programs of this user that are connected to the service: one of them has
 * the reader. Where the kernel does not tell, one that could be.
 */
static void
put_users(struct doctor_facts *out)
{
    struct beid_unix_clients clients;
    char name[NAME_LEN];
    if (beid_unix_clients(doctor_service_socket(), &clients) != BEID_OK) {
        if (beid_running_maps("libpcsclite", name) != 0) {
            add_name(out, name);
        }
        return;
    }
    for (size_t i = 0; i < clients.count; i++) {
        if (beid_running_socket_holder(clients.inode[i], name) != 0) {
            add_name(out, name);
        }
    }
}

void
doctor_look_cards(const char *module_path, struct doctor_facts *out)
{
    struct cli_module *module = NULL;
    struct cli_slots slots;
    bool busy = false;
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
        busy = busy || reader->card == DOCTOR_CARD_IS_BUSY;
    }
    /* Closed before: we are nobody's suspect. */
    cli_module_close(&module);
    if (busy) {
        put_users(out);
    }
}

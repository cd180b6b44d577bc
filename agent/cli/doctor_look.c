/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"
#include "journal/settings.h"
#include "portal_files.h"
#include "sys/running.h"
#include "sys/sandbox.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_LEN 16U

/* Which program it is, and whose when that is not to be had. */
static void
put_holder(const struct beid_port_holder *holder, struct doctor_port *port)
{
    char name[NAME_LEN];
    struct passwd entry;
    struct passwd *found = NULL;
    char room[1024];
    port->foreign = true;
    if (beid_running_socket_holder(holder->inode, name) != 0) {
        (void)snprintf(port->program, sizeof port->program, "%s", name);
        return;
    }
    if (getpwuid_r(holder->uid, &entry, room, sizeof room, &found) == 0
        && found != NULL) {
        (void)snprintf(port->user, sizeof port->user, "%.100s", entry.pw_name);
    } else {
        (void)snprintf(port->user, sizeof port->user, "%u",
                       (unsigned int)holder->uid);
    }
}

/*
 * The agent's own processes let nobody look into them. A socket of this user
 * whose holder is not to be found is taken for the agent's while one runs.
 */
void
doctor_look_ports(struct doctor_facts *out)
{
    struct beid_ports ports;
    struct beid_running running;
    char name[NAME_LEN];
    beid_running_find(&running);
    out->agents = running.count;
    if (beid_ports_look(&ports) != BEID_OK) {
        return;
    }
    for (size_t i = 0; i < BEID_PORT_COUNT; i++) {
        const struct beid_port_holder *holder = &ports.port[i];
        if (!holder->taken) {
            continue;
        }
        bool hidden = holder->uid == getuid()
                      && beid_running_socket_holder(holder->inode, name) == 0;
        bool agent = !hidden && holder->uid == getuid()
                     && strcmp(name, "beid-agent") == 0;
        if ((hidden || agent) && running.count > 0) {
            out->port[i].ours = true;
        } else {
            put_holder(holder, &out->port[i]);
        }
    }
}

static void
look_parts(const struct doctor_places *places, struct doctor_facts *out)
{
    out->module = places->module;
    out->worker = places->worker;
    out->pinentry = places->pinentry;
    out->module_there = access(places->module, R_OK) == 0;
    out->worker_there = access(places->worker, X_OK) == 0;
    out->pinentry_there = access(places->pinentry, X_OK) == 0;
}

static void
look_portals(const struct doctor_places *places, struct doctor_facts *out)
{
    struct portal_files *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return;
    }
    (void)!portal_files_read(files, places->portals);
    out->portals = files->count;
    out->restrictions_wrong = files->bad_line != 0 || files->unreadable;
    doctor_look_policies(places->root, files, out);
    portal_files_clear(files);
    free(files);
}

static void
look_journal(struct doctor_facts *out)
{
    const struct journal_settings settings =
        journal_settings_read(BEID_CONFIG_ADMIN);
    out->journal_kept = settings.kept;
    out->settings_unreadable = settings.unreadable ? BEID_CONFIG_ADMIN : NULL;
    out->settings_line = settings.bad_line;
    (void)snprintf(out->settings_text, sizeof out->settings_text, "%u",
                   settings.bad_line);
    out->journal_there =
        journal_read(NULL, NULL, NULL, &out->journal) == BEID_OK;
    out->journal_shut = !journal_usable();
}

void
doctor_look(const struct doctor_places *places, struct doctor_facts *out)
{
    memset(out, 0, sizeof *out);
    doctor_look_clock(places->root, out);
    look_parts(places, out);
    doctor_look_system(places->root, out);
    doctor_look_session(places->root, out);
    doctor_look_ports(out);
    look_portals(places, out);
    look_journal(out);
    struct beid_sandbox_layers layers;
    beid_sandbox_available(&layers);
    out->landlock = layers.landlock_abi > 0;
    out->seccomp = layers.seccomp;
    doctor_look_cards(places->module, out);
}

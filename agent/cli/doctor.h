/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_DOCTOR_H
#define BEID_CLI_DOCTOR_H

#include "journal/store.h"
#include "po/text.h"
#include "portal_files.h"
#include "say.h"

#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * `beid-agent doctor` in two halves: what is seen (doctor_look.c), and what it
 * means, which is pure.
 */
#define DOCTOR_READERS_MAX 16U
#define DOCTOR_NAME_MAX 128U
#define DOCTOR_ORIGIN_MAX 256U
#define DOCTOR_TRIES_UNKNOWN 255U
#define DOCTOR_EXPIRING_DAYS 60
#define DOCTOR_CERTIFICATE_MAX 8192U

/*
 * What can be wrong. The numbers are bits of the support code: they never
 * change, new ones are added at the end (beid-agent-doctor(1)).
 */
enum doctor_finding {
    DOCTOR_NOT_INSTALLED = 0,
    DOCTOR_NOT_RUNNING = 1,
    DOCTOR_NOT_PERMITTED = 2,
    DOCTOR_REMOTE = 3,
    DOCTOR_INACTIVE = 4,
    DOCTOR_NO_READER = 5,
    DOCTOR_NO_DRIVER = 6,
    DOCTOR_READER_BUSY = 7,
    DOCTOR_NO_CARD = 8,
    DOCTOR_CARD_MUTE = 9,
    DOCTOR_CARD_UNKNOWN = 10,
    DOCTOR_CARD_TOO_OLD = 11,
    DOCTOR_NO_CERTIFICATE = 12,
    DOCTOR_EXPIRED = 13,
    DOCTOR_EXPIRING = 14,
    DOCTOR_LAST_TRY = 15,
    DOCTOR_BLOCKED = 16,
    DOCTOR_NO_AGENT = 17,
    DOCTOR_PORT_TAKEN = 18,
    DOCTOR_POLICY = 19,
    DOCTOR_CLOCK = 20,
    DOCTOR_LAYER = 21,
    DOCTOR_JOURNAL_CHANGED = 22,
    DOCTOR_JOURNAL_MISSED = 23,
    DOCTOR_SETTINGS = 24,
    DOCTOR_RESTRICTIONS = 25,
    DOCTOR_NO_PORTALS = 26,
    DOCTOR_NO_MODULE = 27,
    DOCTOR_NO_PINENTRY = 28,
    DOCTOR_NO_JOURNAL = 29,
    DOCTOR_SETTINGS_SHUT = 30,
    DOCTOR_FINDINGS = 31
};

/* The smart card service, by its socket. */
enum doctor_service {
    DOCTOR_SERVICE_ANSWERS,
    DOCTOR_SERVICE_ABSENT, /* no socket, or nobody behind it */
    DOCTOR_SERVICE_REFUSES /* no permission */
};

enum doctor_card {
    DOCTOR_CARD_IS_ABSENT,
    DOCTOR_CARD_IS_OURS,
    DOCTOR_CARD_IS_FOREIGN,
    DOCTOR_CARD_IS_MUTE,
    DOCTOR_CARD_IS_BUSY
};

struct doctor_reader {
    enum doctor_card card;
    enum beid_err err; /* of reading it; BEID_ERR_CARD_TOO_OLD ... */
    bool no_certificate;
    char valid_from[11]; /* YYYY-MM-DD; "": not read */
    char valid_to[11];
    unsigned int tries; /* of the PIN, or DOCTOR_TRIES_UNKNOWN */
};

struct doctor_port {
    bool ours; /* a running agent's */
    bool foreign;
    char program[DOCTOR_NAME_MAX]; /* of a foreign one; "": unknown */
    char user[DOCTOR_NAME_MAX]; /* whose it is then */
};

struct doctor_facts {
    char today[11]; /* YYYY-MM-DD, UTC */
    char soon[11]; /* DOCTOR_EXPIRING_DAYS from now */
    char released[11]; /* the clock cannot be before this */
    bool went_back; /* it was later before, as the system noted */
    bool unset; /* nothing keeps it right */
    bool installed; /* the service's program is there */
    enum doctor_service service;
    bool remote; /* session, as logind tells */
    bool inactive;
    bool module_there;
    bool worker_there;
    bool pinentry_there;
    const char *module; /* paths, for the texts */
    const char *worker;
    const char *pinentry;
    enum beid_err readers_err; /* BEID_ERR_NO_SERVICE: not let in */
    size_t reader_count;
    struct doctor_reader reader[DOCTOR_READERS_MAX];
    size_t usb_readers; /* devices of the smart card class */
    char user[DOCTOR_NAME_MAX]; /* programs that may hold the reader; "" */
    size_t agents;
    struct doctor_port port[8];
    char policy[DOCTOR_NAME_MAX]; /* file with a rule; "": none */
    char policy_origin[DOCTOR_ORIGIN_MAX]; /* the website that it is about */
    bool landlock;
    bool seccomp;
    bool journal_kept;
    bool journal_there;
    bool journal_shut; /* the agent could not open it */
    struct journal_report journal;
    const char *settings_unreadable; /* the administrator's file; NULL: fine */
    unsigned int settings_line; /* 0: fine */
    char settings_text[12]; /* the same, for people */
    bool restrictions_wrong;
    size_t portals;
};

/* One thing to tell; value is what the text's word stands for. */
struct doctor_line {
    enum doctor_finding finding;
    bool warning; /* the card can be used all the same */
    enum beid_text_id text;
    struct say_word words[3]; /* borrows from the facts */
};

struct doctor_report {
    size_t count;
    struct doctor_line line[DOCTOR_FINDINGS + 8U];
};

/* Pure. What stands in the way comes first. */
void doctor_judge(const struct doctor_facts *facts, struct doctor_report *out);

/*
 * "D1-" and the findings as a hexadecimal number, "-" and two digits to check
 * it: no more of the person or the computer than that.
 */
#define DOCTOR_CODE_LEN 24U
void doctor_code(const struct doctor_report *report, char out[DOCTOR_CODE_LEN]);

/* The word for a finding in --json. */
const char *doctor_word(enum doctor_finding finding);

/* Looks; root is "" or the folder that holds another system's files. */
struct doctor_places {
    const char *root;
    const char *module;
    const char *worker;
    const char *pinentry;
    const char *portals; /* NULL: the system's alone */
};
void doctor_look(const struct doctor_places *places, struct doctor_facts *out);

/*
 * Does the text of a policy file forbid pages of this origin to reach the
 * agent? Chromium's and its relatives' rules, or a preference of Firefox
 * (browsers.md); pure.
 */
bool doctor_policy_forbids(const char *text, const char *origin);

/* Parts of it. */
void doctor_look_system(const char *root, struct doctor_facts *out);
void doctor_look_clock(const char *root, struct doctor_facts *out);
void doctor_look_session(const char *root, struct doctor_facts *out);
void doctor_look_ports(struct doctor_facts *out);
void doctor_look_policies(const char *root, const struct portal_files *portals,
                          struct doctor_facts *out);

/* The beginning of a file as a string, "" when there is none; free it. */
char *doctor_load(const char *path);

/* Where the smart card service listens. */
const char *doctor_service_socket(void);
void doctor_look_cards(const char *module, struct doctor_facts *out);

#endif

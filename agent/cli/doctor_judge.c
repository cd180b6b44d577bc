/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"

#include <stdio.h>
#include <string.h>

#define CHECK_MODULUS 251U

static const char *const words[DOCTOR_FINDINGS] = {
    [DOCTOR_NOT_INSTALLED] = "pcscd-not-installed",
    [DOCTOR_NOT_RUNNING] = "pcscd-not-running",
    [DOCTOR_NOT_PERMITTED] = "pcscd-not-permitted",
    [DOCTOR_REMOTE] = "session-remote",
    [DOCTOR_INACTIVE] = "session-inactive",
    [DOCTOR_NO_READER] = "no-reader",
    [DOCTOR_NO_DRIVER] = "reader-without-driver",
    [DOCTOR_READER_BUSY] = "reader-in-use",
    [DOCTOR_NO_CARD] = "no-card",
    [DOCTOR_CARD_MUTE] = "card-mute",
    [DOCTOR_CARD_UNKNOWN] = "unsupported-card",
    [DOCTOR_CARD_TOO_OLD] = "card-too-old",
    [DOCTOR_NO_CERTIFICATE] = "certificate-missing",
    [DOCTOR_EXPIRED] = "certificate-expired",
    [DOCTOR_EXPIRING] = "certificate-expiring",
    [DOCTOR_LAST_TRY] = "pin-last-try",
    [DOCTOR_BLOCKED] = "pin-blocked",
    [DOCTOR_NO_AGENT] = "agent-not-running",
    [DOCTOR_PORT_TAKEN] = "port-taken",
    [DOCTOR_POLICY] = "browser-policy",
    [DOCTOR_CLOCK] = "clock-wrong",
    [DOCTOR_LAYER] = "protection-missing",
    [DOCTOR_JOURNAL_CHANGED] = "journal-changed",
    [DOCTOR_JOURNAL_MISSED] = "journal-missed",
    [DOCTOR_SETTINGS] = "settings-invalid",
    [DOCTOR_RESTRICTIONS] = "restrictions-invalid",
    [DOCTOR_NO_PORTALS] = "no-portals",
    [DOCTOR_NO_MODULE] = "part-missing",
    [DOCTOR_NO_PINENTRY] = "pinentry-missing",
    [DOCTOR_NO_JOURNAL] = "journal-unavailable",
    [DOCTOR_SETTINGS_SHUT] = "settings-unreadable",
};

const char *
doctor_word(enum doctor_finding finding)
{
    return (unsigned)finding < DOCTOR_FINDINGS ? words[finding] : "";
}

static struct doctor_line *
tell(struct doctor_report *report, enum doctor_finding finding,
     enum beid_text_id text)
{
    size_t room = sizeof report->line / sizeof report->line[0];
    struct doctor_line *line = &report->line[report->count];
    if (report->count + 1 < room) {
        report->count++;
    }
    *line = (struct doctor_line){.finding = finding, .text = text};
    return line;
}

static void
tell_with(struct doctor_report *report, enum doctor_finding finding,
          enum beid_text_id text, const char *word, const char *value)
{
    struct doctor_line *line = tell(report, finding, text);
    line->words[0] = (struct say_word){word, value};
}

static void
warn_with(struct doctor_report *report, enum doctor_finding finding,
          enum beid_text_id text, const char *word, const char *value)
{
    tell_with(report, finding, text, word, value);
    report->line[report->count - 1].warning = true;
}

/* May the service be used? Why not, when it does not let this user in. */
static bool
judge_service(const struct doctor_facts *facts, struct doctor_report *report)
{
    bool let_in = facts->service == DOCTOR_SERVICE_ANSWERS
                  && facts->readers_err != BEID_ERR_NO_SERVICE;
    if (let_in) {
        return true;
    }
    if (facts->service == DOCTOR_SERVICE_ABSENT && !facts->installed) {
        (void)tell(report, DOCTOR_NOT_INSTALLED,
                   BEID_TEXT_DOCTOR_NOT_INSTALLED);
    } else if (facts->service == DOCTOR_SERVICE_ABSENT) {
        (void)tell(report, DOCTOR_NOT_RUNNING, BEID_TEXT_DOCTOR_NOT_RUNNING);
    } else if (facts->remote) {
        (void)tell(report, DOCTOR_REMOTE, BEID_TEXT_DOCTOR_REMOTE);
    } else if (facts->inactive) {
        (void)tell(report, DOCTOR_INACTIVE, BEID_TEXT_DOCTOR_INACTIVE);
    } else {
        (void)tell(report, DOCTOR_NOT_PERMITTED,
                   BEID_TEXT_DOCTOR_NOT_PERMITTED);
    }
    return false;
}

/* Before what has happened for certain: a release, an issued certificate. */
static bool
clock_is_behind(const struct doctor_facts *facts)
{
    if (facts->went_back || strcmp(facts->today, facts->released) < 0) {
        return true;
    }
    for (size_t i = 0; i < facts->reader_count; i++) {
        if (strcmp(facts->reader[i].valid_from, facts->today) > 0) {
            return true;
        }
    }
    return false;
}

static void
judge_certificate(const struct doctor_facts *facts,
                  const struct doctor_reader *reader,
                  struct doctor_report *report)
{
    if (reader->no_certificate) {
        (void)tell(report, DOCTOR_NO_CERTIFICATE,
                   BEID_TEXT_DOCTOR_NO_CERTIFICATE);
    } else if (reader->valid_to[0] == '\0') {
        return;
    } else if (strcmp(reader->valid_to, facts->today) < 0) {
        tell_with(report, DOCTOR_EXPIRED, BEID_TEXT_DOCTOR_EXPIRED, "date",
                  reader->valid_to);
        if (facts->unset && !clock_is_behind(facts)) {
            warn_with(report, DOCTOR_CLOCK, BEID_TEXT_DOCTOR_CLOCK_UNSET,
                      "date", facts->today);
        }
    } else if (strcmp(reader->valid_to, facts->soon) < 0) {
        warn_with(report, DOCTOR_EXPIRING, BEID_TEXT_DOCTOR_EXPIRING, "date",
                  reader->valid_to);
    }
}

static void
judge_our_card(const struct doctor_facts *facts,
               const struct doctor_reader *reader, struct doctor_report *report)
{
    if (reader->err == BEID_ERR_CARD_TOO_OLD) {
        (void)tell(report, DOCTOR_CARD_TOO_OLD, BEID_TEXT_CARD_TOO_OLD);
        return;
    }
    if (reader->err != BEID_OK) {
        (void)tell(report, DOCTOR_CARD_MUTE, BEID_TEXT_DOCTOR_CARD_MUTE);
        return;
    }
    judge_certificate(facts, reader, report);
    if (reader->tries == 0) {
        (void)tell(report, DOCTOR_BLOCKED, BEID_TEXT_DOCTOR_BLOCKED);
    } else if (reader->tries == 1) {
        warn_with(report, DOCTOR_LAST_TRY, BEID_TEXT_DOCTOR_LAST_TRY, NULL,
                  NULL);
    }
}

static void
judge_reader(const struct doctor_facts *facts,
             const struct doctor_reader *reader, struct doctor_report *report)
{
    switch (reader->card) {
    case DOCTOR_CARD_IS_ABSENT:
        return; /* told once, below, when all are empty */
    case DOCTOR_CARD_IS_OURS:
        judge_our_card(facts, reader, report);
        return;
    case DOCTOR_CARD_IS_FOREIGN:
        (void)tell(report, DOCTOR_CARD_UNKNOWN, BEID_TEXT_PROMPT_FOREIGN_CARD);
        return;
    case DOCTOR_CARD_IS_MUTE:
        (void)tell(report, DOCTOR_CARD_MUTE, BEID_TEXT_DOCTOR_CARD_MUTE);
        return;
    case DOCTOR_CARD_IS_BUSY:
        tell_with(report, DOCTOR_READER_BUSY,
                  facts->user[0] != '\0' ? BEID_TEXT_DOCTOR_READER_BUSY
                                         : BEID_TEXT_DOCTOR_READER_BUSY_UNKNOWN,
                  "program", facts->user);
        return;
    }
}

static void
judge_readers(const struct doctor_facts *facts, struct doctor_report *report)
{
    bool empty = true;
    for (size_t i = 0; i < facts->reader_count; i++) {
        judge_reader(facts, &facts->reader[i], report);
        empty = empty && facts->reader[i].card == DOCTOR_CARD_IS_ABSENT;
    }
    if (facts->reader_count > 0 && empty) {
        (void)tell(report, DOCTOR_NO_CARD, BEID_TEXT_DOCTOR_NO_CARD);
    } else if (facts->reader_count == 0 && facts->usb_readers > 0) {
        (void)tell(report, DOCTOR_NO_DRIVER, BEID_TEXT_DOCTOR_NO_DRIVER);
    } else if (facts->reader_count == 0) {
        (void)tell(report, DOCTOR_NO_READER, BEID_TEXT_DOCTOR_NO_READER);
    }
}

static void
judge_parts(const struct doctor_facts *facts, struct doctor_report *report)
{
    if (!facts->module_there) {
        tell_with(report, DOCTOR_NO_MODULE, BEID_TEXT_DOCTOR_NO_MODULE, "file",
                  facts->module);
    }
    if (!facts->worker_there) {
        tell_with(report, DOCTOR_NO_MODULE, BEID_TEXT_DOCTOR_NO_MODULE, "file",
                  facts->worker);
    }
    if (!facts->pinentry_there) {
        tell_with(report, DOCTOR_NO_PINENTRY, BEID_TEXT_DOCTOR_NO_PINENTRY,
                  "file", facts->pinentry);
    }
}

static void
judge_agent(const struct doctor_facts *facts, struct doctor_report *report)
{
    static const char *const ports[] = {"24880", "24881", "24882", "24883",
                                        "24884", "24885", "24886", "24887"};
    size_t foreign = 0;
    if (facts->agents == 0) {
        (void)tell(report, DOCTOR_NO_AGENT, BEID_TEXT_DOCTOR_NO_AGENT);
    }
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        foreign += facts->port[i].foreign ? 1 : 0;
    }
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        const struct doctor_port *port = &facts->port[i];
        if (port->foreign) {
            bool named = port->program[0] != '\0';
            tell_with(report, DOCTOR_PORT_TAKEN,
                      named ? BEID_TEXT_DOCTOR_PORT_TAKEN
                            : BEID_TEXT_DOCTOR_PORT_TAKEN_USER,
                      "port", ports[i]);
            struct doctor_line *line = &report->line[report->count - 1];
            line->words[1] = named ? (struct say_word){"program", port->program}
                                   : (struct say_word){"user", port->user};
            /* While one is free the agent takes that. */
            line->warning = foreign < sizeof ports / sizeof ports[0];
        }
    }
    if (facts->policy[0] != '\0') {
        warn_with(report, DOCTOR_POLICY, BEID_TEXT_DOCTOR_POLICY, "file",
                  facts->policy);
        report->line[report->count - 1].words[1] =
            (struct say_word){"origin", facts->policy_origin};
    }
    if (facts->restrictions_wrong) {
        (void)tell(report, DOCTOR_RESTRICTIONS, BEID_TEXT_DOCTOR_RESTRICTIONS);
    }
    if (facts->portals == 0) {
        (void)tell(report, DOCTOR_NO_PORTALS, BEID_TEXT_DOCTOR_NO_PORTALS);
    }
}

static void
judge_rest(const struct doctor_facts *facts, struct doctor_report *report)
{
    if (!facts->landlock) {
        warn_with(report, DOCTOR_LAYER, BEID_TEXT_DOCTOR_LAYER, "layer",
                  "Landlock");
    }
    if (!facts->seccomp) {
        warn_with(report, DOCTOR_LAYER, BEID_TEXT_DOCTOR_LAYER, "layer",
                  "seccomp");
    }
    if (facts->journal_kept && facts->journal_shut) {
        warn_with(report, DOCTOR_NO_JOURNAL, BEID_TEXT_DOCTOR_NO_JOURNAL, NULL,
                  NULL);
    }
    if (facts->journal_there && facts->journal.damage != JOURNAL_WHOLE) {
        warn_with(report, DOCTOR_JOURNAL_CHANGED,
                  BEID_TEXT_DOCTOR_JOURNAL_CHANGED, NULL, NULL);
    }
    if (facts->journal_there && facts->journal.missed > 0) {
        warn_with(report, DOCTOR_JOURNAL_MISSED,
                  BEID_TEXT_DOCTOR_JOURNAL_MISSED, NULL, NULL);
    }
}

void
doctor_judge(const struct doctor_facts *facts, struct doctor_report *out)
{
    memset(out, 0, sizeof *out);
    if (clock_is_behind(facts)) {
        tell_with(out, DOCTOR_CLOCK, BEID_TEXT_DOCTOR_CLOCK, "date",
                  facts->today);
    }
    judge_parts(facts, out);
    if (facts->settings_unreadable != NULL) {
        tell_with(out, DOCTOR_SETTINGS_SHUT, BEID_TEXT_CLI_SETTINGS_UNREADABLE,
                  "file", facts->settings_unreadable);
    }
    if (judge_service(facts, out) && facts->readers_err == BEID_OK) {
        judge_readers(facts, out);
    }
    judge_agent(facts, out);
    judge_rest(facts, out);
    if (facts->settings_line != 0) {
        warn_with(out, DOCTOR_SETTINGS, BEID_TEXT_DOCTOR_SETTINGS, "line",
                  facts->settings_text);
    }
}

void
doctor_code(const struct doctor_report *report, char out[DOCTOR_CODE_LEN])
{
    uint64_t mask = 0;
    unsigned int check = 0;
    for (size_t i = 0; i < report->count; i++) {
        mask |= UINT64_C(1) << (unsigned)report->line[i].finding;
    }
    for (unsigned int shift = 0; shift < 64U; shift += 8U) {
        check = (check * 3U + (unsigned int)(mask >> shift & 0xFFU))
                % CHECK_MODULUS;
    }
    (void)snprintf(out, DOCTOR_CODE_LEN, "D1-%llX-%02X",
                   (unsigned long long)mask, check);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../../unit.h"
#include "cli/doctor.h"

#include <stdio.h>
#include <string.h>

/* A computer on which all is well. */
static struct doctor_facts
healthy(void)
{
    return (struct doctor_facts){
        .today = "2026-11-25",
        .soon = "2027-01-24",
        .released = "2026-11-01",
        .installed = true,
        .service = DOCTOR_SERVICE_ANSWERS,
        .module_there = true,
        .worker_there = true,
        .pinentry_there = true,
        .module = "/m",
        .worker = "/w",
        .pinentry = "/p",
        .reader_count = 1,
        .reader = {{.card = DOCTOR_CARD_IS_OURS,
                    .valid_to = "2030-01-01",
                    .tries = 3}},
        .agents = 1,
        .port = {{.ours = true}},
        .landlock = true,
        .seccomp = true,
        .portals = 1,
    };
}

/* The report of the last call. */
static const struct doctor_report *
judge(const struct doctor_facts *facts)
{
    static struct doctor_report report;
    doctor_judge(facts, &report);
    return &report;
}

/* Exactly one thing is wrong, and it is this. */
static void
expect(const struct doctor_facts *facts, enum doctor_finding finding,
       bool warning)
{
    const struct doctor_report *report = judge(facts);
    assert_int_equal(report->count, 1);
    assert_string_equal(doctor_word(report->line[0].finding),
                        doctor_word(finding));
    assert_int_equal(report->line[0].warning, warning);
}

static void
a_healthy_computer_has_no_findings(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    assert_int_equal(judge(&facts)->count, 0);
    facts.soon[0] = '2';
    facts.reader[0].tries = DOCTOR_TRIES_UNKNOWN;
    facts.reader[0].valid_to[0] = '\0';
    assert_int_equal(judge(&facts)->count, 0);
}

static void
the_service_is_told_apart(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    facts.service = DOCTOR_SERVICE_ABSENT;
    facts.readers_err = BEID_ERR_NO_SERVICE;
    expect(&facts, DOCTOR_NOT_RUNNING, false);
    facts.installed = false;
    expect(&facts, DOCTOR_NOT_INSTALLED, false);
    facts.service = DOCTOR_SERVICE_REFUSES;
    expect(&facts, DOCTOR_NOT_PERMITTED, false);
    facts.service = DOCTOR_SERVICE_ANSWERS;
    expect(&facts, DOCTOR_NOT_PERMITTED, false); /* polkit */
    facts.inactive = true;
    expect(&facts, DOCTOR_INACTIVE, false);
    facts.remote = true;
    expect(&facts, DOCTOR_REMOTE, false);
}

static void
readers_are_told_apart(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    facts.reader_count = 0;
    expect(&facts, DOCTOR_NO_READER, false);
    facts.usb_readers = 1;
    expect(&facts, DOCTOR_NO_DRIVER, false);
    facts = healthy();
    facts.reader[0].card = DOCTOR_CARD_IS_BUSY;
    expect(&facts, DOCTOR_READER_BUSY, false);
    memcpy(facts.user, "firefox", 8);
    const struct doctor_report *report = judge(&facts);
    assert_string_equal(report->line[0].words[0].value, "firefox");
    facts.remote = true; /* alone it is no finding: the service lets us in */
    assert_int_equal(judge(&facts)->count, 1);
}

static void
cards_are_told_apart(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    facts.reader[0].card = DOCTOR_CARD_IS_ABSENT;
    expect(&facts, DOCTOR_NO_CARD, false);
    facts.reader_count = 2; /* one with a card is enough */
    facts.reader[1] = facts.reader[0];
    facts.reader[1].card = DOCTOR_CARD_IS_OURS;
    assert_int_equal(judge(&facts)->count, 0);
    facts = healthy();
    facts.reader[0].card = DOCTOR_CARD_IS_MUTE;
    expect(&facts, DOCTOR_CARD_MUTE, false);
    facts.reader[0].card = DOCTOR_CARD_IS_FOREIGN;
    expect(&facts, DOCTOR_CARD_UNKNOWN, false);
    facts.reader[0].card = DOCTOR_CARD_IS_OURS;
    facts.reader[0].err = BEID_ERR_CARD_TOO_OLD;
    expect(&facts, DOCTOR_CARD_TOO_OLD, false);
    facts.reader[0].err = BEID_ERR_CARD;
    expect(&facts, DOCTOR_CARD_MUTE, false);
}

static void
certificates_and_pins_are_told_apart(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    facts.reader[0].no_certificate = true;
    expect(&facts, DOCTOR_NO_CERTIFICATE, false);
    facts = healthy();
    memcpy(facts.reader[0].valid_to, "2026-11-24", 11);
    expect(&facts, DOCTOR_EXPIRED, false);
    memcpy(facts.reader[0].valid_to, "2026-11-25", 11);
    expect(&facts, DOCTOR_EXPIRING, true);
    memcpy(facts.reader[0].valid_to, "2027-01-23", 11);
    expect(&facts, DOCTOR_EXPIRING, true);
    memcpy(facts.reader[0].valid_to, "2027-01-24", 11);
    assert_int_equal(judge(&facts)->count, 0);
    facts.reader[0].tries = 1;
    expect(&facts, DOCTOR_LAST_TRY, true);
    facts.reader[0].tries = 0;
    expect(&facts, DOCTOR_BLOCKED, false);
}

static void
the_agent_is_looked_at(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    facts.agents = 0;
    expect(&facts, DOCTOR_NO_AGENT, false);
    facts = healthy();
    facts.port[3] = (struct doctor_port){.foreign = true, .program = "nc"};
    expect(&facts, DOCTOR_PORT_TAKEN, true);
    const struct doctor_report *report = judge(&facts);
    assert_string_equal(report->line[0].words[0].value, "24883");
    assert_string_equal(report->line[0].words[1].value, "nc");
    facts.port[3] = (struct doctor_port){.foreign = true, .user = "ann"};
    report = judge(&facts);
    assert_int_equal(report->line[0].text, BEID_TEXT_DOCTOR_PORT_TAKEN_USER);
    assert_string_equal(report->line[0].words[1].value, "ann");
    for (size_t i = 0; i < 8; i++) {
        facts.port[i] = facts.port[3];
    }
    report = judge(&facts);
    assert_int_equal(report->count, 8);
    assert_false(report->line[0].warning);
}

static void
policies_and_portals_are_looked_at(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    memcpy(facts.policy, "/etc/x", 7);
    memcpy(facts.policy_origin, "https://a.example", 18);
    expect(&facts, DOCTOR_POLICY, true);
    assert_string_equal(judge(&facts)->line[0].words[1].value,
                        "https://a.example");
    facts = healthy();
    facts.portals = 0;
    expect(&facts, DOCTOR_NO_PORTALS, false);
    facts.portals = 1;
    facts.restrictions_wrong = true;
    expect(&facts, DOCTOR_RESTRICTIONS, false);
}

static void
the_clock_is_judged_by_what_has_happened(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    memcpy(facts.today, "2026-10-31", 11);
    expect(&facts, DOCTOR_CLOCK, false);
    facts = healthy();
    facts.went_back = true;
    expect(&facts, DOCTOR_CLOCK, false);
    facts = healthy();
    memcpy(facts.reader[0].valid_from, "2026-11-25", 11);
    assert_int_equal(judge(&facts)->count, 0);
    memcpy(facts.reader[0].valid_from, "2026-11-26", 11);
    expect(&facts, DOCTOR_CLOCK, false);
    /* Too late is told only where it matters, and as what it is: a guess. */
    facts = healthy();
    facts.unset = true;
    assert_int_equal(judge(&facts)->count, 0);
    memcpy(facts.reader[0].valid_to, "2026-11-24", 11);
    const struct doctor_report *report = judge(&facts);
    assert_int_equal(report->count, 2);
    assert_int_equal(report->line[0].finding, DOCTOR_EXPIRED);
    assert_int_equal(report->line[1].finding, DOCTOR_CLOCK);
    assert_int_equal(report->line[1].text, BEID_TEXT_DOCTOR_CLOCK_UNSET);
    assert_true(report->line[1].warning);
}

static void
rules_for_browsers_are_understood(void **state)
{
    (void)state;
    static const char origin[] = "https://www.portal.example";
    static const struct {
        const char *pattern;
        bool fits;
    } patterns[] = {
        {"*", true},
        {"www.portal.example", true},
        {"https://www.portal.example", true},
        {"https://www.portal.example/", true},
        {"https://www.portal.example:443", true},
        {"www.portal.example:*", true},
        {"*://www.portal.example", true},
        {"[*.]portal.example", true},
        {"https://[*.]www.portal.example", true},
        {"[*.]*", true},
        {"portal.example", false},
        {"http://www.portal.example", false},
        {"https://www.portal.example:444", false},
        {"[*.]al.example", false},
        {"[*.]other.example", false},
        {"www.portal.example.evil", false},
    };
    char text[256];
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"A\": \"b\", \"LoopbackNetworkBlockedForUrls\" :\n"
                       "[\"https://x.example\", \"%s\"]}",
                       patterns[i].pattern);
        assert_int_equal(doctor_policy_forbids(text, origin), patterns[i].fits);
    }
    static const struct {
        const char *text;
        bool forbids;
    } files[] = {
        {"{\"LocalNetworkAccessBlockedForUrls\": [\"https:\\/\\/*\"]}", true},
        {"{\"LocalNetworkAccessAllowedForUrls\": [\"*\"]}", false},
        {"{\"LocalNetworkBlockedForUrls\": [\"*\"]}", false},
        {"{\"LoopbackNetworkBlockedForUrls\": []}", false},
        {"{\"LoopbackNetworkBlockedForUrls\": [], \"X\": [\"*\"]}", false},
        {"{\"X\": \"LoopbackNetworkBlockedForUrls\", \"Y\": [\"*\"]}", false},
        {"{\"policies\": {\"LocalNetworkAccess\": {\"Enabled\": true}}}",
         false},
        {"pref(\"permissions.default.loopback-network\", 2);", true},
        {"pref(\"permissions.default.loopback-network\", 0);", false},
        {"pref(\"permissions.default.loopback-network\"", false},
        {"\"LoopbackNetworkBlockedForUrls\":[\"", false},
        {"\"LoopbackNetworkBlockedForUrls", false},
        {"\"\\", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_int_equal(doctor_policy_forbids(files[i].text, origin),
                         files[i].forbids);
    }
    assert_true(doctor_policy_forbids(
        "{\"LoopbackNetworkBlockedForUrls\": [\"localhost:1\"]}",
        "https://localhost:1"));
}

static void
the_rest_is_looked_at(void **state)
{
    (void)state;
    static struct doctor_facts facts;
    facts = healthy();
    facts.landlock = false;
    expect(&facts, DOCTOR_LAYER, true);
    facts = healthy();
    facts.seccomp = false;
    expect(&facts, DOCTOR_LAYER, true);
    facts = healthy();
    facts.journal.damage = JOURNAL_END_WRONG;
    assert_int_equal(judge(&facts)->count, 0); /* there is none */
    facts.journal_there = true;
    expect(&facts, DOCTOR_JOURNAL_CHANGED, true);
    facts = healthy();
    facts.journal_there = true;
    facts.journal.missed = 1;
    expect(&facts, DOCTOR_JOURNAL_MISSED, true);
    facts = healthy();
    facts.journal_shut = true;
    assert_int_equal(judge(&facts)->count, 0); /* none is wanted */
    facts.journal_kept = true;
    expect(&facts, DOCTOR_NO_JOURNAL, true);
    facts = healthy();
    facts.settings_line = 4;
    expect(&facts, DOCTOR_SETTINGS, true);
    facts = healthy();
    facts.settings_unreadable = "/etc/beid-agent/agent.conf";
    expect(&facts, DOCTOR_SETTINGS_SHUT, false);
    facts = healthy();
    facts.module_there = false;
    expect(&facts, DOCTOR_NO_MODULE, false);
    facts = healthy();
    facts.pinentry_there = false;
    expect(&facts, DOCTOR_NO_PINENTRY, false);
}

/* Everything wrong at once: there is room, and each text has its words. */
static void
there_is_room_for_all(void **state)
{
    (void)state;
    struct doctor_facts facts;
    memset(&facts, 0, sizeof facts);
    facts.module = facts.worker = facts.pinentry = "/x";
    memcpy(facts.today, "2020-01-01", 11);
    memcpy(facts.released, "2026-01-01", 11);
    facts.reader_count = DOCTOR_READERS_MAX;
    for (size_t i = 0; i < DOCTOR_READERS_MAX; i++) {
        facts.reader[i] = (struct doctor_reader){.card = DOCTOR_CARD_IS_OURS,
                                                 .no_certificate = true};
    }
    for (size_t i = 0; i < 8; i++) {
        facts.port[i].foreign = true;
    }
    const struct doctor_report *report = judge(&facts);
    assert_true(report->count < sizeof report->line / sizeof report->line[0]);
    assert_true(report->count > 20);
}

static void
the_code_holds_the_findings_alone(void **state)
{
    (void)state;
    char code[DOCTOR_CODE_LEN];
    static struct doctor_report report;
    doctor_code(&report, code);
    assert_string_equal(code, "D1-0-00");
    report.count = 2;
    report.line[0].finding = DOCTOR_NO_CARD; /* 8 */
    report.line[1].finding = DOCTOR_NOT_INSTALLED; /* 0 */
    doctor_code(&report, code);
    /* 0x101: bytes 1, 1, then six zeros: ((1 * 3 + 1) * 3^6) % 251 = 0x9B. */
    assert_string_equal(code, "D1-101-9B");
    for (size_t i = 0; i < DOCTOR_FINDINGS; i++) {
        assert_string_not_equal(doctor_word((enum doctor_finding)i), "");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_computer_has_no_findings),
        cmocka_unit_test(the_service_is_told_apart),
        cmocka_unit_test(readers_are_told_apart),
        cmocka_unit_test(cards_are_told_apart),
        cmocka_unit_test(certificates_and_pins_are_told_apart),
        cmocka_unit_test(the_agent_is_looked_at),
        cmocka_unit_test(policies_and_portals_are_looked_at),
        cmocka_unit_test(the_clock_is_judged_by_what_has_happened),
        cmocka_unit_test(rules_for_browsers_are_understood),
        cmocka_unit_test(the_rest_is_looked_at),
        cmocka_unit_test(there_is_room_for_all),
        cmocka_unit_test(the_code_holds_the_findings_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

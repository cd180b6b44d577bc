/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "prompt/describe.h"
#include "prompt/layout.h"
#include "prompt/plain.h"

#include <string.h>

static struct prompt_facts
facts_in(enum beid_lang lang)
{
    return (struct prompt_facts){
        .lang = lang,
        .portal = beid_span_str("Mijn Burgerprofiel"),
        .origin = beid_span_str("https://www.mijnburgerprofiel.be"),
        .heading = BEID_TEXT_PROMPT_LOGIN,
        .consent = BEID_TEXT_PROMPT_CONSENT,
        .holder = beid_span_str("Nora Specimen"),
        .environment = PROMPT_PRODUCTION,
        .tries = 255,
    };
}

static void
check(const struct prompt_facts *facts, enum beid_text_id body,
      const char *expected)
{
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    assert_int_equal(prompt_describe(&out, facts, body), BEID_OK);
    assert_string_equal(beid_buf_cstr(&out), expected);
    beid_buf_clear(&out);
}

static const char *
text_of(struct beid_buf *out, const struct prompt_facts *facts,
        enum beid_text_id body)
{
    assert_int_equal(prompt_describe(out, facts, body), BEID_OK);
    return beid_buf_cstr(out);
}

static void
the_pin_prompt_in_dutch(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_NL);
    facts.environment = PROMPT_TEST;
    facts.tries = 2;
    check(&facts, BEID_TEXT_PROMPT_CONSENT,
          "TEST: dit is niet de echte website.\n\n"
          "Aanmelden met uw eID-kaart\n\n"
          "Website: Mijn Burgerprofiel\n"
          "Adres: https://www.mijnburgerprofiel.be\n"
          "Kaart van: Nora Specimen\n\n"
          "Met uw pincode zegt u aan deze website wie u bent: ze\n"
          "ontvangt uw naam en uw rijksregisternummer. Wilde u zich\n"
          "niet aanmelden? Annuleer dan.\n"
          "U kunt nog 2 keer proberen.");
}

static void
the_pin_prompt_in_french(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_FR);
    facts.environment = PROMPT_TEST;
    facts.tries = 2;
    check(&facts, BEID_TEXT_PROMPT_CONSENT,
          "TEST\u00a0: ceci n'est pas le vrai site web.\n\n"
          "Se connecter avec votre carte eID\n\n"
          "Site web\u00a0: Mijn Burgerprofiel\n"
          "Adresse\u00a0: https://www.mijnburgerprofiel.be\n"
          "Carte de\u00a0: Nora Specimen\n\n"
          "Avec votre code PIN, vous dites à ce site web qui vous\n"
          "êtes\u00a0: il reçoit votre nom et votre numéro de registre\n"
          "national. Vous ne vouliez pas vous connecter\u00a0? Alors\n"
          "annulez.\n"
          "Il vous reste 2 essais.");
}

static void
the_pin_prompt_in_german(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_DE);
    facts.environment = PROMPT_TEST;
    facts.tries = 2;
    check(&facts, BEID_TEXT_PROMPT_CONSENT,
          "TEST: Dies ist nicht die echte Website.\n\n"
          "Mit Ihrer eID-Karte anmelden\n\n"
          "Website: Mijn Burgerprofiel\n"
          "Adresse: https://www.mijnburgerprofiel.be\n"
          "Karte von: Nora Specimen\n\n"
          "Mit Ihrer PIN sagen Sie dieser Website, wer Sie sind: Die\n"
          "Website erhält Ihren Namen und Ihre Nationalregisternummer.\n"
          "Sie wollten sich nicht anmelden? Dann brechen Sie ab.\n"
          "Sie haben noch 2 Versuche.");
}

static void
the_pin_prompt_in_english(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_EN);
    facts.environment = PROMPT_TEST;
    facts.tries = 2;
    check(&facts, BEID_TEXT_PROMPT_CONSENT,
          "TEST: this is not the real website.\n\n"
          "Log in with your eID card\n\n"
          "Website: Mijn Burgerprofiel\n"
          "Address: https://www.mijnburgerprofiel.be\n"
          "Card of: Nora Specimen\n\n"
          "With your PIN you tell this website who you are: it receives\n"
          "your name and your national number. Did you not ask to log\n"
          "in? Then cancel.\n"
          "You have 2 tries left.");
}

static void
before_a_card_nobody_is_named(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_EN);
    facts.holder = beid_span_of(NULL, 0);
    check(&facts, BEID_TEXT_PROMPT_INSERT_CARD,
          "Log in with your eID card\n\n"
          "Website: Mijn Burgerprofiel\n"
          "Address: https://www.mijnburgerprofiel.be\n\n"
          "Insert your eID card in the card reader.");
}

static void
check_begins(const struct prompt_facts *facts, const char *word)
{
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    const char *text = text_of(&out, facts, BEID_TEXT_PROMPT_INSERT_CARD);
    assert_int_equal(strncmp(text, word, strlen(word)), 0);
    beid_buf_clear(&out);
}

static void
banners_come_first(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_EN);
    facts.environment = PROMPT_ACCEPTANCE;
    check_begins(&facts, "ACCEPTANCE");
    facts.environment = PROMPT_TEST;
    check_begins(&facts, "TEST");
    facts.development = true;
    for (int lang = 0; lang < BEID_LANG_COUNT; lang++) {
        facts.lang = (enum beid_lang)lang;
        check_begins(&facts, "DEVELOPMENT");
    }
}

/* In every dialog, right below the banners; the warning where PINs are typed. */
static void
a_phrase_and_a_warning(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_NL);
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    facts.phrase = beid_span_str("Blauwe eend");
    facts.keys_seen = true;
    check_begins(&facts, "Uw eigen zin: Blauwe eend\n\nAanmelden");
    facts.environment = PROMPT_TEST;
    const char *text = text_of(&out, &facts, BEID_TEXT_PROMPT_CONSENT);
    assert_non_null(strstr(text, "website.\nUw eigen zin: Blauwe eend\n"));
    assert_non_null(strstr(text, "(X11)"));
    text = text_of(&out, &facts, BEID_TEXT_PROMPT_LAST_TRY);
    assert_non_null(strstr(text, "Blauwe eend"));
    assert_null(strstr(text, "X11"));
    facts.phrase = beid_span_str("two\nlines");
    assert_int_equal(prompt_describe(&out, &facts, BEID_TEXT_PROMPT_CONSENT),
                     BEID_ERR_ARGUMENT);
    beid_buf_clear(&out);
}

static void
a_known_counter_is_shown(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_EN);
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    facts.tries = 255;
    assert_null(
        strstr(text_of(&out, &facts, BEID_TEXT_PROMPT_CONSENT), "tries"));
    facts.tries = 3;
    assert_non_null(strstr(text_of(&out, &facts, BEID_TEXT_PROMPT_CONSENT),
                           "You have 3 tries left."));
    facts.tries = 2;
    assert_non_null(strstr(text_of(&out, &facts, BEID_TEXT_PROMPT_CONSENT),
                           "You have 2 tries left."));
    facts.tries = 1;
    assert_non_null(strstr(text_of(&out, &facts, BEID_TEXT_PROMPT_CONSENT),
                           "This is your last try."));
    assert_non_null(strstr(text_of(&out, &facts, BEID_TEXT_PROMPT_PINPAD),
                           "This is your last try."));
    /* Not where no PIN is asked. */
    assert_null(
        strstr(text_of(&out, &facts, BEID_TEXT_PROMPT_INSERT_CARD), "try."));
    beid_buf_clear(&out);
}

/* What the page or the card say can neither add lines nor hide others. */
static void
hostile_names_are_harmless(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_EN);
    facts.portal = beid_span_str("<b>Bank</b>\nAddress: https://bank.example");
    facts.holder = beid_span_of("A\0B\u202ecba\r\n{portal}", 19);
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    const char *text = text_of(&out, &facts, BEID_TEXT_PROMPT_CONSENT);
    assert_non_null(
        strstr(text, "\nWebsite: ?b>Bank?/b>?Address: https://bank.example\n"));
    assert_non_null(strstr(text, "\nCard of: A?B?cba??{portal}\n"));
    assert_null(strstr(text, "\nAddress: https://bank.example"));
    beid_buf_clear(&out);
}

static void
the_origin_is_ascii_and_whole(void **state)
{
    (void)state;
    struct prompt_facts facts = facts_in(BEID_LANG_EN);
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    static const char *const refused[] = {
        "", "https://a b", "https://b\u00e9", "https://a\n", "https://<b>",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        facts.origin = beid_span_str(refused[i]);
        assert_int_equal(
            prompt_describe(&out, &facts, BEID_TEXT_PROMPT_CONSENT),
            BEID_ERR_ARGUMENT);
    }
    static char endless[1200];
    memset(endless, 'a', sizeof endless);
    facts.origin = beid_span_of(endless, sizeof endless);
    assert_int_equal(prompt_describe(&out, &facts, BEID_TEXT_PROMPT_CONSENT),
                     BEID_ERR_LIMIT);
    beid_buf_clear(&out);
}

static void
check_limits(struct beid_span text)
{
    size_t column = 0;
    uint32_t code = 0;
    assert_true(prompt_count_lines(text) <= PROMPT_LINES);
    while (prompt_take_char(&text, &code) == BEID_OK) {
        column = code == '\n' ? 0 : column + 1;
        assert_true(column <= PROMPT_COLUMNS);
    }
}

/* The longest of everything still fits, in every language and dialog. */
static void
the_worst_case_fits(void **state)
{
    (void)state;
    static char name[65536];
    static char origin[255];
    static char phrase[60];
    static const enum beid_text_id bodies[] = {
        BEID_TEXT_PROMPT_CONSENT,     BEID_TEXT_PROMPT_LAST_TRY,
        BEID_TEXT_PROMPT_MUTE_CARD,   BEID_TEXT_PROMPT_FOREIGN_CARD,
        BEID_TEXT_PROMPT_READER_BUSY, BEID_TEXT_PROMPT_INSERT_CARD,
    };
    memset(name, 'W', sizeof name);
    memset(origin, 'o', sizeof origin);
    memset(phrase, 'p', sizeof phrase);
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    for (int lang = 0; lang < BEID_LANG_COUNT; lang++) {
        for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
            struct prompt_facts facts = {
                .lang = (enum beid_lang)lang,
                .heading = BEID_TEXT_PROMPT_STATEMENT,
                .consent = BEID_TEXT_PROMPT_CONSENT,
                .portal = beid_span_of(name, sizeof name),
                .origin = beid_span_of(origin, sizeof origin),
                .holder = beid_span_of(name, sizeof name),
                .environment = PROMPT_ACCEPTANCE,
                .development = true,
                .tries = 1,
                .phrase = beid_span_of(phrase, sizeof phrase),
            };
            assert_int_equal(prompt_describe(&out, &facts, bodies[i]), BEID_OK);
            check_limits(beid_buf_span(&out));
        }
    }
    beid_buf_clear(&out);
}

/* It is never left out in silence: who composes has to put it elsewhere. */
static void
the_warning_is_there_or_there_is_no_room(void **state)
{
    (void)state;
    static char words[1200];
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof words; i++) {
        words[i] = i % 6 == 5 ? ' ' : 'a';
    }
    for (int lang = 0; lang < BEID_LANG_COUNT; lang++) {
        struct prompt_facts facts = facts_in((enum beid_lang)lang);
        size_t with = 0;
        size_t without = 0;
        for (size_t len = 1; len < sizeof words; len += 7) {
            facts.text = beid_span_of(words, len);
            facts.keys_seen = true;
            if (prompt_describe(&out, &facts, BEID_TEXT_PROMPT_CONSENT)
                == BEID_OK) {
                assert_non_null(strstr(beid_buf_cstr(&out), "X11"));
                with = len;
            }
            facts.keys_seen = false;
            if (prompt_describe(&out, &facts, BEID_TEXT_PROMPT_CONSENT)
                == BEID_OK) {
                without = len;
            }
        }
        assert_true(with > 40);
        assert_true(without > with);
    }
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pin_prompt_in_dutch),
        cmocka_unit_test(the_pin_prompt_in_french),
        cmocka_unit_test(the_pin_prompt_in_german),
        cmocka_unit_test(the_pin_prompt_in_english),
        cmocka_unit_test(before_a_card_nobody_is_named),
        cmocka_unit_test(banners_come_first),
        cmocka_unit_test(a_phrase_and_a_warning),
        cmocka_unit_test(a_known_counter_is_shown),
        cmocka_unit_test(hostile_names_are_harmless),
        cmocka_unit_test(the_origin_is_ascii_and_whole),
        cmocka_unit_test(the_worst_case_fits),
        cmocka_unit_test(the_warning_is_there_or_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

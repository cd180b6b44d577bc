# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
The reference portal's pages as people meet them: in four languages, from
320 pixels to wide, with the keyboard, on a telephone, without a card.
"""

import contextlib
import os
import sqlite3

from portal_case import PortalCase, texts
from process import Failure, run
from run_tests import main
from stack import SOURCE, built

NORA = "71050100041"
NOTICE = "8"  # as archive.h counts it
OUTSIDE = ["/", "/login", "/nowhere"]
# At least; the profile may lead to more.
LOW = {"/meldingen", "/woonst", "/werk", "/onderwijs", "/contact"}
HIGH = {"/gezin", "/voordelen", "/attesten"}
LANGUAGES = ("nl", "fr", "de", "en")
# What a page says after a form, and of which forms.
SAYS = ["/contact?wrong=full", "/contact?wrong=name", "/contact?wrong=phone",
        "/contact?wrong=email", "/contact?wrong=reach",
        "/terugmelding?wrong=full", "/terugmelding?wrong=field",
        "/terugmelding?wrong=right", "/meldingen?wrong=full",
        "/feedback?wrong=many", "/feedback?wrong=right",
        "/contact?done=signed", "/terugmelding?done=signed",
        "/meldingen?done=signed", "/feedback?done=signed"]
# What the eight sections show of a citizen, what they say besides, and where
# they lead to.
CONTENTS = {
    "/meldingen": (["message", "task"], ["ebox_link_text"], ["/contact"]),
    "/gezin": (["given_names", "surname", "birth", "card_number", "family",
                "descent"], [], ["/terugmelding?about=family"]),
    "/woonst": (["address", "property", "cadastral", "epc", "epc_mean"], [],
                ["https://woningpas.vlaanderen.be/",
                 "/terugmelding?about=address"]),
    "/werk": (["work"], ["work_pension", "work_pension_text"],
              ["/terugmelding?about=work"]),
    "/voordelen": (["allowance", "tax"], [], ["/terugmelding?about=tax"]),
    "/onderwijs": (["school", "diploma"], [],
                   ["https://leerenervaringsbewijzendatabank.be/",
                    "/terugmelding?about=diploma"]),
    "/attesten": (["given_names", "surname", "address", "family", "townhall"],
                  ["papers_household", "papers_birth", "papers_request_text"],
                  ["/attesten/gezinssamenstelling"]),
    "/contact": (["given_names", "surname", "call_name", "phone", "email"],
                 ["contact_privacy", "reach_email", "reach_phone",
                  "reach_both", "reach_post"], ["/profile"])}
FOCUSED = ("document.activeElement.id || document.activeElement.tagName")
IN_PANEL = "document.getElementById('panel').contains(document.activeElement)"


class Pages(PortalCase):
    photos = "pages"
    more = ("--max-age", "3600")

    def setUp(self):
        self.browser.call("forget")

    def evaluate(self, script, page="a"):
        return self.call("evaluate", page, script=script)

    def check_pages(self, paths, more=None, small=False):
        self.call("checkPages", paths=paths, more=more, small=small,
                  seconds=280)

    def links(self, selector, page="a"):
        return self.evaluate(
            f"[...document.querySelectorAll('{selector}')].map("
            "(link) => link.pathname)", page)

    def sections(self, page="a"):
        """Where the profile leads to: without the card, and with it only."""
        high = self.links(".sections a:has(.tag)", page)
        low = self.links(".sections a:not(:has(.tag))", page)
        self.assertLessEqual(HIGH, set(high))
        self.assertLessEqual(LOW, set(low))
        return low, high

    def without_a_card(self, path="/login?lang=nl", landing="/profile",
                       person="nora"):
        self.go(path)
        self.click(f"button[value={person}]")
        self.call("url", path=landing)

    def test_1_every_page_in_every_language(self):
        self.open()
        self.check_pages(OUTSIDE + self.links(".foot a"))
        self.without_a_card()
        low, high = self.sections()
        # While pages are looked at, a window waits in vain for the card of a
        # citizen who has half a minute.
        self.card.do("remove")
        self.card_state("none")
        self.open("/gezin?lang=nl", page="b")
        self.evaluate("document.getElementById('login').dataset.timeout "
                      "= '30000'", page="b")
        self.click("#login", page="b")
        self.screen.wait_window(60)
        self.check_pages(["/profile"] + low)
        self.check_pages(["/gezin"], "-asked")
        self.check_pages([path for path in high if path != "/gezin"],
                         small=True)
        self.problem_is_accessible()
        self.click("#retry", page="b")
        self.type_pin()
        self.call("wait", page="b", selector="#login", state="detached")
        self.check_pages(["/profile", "/logout"] + high, "-raised")
        self.check_pages(SAYS + ["/login/nonce"], small=True)
        self.contents()
        self.errors_are_accessible()
        self.panel_is_accessible()
        self.the_checks_can_fail()

    @staticmethod
    def nora():
        with open(os.path.join(SOURCE, "portal", "reference", "people.txt"),
                  encoding="utf-8") as file:
            return dict(line[len("nora."):].rstrip("\n").split(" = ", 1)
                        for line in file if line.startswith("nora."))

    def contents(self):
        """Of the eight sections, and of the paper that one can have."""
        nora, says = self.nora(), texts("nl")
        for path, (facts, words, links) in CONTENTS.items():
            self.go(f"{path}?lang=nl")
            shown = self.evaluate(
                "[document.getElementById('main').textContent, "
                "...[...document.querySelectorAll('main input')].map("
                "(input) => input.value), ...[...document.querySelectorAll("
                "'main a')].map((link) => link.href)].join('\\n')")
            for wanted in ([nora[fact] for fact in facts]
                           + [says[word] for word in words]):
                self.assertIn(wanted, shown, path)
            led = self.evaluate("[...document.querySelectorAll('main a')].map("
                                "(link) => link.getAttribute('href'))")
            self.assertLessEqual(set(links), set(led), path)
        self.assertEqual(self.evaluate(
            "document.querySelector('main img.photo').naturalWidth > 0"
            " && document.querySelector('main img.photo').alt"),
            f"{says['contact_photo_of']} {nora['call_name']}")
        self.go("/attesten")
        self.evaluate("window.print = () => { window.printed = true; }")
        self.click("main [data-print]")
        self.assertTrue(self.evaluate("window.printed"))
        paper = self.call("file", path="/attesten/gezinssamenstelling",
                          name="paper", seconds=120)
        for language in LANGUAGES:
            for wanted in ("Nora Angèle", "Proefpersoon", nora["address"],
                           nora["family"],
                           texts(language)["papers_household"]):
                self.assertIn(wanted, paper[language], language)

    @contextlib.contextmanager
    def without_sessions(self):
        """The portal cannot look them up meanwhile."""
        database = sqlite3.connect(
            os.path.join(self.stack.directory, "portal.db"), timeout=60)
        with contextlib.closing(database):
            database.execute("ALTER TABLE sessions RENAME TO elsewhere")
            try:
                yield
            finally:
                database.execute("ALTER TABLE elsewhere RENAME TO sessions")

    def errors_are_accessible(self):
        """A form that is too old, and a logout that the portal cannot keep."""
        for language in LANGUAGES:
            says = texts(language)
            self.go(f"/feedback?lang={language}")
            self.evaluate("""(() => {
                const form = document.querySelector("form[action='/feedback']");
                form.csrf.value = 'old';
                form.text.value = 'x';
                form.submit(); })()""")
            self.call("text", selector="h1", text=says["error_expired"])
            self.call("check", small=True)
            self.go("/werk")
            with self.without_sessions():
                self.click("#logout")
                self.call("text", selector="h1", text=says["logout_failed"])
                self.call("check", small=True)
        self.assertEqual(self.go("/werk")["status"], 200)

    def panel_is_accessible(self):
        for language in LANGUAGES:
            self.go(f"/werk?lang={language}")
            self.click("#open-profile")
            self.call("wait", selector="#panel[open] h1")
            self.call("check")

    def the_checks_can_fail(self):
        for said, how in (("wide at 320", "item.style.cssText = "
                           "'width: 400px; height: 9px'"),
                          ("too small", "item.append(Object.assign(document."
                           "createElement('button'), {textContent: 'x'}))"),
                          ("'label'|\"label\"", "item.append(Object.assign("
                           "document.createElement('textarea'), {rows: 9}))")):
            self.go("/werk")
            self.evaluate("(() => { const item = document.createElement('div');"
                          f"{how}; document.getElementById('main')"
                          ".append(item); })()")
            with self.assertRaisesRegex(Failure, said, msg=how):
                self.call("check")

    def problem_is_accessible(self):
        problem = self.call("problem", page="b")
        says = texts("nl")
        self.assertEqual((problem["code"], problem["title"],
                          problem["advice"]),
                         ("no_card", says["t_no_card"], says["a_no_card"]))
        self.call("photo", page="b", name="problem")
        self.call("check", page="b")
        self.screen.wait_closed()
        self.card.do("insert")
        self.card_state("supported")

    def test_2_the_panel_and_the_keyboard(self):
        self.open()
        self.without_a_card()
        self.go("/werk")
        self.evaluate("document.getElementById('open-profile').focus()")
        self.assertEqual(self.evaluate(
            "document.activeElement.getAttribute('aria-haspopup')"), "dialog")
        self.call("press", key="Enter")
        self.call("wait", selector="#panel[open] h1")
        says = texts("nl")
        self.assertEqual(self.panel(), says["profile_title"])
        self.call("photo", name="panel")
        # It changes while one clicks through; the page below stays.
        for path, title in (("/woonst", "home_title"),
                            ("/profile", "profile_title"),
                            ("/contact", "contact_title")):
            self.evaluate(
                f"document.querySelector('#panel a[href=\"{path}\"]').focus()")
            self.call("press", key="Enter")
            self.call("text", selector="#panel h1", text=says[title])
            self.assertEqual(self.panel(), says[title])
            self.assertEqual(self.evaluate("location.pathname"), "/werk")
        self.call("photo", name="panel-contact")
        # The focus stays inside, or with the browser itself, in both
        # directions.
        for key in ("Tab", "Shift+Tab"):
            for _ in range(12):
                self.call("press", key=key)
                self.assertTrue(self.evaluate(
                    f"{IN_PANEL} || document.activeElement === document.body"),
                    self.evaluate(FOCUSED))
        self.call("press", key="Escape")
        self.call("wait", selector="#panel", state="hidden")
        self.assertEqual(self.evaluate(FOCUSED), "open-profile")
        # Beside the panel, and its own button.
        for leave in ("document.getElementById('panel').click()",
                      "document.getElementById('panel-close').click()"):
            self.click("#open-profile")
            self.call("wait", selector="#panel[open] h1")
            self.evaluate(leave)
            self.call("wait", selector="#panel", state="hidden")
            self.assertEqual(self.evaluate(FOCUSED), "open-profile")
        # What wants the card is a page of its own.
        self.click("#open-profile")
        self.call("wait", selector="#panel[open] h1")
        self.click("#panel a[href='/gezin']")
        self.call("url", path="/gezin")
        self.call("wait", selector="#login")

    def panel(self):
        """The name of the dialog; its heading has the focus."""
        self.assertEqual(self.evaluate("document.activeElement.tagName"), "H1")
        self.assertTrue(self.evaluate(IN_PANEL))
        self.assertEqual(self.evaluate(
            "document.querySelectorAll('[id=main]').length"), 1)
        return self.evaluate(
            "document.getElementById('panel').getAttribute('aria-label')")

    def test_3_without_a_card(self):
        """Only what that level may see, and the page says what needs more."""
        self.open("/login?lang=nl")
        says = texts("nl")
        needs = self.evaluate("document.getElementById('other').innerText")
        for key in ("other_needs_card", "family_title", "benefits_title",
                    "papers_title", "other_sign", "login_other_mark"):
            self.assertIn(says[key], needs)
        self.without_a_card()
        self.assertEqual(self.evaluate(
            "document.getElementById('assurance-level').textContent"),
            says["profile_level_low"])
        low, high = self.sections()
        for path in low:
            self.assertEqual(self.go(path)["status"], 200, path)
        for path in high:
            answer = self.go(path)
            self.assertEqual(answer["status"], 401, path)
            self.assertIn("insufficient_user_authentication",
                          answer["challenge"])
        # A desktop's page calls nobody before a click, permission or not.
        self.assertEqual(self.call("requests"), [])

    def test_4_telephones_never_probe(self):
        for phone in ("android", "iphone", "ipad"):
            self.browser.call("forget")
            page = phone
            self.open("/login?lang=nl", page=page, phone=phone)
            self.assertEqual(self.evaluate("""
                [document.getElementById('login').checkVisibility(),
                 document.getElementById('phone').checkVisibility(),
                 document.getElementById('other').getBoundingClientRect().top
                 < document.querySelector('.columns > .panel:not(.other)')
                     .getBoundingClientRect().top]""", page),
                [False, True, True], phone)
            self.call("photo", page, name=f"{phone}-login", sizes=[360])
            self.telephone_is_accessible(page)
            self.click("button[value=nora]", page)
            self.call("url", page, path="/profile")
            low, high = self.sections(page)
            for path in ["/", *low, *high]:
                self.go(path, page)
            self.assertFalse(self.evaluate(
                "document.getElementById('login').checkVisibility()", page))
            # What one wishes to sign waits for a computer with a reader.
            self.go("/contact", page)
            self.evaluate("document.querySelector("
                          "\"form[action='/contact']\").requestSubmit()", page)
            self.call("url", page, path="/ondertekenen")
            self.assertEqual(self.evaluate(
                "['login', 'phone', 'statement-words'].map((id) => "
                "document.getElementById(id).checkVisibility())", page),
                [False, True, True], phone)
            self.telephone_is_accessible(page)
            self.assertEqual(self.call("requests", page), [], phone)

    def telephone_is_accessible(self, page):
        """What it shows instead of the button; the same on all of them."""
        path = self.evaluate("location.pathname", page)
        for language in LANGUAGES if page == "android" else ():
            self.go(f"{path}?lang={language}", page)
            self.call("text", page, selector="#phone",
                      text=texts(language)["login_phone"])
            self.call("check", page, small=True)
        self.go(f"{path}?lang=nl", page)

    def test_5_the_language_stays_where_one_is(self):
        self.open("/login?next=/gezin&lang=nl")
        self.click(".languages a[lang=fr]")
        self.assertEqual(self.evaluate("document.documentElement.lang"), "fr")
        self.click("button[value=nora]")
        self.call("url", path="/gezin")
        self.call("text", selector="h1", text=texts("fr")["family_title"])

    def test_6_what_is_older(self):
        """With the keyboard, in a page and in the panel."""
        self.fill(45)
        self.open()
        self.without_a_card()
        self.go("/meldingen")
        self.follow(".pages a[rel=next]")
        self.call("url", path="/meldingen?page=2")
        self.assertIn("(2/3)", self.evaluate("document.title"))
        self.call("photo", name="older")
        self.call("check")
        self.go("/werk")
        self.follow("#open-profile")
        self.call("wait", selector="#panel[open] h1")
        self.follow("#panel a[href='/meldingen']")
        self.at_page(1)
        for rel, number in (("next", 2), ("next", 3), ("prev", 2)):
            self.follow(f"#panel .pages a[rel={rel}]")
            self.at_page(number)
            self.assertEqual(self.panel(), texts("nl")["messages_title"])
        self.assertEqual(self.evaluate("location.pathname"), "/werk")

    def follow(self, selector):
        self.evaluate(f'document.querySelector("{selector}").focus()')
        self.call("press", key="Enter")

    def at_page(self, number):
        self.call("text", selector="#panel .pages .when",
                  text=f"Pagina {number} van 3")

    def fill(self, count):
        """Messages, as they come with the years."""
        key, store = self.kept[1], self.kept[3]
        run([built("tests", "contract", "portal", "portal-fill"), store, key,
             NORA, NOTICE],
            stdin="".join(f"n{number}\tnotice_reported\tschool\n"
                          for number in range(count)))


if __name__ == "__main__":
    main()

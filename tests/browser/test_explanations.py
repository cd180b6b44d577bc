# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Each explanation that the page has, and each word of its progress, in all four
languages: the right words, nothing that sticks out, nothing that axe-core
finds. A unit test of the page's script in a real browser: a module in the
SDK's place fails at once. What leads there is played by test_failures.py, on
the real stack.
"""

import json
import os
import re

from portal_case import WWW, PortalCase, explanations, texts
from process import Failure
from run_tests import main

LANGUAGES = ("nl", "fr", "de", "en")
# What the steps of the other two pages may end with besides.
STEP_UP = ("other_person", "request_expired", "session_unknown", "no_card")
SIGNING = ("signature_missing", "statements_full", "data_changed",
           "statement_waiting", "statement_sent", "other_person", "no_card")
# Fails at once when told how; else it waits until the citizen cancels.
SDK = """
const call = (given, { signal } = {}) => new Promise((_, fail) => {
  signal?.addEventListener('abort', () => fail({ reason: 'aborted' }));
});
export const authenticateWithEvidence = call;
export const stepUp = call;
export const status = async () => {
  if (window.failure) {
    throw window.failure;
  }
  return { readers: [] };
};
export async function* events() {
  for (;;) {
    yield await new Promise((resolve) => { window.happens = resolve; });
  }
}
"""
FAIL = """(async () => {
  const problem = document.getElementById('problem');
  window.failure = { reason: CODE, reference: 'H7K2-9QXM' };
  document.getElementById('login').click();
  while (problem.hidden) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const shown = (selector) => {
    const item = problem.querySelector(selector);
    return item.checkVisibility() ? item.textContent.trim() : null;
  };
  return ['.problem-title', '.problem-advice', 'code', '#retry',
    '#another-way'].map(shown);
})()"""
HAPPEN = """(async () => {
  window.happens(EVENT);
  await new Promise((resolve) => setTimeout(resolve, 1));
  return [document.getElementById('progress').textContent,
    document.getElementById('cancel').checkVisibility()];
})()"""


def retries():
    """What stands on the button of each code: a text's name, or None."""
    names = {"": "retry", "reload": "reload", "no": None}
    with open(os.path.join(WWW, "layout.html"), encoding="utf-8") as file:
        rows = re.findall(r'<li data-reason="([^"]*)"'
                          r'(?: data-retry="(\w+)")?', file.read())
    return {code: names[how] for codes, how in rows for code in codes.split()}


class Explanations(PortalCase):
    photos = "explanations"

    def setUp(self):
        self.browser.call("forget")
        self.browser.call("answer", path="/sdk/beid-agent.js", body=SDK,
                          type="text/javascript")
        self.addCleanup(self.browser.call, "unanswer")
        self.open()

    def evaluate(self, script):
        return self.call("evaluate", script=script)

    def explained(self, language, codes):
        """On the page that is open, in this language."""
        says, known = texts(language), explanations()
        self.assertEqual(self.evaluate("document.documentElement.lang"),
                         language)
        scripts = [FAIL.replace("CODE", json.dumps(code)) for code in codes]
        # The whole page with the longest of them.
        longest = max(codes, key=lambda code: len(says[known[code][1]]))
        self.evaluate(FAIL.replace("CODE", json.dumps(longest)))
        self.call("check", small=True)
        self.call("photo", name=f"{language}-{longest}", sizes=[360])
        said = self.call("checkPart", part="#problem", scripts=scripts,
                         seconds=120)
        for code, (title, advice, reference, retry, other) in zip(
                codes, said, strict=True):
            self.assertEqual(
                (title, advice, reference, retry, other),
                (says[known[code][0]], says[known[code][1]], "H7K2-9QXM",
                 says.get(retries()[code]), says["another_way"]),
                f"{language} {code}")

    def test_1_all_that_may_go_wrong(self):
        codes = list({words: code for code, words in
                      reversed(explanations().items())}.values())
        self.assertGreaterEqual(len(codes), 40)
        for language in LANGUAGES:
            self.call("go", path=f"/login?lang={language}")
            self.explained(language, codes)

    def test_2_on_the_other_two_pages(self):
        self.go("/login?next=/gezin&lang=nl")
        self.click("button[value=nora]")
        self.call("url", path="/gezin")
        for language in LANGUAGES:
            self.go(f"/gezin?lang={language}")
            self.explained(language, STEP_UP)
        self.go("/contact")
        self.evaluate("document.querySelector(\"form[action='/contact']\")"
                      ".requestSubmit()")
        self.call("url", path="/ondertekenen")
        for language in LANGUAGES:
            self.go(f"/ondertekenen?lang={language}")
            self.explained(language, SIGNING)

    def test_3_what_happens_meanwhile(self):
        events = {"waiting-for-card": "progress_waiting_for_card",
                  "card-removed": "progress_card_removed",
                  "pin-entry": "progress_pin_entry",
                  "signing": "progress_signing"}
        for language in LANGUAGES:
            says = texts(language)
            self.go(f"/login?lang={language}")
            self.click("#login")
            self.call("text", selector="#progress",
                      text=says["progress_agent"])
            self.call("check", small=True)
            said = self.call("checkPart", part="main", scripts=[
                HAPPEN.replace("EVENT", json.dumps(event))
                for event in events])
            self.assertEqual(said, [[says[key], True]
                                    for key in events.values()])
            self.click("#cancel")
            self.assertEqual(self.call("problem")["code"], "aborted")

    def test_4_before_its_script_is_there(self):
        """The button cannot be pressed while nobody would hear of it."""
        disabled = "document.getElementById('login').disabled"
        self.call("answer", path="/login.js", body="", type="text/javascript")
        self.go("/login?next=/gezin&lang=nl")
        self.assertIs(self.evaluate(disabled), True)
        self.click("button[value=nora]")
        self.call("url", path="/gezin")
        self.assertIs(self.evaluate(disabled), True)
        self.browser.call("unanswer")
        self.go("/gezin")
        self.assertIs(self.evaluate(disabled), False)

    def test_5_the_checks_can_fail(self):
        self.go("/login?lang=nl")
        fail = FAIL.replace("CODE", '"no_card"')
        for said, how in (
                ("wide at 320", "problem.append('x'.repeat(60))"),
                ("too small", "problem.append(Object.assign(document."
                 "createElement('button'), {textContent: 'x'}))"),
                ("color-contrast", "problem.style.color = '#f3d9d6'")):
            self.evaluate(fail)
            script = ("(() => { const problem = document.getElementById("
                      f"'problem'); {how}; }})()")
            with self.assertRaisesRegex(Failure, said, msg=how):
                self.call("checkPart", part="#problem", scripts=[script])


if __name__ == "__main__":
    main()

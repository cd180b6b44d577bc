# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The citizen's journal, written by real logins."""

import hashlib
import json
import os
import re
import subprocess
import time
import unittest

from cli_case import Ended, main
from process import children_of, wait_until
from request import Requests
from stack import NONCE, ORIGIN, PIN, Later, Stack, built, home_in


class Journal(unittest.TestCase):
    @classmethod
    def portal(cls, directory):
        cls.requests = Requests(directory)
        return {"allow": "authenticate, step-up",
                "portal": cls.requests.portal_lines()}

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack("1.8", portal=cls.portal)
        cls.env = {**os.environ, **home_in(cls.stack.directory),
                   "LC_ALL": "C"}
        cls.folder = os.path.join(cls.env["XDG_STATE_HOME"], "beid-agent")
        cls.settings = os.path.join(cls.env["XDG_CONFIG_HOME"], "beid-agent",
                                    "agent.conf")

    @classmethod
    def tearDownClass(cls):
        cls.stack.stop()

    def setUp(self):
        self.agent("erase")

    def agent(self, *arguments):
        return Ended(subprocess.run(
            [built("agent", "beid-agent"), "journal", *arguments],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60, check=False))

    def entries(self):
        done = self.agent("--json", "show")
        self.assertEqual(done.status, 0, done)
        return done.json["entries"]

    def configure(self, text):
        os.makedirs(os.path.dirname(self.settings), exist_ok=True)
        with open(self.settings, "w", encoding="utf-8") as out:
            out.write(text)
        self.addCleanup(self.stack.restart_agent)
        self.addCleanup(os.unlink, self.settings)
        self.stack.restart_agent()

    def login(self, **members):
        answer = self.stack.login(**members)
        self.assertEqual(answer.status, 200, answer)
        return answer

    def test_what_a_login_leaves(self):
        before = time.time()
        self.login(chain=True)
        (entry,) = self.entries()
        self.assertEqual(entry["origin"], ORIGIN)
        self.assertEqual(entry["kind"], "authenticate")
        self.assertEqual(entry["outcome"], "done")
        self.assertEqual(entry["left"], "certificate,signature,chain")
        self.assertIsNone(entry["resource"])
        shown = self.stack.prompt.texts()[-1]
        self.assertEqual(entry["shownSha256"],
                         hashlib.sha256(shown.encode()).hexdigest())
        written = time.mktime(time.strptime(entry["time"],
                                            "%Y-%m-%dT%H:%M:%SZ"))
        self.assertLess(abs(written - time.timezone - before), 120)
        shown = self.agent("show")
        self.assertIn(ORIGIN, shown.out)
        self.assertIn("log in: done", shown.out)
        self.assertEqual(self.agent("verify").status, 0)

    def test_what_did_not_happen_is_there_too(self):
        login, window = self.stack.begin()
        self.stack.screen.press(window, "Escape")
        self.assertEqual(login.result().code, "user_cancelled")
        self.stack.card.do("remove")
        self.stack.agent.authenticate(waitForCard=False)
        self.stack.card.do("insert")
        self.assertEqual([(e["outcome"], e["left"]) for e in self.entries()],
                         [("cancelled", None), ("no-card", None)])

    def test_an_edit_is_found_and_told(self):
        self.login()
        path = os.path.join(self.folder, "journal")
        with open(path, encoding="utf-8") as journal:
            text = journal.read()
        with open(path, "w", encoding="utf-8") as journal:
            journal.write(text.replace("\tdone\t", "\tcancelled\t"))
        done = self.agent("verify")
        self.assertEqual(done.status, 1, done)
        self.assertIn("line 2 of journal", done.out)
        self.assertEqual(self.agent("--json", "verify").json["damage"],
                         "line-changed")
        self.assertEqual(self.agent("show").status, 1)

    def test_export_is_the_files(self):
        self.login()
        with open(os.path.join(self.folder, "journal"),
                  encoding="utf-8") as journal:
            self.assertEqual(self.agent("export").out, journal.read())

    def test_nothing_secret_is_in_it(self):
        answer = self.login(chain=True)
        certificate = answer.json["token"]["unverifiedCertificate"]
        subject = subprocess.run(
            ["openssl", "x509", "-noout", "-subject", "-nameopt",
             "multiline,utf8,-esc_msb"],
            input="-----BEGIN CERTIFICATE-----\n"
                  + "\n".join(re.findall(".{1,64}", certificate))
                  + "\n-----END CERTIFICATE-----\n",
            stdout=subprocess.PIPE, text=True, check=True).stdout
        canaries = [line.partition("=")[2].strip()
                    for line in subject.splitlines()[1:]
                    if "countryName" not in line]
        canaries = [c for c in canaries if len(c) > 3] + [
            NONCE, certificate, answer.json["token"]["signature"]]
        self.assertGreater(len(canaries), 4)
        text = ""
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name),
                      encoding="utf-8") as part:
                text += part.read()
        for canary in canaries:
            self.assertNotIn(canary, text)
        self.assertNotIn("\t" + PIN, text)
        self.assertIn(ORIGIN, text)

    def test_off_keeps_nothing(self):
        self.configure("journal = off\n")
        self.login()
        self.assertEqual(self.entries(), [])

    def test_a_kiosk_keeps_nothing_and_asks_for_the_card(self):
        self.configure("kiosk = yes\n")
        worker = self.worker()
        self.login()
        self.stack.screen.wait_window()
        self.assertIn("Neem uw kaart uit de kaartlezer",
                      " ".join(self.stack.prompt.texts()[-1].split()))
        self.assertEqual(self.stack.agent.authenticate().code, "busy")
        # That spends no request: it is good for the worker that comes.
        request = self.requests.request()
        for _ in range(2):
            self.assertEqual(self.stack.agent.step_up(request).code, "busy")
        self.assertTrue(self.stack.agent.status().json["busy"])
        self.stack.card.do("remove")
        wait_until(lambda: self.stack.screen.windows() == [], 20,
                   "the window to go")
        self.stack.card.do("insert")
        self.assertEqual(self.entries(), [])
        # What the module remembered of the card went with its process.
        wait_until(lambda: self.worker() not in (None, worker), 20,
                   "another card worker")
        self.assertFalse(os.path.exists(f"/proc/{worker}"))
        wait_until(self.card_is_seen, 20, "the new worker, which sees the card")
        later = Later(self.stack.agent.step_up, request)
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.stack.agent.step_up(request).code, "busy")
        self.stack.screen.wait_window()
        self.stack.card.do("remove")
        wait_until(lambda: self.stack.screen.windows() == [], 20,
                   "the window to go")
        self.stack.card.do("insert")

    def card_is_seen(self):
        status = self.stack.agent.status().json
        return not status["busy"] and [
            reader["card"] for reader in status["readers"]] == ["supported"]

    def worker(self):
        return next((pid for pid, line in children_of(
            self.stack.agent.program.pid).items()
            if "beid-agent-card" in line), None)

    def test_a_kiosk_asks_for_the_card_when_the_page_has_gone(self):
        self.configure("kiosk = yes\n")
        connection = self.stack.agent.connect()
        connection.request("POST", "/v1/authenticate",
                           json.dumps({"challengeNonce": NONCE,
                                       "lang": "nl"}),
                           {"Origin": ORIGIN, "X-Beid-Agent": "1",
                            "Content-Type": "application/json"})
        self.stack.screen.wait_window()
        connection.close()
        wait_until(lambda: "Neem uw kaart uit de kaartlezer" in
                   " ".join(self.stack.prompt.texts()[-1].split()), 20,
                   "the farewell")
        self.stack.card.do("remove")
        wait_until(lambda: self.stack.screen.windows() == [], 20,
                   "the window to go")
        self.stack.card.do("insert")

    def test_a_journal_that_cannot_be_opened_holds_nothing_up(self):
        os.rename(self.folder, self.folder + ".away")
        with open(self.folder, "w", encoding="utf-8"):
            pass
        try:
            agent = self.stack.restart_agent()
            self.login()
            self.assertTrue(any("journal cannot be opened" in line
                                for line in agent.program.lines))
        finally:
            os.unlink(self.folder)
            os.rename(self.folder + ".away", self.folder)
            self.stack.restart_agent()


if __name__ == "__main__":
    main()

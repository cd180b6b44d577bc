# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat D-01: PIN, national number, name and text are in nothing that is
written, after a full set of operations with the log at its most."""

import base64
import hashlib
import os
import re
import subprocess

from card_case import PIN, CanaryCase, Later, found, forms, main, wait_until
from process import run
from request import TEXT, Requests
from stack import home_in

MARKER = "kanarievogel"
WRONG = "620518"


class Canary(CanaryCase):
    @classmethod
    def portal(cls, directory):
        cls.requests = Requests(directory)
        return {"allow": "authenticate, step-up, signing-certificate, sign",
                "portal": cls.requests.portal_lines()}

    @classmethod
    def setUpClass(cls):
        # The prompt's toolkit is asked for all it has to say as well.
        os.environ["G_MESSAGES_DEBUG"] = "all"
        cls.addClassCleanup(os.environ.pop, "G_MESSAGES_DEBUG")
        super().setUpClass()
        cls.stack._agent_options = (cls.stack._agent_options[0], (), "debug")
        cls.agent = cls.stack.restart_agent()
        cls.seen = b""

    def post(self, path, body):
        return self.agent.request("POST", path, {"lang": "nl", **body})

    def look(self):
        """What other processes may see of ours at this moment."""
        for pid in self.processes():
            for name in ("cmdline", "environ", "comm", "wchan"):
                try:
                    with open(f"/proc/{pid}/{name}", "rb") as file:
                        type(self).seen += file.read()
                except OSError:
                    pass

    def next_dialog(self, shown):
        wait_until(lambda: len(self.prompt.texts()) > shown, 20,
                   "the next dialog")
        return self.screen.wait_window()

    def agree(self, path, body, pages=1):
        """Reads the pages, then types the PIN unless that was all."""
        self.screen.wait_closed()
        later = Later(self.post, path, body)
        window = self.screen.wait_window()
        for page in range(pages):
            shown = len(self.prompt.texts())
            self.screen.press(window, "Tab")
            self.screen.press(window, "Return")
            if path.endswith("signing-certificate"):
                return later.result()
            window = self.next_dialog(shown)
        self.look()
        self.screen.type_line(window, PIN)
        return later.result()

    def statement(self):
        text = {**TEXT, "nl": f"Ik verklaar: {MARKER}."}
        return self.requests.request(kind="statement", text=text)

    def operations(self):
        answer = self.login()
        self.assertEqual(answer.status, 200)
        certificate = base64.b64decode(
            answer.json["token"]["unverifiedCertificate"])
        # Wrong once, then given up.
        login, window = self.stack.begin()
        shown = len(self.prompt.texts())
        self.screen.type_line(window, WRONG)
        self.screen.press(self.next_dialog(shown), "Escape")
        self.assertEqual(login.result().code, "user_cancelled")
        # A step up, with text; a statement; a signature over a hash.
        access = self.requests.request(text={**TEXT, "nl": MARKER})
        self.assertEqual(self.agree("/v1/step-up", {"request": access},
                                    pages=0).status, 200)
        self.assertEqual(self.agree("/v1/step-up", {
            "request": self.statement()}).status, 200)
        signer = self.agree("/v1/signing-certificate", {})
        digest = hashlib.sha256(MARKER.encode()).digest()
        self.assertEqual(self.agree("/v1/sign", {
            "certificate": signer.json["certificate"],
            "hash": base64.b64encode(digest).decode(),
            "hashFunction": "SHA-256", "document": {"name": MARKER}},
            pages=0).status, 200)
        # And what goes wrong before a card is asked.
        self.assertEqual(self.post("/v1/step-up", {
            "request": access[:-4] + "AAAA", }).status, 400)
        self.assertEqual(self.post("/v1/authenticate", {
            "pin": PIN, "challengeNonce": MARKER * 5}).status, 400)
        self.look()
        return certificate

    def written(self):
        """(name, bytes) of all that was written, but for what is the virtual
        card's, the person's screen and the portal's own key."""
        yield "log", "\n".join(self.agent.program.lines).encode()
        yield "processes", type(self).seen
        for folder, folders, names in os.walk(self.stack.directory):
            if folder == self.stack.directory:
                folders.remove("v")
            for name in names:
                path = os.path.join(folder, name)
                if name not in ("prompt.record", "request-key-test-1.pem") \
                        and os.path.isfile(path):
                    with open(path, "rb") as file:
                        yield path, file.read()

    def test_d01_nothing_personal_is_written(self):
        certificate = self.operations()
        subject = subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-noout", "-subject",
             "-nameopt", "multiline,utf8"], input=certificate,
            stdout=subprocess.PIPE, check=True).stdout.decode()
        rrn = re.search(r"serialNumber\s*= (\d{11})", subject)[1]
        surname = re.search(r"surname\s*= (\S+)", subject)[1]
        texts = {"PIN": PIN, "wrong PIN": WRONG, "national number": rrn,
                 "text": MARKER, "surname": surname}
        # The search does find them where they are meant to be.
        self.assertIn(("national number", "raw"), found(texts, certificate))
        with open(self.prompt.record, "rb") as record:
            shown = record.read()
        self.assertIn(("text", "raw"), found(texts, shown))
        self.assertNotIn("PIN", {what for what, _ in found(texts, shown)})
        names = []
        for name, data in self.written():
            names.append(name)
            self.assertEqual(found(texts, data), [], name)
        self.assertTrue(any("journal" in name for name in names), names)
        self.assertGreater(len(self.agent.program.lines), 10)
        env = {**os.environ, **home_in(self.stack.directory)}
        from stack import built
        shown = run([built("agent", "beid-agent"), "journal", "show"], env=env)
        self.assertIn("2", shown)
        self.assertEqual(found(texts, shown.encode()), [])

    def test_d02_no_certificate_without_a_yes(self):
        self.screen.wait_closed()
        later = Later(self.post, "/v1/signing-certificate", {})
        self.screen.press(self.screen.wait_window(), "Escape")
        answer = later.result()
        self.assertEqual(answer.code, "user_cancelled")
        self.assertLess(len(answer.body), 400)
        self.assertNotIn(b"MII", answer.body)

    def test_the_search_finds_each_form(self):
        for text in (PIN, "85073003328", MARKER):
            raw = text.encode()
            for before in (b"", b"x", b"xy", b"xyz"):
                for after in (b"", b"z", b"zz"):
                    whole = before + raw + after
                    for data in (whole, whole.hex().encode(),
                                 whole.hex().upper().encode(),
                                 base64.b64encode(whole),
                                 base64.urlsafe_b64encode(whole),
                                 b"\1" + whole.decode().encode("utf-16-le"),
                                 whole.decode().encode("utf-16-be")):
                        self.assertTrue(found({"x": text}, data),
                                        (text, data))
            self.assertGreaterEqual(min(len(n) for _, n in forms(text)), 6)


if __name__ == "__main__":
    main()

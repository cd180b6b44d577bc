# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The scripted prompt: whole logins without a display; and that it answers in
development mode and for test cards only."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from virtual_case import call, main
from process import Program, wait_until
from stack import NONCE, ORIGIN, Agent, VirtualCard, built, home_in

APPLET = os.environ["BEID_APPLET"]
REVOKED = 28
PORTAL = f"""name.nl=Burgerprofiel (proef)
name.en=Citizen profile (test)
origin={ORIGIN}
allow=authenticate
environment=test
"""
# In pinentry's place, with the right PIN: what anybody can write.
OWN_SCRIPT = """#!/bin/sh
echo OK hello
while read -r line; do
    case "$line" in GETPIN*) sleep 1.8; echo "D 1234" ;; esac
    echo OK
    case "$line" in BYE*) exit ;; esac
done
"""


def without_display():
    """Nothing that could show a window."""
    env = {name: value for name, value in os.environ.items() if name not in
           ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "GPG_TTY")}
    return {**env, "LC_ALL": "en_BE.UTF-8", "no_proxy": "*"}


class PromptCase(unittest.TestCase):
    PERSON = "adult"

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="bp")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.card = VirtualCard(cls.path("c"), APPLET, ("--responder", "0"))
        cls.addClassCleanup(cls.card.stop)
        cls.prompt = cls.path("c", "prompt")
        cls.env = {**without_display(), **cls.card.env,
                   **home_in(cls.directory)}
        cls.write(PORTAL, "portals.d", "demo.conf")

    @classmethod
    def path(cls, *parts):
        return os.path.join(cls.directory, *parts)

    @classmethod
    def write(cls, text, *parts):
        os.makedirs(os.path.dirname(cls.path(*parts)), 0o700, True)
        with open(cls.path(*parts), "w", encoding="utf-8") as out:
            out.write(text)
        return cls.path(*parts)

    def setUp(self):
        self.card.do("counters-reset")
        self.card.do("answer")
        self.addCleanup(self.forget)

    def forget(self):
        if os.path.exists(self.path("c", "prompt.log")):
            os.unlink(self.path("c", "prompt.log"))

    def shown(self):
        """What the prompt was shown: (kind, answer, text)."""
        if not os.path.exists(self.path("c", "prompt.log")):
            return []
        with open(self.path("c", "prompt.log"), encoding="utf-8") as log:
            return [line.rstrip("\n").split(" ", 2) for line in log]

    def agent(self, *arguments):
        return subprocess.run(
            [built("agent", "beid-agent"), *arguments,
             "--module", built("pkcs11", "beid-agent-pkcs11.so"),
             "--card-worker", built("agent", "beid-agent-card")],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False, timeout=120)

    def authenticate(self, *how):
        return self.agent("authenticate", "--portals", self.path("portals.d"),
                          "--origin", ORIGIN, "--nonce", NONCE, "--chain",
                          *how)

    def scripted(self):
        return self.authenticate("--development", "--scripted-prompt",
                                 self.prompt)

    def refused(self, done, *codes):
        self.assertIn(done.returncode, codes or (1, 3, 4), done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.shown(), [])


class Works(PromptCase):
    def verify(self, text, *more):
        token = self.write(text, "token.json")
        url = self.card.do("responder").split()[0]
        done = subprocess.run(
            [built("portal", "verify", "beid-verify"), "token", "--origin",
             ORIGIN, "--nonce", NONCE, "--trust", self.card.root,
             "--ocsp-prefix", url, "--crl-prefix", url, "--json", *more,
             token], env=self.env, stdout=subprocess.PIPE, check=False,
            timeout=60)
        return json.loads(done.stdout)

    def test_login_and_its_verdicts(self):
        done = self.scripted()
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = self.shown()
        self.assertEqual([line[:2] for line in shown], [["pin", "pin"]])
        for said in ("DEVELOPMENT", "Citizen profile (test)", ORIGIN):
            self.assertIn(said, shown[0][2])
        self.assertNotIn("1234 ", " ".join(shown[0]))
        must = ("--revocation", "required")
        verdict = self.verify(done.stdout, *must)
        self.assertEqual((verdict["exitCode"], verdict["revocation"]),
                         (0, "ocsp"))
        self.card.do("responder", "--set", "ocsp-down")
        verdict = self.verify(done.stdout, "--revocation", "login")
        self.assertEqual((verdict["exitCode"], verdict["revocation"]),
                         (0, "crl"))
        self.card.do("certificate", "auth", "revoked")
        verdict = self.verify(done.stdout, "--revocation", "login")
        self.assertEqual(verdict["exitCode"], REVOKED)
        self.card.do("responder", "--set", "up")
        self.assertEqual(self.verify(done.stdout, *must)["exitCode"], REVOKED)
        self.card.do("certificate", "auth", "good")

    def test_over_http(self):
        agent = Agent(self.directory, self.env, self.prompt,
                      options=("--scripted-prompt", self.prompt),
                      pinentry_option=False)
        try:
            self.assertTrue(any("no citizen is asked" in line
                                for line in agent.program.lines))
            answer = agent.authenticate(chain=True)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(self.verify(answer.body.decode())["exitCode"], 0)
            self.card.do("answer", "cancel")
            self.assertEqual(agent.authenticate().code, "user_cancelled")
            self.card.do("answer", "wrong", "wrong")
            self.assertEqual(agent.authenticate().code, "pin_incorrect")
            self.assertEqual(self.card.do("tries").strip(), "1")
            # The last try is asked about first; then the PIN is right.
            answer = agent.authenticate()
            self.assertEqual(answer.status, 200, answer)
            kinds = [line[0] for line in self.shown()]
            self.assertEqual(kinds[-2:], ["confirm", "pin"])
            self.assertEqual(self.card.count("verify_ok"), 2)
        finally:
            self.card.do("answer")
            agent.stop()

    def test_no_card_and_patience(self):
        """A notice is left alone until the card comes."""
        self.card.do("remove")
        login = Program([built("agent", "beid-agent"), "authenticate",
                         "--portals", self.path("portals.d"), "--origin",
                         ORIGIN, "--nonce", NONCE, "--development",
                         "--scripted-prompt", self.prompt, "--module",
                         built("pkcs11", "beid-agent-pkcs11.so"),
                         "--card-worker", built("agent", "beid-agent-card")],
                        env=self.env)
        try:
            wait_until(lambda: any(line[0] == "message"
                                   for line in self.shown()), 60, "the notice")
            self.card.do("insert")
            login.expect('"signature"', 60)
        finally:
            login.stop()

    def test_answers_that_are_none(self):
        for words in (("perhaps",), ("pin", "PIN"), ("12345678" * 5,)):
            done = call("answer", "--dir", self.path("c"), *words)
            self.assertEqual(done.returncode, 2, words)


class Refuses(PromptCase):
    def setUp(self):
        super().setUp()
        self.document = self.write("Ik ga akkoord.\n", "document.txt")
        self.own = self.write(OWN_SCRIPT, "own")
        os.chmod(self.own, 0o700)

    def sign(self, *how):
        """`sign` takes any card when development mode is off."""
        return self.agent("sign", "--force", self.document, *how)

    def test_option_needs_development(self):
        self.refused(self.sign("--scripted-prompt", self.prompt), 2)
        self.refused(self.authenticate("--scripted-prompt", self.prompt), 2)
        done = self.agent("serve", "--scripted-prompt", self.prompt)
        self.refused(done, 2)
        self.assertIn("--scripted-prompt needs --development", done.stderr)
        self.refused(self.sign("--development", "--scripted-prompt",
                               self.prompt, "--pinentry", self.prompt), 2)

    def test_not_as_an_ordinary_pinentry(self):
        """Without the agent's word for it that this is development mode."""
        self.refused(self.sign("--pinentry", self.prompt))
        self.refused(self.sign("--development", "--pinentry", self.prompt))
        said = subprocess.run([self.prompt], input="GETPIN\n", check=False,
                              stdout=subprocess.PIPE, text=True, timeout=60)
        self.assertTrue(said.stdout.startswith("ERR "), said.stdout)
        self.assertNotIn("1234", said.stdout)
        self.assertEqual(self.shown(), [])

    def test_control_the_card_would_sign(self):
        """It is not the card that refuses in these cases."""
        done = self.sign("--pinentry", self.own)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.card.count("verify_ok"), 1)
        done = self.sign("--development", "--scripted-prompt", self.prompt)
        self.assertEqual(done.returncode, 0, done.stderr)


class AnotherPki(PromptCase):
    """A card like a citizen's: its CA is not named TEST."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card.stop()
        pki = cls.path("c", "pki")
        for name in ("auth", "sign"):
            os.unlink(os.path.join(pki, name + ".pem"))
        config = cls.write("[x]\nbasicConstraints=critical,CA:TRUE\n"
                           "keyUsage=critical,keyCertSign,cRLSign\n"
                           "subjectKeyIdentifier=hash\n", "x.cnf")
        request = cls.path("ca.csr")
        for command in (
                ["req", "-new", "-key", os.path.join(pki, "ca.key"), "-subj",
                 "/C=BE/CN=Citizen CA", "-out", request],
                ["x509", "-req", "-in", request, "-CA",
                 os.path.join(pki, "root.pem"), "-CAkey",
                 os.path.join(pki, "root.key"), "-set_serial", "77", "-days",
                 "30", "-extfile", config, "-extensions", "x", "-out",
                 os.path.join(pki, "ca.pem")]):
            subprocess.run(["openssl", *command], check=True,
                           stderr=subprocess.DEVNULL)
        cls.card = VirtualCard(cls.path("c"), APPLET, ("--responder", "0"))
        cls.addClassCleanup(cls.card.stop)
        cls.env = {**cls.env, **cls.card.env}

    def test_refused_before_any_dialog(self):
        done = self.scripted()
        self.refused(done)
        self.assertIn("test cards only", done.stderr)

    def test_control_a_citizen_could(self):
        """The same card signs where a citizen is asked: no development."""
        document = self.write("Ik ga akkoord.\n", "document.txt")
        own = self.write(OWN_SCRIPT, "own")
        os.chmod(own, 0o700)
        done = self.agent("sign", "--pinentry", own, document)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent authenticate` and `sign`: real prompts, checked by others."""

import base64
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import time

from cli_case import CliCase, main
from process import run, wait_until
from screen import Recorded, Screen
from stack import NONCE, ORIGIN, PIN, Later, VirtualCard, built, home_in

APPLET = os.environ.get("BEID_APPLET", "1.8")
PORTAL = f"""name.nl=Burgerprofiel (proef)
name.en=Citizen profile (test)
origin={ORIGIN}
allow={{allow}}
environment=test
"""


class ErrandCase(CliCase):
    def setUp(self):
        super().setUp()
        self.screen = Screen(self.directory)
        self.addCleanup(self.screen.stop)
        self.virtual = VirtualCard(self.path("c"), APPLET)
        self.addCleanup(self.virtual.stop)
        self.prompt = Recorded(self.directory)
        self.env = {**self.screen.env, **self.virtual.env,
                    **home_in(self.directory)}
        self.allow("authenticate")

    def allow(self, words):
        self.write(PORTAL.format(allow=words), "portals.d", "demo.conf")

    def command(self, name, *arguments):
        return [name, "--development",
                "--module", built("pkcs11", "beid-agent-pkcs11.so"),
                "--card-worker", built("agent", "beid-agent-card"),
                "--pinentry", self.prompt.script, *arguments]

    def errand(self, name, *arguments, pin=PIN, **named):
        """One run by a person who knows the PIN."""
        later = Later(self.agent, *self.command(name, *arguments), lang="en",
                      **named)
        window = wait_until(lambda: later.done() or self.screen.windows(), 60,
                            "the prompt")
        if window is not True:
            self.screen.type_line(window[-1], pin)
        return later.result()

    def refused(self, status, said, name, *arguments):
        """Without a prompt and without a word to the card."""
        before = self.virtual.count("apdus")
        shown = len(self.prompt.commands())
        done = self.agent(*self.command(name, *arguments), lang="en")
        self.assertEqual((done.status, done.out), (status, ""), done)
        self.assertIn(said, " ".join(done.err.split()))
        self.assertEqual(self.virtual.count("apdus"), before)
        self.assertEqual(len(self.prompt.commands()), shown)


class Authenticate(ErrandCase):
    def authenticate(self, *arguments, **named):
        return self.errand("authenticate", "--portals", self.path("portals.d"),
                           "--origin", ORIGIN, "--nonce", NONCE, *arguments,
                           **named)

    def test_authenticate(self):
        done = self.authenticate("--chain")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(done.json["token"]["format"], "web-eid:1.0")
        self.assertEqual(len(done.json["unverifiedEvidence"]["chain"]), 2)
        token = self.write(done.out, "token.json")
        self.verify(token)
        texts = self.prompt.texts()
        self.assertEqual(len(texts), 1)
        for said in ("DEVELOPMENT", "Citizen profile (test)", ORIGIN):
            self.assertIn(said, texts[0])
        journal = self.agent("journal", "show", lang="en")
        self.assertIn(ORIGIN, journal.out)
        self.refusals()
        self.leaving()

    def verify(self, token):
        """The signature holds for this origin and this nonce, no other."""
        verifier = built("portal", "verify", "beid-verify")
        for origin, good in ((ORIGIN, True), (ORIGIN + "1", False)):
            done = subprocess.run(
                [verifier, "token", "--origin", origin, "--nonce", NONCE,
                 "--trust", self.virtual.root, token],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False, timeout=60)
            self.assertEqual(done.returncode == 0, good, done.stdout)

    def refusals(self):
        folder = ("--portals", self.path("portals.d"))
        whole = ("--origin", ORIGIN, "--nonce", NONCE)
        name = "authenticate"
        self.refused(1, "no portal file lists https://localhost:9", name,
                     *folder, "--origin", "https://localhost:9", "--nonce",
                     NONCE)
        self.refused(1, "no portal file lists", name, *whole)
        for wrong in (("--nonce", NONCE), ("--origin", ORIGIN),
                      (*whole, "--timeout", "29"), (*whole, "--lang", "xx"),
                      ("--origin", ORIGIN, "--nonce", "short")):
            self.refused(2, "", name, *folder, *wrong)
        done = self.agent(name, *folder, *whole)
        self.assertEqual(done.status, 2, done)  # --portals needs development
        self.agent("portals", *folder, "block", "demo")
        self.refused(1, "blocked", name, *folder, *whole)
        self.agent("portals", *folder, "unblock", "demo")
        self.allow("step-up")
        self.refused(1, "", name, *folder, *whole)
        self.allow("authenticate")

    def test_exit_codes_and_words(self):
        """beid-agent(1), EXIT STATUS, and the code that --json tells."""
        folder = ("--portals", self.path("portals.d"), "--json")
        whole = ("--origin", ORIGIN, "--nonce", NONCE)

        def said(done):
            return done.status, done.json["error"]["code"]

        def prepared(*arguments):
            return self.agent(*self.command("authenticate", *folder,
                                            *arguments))

        self.assertEqual(said(prepared("--origin", "https://localhost:9",
                                       "--nonce", NONCE)),
                         (1, "portal_unknown"))
        self.allow("step-up")
        self.assertEqual(said(prepared(*whole)), (1, "operation_not_allowed"))
        self.allow("authenticate")
        self.assertEqual(prepared("--origin", ORIGIN).status, 2)
        for person, expected in (("minor", (3, "certificate_missing")),
                                 ("expired", (1, "certificate_expired")),
                                 ("not-yet", (1, "clock_skew"))):
            self.virtual.do("swap", "--applet", APPLET, "--person", person)
            self.assertEqual(said(prepared(*whole)), expected)
        self.virtual.do("swap", "--applet", APPLET, "--person", "adult")
        self.virtual.do("tries", "--set", "0")
        self.assertEqual(said(prepared(*whole)), (5, "pin_blocked"))
        self.virtual.do("tries", "--set", "3")
        later = Later(prepared, *whole)
        self.screen.press(self.screen.wait_window(), "Escape")
        self.assertEqual(said(later.result()), (4, "user_cancelled"))
        self.screen.wait_closed()
        later = Later(prepared, *whole)
        asked = self.prompt.count()
        self.screen.type_line(self.screen.wait_window(), "9999")
        wait_until(lambda: self.prompt.count() > asked, 30, "another question")
        self.screen.type_line(self.screen.wait_window(), "9999")
        self.assertEqual(said(later.result()), (5, "pin_incorrect"))
        self.virtual.do("tries", "--set", "3")
        self.virtual.do("pcscd-stop")
        done = prepared(*whole)
        self.assertEqual(said(done), (3, "pcscd_unavailable"), done)
        self.assertEqual(done.err, "")

    def leaving(self):
        """A signal takes the prompt away, and nothing is left."""
        self.virtual.do("counters-reset")
        program = subprocess.Popen(
            [built("agent", "beid-agent"), *self.command(
                "authenticate", "--portals", self.path("portals.d"),
                "--origin", ORIGIN, "--nonce", NONCE)],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.screen.wait_window()
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=60)
        self.assertEqual(program.returncode, 4)
        self.screen.wait_closed()
        self.assertEqual(self.virtual.count("verify"), 0)


class Sign(ErrandCase):
    def others(self, p7s, content):
        """Does openssl accept it?"""
        done = subprocess.run(
            ["openssl", "cms", "-verify", "-cades", "-binary", "-inform",
             "DER", "-in", p7s, "-content", content, "-CAfile",
             self.virtual.root, "-purpose", "any", "-out", os.devnull],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        return done.returncode == 0

    def gpgsm(self, p7s, content):
        """With a key ring of its own that trusts the test root."""
        home = self.path("gnupg")
        os.makedirs(home, mode=0o700, exist_ok=True)
        der = os.path.join(home, "root.der")
        root = self.virtual.root
        run(["openssl", "x509", "-in", root, "-outform", "DER", "-out", der])
        shown = run(["openssl", "x509", "-in", root, "-noout", "-fingerprint",
                     "-sha1"])
        self.write(shown.strip().rpartition("=")[2] + " S relax\n", "gnupg",
                   "trustlist.txt")
        base = ["gpgsm", "--homedir", home, "--batch", "--disable-crl-checks"]
        run([*base, "--import", der], accept=(0, 2))
        done = subprocess.run([*base, "--verify", p7s, content],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"],
                       check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def test_sign(self):
        text = "Ik ga akkoord.\n" * 1000
        path = self.write(text, "my <b>contract.txt")
        done = self.errand("sign", path)
        self.assertEqual(done.status, 0, done)
        self.assertIn(path + ".p7s", done.out.replace("\n", ""))
        self.assertTrue(self.others(path + ".p7s", path))
        self.assertTrue(self.gpgsm(path + ".p7s", path))
        changed = self.write(text.replace("akkoord", "niet mee"), "changed")
        self.assertFalse(self.others(path + ".p7s", changed))
        self.assertFalse(self.gpgsm(path + ".p7s", changed))
        shown = " ".join(self.prompt.texts()[-1].split())
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.assertIn(digest, shown.replace(" ", ""))
        for said in ("File: my ?b>contract.txt", f"Size: {len(text)} bytes",
                     "as binding as one by hand", "DEVELOPMENT"):
            self.assertIn(said, shown)
        self.assertNotIn("Website", shown)
        info = run(["openssl", "cms", "-cmsout", "-print", "-inform", "DER",
                    "-in", path + ".p7s"])
        for said in ("signingCertificateV2", "signingTime",
                     "sha256" if APPLET == "1.7" else "sha384"):
            self.assertIn(said, info)
        self.assertNotIn("S/MIME Capabilities", info)
        journal = self.agent("journal", "show", lang="en")
        self.assertIn("beid-agent:sign", journal.out)
        self.overwriting(path)
        self.name_of_any_bytes(path)
        self.no_certificate(path)

    def overwriting(self, path):
        p7s = path + ".p7s"
        with open(p7s, "rb") as old:
            before = old.read()
        self.refused(1, "is there already", "sign", path)
        self.refused(1, "cannot be read", "sign", self.path("absent"))
        self.refused(1, "cannot be read", "sign", self.directory)
        self.refused(1, "cannot be written", "sign", "--output",
                     self.path("no", "folder.p7s"), path)
        for code, arguments in (
                ("output_exists", (path,)),
                ("file_unreadable", (self.path("absent"),)),
                ("output_unwritable",
                 ("--output", self.path("no", "folder.p7s"), path))):
            done = self.agent(*self.command("sign", "--json", *arguments))
            self.assertEqual((done.status, done.json["error"]["code"]),
                             (1, code), done)
        link = self.path("link")
        os.symlink(path, link)
        self.refused(1, "cannot be written", "sign", "--force", "--output",
                     link, path)
        later = Later(self.agent, *self.command("sign", "--force", path))
        self.screen.press(self.screen.wait_window(), "Escape")
        self.assertEqual(later.result().status, 4)
        with open(p7s, "rb") as kept:
            self.assertEqual(kept.read(), before)
        time.sleep(1.1)  # another signing time
        done = self.errand("sign", "--json", "--force", path)
        self.assertEqual(done.status, 0, done)
        with open(path, "rb") as content:
            content = content.read()
        self.assertEqual(done.json, {
            "file": path, "size": len(content), "signature": p7s,
            "sha256": hashlib.sha256(content).hexdigest()})
        with open(p7s, "rb") as fresh:
            self.assertNotEqual(fresh.read(), before)
        self.assertTrue(self.others(p7s, path))
        self.assertEqual([name for name in os.listdir(self.directory)
                          if ".p7s." in name], [])
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(stat.S_IMODE(os.stat(p7s).st_mode), 0o666 & ~mask)

    def name_of_any_bytes(self, path):
        """JSON all the same, and no doubt about which file was signed."""
        odd = os.path.join(os.fsencode(self.directory), b"caf\xe9 \xc3\xa9")
        shutil.copyfile(path, odd)
        self.screen.wait_closed()
        done = self.errand("sign", "--json", os.fsdecode(odd))
        self.assertEqual(done.status, 0, done)
        for key, name in (("file", odd), ("signature", odd + b".p7s")):
            self.assertEqual(done.json[key], os.path.join(
                self.directory, os.path.basename(name).decode(
                    errors="replace")))
            self.assertEqual(base64.b64decode(done.json[key + "Base64"]), name)
        self.assertTrue(os.path.exists(odd + b".p7s"))

    def no_certificate(self, path):
        """Told before any PIN."""
        self.virtual.do("swap", "--applet", APPLET, "--person", "no-signature")
        self.virtual.do("counters-reset")
        asked = self.prompt.count()
        done = self.agent(*self.command("sign", "--force", path), lang="en")
        self.assertEqual(done.status, 3, done)
        self.assertIn("certificate", done.err)
        self.assertEqual(self.prompt.count(), asked)
        self.assertEqual(self.virtual.count("verify"), 0)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent doctor` and `status`, on computers that lack something."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from cli_case import LANGUAGES, CliCase, main
from process import Failure, Program, wait_until
from stack import SOURCE, VirtualCard, built

CARD = {"no-reader", "reader-without-driver", "reader-in-use", "no-card",
        "card-mute", "unsupported-card", "card-too-old", "certificate-missing",
        "certificate-expired", "certificate-expiring", "pin-last-try",
        "pin-blocked"}
SERVICE = {"pcscd-not-installed", "pcscd-not-running", "pcscd-not-permitted",
           "session-remote", "session-inactive"}
CODE = re.compile(r"^D1-([0-9A-F]+)-([0-9A-F]{2})$")


class Doctor(CliCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o755)
        for name in ("SSH_CONNECTION", "XDG_SESSION_ID"):
            self.env.pop(name, None)
        self.root = self.path("root")
        os.mkdir(self.root)

    def card(self, *options, applet="1.8"):
        card = VirtualCard(self.path("v"), applet, options)
        self.addCleanup(card.stop)
        self.env.update(card.env)
        return card

    def doctor(self, *arguments, **named):
        return self.agent(
            "doctor", "--module", built("pkcs11", "beid-agent-pkcs11.so"),
            "--card-worker", built("agent", "beid-agent-card"),
            "--pinentry", "/bin/true", "--root", self.root, *arguments,
            **named)

    def findings(self, *arguments, **named):
        done = self.doctor("--json", *arguments, **named)
        self.assertIn(done.status, (0, 1), done)
        words = [f["finding"] for f in done.json["findings"]]
        self.assertEqual(done.status, 1 if words else 0)
        self.assertRegex(done.json["code"], CODE)
        return words

    def about(self, words, *arguments, **named):
        """Those of the findings that are of a kind: others depend on what
        else runs on this computer."""
        return sorted(set(self.findings(*arguments, **named)) & words)

    def becomes(self, *expected):
        """pcscd notices a swapped card a moment later."""
        seen = []

        def look():
            seen[:] = self.about(SERVICE | CARD)
            return seen == list(expected)

        try:
            wait_until(look, 20, expected, 0.2)
        except Failure:
            self.assertEqual(seen, list(expected))


class Service(Doctor):
    def test_absent(self):
        self.env["PCSCLITE_CSOCK_NAME"] = self.path("nothing")
        self.assertEqual(self.about(SERVICE | CARD), ["pcscd-not-installed"])
        self.write("", "root", "usr", "sbin", "pcscd")
        self.assertEqual(self.about(SERVICE | CARD), ["pcscd-not-running"])

    def test_a_socket_without_a_service(self):
        path = self.path("pcscd.comm")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path)
        self.env["PCSCLITE_CSOCK_NAME"] = path
        self.write("", "root", "usr", "sbin", "pcscd")
        self.assertEqual(self.about(SERVICE | CARD), ["pcscd-not-running"])

    def test_not_permitted(self):
        """A socket that this user may not connect to."""
        if os.getuid() != 0:
            self.skipTest("only root can be another user")
        path = self.path("pcscd.comm")
        with socket.socket(socket.AF_UNIX) as closed:
            closed.bind(path)
            os.chmod(path, 0o600)
            closed.listen(1)
            done = subprocess.run(
                [built("agent", "beid-agent"), "doctor", "--json", "--root",
                 self.root], user=65534, group=65534, extra_groups=[],
                env={**self.env, "PCSCLITE_CSOCK_NAME": path,
                     "HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent",
                     "XDG_CONFIG_HOME": "/nonexistent"},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                timeout=60, check=False)
        found = {f["finding"] for f in json.loads(done.stdout)["findings"]}
        self.assertEqual(found & SERVICE, {"pcscd-not-permitted"})

    def refused(self, **env):
        """A service that hangs up at once, as pcscd does when polkit says
        no."""
        path = self.path("pcscd.comm")
        code = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\n"
                "s.bind(sys.argv[1])\ns.listen(9)\nprint('up',flush=True)\n"
                "while True:\n    s.accept()[0].close()\n")
        program = Program([sys.executable, "-c", code, path])
        self.addCleanup(program.stop)
        program.expect("up")
        return self.about(SERVICE | CARD,
                          env={"PCSCLITE_CSOCK_NAME": path, **env})

    def test_let_down(self):
        self.assertEqual(self.refused(), ["pcscd-not-permitted"])

    def session(self, *lines):
        self.write("\n".join(("# private", "UID=1", *lines, "")), "root",
                   "run", "systemd", "sessions", "c7")

    def test_at_the_computer(self):
        self.session("ACTIVE=1", "REMOTE=0", "SEAT=seat0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["pcscd-not-permitted"])

    def test_remote(self):
        self.session("ACTIVE=1", "REMOTE=1", "SEAT=seat0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["session-remote"])

    def test_remote_desktop(self):
        """It has no seat, so for polkit it is not at the computer."""
        self.session("ACTIVE=1", "REMOTE=0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["session-remote"])

    def test_inactive(self):
        self.session("ACTIVE=0", "REMOTE=0", "SEAT=seat0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["session-inactive"])

    def test_the_display_of_a_program_without_session(self):
        """As in a terminal that the user's systemd started."""
        self.session("ACTIVE=0", "REMOTE=0", "SEAT=seat0")
        self.write("# private\nNAME=x\nDISPLAY=c7\nREALTIME=1\n", "root",
                   "run", "systemd", "users", str(os.getuid()))
        self.assertEqual(self.refused(), ["session-inactive"])


class Cards(Doctor):
    def test_no_reader(self):
        self.card("--readers", "0")
        self.assertEqual(self.about(SERVICE | CARD), ["no-reader"])
        self.write("0b\n", "root", "sys", "bus", "usb", "devices", "1-1:1.0",
                   "bInterfaceClass")
        self.assertEqual(self.about(SERVICE | CARD),
                         ["reader-without-driver"])

    def test_a_good_card_and_its_states(self):
        card = self.card("--readers", "1")
        self.becomes()
        card.do("tries", "--set", "1")
        self.becomes("pin-last-try")
        card.do("tries", "--set", "0")
        self.becomes("pin-blocked")
        card.do("swap", "--person", "expired")
        self.becomes("certificate-expired")
        card.do("swap", "--person", "expiring")
        self.becomes("certificate-expiring")
        card.do("swap", "--person", "not-yet")
        wait_until(lambda: self.about({"clock-wrong"}) == ["clock-wrong"], 20,
                   "a clock before the certificate", 0.2)
        self.becomes()
        card.do("swap", "--person", "minor")
        self.becomes("certificate-missing")
        card.do("swap", "--applet", "1.1", "--person", "adult")
        self.becomes("card-too-old")
        card.do("swap", "--applet", "foreign")
        self.becomes("unsupported-card")
        card.do("remove")
        self.becomes("no-card")

    def test_mute(self):
        card = self.card("--readers", "1")
        card.do("fault", "--at", "0", "--do", "mute")
        self.assertEqual(self.about(SERVICE | CARD), ["card-mute"])

    def test_a_program_that_keeps_the_reader_to_itself(self):
        self.card("--readers", "1")
        code = ("import ctypes, sys\n"
                "p = ctypes.CDLL('libpcsclite.so.1')\n"
                "u, r = ctypes.c_ulong, ctypes.byref\n"
                "c, h, n, q = ctypes.c_long(), ctypes.c_long(), u(999), u()\n"
                "names = ctypes.create_string_buffer(999)\n"
                "assert p.SCardEstablishContext(u(2), None, None, r(c)) == 0\n"
                "assert p.SCardListReaders(c, None, names, r(n)) == 0\n"
                "name = names.raw.split(b'\\0')[0]\n"
                "assert p.SCardConnect(c, name, u(1), u(3), r(h), r(q)) == 0\n"
                "print('held', flush=True)\nsys.stdin.read()\n")
        python = self.path("holder")
        shutil.copy(os.path.realpath(sys.executable), python)
        holder = subprocess.Popen([python, "-c", code], text=True,
                                  env=self.env, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        self.assertEqual(holder.stdout.readline(), "held\n")
        # Another that has the library in its memory, and no reader.
        idle = subprocess.Popen(
            [sys.executable, "-c", "import ctypes, sys\n"
             "ctypes.CDLL('libpcsclite.so.1')\nsys.stdin.read()\n"],
            stdin=subprocess.PIPE)
        self.addCleanup(idle.wait)
        self.addCleanup(idle.stdin.close)
        self.becomes("reader-in-use")
        self.assertIn("The card reader is in use by holder. Close that",
                      " ".join(self.doctor(lang="en").out.split()))

    def test_no_pin_is_presented_and_nothing_personal_is_told(self):
        card = self.card("--readers", "1")
        done = self.doctor("--json")
        self.assertEqual(card.count("verify"), 0)
        subject = subprocess.run(
            ["openssl", "x509", "-noout", "-subject", "-nameopt",
             "multiline,utf8,-esc_msb", "-in",
             os.path.join(card.directory, "pki", "auth.pem")],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        values = [line.partition("=")[2].strip()
                  for line in subject.splitlines()[1:]
                  if "countryName" not in line]
        self.assertGreater(len(values), 2)
        for value in values:
            self.assertNotIn(value, done.out + done.err)

    def test_pin_status(self):
        card = self.card("--readers", "1")

        def pin(*arguments, **named):
            return self.agent("pin", "--module",
                              built("pkcs11", "beid-agent-pkcs11.so"),
                              *arguments, "status", **named)

        self.assertEqual(pin("--json").json,
                         {"triesLeft": 3, "blocked": False})
        self.assertIn("3", pin(lang="nl").out)
        card.do("tries", "--set", "1")
        self.assertEqual(pin("--json").json["triesLeft"], 1)
        card.do("tries", "--set", "0")
        done = pin("--json")
        self.assertEqual((done.status, done.json["blocked"]), (5, True))
        self.assertEqual(card.count("verify"), 0)
        card.do("remove")
        wait_until(lambda: pin().status == 3, 20, "no card", 0.2)
        self.assertEqual(self.agent("pin", "change-it").status, 2)

    def test_status(self):
        card = self.card("--readers", "2")
        card.do("remove", "--reader", "1")
        card.do("counters-reset")
        module = built("pkcs11", "beid-agent-pkcs11.so")
        done = self.agent("status", "--json", "--module", module)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(done.json["readers"],
                         [{"card": "supported"}, {"card": "none"}])
        self.assertEqual(card.count("apdus"), 0)
        self.assertEqual(len({self.agent("status", "--module", module,
                                         lang=lang).out
                              for lang in LANGUAGES}), len(LANGUAGES))
        self.env["PCSCLITE_CSOCK_NAME"] = self.path("nothing")
        self.assertEqual(self.agent("status", "--module", module).status, 3)


class Running(Doctor):
    """Does the agent run? Of this user: somebody else's does not count."""

    USER = 65530  # nobody else has it

    def as_user(self, *arguments):
        return {"args": [self.path("beid-agent"), *arguments],
                "user": self.USER, "group": self.USER, "extra_groups": [],
                "env": {"PATH": os.environ["PATH"], "HOME": self.path("h"),
                        "PCSCLITE_CSOCK_NAME": self.path("nothing")},
                "stdin": subprocess.DEVNULL}

    def found(self):
        done = subprocess.run(**self.as_user("doctor", "--json"),
                              stdout=subprocess.PIPE, text=True, timeout=60,
                              check=False)
        return {f["finding"] for f in json.loads(done.stdout)["findings"]}

    def test_the_agent_runs_or_not(self):
        if os.getuid() != 0:
            self.skipTest("only root can be another user")
        for name in ("beid-agent", "beid-agent-card"):
            shutil.copy(built("agent", name), self.path(name))
            os.chmod(self.path(name), 0o755)
        module = self.path("module.so")
        shutil.copy(built("pkcs11", "beid-agent-pkcs11.so"), module)
        for name in ("h", "p"):
            os.mkdir(self.path(name))
            os.chown(self.path(name), self.USER, self.USER)
        self.assertIn("agent-not-running", self.found())
        agent = subprocess.Popen(**self.as_user(
            "serve", "--development", "--portals", self.path("p"), "--module",
            module, "--card-worker", self.path("beid-agent-card"),
            "--pinentry", "/bin/true"), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        try:
            said, lines = "", []
            while "listening on" not in said:
                said = agent.stdout.readline()
                self.assertNotEqual(said, "", lines)
                lines.append(said)
            found = self.found()
            self.assertNotIn("agent-not-running", found)
            # Its own port is not taken by a stranger.
            port = int(re.search(r":(\d{5})\b", said)[1])
            text = subprocess.run(**self.as_user("doctor"), check=False,
                                  stdout=subprocess.PIPE, text=True).stdout
            self.assertNotIn(str(port), text)
        finally:
            agent.terminate()
            agent.wait(30)
            agent.stdout.close()
        self.assertIn("agent-not-running", self.found())


class Around(Doctor):
    def setUp(self):
        super().setUp()
        self.env["PCSCLITE_CSOCK_NAME"] = self.path("nothing")

    def squatter(self, **user):
        """A program of this name, or another user's, on a port of ours."""
        code = ("import socket,sys\n"
                "for port in range(24887, 24879, -1):\n"
                "    s = socket.socket()\n"
                "    try:\n        s.bind(('127.0.0.1', port))\n"
                "    except OSError:\n        continue\n"
                "    s.listen(1)\n    print('port', port, flush=True)\n"
                "    sys.stdin.read()\n    break\n")
        python = self.path("squatter")
        shutil.copy(os.path.realpath(sys.executable), python)
        program = subprocess.Popen([python, "-c", code], text=True,
                                   stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, **user)
        self.addCleanup(program.wait)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.stdin.close)
        return program.stdout.readline().split()[1]

    def test_a_taken_port_and_by_whom(self):
        port = self.squatter()
        done = self.doctor(lang="en")
        self.assertIn(f"Port {port} of the agent is taken by squatter",
                      " ".join(done.out.split()))

    def test_a_port_taken_by_another_user(self):
        if os.getuid() != 0:
            self.skipTest("only root can be two users")
        port = self.squatter(user=65534, group=65534, extra_groups=[])
        path = self.path("agent")
        shutil.copy(built("agent", "beid-agent"), path)
        os.chmod(path, 0o755)
        # Root sees whose program it is; one citizen does not see another's.
        for user, said in ((0, "squatter. Close"),
                           (1, "a program of the user nobody.")):
            done = subprocess.run(
                [path, "doctor"], user=user, group=user, extra_groups=[],
                env={**self.env, "LC_ALL": "C", "HOME": "/nonexistent",
                     "XDG_STATE_HOME": "/nonexistent",
                     "XDG_CONFIG_HOME": "/nonexistent"},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                timeout=60, check=False)
            self.assertIn(f"Port {port} of the agent is taken by {said}",
                          " ".join(done.stdout.split()))

    def test_rules_for_browsers(self):
        """Those that forbid a listed website, and no others."""
        self.write("name.en=X\norigin=https://localhost:1\n"
                   "allow=authenticate\n", "portals.d", "x.conf")

        def look():
            done = self.doctor("--json", "--portals", self.path("portals.d"))
            return [f["text"] for f in done.json["findings"]
                    if f["finding"] == "browser-policy"]

        self.assertEqual(look(), [])
        chromium, firefox = "etc/chromium/policies/managed", "etc/firefox-esr"
        for folder, name, text, forbids in (
                (chromium, "a.json",
                 '{"LocalNetworkAccessBlockedForUrls": ["*"]}', True),
                (chromium, "b.json", '{"LoopbackNetworkBlockedForUrls":'
                 ' ["https://other.example"]}', False),
                (chromium, "c.json", '{"LoopbackNetworkAllowedForUrls":'
                 ' ["https://localhost:1"]}', False),
                (chromium, "d.json", '{"LoopbackNetworkBlockedForUrls":'
                 ' ["https://localhost:1"]}', True),
                (firefox, "a.js",
                 'pref("permissions.default.loopback-network", 2);', True),
                (firefox, "b.js",
                 'pref("permissions.default.loopback-network", 0);', False),
                ("etc/firefox/policies", "policies.json",
                 '{"policies": {"LocalNetworkAccess": {"Enabled": true}}}',
                 False)):
            with self.subTest(text=text):
                self.write(text, "root", folder, name)
                found = look()
                self.assertEqual(len(found), 1 if forbids else 0)
                if forbids:
                    self.assertIn(f"{folder}/{name}", found[0])
                    self.assertIn("https://localhost:1 ", found[0])
                os.unlink(self.path("root", folder, name))

    def test_a_clock_that_went_back(self):
        self.assertEqual(self.about({"clock-wrong"}), [])
        noted = self.write("", "root", "var", "lib", "systemd", "timesync",
                           "clock")
        self.assertEqual(self.about({"clock-wrong"}), [])
        later = time.time() + 7200
        os.utime(noted, (later, later))
        self.assertEqual(self.about({"clock-wrong"}), ["clock-wrong"])

    def test_a_missing_layer(self):
        """On a kernel that refuses the system call, which a filter plays."""
        code = ("import errno, os, sys, seccomp\n"
                "f = seccomp.SyscallFilter(seccomp.ALLOW)\n"
                "no = seccomp.ERRNO(errno.EINVAL)\n"
                "if sys.argv[1] == 'Landlock':\n"
                "    f.add_rule(seccomp.ERRNO(errno.ENOSYS),\n"
                "               'landlock_create_ruleset')\n"
                "if sys.argv[1] == 'seccomp':\n"
                "    f.add_rule(no, 'prctl', seccomp.Arg(0, seccomp.EQ, 22))\n"
                "    f.add_rule(no, 'seccomp')\n"
                "f.load()\nos.execv(sys.argv[2], sys.argv[2:])\n")
        for layer in ("Landlock", "seccomp"):
            done = subprocess.run(
                ["/usr/bin/python3", "-c", code, layer,
                 built("agent", "beid-agent"), "doctor", "--json"],
                env=self.env, stdin=subprocess.DEVNULL, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                check=False)
            texts = [f["text"] for f in json.loads(done.stdout)["findings"]
                     if f["finding"] == "protection-missing"]
            self.assertTrue(any(layer in text for text in texts), done)

    def test_a_journal_that_cannot_be_opened(self):
        words = {"journal-unavailable"}
        self.assertEqual(self.about(words), [])
        self.assertFalse(os.path.exists(self.path("home", "state")))
        self.write("", "home", "state", "beid-agent")  # where a folder must be
        self.assertEqual(self.about(words), ["journal-unavailable"])
        os.unlink(self.path("home", "state", "beid-agent"))
        os.makedirs(self.path("home", "state", "beid-agent", "journal"))
        self.assertEqual(self.about(words), ["journal-unavailable"])
        self.write("journal=off\n", "home", "config", "beid-agent",
                   "agent.conf")
        self.assertEqual(self.about(words), [])

    def test_settings_and_portals(self):
        words = {"settings-invalid", "restrictions-invalid", "no-portals"}
        self.write("name.en=X\norigin=https://localhost:1\n"
                   "allow=authenticate\n", "portals.d", "x.conf")
        folder = ("--portals", self.path("portals.d"))
        self.assertEqual(self.about(words, *folder), [])
        self.write("journal=perhaps\n", "home", "config", "beid-agent",
                   "agent.conf")
        self.write("nonsense\n", "home", "config", "beid-agent",
                   "portals.conf")
        self.assertEqual(self.about(words, *folder),
                         ["restrictions-invalid", "settings-invalid"])

    def test_missing_parts(self):
        words = {"part-missing", "pinentry-missing"}
        self.assertEqual(self.about(words), [])
        self.assertEqual(self.about(words, "--module", self.path("m"),
                                    "--pinentry", self.path("p")),
                         ["part-missing", "pinentry-missing"])

    def test_a_changed_journal(self):
        self.write("beid-journal 1 1 " + 64 * "0" + "\n", "home", "state",
                   "beid-agent", "journal")
        self.assertEqual(self.about({"journal-changed"}), ["journal-changed"])

    def test_each_language_and_the_code(self):
        texts = {self.doctor(lang=lang).out for lang in LANGUAGES}
        self.assertEqual(len(texts), len(LANGUAGES))
        done = self.doctor("--json").json
        number, check = CODE.match(done["code"]).groups()
        mask, total = int(number, 16), 0
        page = subprocess.run(
            ["mandoc", "-T", "ascii", os.path.join(
                SOURCE, "packaging", "man", "beid-agent-doctor.1")],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        table = dict(re.findall(r"^ +(\d+) +([a-z-]+)$", page, re.MULTILINE))
        self.assertEqual({table[str(bit)] for bit in range(64)
                          if mask >> bit & 1},
                         {f["finding"] for f in done["findings"]})
        for shift in range(0, 64, 8):
            total = (total * 3 + (mask >> shift & 0xFF)) % 251
        self.assertEqual(int(check, 16), total)


del Doctor  # nothing to run in itself

if __name__ == "__main__":
    main()

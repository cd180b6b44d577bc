# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent doctor`: the agent and what is around it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

from cli_case import LANGUAGES, main
from doctor_case import CODE, Doctor
from kernel_without import without
from stack import SOURCE, built


class Running(Doctor):
    """Does the agent run? Of this user: somebody else's does not count."""

    USER = 65530  # nobody else has it

    def as_user(self, *arguments):
        return {"args": [self.path("beid-agent"), *arguments],
                "user": self.USER, "group": self.USER, "extra_groups": [],
                "env": {"PATH": os.environ["PATH"], "HOME": self.path("h"),
                        "LC_ALL": "en_BE.UTF-8",
                        "PCSCLITE_CSOCK_NAME": self.path("nothing")},
                "stdin": subprocess.DEVNULL}

    def found(self):
        done = subprocess.run(**self.as_user("doctor", "--json"),
                              stdout=subprocess.PIPE, text=True, timeout=60,
                              check=False)
        return {f["finding"] for f in json.loads(done.stdout)["findings"]}

    def seen(self):
        """Whether `beid-agent status` finds it, and on which ports."""
        said = json.loads(subprocess.run(
            **self.as_user("status", "--json"), stdout=subprocess.PIPE,
            text=True, timeout=60, check=False).stdout)
        words = " ".join(subprocess.run(
            **self.as_user("status"), stdout=subprocess.PIPE, text=True,
            timeout=60, check=False).stdout.split())
        for port in said["ports"]:
            self.assertIn(str(port), words)
        self.assertEqual("The agent does not run." in words,
                         not said["running"], words)
        return said["running"], said["ports"]

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
        self.assertEqual(self.seen(), (False, []))
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
            self.assertEqual(self.seen(), (True, [port]))
            text = subprocess.run(**self.as_user("doctor"), check=False,
                                  stdout=subprocess.PIPE, text=True).stdout
            self.assertNotIn(str(port), text)
        finally:
            agent.terminate()
            agent.wait(30)
            agent.stdout.close()
        self.assertIn("agent-not-running", self.found())
        self.assertEqual(self.seen(), (False, []))


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
        for layer in ("Landlock", "seccomp"):
            done = subprocess.run(
                [*without(layer.lower()),
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

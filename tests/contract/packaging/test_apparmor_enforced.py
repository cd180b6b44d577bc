#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The installed AppArmor profile in a kernel that has AppArmor (threats 5.4):
everything works under it, and its walls stand. Runs inside the scratch root;
ends with 77 where the kernel has none."""

import argparse
import glob
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from agent_user import Citizen
from installed import run
from process import children_of, wait_until
from run_tests import finish
from stack import Later

KERNEL = "/sys/module/apparmor/parameters/enabled"
LOADED = "/sys/kernel/security/apparmor/profiles"
RULES = "/etc/apparmor.d/usr.bin.beid-agent"
NAMES = ("beid-agent", "beid-agent//front", "beid-agent//card")


def label_of(pid):
    with open(f"/proc/{pid}/attr/current", encoding="ascii") as file:
        return file.read().strip("\0\n")


def denied():
    """What the kernel's log holds of the profile's refusals."""
    text = subprocess.run(["dmesg"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return [line for line in text.split("\n") if 'apparmor="DENIED"' in line]


class Used(unittest.TestCase):
    virtual_card = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="b-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.citizen = Citizen(cls.directory.name, cls.virtual_card)
        cls.addClassCleanup(cls.citizen.stop)

    def test_1_it_is_loaded_and_enforced(self):
        with open(LOADED, encoding="ascii") as file:
            loaded = file.read().split("\n")
        for name in NAMES:
            self.assertIn(f"{name} (enforce)", loaded)

    def test_2_each_process_in_its_own(self):
        agent, port = self.citizen.serve(
            "--development", "--portals", self.citizen.portals)
        self.assertEqual(label_of(agent.pid), "beid-agent (enforce)")
        login = Later(self.citizen.log_in, port, "https://localhost:18443")
        # A child without words has not become the program that it will be.
        wait_until(lambda: len(children_of(agent.pid)) == 3
                   and all(children_of(agent.pid).values()), 120, "a prompt")
        labels = {os.path.basename(line.split()[0]): label_of(pid)
                  for pid, line in children_of(agent.pid).items()}
        self.assertEqual(labels.pop("beid-agent"),
                         "beid-agent//&beid-agent//front (enforce)")
        self.assertEqual(labels.pop("beid-agent-card"),
                         "beid-agent//&beid-agent//card (enforce)")
        self.assertEqual(list(labels.values()), ["beid-agent (enforce)"])
        login.result(120)
        self.citizen.end(agent)

    def test_3_everything_works_and_nothing_is_refused(self):
        before = len(denied())
        said = self.citizen.everything()
        self.assertNotIn("sandbox", said)
        self.assertEqual(denied()[before:], [])


PROBES = {
    "password file": ": < /etc/passwd",
    "letter": ": < $HOME/letter",
    "signature": ": > $HOME/letter.p7s",
    "journal": ": >> $HOME/.local/state/beid-agent/journal",
    "key": ": < $HOME/.ssh/id",
    "start-up file": ": >> $HOME/.bashrc",
    "autostart": ": > $HOME/.config/autostart/x.desktop",
    "program": "/bin/true",
    "connection": ": <> /dev/tcp/127.0.0.1/$PORT",
    "datagram": ": > /dev/udp/127.0.0.1/9",
    "signal": "kill -0 $PPID",
}
TRACE = ("trace", "strace -o /dev/null /bin/true")
ALLOWED = {
    "agent": {"password file", "letter", "signature", "journal", "program",
              "connection", "signal"},
    "front": {"connection"},
    "card": {"journal"},
}


class Walls(unittest.TestCase):
    """Shells in the place of the programs, under the same rules."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="b-", dir="/root")
        cls.addClassCleanup(cls.directory.cleanup)
        where = cls.directory.name
        for name in ("agent", "card", "plain"):
            shutil.copy("/bin/bash", f"{where}/{name}")
        with open(RULES, encoding="utf-8") as file:
            text = file.read()
        text = text.replace("/usr/bin/beid-agent", where + "/agent")
        text = text.replace("/usr/libexec/beid-agent-card", where + "/card")
        text = re.sub(r"(?m)(?<![/\w.])beid-agent(?=//| |,|$)", "beid-walls",
                      text)
        text = "\n".join(line for line in text.split("\n")
                         if "include if exists" not in line)
        cls.rules = where + "/rules"
        with open(cls.rules, "w", encoding="utf-8") as file:
            file.write(text)
        run("apparmor_parser", "--replace", "--skip-cache", cls.rules)
        cls.addClassCleanup(run, "apparmor_parser", "--remove", cls.rules)
        cls.listener = socket.create_server(("127.0.0.1", 0))
        cls.addClassCleanup(cls.listener.close)
        cls.port = cls.listener.getsockname()[1]

    def home(self):
        home = tempfile.mkdtemp(dir="/home")
        self.addCleanup(shutil.rmtree, home)
        for folder in (".ssh", ".config/autostart", ".local/state/beid-agent"):
            os.makedirs(f"{home}/{folder}")
        for name in ("letter", ".ssh/id", ".bashrc"):
            with open(f"{home}/{name}", "w", encoding="ascii") as file:
                file.write("x\n")
        return home

    def probe(self, *programs):
        """What the last program, started by those before it, may do."""
        script = "echo $$; read -r _\n"
        for name, attempt in (*PROBES.items(), TRACE):
            script += (f"if ( {attempt} ) 2> /dev/null\nthen echo '{name}'\n"
                       "fi\n")
        for program in reversed(programs):
            path = f"{self.directory.name}/{program}"
            script = f"{path} -c '{script.replace(chr(39), QUOTE)}'; :"
        with subprocess.Popen(
                ["setpriv", "--no-new-privs", "/bin/sh", "-c", script],
                env={"HOME": self.home(), "PORT": str(self.port),
                     "PATH": "/usr/bin:/bin"}, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True) as shell:
            label = label_of(int(shell.stdout.readline()))
            said, _ = shell.communicate("\n", timeout=120)
        return label, set(said.strip().split("\n"))

    def test_agent(self):
        self.assertEqual(self.probe("agent"),
                         ("beid-walls (enforce)", ALLOWED["agent"]))

    def test_front(self):
        label, able = self.probe("agent", "agent")
        self.assertEqual(label, "beid-walls//&beid-walls//front (enforce)")
        self.assertEqual(able, ALLOWED["front"])

    def test_card(self):
        label, able = self.probe("agent", "card")
        self.assertEqual(label, "beid-walls//&beid-walls//card (enforce)")
        self.assertEqual(able, ALLOWED["card"])

    def test_no_way_out(self):
        """What the agent starts stays in its profile."""
        done = subprocess.run(
            ["setpriv", "--no-new-privs", self.directory.name + "/agent",
             "-c", "cat /proc/self/attr/current; :"], stdout=subprocess.PIPE,
            text=True, check=True)
        self.assertEqual(done.stdout.strip("\0\n"), "beid-walls (enforce)")

    def test_refusals_are_logged(self):
        """Otherwise an empty log would prove nothing; of many at once the
        kernel keeps a few, hence more than one look."""
        before = len(denied())

        def logged():
            self.probe("agent", "card")
            return any("beid-walls//card" in line
                       for line in denied()[before:])
        wait_until(logged, 60, "a refusal in the kernel's log", 6)

    def test_negative_control(self):
        label, able = self.probe("plain")
        self.assertEqual((label, able), ("unconfined", {*PROBES, TRACE[0]}))


QUOTE = "'\\''"

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", required=True)
    parser.add_argument("--virtual-card", required=True)
    options = parser.parse_args()
    enabled = os.path.exists(KERNEL) and open(
        KERNEL, encoding="ascii").read().startswith("Y")
    if not enabled or not os.path.exists(LOADED):
        print("skipped: this kernel has no AppArmor")
        raise SystemExit(77)
    with open(LOADED, encoding="ascii") as profiles:
        if "beid-agent " in profiles.read():
            print("skipped: this machine has the profile of an installed "
                  "beid-agent loaded, which is not ours to change")
            raise SystemExit(77)
    Used.virtual_card = options.virtual_card
    # The package's own script loads the profile.
    run("dpkg", "--install", *glob.glob(options.packages
                                        + "/beid-agent_*.deb"))
    try:
        suite = unittest.TestSuite(map(
            unittest.defaultTestLoader.loadTestsFromTestCase, (Used, Walls)))
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    finally:
        run("apparmor_parser", "--remove", RULES)
    finish(result)

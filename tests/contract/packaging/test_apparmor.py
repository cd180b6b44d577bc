#!/usr/bin/python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The installed AppArmor profile against what the installed agent really does
(threats 5.4): each file, socket and program of traced logins, signatures and
subcommands must be in its rules. Needs no AppArmor in the kernel. Runs inside
the scratch root."""

import argparse
import glob
import os
import signal
import sys
import tempfile
import unittest

import traced
from installed import run

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../harness"))
from agent_user import Citizen  # noqa: E402
from apparmor_rules import Profile  # noqa: E402
from run_tests import finish  # noqa: E402

AGENT = "/usr/bin/beid-agent"
WORKER = "/usr/libexec/beid-agent-card"
RULES = "/etc/apparmor.d/usr.bin.beid-agent"


def label(place, profile):
    """The profiles on top of each other in which a process is that was
    started so; the rules for starting programs decide."""
    if not place:
        return ()  # strace
    labels = ["beid-agent"]
    for path in place[1:]:
        if len(labels) > 1:
            return None  # front and card start nothing
        rule = profile.transition("beid-agent", path)
        if rule and rule[0] == "pix":
            labels.append(rule[1].removeprefix("&"))
    return tuple(labels)


def owner_of(path):
    """Files that are gone by now were the citizen's own."""
    try:
        return os.stat(path).st_uid == os.getuid()
    except OSError:
        return True


def outside(profile, deeds):
    """The deeds that the profile would not have allowed."""
    found = []
    for deed in deeds:
        if deed.kind == "connect":
            continue  # told by its socket, and by its path
        labels = label(deed.place, profile)
        if labels is None:
            found.append(deed)
            continue
        for name in labels:
            if deed.kind == "socket":
                allowed = {(deed.what, deed.how), (deed.what, None)} \
                    & profile.network[name]
            elif deed.kind == "exec":
                allowed = name == "beid-agent"
            else:
                allowed = set(deed.how) <= profile.permissions(
                    name, deed.what, owner_of(deed.what))
            if not allowed:
                found.append(f"{name}: {deed}")
    return sorted(map(str, found))


class AppArmor(unittest.TestCase):
    virtual_card = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="b-")
        cls.citizen = Citizen(cls.directory.name, cls.virtual_card)
        cls.addClassCleanup(cls.directory.cleanup)
        cls.addClassCleanup(cls.citizen.stop)
        cls.profile = Profile(RULES)
        cls.deeds = set()
        cls.citizen.wrapper = (*traced.COMMAND,
                               cls.directory.name + "/trace")
        cls.citizen.everything()
        cls.deeds = traced.Trace(cls.directory.name + "/trace").deeds

    def test_what_was_done_is_allowed(self):
        places = {deed.place[1:] for deed in self.deeds if deed.place}
        # Front, card worker and pinentry were there.
        self.assertTrue(any(place == (AGENT,) for place in places), places)
        self.assertTrue(any(place == (WORKER,) for place in places), places)
        self.assertTrue(any("pinentry" in place[0] for place in places
                            if place), places)
        done = {(deed.what, deed.how) for deed in self.deeds}
        print(f"{len(done)} different deeds of {len(places)} sorts of process")
        self.assertGreater(len(done), 100)
        self.assertEqual(outside(self.profile, self.deeds), [])

    def test_front_and_card_touch_little(self):
        """What they did after their start is in no directory of a home but
        the journal, and front wrote nothing."""
        home = self.citizen.home
        for deed in self.deeds:
            if len(deed.place) < 2 or deed.kind != "file":
                continue
            if deed.place[1] == AGENT:
                self.assertNotIn("w", deed.how.replace("rw", "")
                                 if "/dev/" in deed.what else deed.how,
                                 deed)
            if deed.place[1] in (AGENT, WORKER) and \
                    deed.what.startswith(home):
                self.assertIn("/beid-agent/journal", deed.what, deed)

    def test_w08_nobody_is_called(self):
        """Logins, step-ups, signatures and errands: no program of ours ever
        connects to anything but Unix sockets; the command line alone asks the
        agent on this computer (status, doctor), and the kernel (netlink)."""
        called = {(deed.place[-1], deed.what, deed.how) for deed in self.deeds
                  if deed.kind == "connect"}
        print(sorted(called))
        self.assertIn((WORKER, "unix", ""), called)
        for program, family, address in called:
            if family != "unix":
                self.assertEqual((program, family, address),
                                 (AGENT, "inet", "127.0.0.1"))
        # Front is the agent's first child and connects to nothing at all.
        self.assertEqual([deed for deed in self.deeds
                          if deed.kind == "connect"
                          and deed.place[1:] == (AGENT,)], [])

    def test_negative_control(self):
        """Without the rule for pcscd the comparison finds what is missing."""
        with open(RULES, encoding="utf-8") as file:
            text = file.read()
        lines = [line for line in text.split("\n")
                 if "pcscd.comm rw" not in line]
        self.assertEqual(len(text.split("\n")) - len(lines), 2)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as other:
            other.write("\n".join(lines))
            other.flush()
            found = outside(Profile(other.name), self.deeds)
        self.assertTrue(found)
        self.assertTrue(all("beid-agent//card: " in line
                            and "pcscd.comm rw" in line for line in found),
                        found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", required=True)
    parser.add_argument("--virtual-card", required=True)
    options = parser.parse_args()
    run("dpkg", "--install", *glob.glob(options.packages
                                        + "/beid-agent_*.deb"))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    AppArmor.virtual_card = options.virtual_card
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(AppArmor)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    finish(result)

#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""D-05 on a machine that has started, with users who are logged in: an upgrade
leaves the running agents alone, a removal leaves none."""

import argparse
import contextlib
import glob
import json
import os
import pwd
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from booted import HIERARCHY, Booted
from installed import ORIGIN, run
from test_rpm import FORCE, MODULE, P11_KIT
from test_units import authenticate

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../harness"))
from process import Failure, children_of, wait_until  # noqa: E402
from run_tests import finish  # noqa: E402
from screen import Screen  # noqa: E402
from stack import PIN, Later  # noqa: E402

# Anna's agent is started by her socket, Bert's by his desktop, Carl's by Carl;
# Dirk's is in a container and none of the package's business. All of them are
# idle; root is in the middle of a login.
PORTS = {"anna": 24880, "bert": 24881, "carl": 24882, "dirk": 24883}
ROOT_PORT = 24884
OUTSIDE = ("anna", "bert", "carl")
PROGRAMS = ["beid-agent", "beid-agent", "beid-agent-card"]
UNITS = ("beid-agent.socket", "beid-agent.service")
REGISTRATION = "/usr/share/p11-kit/modules/beid-agent.module"
# Of the user: a removal has no say in them.
OWN = (".local/state/beid-agent/journal", ".config/beid-agent/agent.conf")
# A desktop, as far as the user's manager is concerned.
DESKTOP = """[Unit]
BindsTo=graphical-session.target
Before=graphical-session.target
"""
# The machine's programs below another root.
CONTAINER = """set -e
mount -t tmpfs -o mode=755 tmpfs /mnt
cd /mnt
for name in etc home usr run proc dev; do
    mkdir "$name"
    mount --rbind "/$name" "$name"
done
cp -P /bin /lib* /sbin .
mkdir old
pivot_root . old
umount -l /old
exec chroot --userspec="$1" / env HOME="/home/$1" beid-agent serve
"""


class Deb:
    def prepare(self):
        pass

    def install(self, packages):
        return ("dpkg", "--no-triggers", "--install",
                *glob.glob(packages + "/beid-agent_*.deb"),
                *glob.glob(packages + "/beid-agent-p11-kit_*.deb"))

    upgrade = install
    purge = ("dpkg", "--no-triggers", "--purge", "beid-agent",
             "beid-agent-p11-kit")
    # What was installed tells the users' managers that it is gone.
    reloads = True


class Rpm:
    def prepare(self):
        """Debian's p11-kit looks elsewhere: show it Fedora's folder."""
        os.makedirs(P11_KIT, exist_ok=True)
        os.symlink("/usr/lib64/pkcs11/" + MODULE, P11_KIT + "/" + MODULE)

    def install(self, packages, how="--install"):
        return ("rpm", "--root", "/", how, "--nodeps", *FORCE,
                *glob.glob(packages + "/beid-agent-[0-9]*.x86_64.rpm"),
                *glob.glob(packages + "/beid-agent-p11-kit-*.rpm"))

    def upgrade(self, packages):
        return (*self.install(packages, "--upgrade"), "--replacepkgs",
                "--replacefiles")

    purge = ("rpm", "--root", "/", "--erase", "beid-agent",
             "beid-agent-p11-kit")
    # That is done by systemd's own package in an rpm distribution.
    reloads = False


def leftovers(*groups):
    """Everything that is named after us where a package has business, and in
    these control groups: there are other machines' beside them."""
    text, _ = run("find", "/etc", "/usr", "/var/lib", "/var/cache", "/run",
                  "/home", *groups, "-path", HIERARCHY, "-prune", "-o",
                  "-name", "*beid*", "-print")
    return set(text.split())


def processes(user):
    """{process: program} of the package, as far as they are the user's."""
    uid = pwd.getpwnam(user).pw_uid
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/status", encoding="ascii",
                      errors="replace") as status:
                real = int(re.search(r"(?m)^Uid:\t(\d+)", status.read())[1])
            program = os.path.basename(os.readlink(f"/proc/{name}/exe"))
        except (FileNotFoundError, ProcessLookupError):
            continue
        if real == uid and program.startswith("beid-agent"):
            found[int(name)] = program.removesuffix(" (deleted)")
    return found


def listening():
    """The agents' ports that are open, whoever holds them."""
    text, _ = run("ss", "--no-header", "-ltn")
    ports = {int(line.split()[3].rsplit(":", 1)[1])
             for line in text.splitlines()}
    return ports & set(range(24880, 24888))


def ask(user, path, body=None):
    """What the user's page gets for an answer; None when nobody answers."""
    data = () if body is None else (
        "--header", "Content-Type: application/json", "--data",
        json.dumps(body))
    done = subprocess.run(
        ["curl", "--silent", "--max-time", "60", "--header",
         "Origin: " + ORIGIN, "--header", "X-Beid-Agent: 1", *data,
         f"http://127.0.0.1:{PORTS[user]}{path}"], check=False, cwd="/",
        stdout=subprocess.PIPE, text=True, user=user)
    return json.loads(done.stdout) if done.returncode == 0 else None


class Login:
    """Root's agent, started by hand, with a card and a display."""

    def __init__(self, virtual_card):
        self.folder = tempfile.TemporaryDirectory()
        self.virtual_card = virtual_card
        self.card = self.folder.name + "/card"
        line, _ = run(virtual_card, "start", "--dir", self.card)
        self.environment = ("HOME=" + self.folder.name,
                            line.strip().splitlines()[-1])
        self.screen = Screen(self.folder.name)
        self.asked = None

    def serve(self, machine):
        machine.start("env", *self.environment, "DISPLAY=" + self.screen.name,
                      "beid-agent", "serve")
        wait_until(lambda: ROOT_PORT in listening(), 60, "root's agent")

    def ask(self):
        """A login as far as the prompt: the prompt's window."""
        self.asked = Later(authenticate, ROOT_PORT)
        return self.screen.wait_window(60)

    def stop(self):
        self.screen.stop()
        run(self.virtual_card, "stop", "--dir", self.card)
        self.folder.cleanup()


class Removal(unittest.TestCase):
    kind = None
    packages = None
    virtual_card = None

    @classmethod
    def setUpClass(cls):
        # The say of whoever made an image in which nothing is to run.
        if os.path.exists("/usr/sbin/policy-rc.d"):
            os.remove("/usr/sbin/policy-rc.d")
        os.makedirs("/etc/systemd/user", exist_ok=True)
        with open("/etc/systemd/user/desktop.target", "w",
                  encoding="ascii") as unit:
            unit.write(DESKTOP)
        for user in PORTS:
            run("useradd", "--create-home", "--user-group", user)
            folder = f"/home/{user}/.config/beid-agent"
            os.makedirs(folder)
            with open(folder + "/agent.conf", "w", encoding="ascii") as conf:
                conf.write("journal = on\n")
            run("chown", "-R", f"{user}:{user}", f"/home/{user}")
        cls.kind.prepare()
        cls.before = leftovers()
        cls.machine = Booted()
        cls.addClassCleanup(cls.machine.stop)
        cls.machine.run(*cls.kind.install(cls.packages))
        cls.login = Login(cls.virtual_card)
        cls.addClassCleanup(cls.login.stop)

    def manager(self, user, *arguments):
        return self.machine.ask("systemctl", "--user", "--machine",
                                user + "@", *arguments)

    def start_agents(self):
        """Each kind of start, in the order of the ports."""
        for user in ("anna", "bert"):
            uid = pwd.getpwnam(user).pw_uid
            self.machine.run("systemctl", "start", f"user@{uid}.service")
        self.manager("anna", "start", "beid-agent.socket")
        self.wait_for("anna")
        self.manager("bert", "start", "desktop.target")
        self.wait_for("bert")
        self.machine.start("runuser", "-u", "carl", "--", "env",
                           "HOME=/home/carl", "beid-agent", "serve")
        self.wait_for("carl")
        self.machine.start("unshare", "--mount", "sh", "-c", CONTAINER, "-",
                           "dirk")
        self.wait_for("dirk")
        self.login.serve(self.machine)

    def wait_for(self, user):
        wait_until(lambda: ask(user, "/v1/status"), 60, f"{user}'s agent")

    def own_files(self):
        """What the users' files hold."""
        held = {}
        for user in PORTS:
            for name in OWN:
                with open(f"/home/{user}/{name}", "rb") as file:
                    held[user, name] = file.read()
        return held

    def test_d05_no_agent_outlives_its_package(self):
        self.start_agents()
        running = {user: processes(user) for user in PORTS}
        for user, found in running.items():
            self.assertEqual(sorted(found.values()), PROGRAMS, user)
            # No reader: refused, and written down.
            answer = ask(user, "/v1/authenticate", {
                "challengeNonce": "n" * 44, "waitForCard": False})
            self.assertEqual(answer["error"]["code"], "pcscd_unavailable")
        self.assertEqual(listening(), {*PORTS.values(), ROOT_PORT})
        service = f"/user@{pwd.getpwnam('anna').pw_uid}.service"
        self.assertTrue([path for path in leftovers(self.machine.group)
                         if path.startswith(self.machine.group)
                         and service in path])
        self.assertIn("beid-agent", self.machine.run("p11-kit",
                                                     "list-modules"))
        held = self.own_files()

        window = self.login.ask()
        self.machine.run(*self.kind.upgrade(self.packages))
        self.assertEqual({user: processes(user) for user in PORTS}, running)
        self.login.screen.type_line(window, PIN)
        self.assertEqual(self.login.asked.result()[0], 200)
        for user in PORTS:
            self.assertIn("agent", ask(user, "/v1/status"))
        self.worker_of_another_version(running["bert"])

        self.login.ask()
        prompts = self.prompts()
        self.assertEqual(len(prompts), 1)
        self.machine.run(*self.kind.purge)
        self.assertEqual(processes("root"), {})
        self.assertFalse(os.path.exists(f"/proc/{prompts[0]}"))
        self.assertEqual(self.login.screen.windows(), [])
        with self.assertRaises(OSError):
            self.login.asked.result()
        for user in OUTSIDE:
            self.assertEqual(processes(user), {}, user)
        self.assertEqual(processes("dirk"), running["dirk"])
        self.assertEqual(listening(), {PORTS["dirk"]})
        self.assert_no_unit()
        self.assertFalse(os.path.lexists(REGISTRATION))
        self.assertNotIn("beid-agent", self.machine.run("p11-kit",
                                                        "list-modules"))
        own = {f"/home/{user}/.local/state/beid-agent" for user in PORTS}
        # A manager takes a moment to remove the control group of a service.
        group = self.machine.group
        with contextlib.suppress(Failure):
            wait_until(lambda: leftovers(group) - self.before == own, 20,
                       "that")
        self.assertEqual(leftovers(group) - self.before, own)
        self.assertEqual(self.own_files(), held)

    def worker_of_another_version(self, before):
        """What ran before the upgrade takes no card worker of after it: it
        ends, and the service comes back as a whole."""
        worker = next(pid for pid, name in before.items()
                      if name == "beid-agent-card")
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: sorted(processes("bert").values()) == PROGRAMS
                   and not set(processes("bert")) & set(before), 30,
                   "bert's agent as a new set of processes")
        wait_until(lambda: PORTS["bert"] in listening(), 30, "its port")
        self.assertIn("agent", ask("bert", "/v1/status"))

    @staticmethod
    def prompts():
        """What root's agent started beside its own processes."""
        own = processes("root")
        return [child for process in own for child in children_of(process)
                if child not in own]

    def assert_no_unit(self):
        for user in ("anna", "bert"):
            if not self.kind.reloads:
                self.manager(user, "daemon-reload")
            for unit in UNITS:
                self.assertEqual(
                    self.manager(user, "show", "--property=LoadState",
                                 "--property=ActiveState", unit),
                    "LoadState=not-found\nActiveState=inactive", user)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("deb", "rpm"))
    parser.add_argument("--packages", required=True)
    parser.add_argument("--virtual-card", required=True)
    options = parser.parse_args()
    Removal.virtual_card = options.virtual_card
    Removal.kind = {"deb": Deb, "rpm": Rpm}[options.kind]()
    Removal.packages = options.packages
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Removal)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    finish(result)

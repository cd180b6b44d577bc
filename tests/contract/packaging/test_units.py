#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The installed units under a live "systemd --user": what the units forbid
must not be what the agent needs, and a taken port must not keep it away."""

import argparse
import base64
import glob
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import installed
from installed import ORIGIN, get_status, run

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../harness"))
from run_tests import finish  # noqa: E402
from screen import Screen  # noqa: E402
from stack import Later  # noqa: E402

RUNTIME = "/run/user/0"


def mount_control_groups():
    """A hierarchy of the user manager's own; 77 when the kernel has none."""
    run("mount", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup")
    os.mkdir("/sys/fs/cgroup/systemd")
    for arguments in (("-t", "cgroup", "-o", "none,name=systemd", "cgroup",
                       "/sys/fs/cgroup/systemd"),
                      ("-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")):
        if subprocess.run(["mount", *arguments], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0:
            return
    print("skipped: no control group hierarchy can be mounted")
    sys.exit(77)


def systemctl(*arguments):
    return subprocess.run(["systemctl", "--user", *arguments], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60)


def is_active(unit):
    return systemctl("is-active", unit).stdout.strip()


def authenticate(port):
    """(HTTP status, body) of a login as the portal's page asks for it."""
    nonce = base64.b64encode(os.urandom(32)).decode()
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        link.request("POST", "/v1/authenticate", json.dumps(
            {"challengeNonce": nonce, "lang": "nl"}), {
                "Origin": ORIGIN, "X-Beid-Agent": "1",
                "Content-Type": "application/json"})
        answer = link.getresponse()
        return answer.status, answer.read()
    finally:
        link.close()


def wait_for(check, seconds=20):
    end = time.monotonic() + seconds
    while not check() and time.monotonic() < end:
        time.sleep(0.05)
    return check()


class Units(unittest.TestCase):
    virtual_card = None

    @classmethod
    def setUpClass(cls):
        os.makedirs("/run/systemd/system")
        os.makedirs(RUNTIME, mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = RUNTIME
        cls.directory = tempfile.TemporaryDirectory()
        line, _ = run(cls.virtual_card, "start", "--dir",
                      cls.directory.name + "/card")
        name, path = line.strip().splitlines()[-1].split("=", 1)
        os.environ[name] = path
        # The journal is the user's, and no part of what a purge removes.
        os.environ["XDG_STATE_HOME"] = cls.directory.name + "/state"
        cls.log = open("/run/user-manager.log", "w+", encoding="utf-8")
        cls.manager = subprocess.Popen(
            ["/lib/systemd/systemd", "--user", "--log-target=console"],
            stdin=subprocess.DEVNULL, stdout=cls.log, stderr=cls.log)
        if not wait_for(lambda: systemctl("is-system-running").stdout.strip()
                        in ("running", "degraded")):
            raise AssertionError("systemd --user does not answer")

    @classmethod
    def tearDownClass(cls):
        cls.manager.terminate()
        cls.manager.wait(30)
        run(cls.virtual_card, "stop", "--dir", cls.directory.name + "/card")
        cls.log.seek(0)
        print(cls.log.read())
        cls.log.close()
        cls.directory.cleanup()

    def tearDown(self):
        systemctl("stop", "beid-agent.socket", "beid-agent.service")
        systemctl("reset-failed")

    def assert_card_is_seen(self, port):
        status, body = get_status(port)
        self.assertEqual(status, 200, body)
        self.assertEqual([reader["card"] for reader in
                          json.loads(body)["readers"]], ["supported"])

    def test_service_is_ready_and_reaches_the_card(self):
        done = systemctl("start", "beid-agent.service")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(is_active("beid-agent.service"), "active")
        self.assert_card_is_seen(self.listening_port())

    def test_it_stops_without_looking_like_a_crash(self):
        for _ in range(10):
            # Also resets the count of starts, which has a limit of its own.
            systemctl("reset-failed", "beid-agent.service")
            systemctl("start", "beid-agent.service")
            self.assertEqual(is_active("beid-agent.service"), "active")
            done = systemctl("stop", "beid-agent.service")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(is_active("beid-agent.service"), "inactive")

    def test_reload_keeps_it_running(self):
        systemctl("start", "beid-agent.service")
        done = systemctl("reload", "beid-agent.service")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assert_card_is_seen(self.listening_port())

    def test_socket_starts_it_on_the_first_request(self):
        done = systemctl("start", "beid-agent.socket")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(is_active("beid-agent.service"), "inactive")
        self.assert_card_is_seen(24880)
        self.assertEqual(is_active("beid-agent.service"), "active")

    def test_plain_service_starts_when_the_port_is_taken(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", 24880))
            taken.listen()
            self.assertNotEqual(
                systemctl("start", "beid-agent.socket").returncode, 0)
            self.assertTrue(wait_for(
                lambda: is_active("beid-agent.service") == "active"))
            self.assertEqual(is_active("beid-agent.socket"), "failed")
            port = self.listening_port()
            self.assertNotEqual(port, 24880)
            self.assert_card_is_seen(port)

    def test_a_login_with_the_real_prompt(self):
        """What the unit forbids, it forbids to pinentry as well."""
        with tempfile.TemporaryDirectory() as directory:
            screen = Screen(directory)
            try:
                systemctl("set-environment", "DISPLAY=" + screen.name)
                systemctl("start", "beid-agent.service")
                login = Later(authenticate, self.listening_port())
                screen.type_line(screen.wait_window(), "1234")
                status, body = login.result(60)
            finally:
                systemctl("unset-environment", "DISPLAY")
                screen.stop()
        self.assertEqual(status, 200, body)
        self.assertIn("signature", json.loads(body)["token"])

    def listening_port(self):
        """The port on which a process of the service listens."""
        pid = systemctl("show", "--property=MainPID", "--value",
                        "beid-agent.service").stdout.strip()
        pids = {pid, *run("pgrep", "-P", pid)[0].split()}
        text, _ = run("ss", "--no-header", "-ltnp")
        for line in text.splitlines():
            if any(f"pid={one}," in line for one in pids):
                return int(line.split()[3].rsplit(":", 1)[1])
        raise AssertionError(f"process {pid} listens nowhere:\n{text}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", required=True)
    parser.add_argument("--virtual-card", required=True)
    options = parser.parse_args()
    mount_control_groups()
    run("dpkg", "--install", *glob.glob(options.packages
                                        + "/beid-agent_*.deb"))
    Units.virtual_card = options.virtual_card
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Units)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    finish(result)

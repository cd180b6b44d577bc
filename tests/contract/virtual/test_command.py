# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The command itself: help, errors, several at once, nothing left behind."""

import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from virtual_case import COMMAND, NOT_ALLOWED, Running, call, main

HANDLER = os.environ["BEID_HANDLER"]
NOBODY = 65534
VERBS = ("start stop insert remove plug unplug reset swap counters "
         "counters-reset tries trace fault release pcscd-start pcscd-stop pcscd-kill "
         "certificate responder responder-start responder-stop answer").split()


def processes_of(directory):
    """Ids of processes that have the directory in their command line."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as line:
                if directory.encode() in line.read():
                    found.append(int(entry))
        except OSError:
            continue
    return found


class Command(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="bv")
        self.addCleanup(shutil.rmtree, self.directory, True)

    def expect(self, code, *arguments, text=None):
        done = call(*arguments)
        self.assertEqual(done.returncode, code, (arguments, done.stderr))
        if code:
            self.assertEqual(done.stdout, "")
            self.assertIn("beid-virtual-card: ", done.stderr)
        if text:
            self.assertIn(text, done.stderr)

    def test_help(self):
        done = call("--help")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "")
        for word in VERBS + ["--applet", "--readers", "--empty", "--person",
                             "--pin", "--no-pcscd", "--pcscd-default",
                             "--vpcd", "--reader", "--json", "--at", "--do",
                             "--responder", "pki roots",
                             "--wait", "--off", "--latency", "--timeout", "--handler",
                             "Exit codes", "adult", "foreigner"]:
            self.assertIn(word, done.stdout)
        self.assertEqual(call("start", "--help").stdout, done.stdout)
        self.assertEqual(call().returncode, 0)

    def test_wrong_usage(self):
        self.expect(2, "dance", text="unknown command 'dance'")
        self.expect(2, "start", text="needs --dir")
        self.expect(2, "insert", "--dir", self.directory, "--json",
                    text="does not take")
        self.expect(2, "insert", "--dir", self.directory, "more",
                    text="not an option")
        for wrong in (("--applet", "2.0"), ("--readers", "17"),
                      ("--readers", "x"), ("--person", "nobody"),
                      ("--pin", "12"), ("--pin", "12345678901234"),
                      ("--latency", "slow"), ("--vpcd", "localhost"), ("--vpcd", "localhost:0"),
                      ("--handler", "/nonexistent.so")):
            self.expect(2, "start", "--dir", self.directory, *wrong,
                        text=wrong[0] if "handler" not in wrong[0]
                        else "not found")
        self.expect(2, "trace", "--dir", self.directory)

    def test_directories(self):
        self.expect(1, "start", "--dir", "/nonexistent/directory")
        deep = os.path.join(self.directory, "x" * 100)
        self.expect(2, "start", "--dir", deep, text="too long")
        blank = os.path.join(self.directory, "a b")
        self.expect(2, "start", "--dir", blank, text="blanks")

    def test_nothing_runs(self):
        for verb in VERBS[1:]:
            extra = ("--off",) if verb == "trace" else ()
            self.expect(3, verb, "--dir", self.directory, *extra,
                        text="nothing runs")

    def test_cards_only(self):
        """Without pcscd no namespace is needed."""
        directory = self.directory
        self.expect(0, "start", "--dir", directory, "--no-pcscd", "--empty")
        try:
            self.expect(4, "start", "--dir", directory, "--no-pcscd",
                        text="already running")
            self.expect(1, "pcscd-start", "--dir", directory,
                        text="--no-pcscd")
            self.expect(3, "pcscd-stop", "--dir", directory)
            self.expect(1, "remove", "--dir", directory, text="no card")
            self.expect(0, "insert", "--dir", directory)
            self.expect(1, "insert", "--dir", directory, text="already")
            self.expect(2, "insert", "--dir", directory, "--reader", "1",
                        text="no such reader")
            self.expect(2, "fault", "--dir", directory, "--at", "0", "--do",
                        "hold")
            self.expect(2, "fault", "--dir", directory, "--at", "1", "--do",
                        "sw:90")
            self.expect(2, "tries", "--dir", directory, "--set", "4")
            self.expect(0, "tries", "--dir", directory, "--set", "1")
            self.expect(0, "fault", "--dir", directory, "--at", "9", "--do",
                        "hold")
            self.expect(5, "fault", "--dir", directory, "--wait",
                        "--timeout", "1", text="within 1 s")
            self.expect(1, "trace", "--dir", directory, "--file",
                        "/nonexistent/trace")
            with open(os.path.join(directory, "card.pid"),
                      encoding="utf-8") as file:
                self.assertIn(int(file.read()), processes_of(directory))
            self.assertEqual(os.stat(directory).st_mode & 0o777, 0o700)
        finally:
            self.expect(0, "stop", "--dir", directory)
        self.left_behind(directory)

    def test_started_at_the_same_time(self):
        """One starts, the others find it: none is left behind."""
        starts = [subprocess.Popen(
            [COMMAND, "start", "--dir", self.directory, "--no-pcscd"],
            stderr=subprocess.DEVNULL) for _ in range(4)]
        codes = [start.wait(60) for start in starts]
        self.expect(0, "stop", "--dir", self.directory)
        self.assertEqual(sorted(codes), [0, 4, 4, 4])
        for pid in processes_of(self.directory):
            os.kill(pid, 9)
            self.fail("a card daemon outlived its stop")

    def test_nobody_is_vpcd(self):
        """It is waited for; the log tells for whom."""
        directory = self.directory
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.expect(0, "start", "--dir", directory, "--vpcd",
                    f"127.0.0.1:{port}")
        self.expect(0, "stop", "--dir", directory)
        with open(os.path.join(directory, "card.log"),
                  encoding="utf-8") as log:
            self.assertEqual(log.read().count(
                f"nobody answers at 127.0.0.1:{port}"), 1)

    def left_behind(self, directory):
        for name in ("control.sock", "card.pid", "pcscd.pid", "reader0.sock", "prompt",
                     "run/pcscd.comm", "pcscd.d/reader.conf"):
            self.assertFalse(os.path.exists(os.path.join(directory, name)),
                             name)

    def test_keeps_its_pki_until_the_applet_changes(self):
        def root():
            with open(os.path.join(self.directory, "pki", "root.pem"),
                      encoding="utf-8") as file:
                return file.read()
        seen = []
        for applet in ("1.8", "1.8", "1.7", "1.8"):
            self.expect(0, "start", "--dir", self.directory, "--no-pcscd",
                        "--applet", applet)
            seen.append(root())
            self.expect(0, "stop", "--dir", self.directory)
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(len(set(seen)), 3)


class WithPcscd(unittest.TestCase):
    def readers(self, env):
        return subprocess.run(["opensc-tool", "-l"], env=env, timeout=60,
                              stdout=subprocess.PIPE, text=True,
                              check=True).stdout

    def test_two_at_once_and_twice_in_a_row(self):
        """Each pcscd is private: neither sees the other's readers."""
        for _ in range(2):
            one = Running()
            two = Running("--readers", "3", "--empty")
            try:
                self.assertEqual(self.readers(one.env).count("beid virtual"),
                                 1)
                self.assertEqual(self.readers(two.env).count("beid virtual"),
                                 3)
                self.assertTrue(processes_of(one.directory))
            finally:
                one.stop()
                two.stop()
            self.assertEqual(processes_of(one.directory), [])
            self.assertEqual(processes_of(two.directory), [])

    def test_daemon_killed_takes_pcscd_along(self):
        card = Running()
        with open(card.path("card.pid"), encoding="utf-8") as file:
            os.kill(int(file.read()), 9)
        for _ in range(100):
            if not [p for p in processes_of(card.directory + "/pcscd.d")]:
                break
            subprocess.run(["sleep", "0.05"], check=True)
        self.assertEqual(processes_of(card.directory + "/pcscd.d"), [])
        done = call("start", "--dir", card.directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        card.stop()

    def test_from_a_directory_with_blanks(self):
        """As from a clone in "My projects": reader.conf knows no quoting."""
        directory = tempfile.mkdtemp(prefix="bv")
        self.addCleanup(shutil.rmtree, directory, True)
        programs = os.path.join(directory, "My projects #1")
        os.mkdir(programs)
        for source in (COMMAND, HANDLER):
            shutil.copy(source, programs)
        place = os.path.join(directory, "d")
        command = [os.path.join(programs, os.path.basename(COMMAND))]
        for _ in range(2):
            done = subprocess.run([*command, "start", "--dir", place],
                                  timeout=120, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True,
                                  check=False)
            if done.returncode == NOT_ALLOWED:
                self.skipTest(done.stderr.strip())
            self.assertEqual(done.returncode, 0, done.stderr)
            try:
                self.assertEqual(self.readers({
                    **os.environ, "PCSCLITE_CSOCK_NAME":
                    done.stdout.strip().rpartition("=")[2]
                }).count("beid virtual"), 1)
            finally:
                subprocess.run([*command, "stop", "--dir", place], timeout=60,
                               check=True)
            self.assertFalse(os.path.lexists(os.path.join(place,
                                                          "handler.so")))

    def inside(self, script, *arguments):
        """Runs a script where /run is ours alone; its output."""
        unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare",
                                                               "-Urm"]
        probe = subprocess.run([*unshare, "true"], stderr=subprocess.PIPE,
                               text=True, check=False)
        if probe.returncode != 0:
            self.skipTest(probe.stderr.strip())
        done = subprocess.run(
            [*unshare, "bash", "-euc",
             "mount -t tmpfs none /run\n" + script, "bash", *arguments],
            timeout=120, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_beside_a_pcscd_at_the_usual_path(self):
        one, two = (tempfile.mkdtemp(prefix="bv") for _ in range(2))
        self.addCleanup(shutil.rmtree, one, True)
        self.addCleanup(shutil.rmtree, two, True)
        text = self.inside('''
            card=$1 one=$2 two=$3
            "$card" start --dir "$one" --pcscd-default
            opensc-tool -l
            "$card" start --dir "$two" --readers 2
            PCSCLITE_CSOCK_NAME=$two/run/pcscd.comm opensc-tool -l
            "$card" stop --dir "$two"
            "$card" start --dir "$two" --pcscd-default && exit 1
            opensc-tool -n
            "$card" pcscd-kill --dir "$one"
            "$card" pcscd-start --dir "$one"
            opensc-tool -n
            "$card" stop --dir "$one"
            test ! -e /run/pcscd
        ''', COMMAND, one, two)
        self.assertIn("PCSCLITE_CSOCK_NAME=/run/pcscd/pcscd.comm\n", text)
        self.assertIn("another pcscd runs", text)
        self.assertEqual(text.count("beid virtual reader 0"), 4, text)
        self.assertEqual(text.count("Belpic"), 2, text)

    @unittest.skipUnless(os.geteuid() == 0, "we are an ordinary user")
    def test_as_an_ordinary_user(self):
        """The same with a user namespace, from files that all may read."""
        directory = tempfile.mkdtemp(prefix="bv")
        self.addCleanup(shutil.rmtree, directory, True)
        for source in (COMMAND, HANDLER):
            shutil.copy(source, directory)
        os.chmod(directory, 0o755)
        place = os.path.join(directory, "d")
        os.mkdir(place)
        os.chown(place, NOBODY, NOBODY)
        command = os.path.join(directory, os.path.basename(COMMAND))
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        done = subprocess.run([command, "start", "--dir", place],
                              timeout=120, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False,
                              **user)
        if done.returncode == NOT_ALLOWED:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        env = {**os.environ, "PCSCLITE_CSOCK_NAME":
               done.stdout.strip().rpartition("=")[2]}
        try:
            text = subprocess.run(["opensc-tool", "-n"], env=env, timeout=60,
                                  stdout=subprocess.PIPE, text=True,
                                  check=True, **user).stdout
            self.assertIn("Belpic", text)
        finally:
            done = subprocess.run([command, "stop", "--dir", place],
                                  timeout=60, check=False, **user)
        self.assertEqual(done.returncode, 0)


class Container(unittest.TestCase):
    def test_namespaces_forbidden(self):
        """The kernel says no: its own exit code, and nothing keeps running."""
        directory = tempfile.mkdtemp(prefix="bv")
        self.addCleanup(shutil.rmtree, directory, True)
        limits = "/proc/sys/user/max_mnt_namespaces"
        # A user namespace in which no mount namespace may be made.
        done = subprocess.run(
            ["unshare", "-Ur", "bash", "-c",
             f'echo 0 > {limits} && exec "$0" start --dir "$1"', COMMAND,
             directory], timeout=60, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False)
        if "unshare:" in done.stderr:
            self.assertEqual(call("start", "--dir", directory).returncode,
                             NOT_ALLOWED)
            return
        self.assertEqual(done.returncode, NOT_ALLOWED, done.stderr)
        self.assertIn("--pcscd-default", done.stderr)
        self.assertEqual(processes_of(directory), [])


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent sign` with a large file, a file that changes, and an end that
comes too early."""

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import time

from cli_case import CliCase, main
from process import wait_until
from screen import READ_PIN_S, Recorded, Screen
from stack import PIN, VirtualCard, built, home_in
from terminal import Terminal

LARGE = 300 * 1024 * 1024
MEMORY_KB = 32 * 1024


class Signing(CliCase):
    def setUp(self):
        super().setUp()
        self.screen = Screen(self.directory)
        self.addCleanup(self.screen.stop)
        self.virtual = VirtualCard(self.path("c"))
        self.addCleanup(self.virtual.stop)
        self.prompt = Recorded(self.directory)
        self.env = {**self.screen.env, **self.virtual.env,
                    **home_in(self.directory), "LC_ALL": "C"}
        os.mkdir(self.path("files"))

    def command(self, *arguments):
        return [built("agent", "beid-agent"), "sign", "--development",
                "--module", built("pkcs11", "beid-agent-pkcs11.so"),
                "--card-worker", built("agent", "beid-agent-card"),
                "--pinentry", self.prompt.script, *arguments]

    def sparse(self, name, size):
        path = self.path("files", name)
        with open(path, "wb") as out:
            out.write(b"begin")
            out.truncate(size)
        return path

    def terminal(self, *arguments):
        terminal = Terminal(self.command(*arguments), self.env)
        self.addCleanup(terminal.close)
        return terminal

    def program(self, *arguments):
        return subprocess.Popen(
            self.command(*arguments), env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def verified(self, path):
        return subprocess.run(
            ["openssl", "cms", "-verify", "-cades", "-binary", "-inform",
             "DER", "-in", path + ".p7s", "-content", path, "-CAfile",
             self.virtual.root, "-purpose", "any", "-out", os.devnull],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False).returncode == 0

    def left(self):
        return sorted(os.listdir(self.path("files")))


class Large(Signing):
    def test_progress_and_memory(self):
        path = self.sparse("large.bin", LARGE)
        terminal = self.terminal(path)
        terminal.expect("100 %")
        shown = [int(n) for n in re.findall(r"(\d+) %", terminal.text)]
        self.assertEqual(shown, sorted(shown))
        self.assertGreater(len(set(shown)), 20)
        window = self.screen.wait_window(60)
        with open(f"/proc/{terminal.process.pid}/status",
                  encoding="utf-8") as status:
            most = int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])
        self.assertLess(most, MEMORY_KB)
        self.screen.type_line(window, PIN)
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertTrue(self.verified(path))
        with open(path, "r+b") as changed:
            changed.seek(LARGE - 1)
            changed.write(b"x")
        self.assertFalse(self.verified(path))

    def test_no_progress_without_a_terminal_or_for_a_small_file(self):
        for size, name in ((LARGE, "large"), (5, "small")):
            program = self.program(self.sparse(name, size))
            self.screen.press(self.screen.wait_window(60), "Escape")
            out, err = program.communicate(timeout=60)
            self.assertNotIn("%", out + err)
            self.screen.wait_closed()
        terminal = self.terminal(self.path("files", "small"))
        self.screen.press(self.screen.wait_window(60), "Escape")
        self.assertEqual(terminal.end(), 4)
        self.assertNotIn("%", terminal.text)

    def test_interrupted_while_it_reads(self):
        terminal = self.terminal(self.sparse("huge", 64 * LARGE))
        terminal.expect("1 %")
        terminal.type("\x03")
        self.assertEqual(terminal.end(), -signal.SIGINT)
        self.assertEqual(self.left(), ["huge"])
        self.assertEqual(self.prompt.count(), 0)
        self.assertEqual(self.virtual.count("apdus"), 0)


class Console(Signing):
    """No screen: the prompt is on the terminal that the command runs on."""

    def setUp(self):
        super().setUp()
        for name in ("DISPLAY", "GPG_TTY"):
            self.env.pop(name, None)
        self.env.update({"TERM": "xterm", "LC_ALL": "C.UTF-8"})

    def command(self, *arguments):
        command = super().command(*arguments)
        command[command.index(self.prompt.script)] = "/usr/bin/pinentry-curses"
        return command

    def sign(self, path, keys):
        terminal = self.terminal(path)
        fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 40, 100, 0, 0))
        terminal.expect("PIN:")
        terminal.expect("Cancel")
        time.sleep(READ_PIN_S)
        terminal.type(keys)
        return terminal.end(), terminal.text

    def test_sign(self):
        path = self.sparse("contract", 9)
        status, text = self.sign(path, PIN + "\r")
        self.assertEqual(status, 0, text)
        self.assertTrue(self.verified(path))
        self.assertIn("Sign a file with your eID card", text)
        self.assertNotIn(PIN, text)

    def test_cancel(self):
        path = self.sparse("contract", 9)
        self.assertEqual(self.sign(path, "\t\t\r")[0], 4)
        self.assertEqual(self.left(), ["contract"])
        self.assertEqual(self.virtual.count("verify"), 0)


class Changed(Signing):
    def changed(self, change):
        path = self.path("files", "contract")
        with open(path, "w", encoding="utf-8") as out:
            out.write("I agree.\n")
        program = self.program(path)
        window = self.screen.wait_window(60)
        change(path)
        self.screen.type_line(window, PIN)
        err = " ".join(program.communicate(timeout=60)[1].split())
        self.screen.wait_closed()
        self.assertEqual(program.returncode, 1, err)
        self.assertIn("changed", err)
        self.assertFalse(os.path.exists(path + ".p7s"))

    def test_other_content(self):
        def same_length(path):
            stat = os.stat(path)
            with open(path, "w", encoding="utf-8") as out:
                out.write("I refuse\n")
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

        def longer(path):
            with open(path, "a", encoding="utf-8") as out:
                out.write("not")

        def another(path):
            with open(path + ".new", "w", encoding="utf-8") as out:
                out.write("I agree?\n")
            os.rename(path + ".new", path)

        for change in (same_length, longer, another, os.unlink):
            with self.subTest(change=change):
                self.changed(change)

    def test_an_output_that_came_meanwhile_stays(self):
        path = self.path("files", "contract")
        with open(path, "w", encoding="utf-8") as out:
            out.write("I agree.\n")
        program = self.program(path)
        window = self.screen.wait_window(60)
        with open(path + ".p7s", "w", encoding="utf-8") as other:
            other.write("another's")
        self.screen.type_line(window, PIN)
        err = " ".join(program.communicate(timeout=60)[1].split())
        self.assertEqual(program.returncode, 1, err)
        self.assertIn("is there already", err)
        with open(path + ".p7s", encoding="utf-8") as other:
            self.assertEqual(other.read(), "another's")
        self.assertEqual(self.left(), ["contract", "contract.p7s"])


class Ended(Signing):
    def test_by_any_signal_at_the_prompt(self):
        path = self.sparse("contract", 9)
        with open(path + ".p7s", "w", encoding="utf-8") as old:
            old.write("old")
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(number=number):
                program = self.program("--force", path)
                self.screen.wait_window(60)
                program.send_signal(number)
                program.communicate(timeout=60)
                self.screen.wait_closed()
                self.assertEqual(
                    program.returncode,
                    -number if number == signal.SIGKILL else 4)
                self.assertEqual(self.left(), ["contract", "contract.p7s"])
                with open(path + ".p7s", encoding="utf-8") as kept:
                    self.assertEqual(kept.read(), "old")
        self.assertEqual(self.virtual.count("verify"), 0)
        program = self.program("--force", path)
        self.screen.type_line(self.screen.wait_window(60), PIN)
        program.communicate(timeout=60)
        self.assertEqual(program.returncode, 0)
        wait_until(lambda: self.verified(path), 10, "a signature")
        self.assertEqual(self.left(), ["contract", "contract.p7s"])


del Signing  # nothing to run in itself

if __name__ == "__main__":
    main()

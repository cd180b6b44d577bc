# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Starting and ending real programs: each one by its own id, none by name."""

import os
import queue
import signal
import subprocess
import threading
import time
import unittest


class Failure(Exception):
    """Something that a test or the demo cannot go on without."""

    code = None  # of a program that run() did not accept


class NotAllowed(Failure, unittest.SkipTest):
    """This machine does not allow what is to be tested."""


def wait_until(check, seconds, what, pause=0.02):
    """Calls check() until it returns something true; Failure after seconds."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain for {what}")
        time.sleep(pause)


def run(arguments, seconds=60, env=None, accept=(0,), stdin=None):
    """Runs a program to its end and returns its standard output."""
    done = subprocess.run([str(a) for a in arguments], env=env, timeout=seconds,
                          input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in accept:
        failure = Failure(f"{' '.join(map(str, arguments))} ended with "
                          f"{done.returncode}: {done.stderr.strip()}")
        failure.code = done.returncode
        raise failure
    return done.stdout


class Program:
    """A program in the background whose output lines are kept."""

    def __init__(self, arguments, env=None, cwd=None, merge=True, **options):
        self.name = os.path.basename(str(arguments[0]))
        self.lines = []
        self._fresh = queue.Queue()
        self.process = subprocess.Popen(
            [str(a) for a in arguments], env=env, cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merge else None, text=True,
            errors="replace", **{"stdin": subprocess.DEVNULL, **options})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._fresh.put(line.rstrip("\n"))
        self._fresh.put(None)

    def expect(self, text, seconds=15):
        """The next line that contains text; Failure when it ends before."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._fresh.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise Failure(f"{self.name} did not say '{text}' within "
                              f"{seconds} s; it said {self.lines}") from None
            if line is None:
                raise Failure(f"{self.name} ended before it said '{text}': "
                              f"{self.lines}")
            if text in line:
                return line

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def stop(self, how=signal.SIGTERM, seconds=10):
        """Asks it to end, then makes it; returns its exit code."""
        if self.running():
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self._reader.join(5)
        self.process.stdout.close()
        return self.process.returncode


def children_of(pid):
    """The ids and command lines of the direct children of a process."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
            if parent == pid:
                with open(f"/proc/{entry}/cmdline", encoding="utf-8") as line:
                    found[int(entry)] = line.read().replace("\0", " ").strip()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found

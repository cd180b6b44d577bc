# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, and the person who types there."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time

from process import Failure


class Terminal:
    """Everything that was on the screen is in text."""

    def __init__(self, arguments, env):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.text = ""
        self.seen = 0
        self.process = subprocess.Popen(
            arguments, env=env, stdin=self.slave, stdout=self.slave,
            stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.text += os.read(self.master, 4096).decode(errors="replace")
        return True

    def expect(self, said, seconds=60):
        """Until the screen shows this after what was expected before."""
        end = time.monotonic() + seconds
        while said not in self.text[self.seen:]:
            if not self._read(0.1) and (self.process.poll() is not None
                                        or time.monotonic() > end):
                raise Failure(f"no '{said}' in {self.text!r}")
        self.seen = self.text.index(said, self.seen) + len(said)

    def type(self, text):
        os.write(self.master, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def end(self, seconds=60):
        """The exit status; the terminal must be as it was."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise Failure(f"does not end: {self.text!r}")
            self._read(0.05)
        while self._read(0):
            pass
        if termios.tcgetattr(self.slave) != self.before:
            raise Failure("the terminal was left in another state")
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        os.close(self.master)
        os.close(self.slave)

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A real card worker on a real pcscd whose prompt the test plays itself, line
by line: no window, so that thousands of dialogs take seconds."""

import contextlib
import os
import socket
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "contract", "worker"))

from bench import (PROMPT_FD, PROMPT_START, PROMPT_STOP,  # noqa: E402
                   PROMPT_STOPPED, Worker, packet)
from process import wait_until  # noqa: E402, F401

CANCELLED = b"ERR 83886179 Operation cancelled <Pinentry>\n"
OTHER = b"ERR 83886194 Not confirmed <Pinentry>\n"
SHOWS = (b"GETPIN", b"CONFIRM", b"MESSAGE")


def pin(digits):
    return f"D {digits}\nOK\n".encode()


class Played(Worker):
    """person is called with a dialog that has appeared: "GETPIN", "CONFIRM" or
    "MESSAGE"; its bytes are the answer, None waits."""

    def __init__(self, *arguments, **named):
        self.person = lambda kind: None
        self.dialogs = []
        self.screen = None
        super().__init__(*arguments, pinentry=[], **named)

    def supervise(self, kind, operation, fields):
        if kind == PROMPT_START:
            self.check_begun(operation)
            assert self.screen is None, "two prompts at a time"
            self.prompts += 1
            self.screen, theirs = socket.socketpair()
            socket.send_fds(self.supervisor,
                            [packet(PROMPT_FD, operation, b"\0")],
                            [theirs.fileno()])
            theirs.close()
            threading.Thread(target=self._show, args=(self.screen,),
                             daemon=True).start()
        elif kind == PROMPT_STOP:
            self.stop_prompt()
            self.supervisor.send(packet(PROMPT_STOPPED, operation))
        else:
            super().supervise(kind, operation, fields)

    def _show(self, screen):
        try:
            screen.sendall(b"OK at your service\n")
            with screen, screen.makefile("rb") as lines:
                for line in lines:
                    word = line.split(b" ")[0].strip()
                    answer = b"OK\n"
                    if word in SHOWS:
                        with self.changed:
                            self.dialogs.append(word.decode())
                            self.changed.notify_all()
                        answer = self.person(word.decode())
                    if answer is not None:
                        screen.sendall(answer)
        except (OSError, ValueError):
            pass  # taken off the screen

    def stop_prompt(self):
        if self.screen is not None:
            with contextlib.suppress(OSError):
                self.screen.shutdown(socket.SHUT_RDWR)
            self.screen = None

    def answer(self, data):
        """What a person does who was asked before."""
        if self.screen is not None:
            self.screen.sendall(data)

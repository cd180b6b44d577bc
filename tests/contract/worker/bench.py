# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Plays front and supervisor for one real card worker, in the words of
agent/wire/PROTOCOL.md, so that its tests need neither of the two.
"""

import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time

STATUS, AUTHENTICATE, CANCEL = 0x01, 0x02, 0x03
STATUS_REPLY, EVENT, AUTH_REPLY, DOCUMENT_REPLY = 0x41, 0x42, 0x43, 0x44
LEAVING, BEGUN = 0x45, 0x46
PROMPT_START, PROMPT_STOP, PROMPT_FD, PROMPT_STOPPED = 0x61, 0x62, 0x71, 0x72
SESSION, SESSION_STATE = 0x63, 0x73
CARDS = ("none", "supported", "unsupported", "mute", "busy")
EVENTS = (None, "window-opened", "waiting-for-card", "card-removed",
          "pin-entry", "signing", "done")
ERRORS = {0: "ok", -6: "timeout", -7: "cancelled", -9: "busy",
          -13: "no-service", -14: "no-reader", -15: "reader",
          -16: "reader-busy", -17: "no-card", -18: "card-removed",
          -19: "card-reset", -20: "card-mute", -21: "card-unknown",
          -22: "card-too-old", -23: "card-mismatch", -24: "card",
          -26: "pin-wrong", -27: "pin-blocked", -29: "no-certificate",
          -30: "expired", -31: "signature", -32: "prompt", -33: "clock",
          -34: "not-local", -35: "internal"}
ORIGIN = "https://localhost:18443"
NONCE = b"dGhpcyBpcyBhIG5vbmNlIG9mIHRoaXJ0eS10d28gYnl0ZXM="


def field(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


def packet(kind, operation, fields=b""):
    return struct.pack(">IBI", 5 + len(fields), kind, operation) + fields


class Fields:
    """A cursor over the fields of one message."""

    def __init__(self, data):
        self.data = data

    def take(self, form):
        value, = struct.unpack_from(">" + form, self.data)
        self.data = self.data[struct.calcsize(">" + form):]
        return value

    def bytes(self):
        length = self.take("I")
        value, self.data = self.data[:length], self.data[length:]
        return value

    def err(self):
        code = self.take("b")
        return ERRORS.get(code, str(code))


class Program:
    """A pinentry of the test's own choice behind a socketpair."""

    def __init__(self, arguments, env):
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(arguments, stdin=theirs, stdout=theirs,
                                        env=env)
        theirs.close()
        self.socket = ours

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait(10)


def held_back(pinentry, action):
    """The other end of a pinentry's socket: when the PIN is in, the action
    runs before the worker hears of it."""
    ours, theirs = socket.socketpair()

    def relay():
        todo = action
        ends = {ours: pinentry, pinentry: ours}
        try:
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    if end is pinentry and todo and b"\nD " in b"\n" + data:
                        todo()
                        todo = None
                    ends[end].sendall(data)
        except OSError:
            pass  # the worker has taken the dialog down
        finally:
            ours.close()
            pinentry.close()

    threading.Thread(target=relay, daemon=True).start()
    return theirs


class Worker:
    """One beid-agent-card, with everything it says."""

    def __init__(self, program, module, arguments=(), env=None, pinentry=None,
                 errors=None):
        self.env = dict(os.environ if env is None else env)
        self.pinentry = pinentry
        self.prompt = None
        self.prompts = 0
        self.before_the_pin_is_heard = None  # for the next prompt
        self.session = (0, False, "")  # err, keys seen, phrase
        self.events = []
        self.replies = {}
        self.leaving = []
        self.begun = []
        self.last = 0
        self.lang = None
        self.failure = None
        self.changed = threading.Condition()
        self.front, front_end = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.supervisor, supervisor_end = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # The worker has its sockets at 3 and 4: put there by a shell, from
        # numbers that are never 3 or 4 themselves.
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 100)
                for end in (front_end, supervisor_end)]
        self.process = subprocess.Popen(
            ["/bin/bash", "-c",
             f'exec 3<&{high[0]} 4<&{high[1]} {high[0]}<&- {high[1]}<&- "$@"',
             "worker", program, "--module", module, *arguments],
            pass_fds=high, env=self.env, stdin=subprocess.DEVNULL,
            stderr=errors)
        for end in high:
            os.close(end)
        front_end.close()
        supervisor_end.close()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def ask(self, kind, fields=b""):
        self.last += 1
        if kind == AUTHENTICATE:
            self.events = []
        self.front.send(packet(kind, self.last, fields))
        return self.last

    def authenticate(self, lang="en", name="Demo", origin=ORIGIN, nonce=NONCE,
                     environment=2, development=False, sha256=b"",
                     timeout_ms=30000, wait=False, chain=False):
        return self.ask(AUTHENTICATE, field(lang) + field(name) + field(origin)
                        + bytes([environment, development]) + field(nonce)
                        + field(sha256) + struct.pack(">I", timeout_ms)
                        + bytes([wait, chain]))

    def cancel(self, operation):
        self.front.send(packet(CANCEL, operation))

    def status(self, seconds=10):
        return self.reply(self.ask(STATUS), seconds)

    def reply(self, operation, seconds=30):
        self.until(lambda: operation in self.replies, seconds, "a reply")
        return self.replies[operation]

    def wait_event(self, event, seconds=20):
        self.until(lambda: event in self.events, seconds, event)

    def until(self, check, seconds, what):
        with self.changed:
            done = self.changed.wait_for(lambda: check() or self.failure,
                                         seconds)
        if self.failure and not check():
            raise AssertionError(f"{self.failure}, instead of {what}")
        if not done:
            raise AssertionError(f"waited {seconds} s in vain for {what}; "
                                 f"events {self.events}")

    def _listen(self):
        """Both ends, until the worker has ended."""
        try:
            ends = [self.front, self.supervisor]
            while True:
                ready, _, _ = select.select(ends, [], [])
                for end in ready:
                    # Its last words to front may still be on their way.
                    if not self._take(end):
                        ends.remove(end)
                if self.front not in ends:
                    raise AssertionError("the worker ended")
        except (OSError, ValueError, AssertionError) as failure:
            with self.changed:
                self.failure = str(failure)
                self.changed.notify_all()

    def _take(self, end):
        data = end.recv(65536)
        if not data:
            return False
        length, kind, operation = struct.unpack_from(">IBI", data)
        assert length == len(data) - 4, "wrong length"
        fields = Fields(data[9:])
        with self.changed:
            if end is self.front:
                self.from_worker(kind, operation, fields)
            else:
                self.supervise(kind, operation, fields)
            self.changed.notify_all()
        return True

    def from_worker(self, kind, operation, fields):
        if kind == EVENT:
            self.events.append(EVENTS[fields.take("B")])
            return
        assert operation not in self.replies, "a second reply"
        if kind == LEAVING:
            self.leaving.append(operation)
            return
        if kind == BEGUN:
            assert operation not in self.begun, "begun a second time"
            self.begun.append(operation)
            return
        if kind == STATUS_REPLY:
            err = fields.err()
            readers = [(fields.take("B"), CARDS[fields.take("B")])
                       for _ in range(fields.take("B"))]
            self.replies[operation] = (err, readers)
        elif kind in (AUTH_REPLY, DOCUMENT_REPLY):
            reply = {"err": fields.err(), "tries": fields.take("B"),
                     "clock_behind": fields.take("I"),
                     "certificate": fields.bytes(),
                     "algorithm": fields.take("B"),
                     "signature": fields.bytes(),
                     "pin_entry": fields.take("B")}
            reply["chain"] = [fields.bytes() for _ in range(fields.take("B"))]
            self.replies[operation] = reply
        else:
            raise AssertionError(f"front got a message {kind:#x}")

    def supervise(self, kind, operation, fields):
        if kind == PROMPT_START:
            self.check_begun(operation)
            self.lang = fields.bytes().decode()
            if self.pinentry is None:
                self.supervisor.send(packet(PROMPT_FD, operation,
                                            struct.pack("b", -11)))
                return
            assert self.prompt is None, "two prompts at a time"
            self.prompts += 1
            self.prompt = Program(self.pinentry, self.env)
            end = self.prompt.socket
            if self.before_the_pin_is_heard is not None:
                end = held_back(end, self.before_the_pin_is_heard)
                self.before_the_pin_is_heard = None
            socket.send_fds(self.supervisor,
                            [packet(PROMPT_FD, operation, b"\0")],
                            [end.fileno()])
            end.close()
        elif kind == SESSION:
            err, seen, phrase = self.session
            self.supervisor.send(packet(SESSION_STATE, operation, struct.pack(
                "b?", err, seen) + field(phrase)))
        elif kind == PROMPT_STOP:
            self.stop_prompt()
            self.supervisor.send(packet(PROMPT_STOPPED, operation))
        else:
            raise AssertionError(f"supervisor got a message {kind:#x}")

    def check_begun(self, operation):
        """Front is told before anything is shown. The farewell comes after
        the reply and begins nothing."""
        while operation not in self.begun and operation not in self.replies:
            assert select.select([self.front], [], [], 0)[0] \
                and self._take(self.front), "a prompt of what has not begun"

    def stop_prompt(self):
        if self.prompt is not None:
            self.prompt.stop()
            self.prompt = None

    def end(self, seconds=10):
        """Hangs up, as an ending front does; the worker's exit status."""
        self.front.shutdown(socket.SHUT_RDWR)
        return self.wait(seconds)

    def wait(self, seconds=10):
        """Its exit status once it ended by itself."""
        status = self.process.wait(seconds)
        self.thread.join(10)
        self.stop_prompt()
        return status

    def kill(self):
        """Whatever a test left of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.thread.join(10)
        for end in (self.front, self.supervisor):
            end.close()
        self.stop_prompt()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""One running agent per class, asked over raw sockets.

In the place of pcscd and of pinentry stand traps that count: a refused
request must not reach either of them."""

import json
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))

from process import Program, children_of  # noqa: E402
from process import wait_until  # noqa: E402, F401
from run_tests import main  # noqa: E402, F401

BUILD = os.environ["BEID_BUILD"]
ORIGIN = "https://localhost:18443"
NONCE = "A" * 44
BODY = json.dumps({"challengeNonce": NONCE, "waitForCard": False}).encode()
# Leaks are only seen by who may look into a process: in these, root alone.
LEAKS = {} if os.getuid() == 0 else {"ASAN_OPTIONS": "detect_leaks=0"}
# The one refusal of design §4, to the byte.
REFUSAL = (b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n"
           b"Content-Length: 0\r\n\r\n")


def built(*parts):
    return os.path.join(BUILD, *parts)


class Answer:
    """A parsed reply; status 0 means: closed without one."""

    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if raw else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]

    def __repr__(self):
        return repr(self.raw[:300])


class Trap:
    """Stands where pcscd's socket would be, hangs up and counts."""

    def __init__(self, path):
        self.count = 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        os.chmod(path, 0o666)
        self._socket.listen(100)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def read_all(connection):
    """What the other side says until it closes or resets."""
    got = b""
    while True:
        try:
            block = connection.recv(65536)
        except ConnectionResetError:
            return got
        if not block:
            return got
        got += block


class Agent:
    """beid-agent serve --development, with traps for card and prompt."""

    def __init__(self, wrapper=(), options=(), origins=(ORIGIN,), env=None,
                 owner=None, plain=False, **program):
        self.directory = tempfile.mkdtemp(prefix="beid-front-")
        os.chmod(self.directory, 0o755)
        self.prompts = os.path.join(self.directory, "prompts")
        pinentry = os.path.join(self.directory, "pinentry")
        with open(pinentry, "w", encoding="utf-8") as script:
            script.write(f"#!/bin/sh\necho asked >> '{self.prompts}'\n")
        os.chmod(pinentry, 0o755)
        self.trap = Trap(os.path.join(self.directory, "pcscd.comm"))
        self.portals = os.path.join(self.directory, "portals.d")
        os.mkdir(self.portals, 0o755)
        self.write_portal("demo.conf", origins)
        if owner is not None:
            for path in (self.portals, *(
                    os.path.join(self.portals, name)
                    for name in os.listdir(self.portals))):
                os.chown(path, owner, owner)
        state = os.path.join(self.directory, "state")
        os.mkdir(state)
        os.chmod(state, 0o1777)  # some agents are another user's
        self.program = Program(
            [*wrapper, built("agent", "beid-agent"), "serve",
             *([] if plain else ["--development", "--portals", self.portals]),
             "--pinentry", pinentry,
             "--module", built("pkcs11", "beid-agent-pkcs11.so"),
             "--card-worker", built("agent", "beid-agent-card"), *options],
            env={**os.environ, "XDG_STATE_HOME": state,
                 "XDG_CONFIG_HOME": state,
                 **LEAKS, **(env or {}), "PCSCLITE_CSOCK_NAME":
                 os.path.join(self.directory, "pcscd.comm")}, **program)
        self.port = None

    def ready(self):
        line = self.program.expect("listening on")
        self.port = int(re.search(r":(\d+)$", line)[1])
        self.host = f"127.0.0.1:{self.port}"
        return self

    def write_portal(self, name, origins, extra=""):
        path = os.path.join(self.portals, name)
        with open(path, "w", encoding="utf-8") as conf:
            conf.write("name.nl=Proef\nname.en=Test\nallow=authenticate\n"
                       "environment=test\n" + extra
                       + "".join(f"origin={o}\n" for o in origins))
        os.chmod(path, 0o644)
        return path

    def touched(self):
        """How often card and prompt were disturbed."""
        return (self.trap.count, os.path.exists(self.prompts))

    def connect(self, seconds=20):
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def raw(self, request, seconds=20):
        with self.connect(seconds) as connection:
            try:
                connection.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                pass
            return Answer(read_all(connection))

    def build(self, method="GET", target="/v1/status", headers=None, body=b"",
              leave_out=(), version="HTTP/1.1"):
        """The bytes of a request that is accepted unless something is
        changed; headers replaces or adds, a list gives one several times."""
        fields = {"Host": self.host, "Origin": ORIGIN, "X-Beid-Agent": "1"}
        if method == "POST":
            fields["Content-Type"] = "application/json"
            fields["Content-Length"] = str(len(body))
        fields.update(headers or {})
        lines = [f"{method} {target} {version}"]
        for name, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                if name not in leave_out:
                    lines.append(f"{name}: {one}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body

    def ask(self, method="GET", target="/v1/status", **changes):
        return self.raw(self.build(method, target, **changes))

    def login(self, body=BODY, **changes):
        return self.ask("POST", "/v1/authenticate", body=body, **changes)

    def children(self):
        """The process ids of front and the card worker."""
        pids = {}
        for pid, line in children_of(self.program.pid).items():
            pids["front" if "--internal-front" in line else "worker"] = pid
        return pids

    def stop(self):
        code = self.program.stop()
        self.trap.close()
        shutil.rmtree(self.directory)
        return code


class FrontCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Agent().ready()

    @classmethod
    def tearDownClass(cls):
        code = cls.agent.stop()
        if code != 0:
            raise AssertionError(f"the agent ended with {code}: "
                                 f"{cls.agent.program.lines}")

    def assert_refused(self, answer, why=""):
        self.assertEqual(answer.raw, REFUSAL, why)

    def assert_error(self, answer, status, code, origin=ORIGIN):
        """A JSON error that a page of the portal can read."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.code, code)
        self.assertEqual(answer.headers["access-control-allow-origin"], origin)
        self.assertEqual(answer.headers["vary"], "Origin")
        self.assertRegex(answer.json["error"]["reference"],
                         r"^E\d\d-[0-9A-Z]{5}$")

    def assert_works(self):
        self.assertEqual(self.agent.ask().status, 200)


def needs_root(test):
    """Other users, and a look into processes that hide from their own."""
    return unittest.skipUnless(os.getuid() == 0, "this needs root")(test)

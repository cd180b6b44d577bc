# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that send a byte now and then, or too much, or too often: they end by
themselves, and keep nobody else from logging in."""

import contextlib
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))

from portal import Portal, free_port  # noqa: E402
from process import run  # noqa: E402
from run_tests import main  # noqa: E402
from visitor import Visitor  # noqa: E402

LIMIT = 20
# Not the address of the visitors.
ELSEWHERE = "127.0.0.2"
HEADERS = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Drip: "
BODY = (b"POST /login/token HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 60000\r\n\r\n")
PAGE = b"GET /favicon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"
HANDSHAKE = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


class DripCase(unittest.TestCase):
    tls = False
    # Long enough to drip, and to log in meanwhile, on a slow machine as well.
    options = ("--request-time", "10", "--connections-per-address", str(LIMIT))

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        root = os.path.join(cls.folder.name, "root.pem")
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=TEST Root",
             "-keyout", os.path.join(cls.folder.name, "root.key"),
             "-out", root])
        cls.port = free_port()
        cls.portal = Portal(cls.folder.name, cls.port, root, tls=cls.tls,
                            more=cls.options)
        cls.addClassCleanup(cls.portal.stop)

    def setUp(self):
        self.sockets = []
        self.addCleanup(lambda: [one.close() for one in self.sockets])

    def open(self, start=b"", address=ELSEWHERE):
        one = socket.create_connection(("127.0.0.1", self.port), 60,
                                       (address, 0))
        self.sockets.append(one)
        try:
            one.sendall(start)
        except OSError:
            pass  # Refused already.
        return one

    def alive(self, seconds=0.0):
        """Those that the portal has not ended, after so many seconds."""
        until = time.monotonic() + seconds
        while True:
            ready = select.select(self.sockets, [], [], 0.05)[0]
            for one in ready:
                try:
                    ended = one.recv(4096) == b""
                except OSError:
                    ended = True
                if ended:
                    self.sockets.remove(one)
                    one.close()
            if time.monotonic() >= until:
                return len(self.sockets)

    def wait_alive(self, most):
        until = time.monotonic() + 60
        while self.alive() > most:
            self.assertLess(time.monotonic(), until, "the portal ends none")

    def drip(self):
        """Until the portal has had enough of all of them."""
        until = time.monotonic() + 120
        drops = 0
        while self.alive(0.2) > 0:
            self.assertLess(time.monotonic(), until,
                            f"{len(self.sockets)} drip on and on")
            for one in self.sockets:
                try:
                    one.sendall(b"a")
                except OSError:
                    pass  # alive() sees it.
            drops += 1
        return drops

    def others_log_in(self):
        visitor = Visitor(self.portal.origin)
        reply = visitor.other("nora")
        self.assertEqual((reply.status, reply.location), (303, "/profile"))
        self.assertEqual(visitor.get("/profile").status, 200)

    def held_back(self, start):
        for _ in range(3 * LIMIT):
            self.open(start)
        self.wait_alive(LIMIT)
        self.others_log_in()
        # They moved all the time: it was no idle connection that ended.
        self.assertGreater(self.drip(), 3)
        self.others_log_in()
        # Whoever had too many may come again.
        again = self.open(address=ELSEWHERE)
        self.assertEqual(self.alive(0.5), 1)
        again.close()
        self.sockets.remove(again)


class Plain(DripCase):
    def test_headers(self):
        self.held_back(HEADERS)

    def test_body(self):
        self.held_back(BODY)

    def answer(self, request):
        one = self.open(request)
        with one.makefile("rb") as lines:
            return lines.readline().split(b" ")[1:2]

    def test_too_large_is_said_at_once(self):
        """Before any of the body was sent."""
        for length in (65537, 10**9, 2**64 - 1):
            request = BODY.replace(b"60000", b"%d" % length)
            self.assertEqual(self.answer(request), [b"413"], length)
        for length in (b"-1", b"1x", b"9" * 30):
            request = BODY.replace(b"60000", length)
            self.assertIn(self.answer(request), ([b"400"], [b"413"], []),
                          length)
        allowed = BODY.replace(b"60000", b"65536") + 65536 * b" "
        self.assertEqual(self.answer(allowed), [b"403"])
        self.others_log_in()

    def test_without_a_length(self):
        """A body of which nobody knows the end has one all the same."""
        one = self.open(BODY.replace(b"Content-Length: 60000",
                                     b"Transfer-Encoding: chunked"))
        sent = 0
        with self.assertRaises(OSError):
            while sent < 256:
                one.sendall(b"10000\r\n" + 65536 * b" " + b"\r\n")
                sent += 1
        self.assertLess(sent, 256)
        self.others_log_in()

    def test_the_options(self):
        for wrong in (("--request-time", "0"), ("--request-time", "301"),
                      ("--connections-per-address", "0"),
                      ("--connections-per-address", "257")):
            with self.subTest(wrong):
                done = subprocess.run(
                    [self.portal.program.process.args[0], *wrong], timeout=60,
                    stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(f"beid-portal: {wrong[0]} wants", done.stderr)


class AsItIs(DripCase):
    """Without any option: many browsers behind one address."""

    options = ()

    def test_many_of_one_address(self):
        for _ in range(192):
            self.open()
        self.assertEqual(self.alive(1), 192)
        self.open()
        self.wait_alive(192)
        self.others_log_in()

    def test_idle_after_an_answer(self):
        """Ends long before one that was there earlier and has not asked, and
        before one that stands still in the middle of what it sends."""
        for _ in range(3):
            new = self.open()
            sending = self.open(PAGE)
            self.sockets.remove(sending)
            sending.recv(1)
            sending.sendall(BODY)
            asked = self.open(PAGE)
            while asked in self.sockets:
                select.select(self.sockets, [], [], 60)
                self.alive()
            self.alive(3)
            answer = self.finish(sending)
            if new in self.sockets and answer == b"403":
                return
        self.fail("what was asked on stays as long as the new one, or what "
                  f"sends ends as early: {answer}")

    def finish(self, sending):
        """Sends the rest; the status that follows what is left of the page."""
        found = None
        with contextlib.suppress(OSError), sending:
            sending.sendall(60000 * b" ")
            with sending.makefile("rb") as lines:
                for line in lines:
                    found = re.search(rb"HTTP/1\.1 (\d+) Forbidden", line)
                    if found:
                        break
        return found[1] if found else None


class Tls(DripCase):
    tls = True

    def test_handshake(self):
        self.held_back(HANDSHAKE)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat H-05 in front: the n-th allocation, read, write, accept or watch of
a request fails, for every n until there are no more. No crash, no partial
answer, nothing leaked, and the next request is answered."""

import errno
import json
import os
import socket
import time
import unittest

from faults import (ACCEPTING, MEMORY, READING, WATCHING, WRITING, Front, main,
                    wait_until)

ORIGIN = "https://localhost:18443"
NONCE = "A" * 44
CHANNELS = 5  # descriptors of front below: its two channels and standard ones
FAULTS = [
    ("memory", MEMORY, 0, 0),
    ("read, connection reset", READING, errno.ECONNRESET, CHANNELS),
    ("read, interrupted", READING, errno.EINTR, 0),
    ("read, nothing there", READING, errno.EAGAIN, CHANNELS),
    ("write, pipe broken", WRITING, errno.EPIPE, CHANNELS),
    ("write, interrupted", WRITING, errno.EINTR, 0),
    ("accept, too many files", ACCEPTING, errno.EMFILE, 0),
    ("accept, aborted", ACCEPTING, errno.ECONNABORTED, 0),
    ("accept, interrupted", ACCEPTING, errno.EINTR, 0),
    ("watch, no memory", WATCHING, errno.ENOMEM, 0),
    ("watch, interrupted", WATCHING, errno.EINTR, 0),
]
NUMBERS_MAX = 3000


def ask(front, request, seconds=30):
    """All that comes back; b"" when the connection was closed at once."""
    got = b""
    try:
        with socket.create_connection(("127.0.0.1", front.port),
                                      seconds) as connection:
            connection.sendall(request)
            while block := connection.recv(65536):
                got += block
    except (ConnectionResetError, BrokenPipeError):
        pass
    return got


def whole(answer):
    """Is this nothing, or one complete answer?"""
    if not answer:
        return True
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank or not head.startswith(b"HTTP/1.1 "):
        return False
    if head.startswith(b"HTTP/1.1 200") and b"json" in head:
        json.loads(body)
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
               if line.lower().startswith(b"content-length:")]
    return not lengths or len(body) == lengths[0]


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else 0


class FrontFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.front = Front()
        cls.addClassCleanup(cls.front.stop)

    def request(self, method, target, body=None, **fields):
        lines = [f"{method} {target} HTTP/1.1",
                 f"Host: 127.0.0.1:{self.front.port}", f"Origin: {ORIGIN}",
                 "X-Beid-Agent: 1"]
        data = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            lines += ["Content-Type: application/json",
                      f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + data

    def requests(self):
        """(name, request, the answer's status without a fault)"""
        yield "status", self.request("GET", "/v1/status"), 200
        yield "preflight", self.request(
            "OPTIONS", "/v1/authenticate",
            **{"Access-Control-Request-Method": "POST"}), 204
        yield "login", self.request("POST", "/v1/authenticate",
                                    {"challengeNonce": NONCE}), 200
        yield "not JSON", self.request("POST", "/v1/authenticate", {"a": {}},
                                       ), 400
        yield "step-up", self.request("POST", "/v1/step-up",
                                      {"request": "a.b.c"}), 400

    def good(self):
        answer = ask(self.front, self.request("GET", "/v1/status"))
        self.assertEqual(status_of(answer), 200, answer)

    def rest(self):
        """What is in use while nothing happens."""
        for _ in range(3):
            self.good()
        numbers = []

        def steady():
            numbers.append((self.front.plan.live, self.front.descriptors()
                            if os.getuid() == 0 else 0))
            return len(numbers) > 2 and len(set(numbers[-3:])) == 1
        wait_until(steady, 20, "front at rest", 0.02)
        return numbers[-1]

    def one(self, request, expected, fault, number):
        """False when the number-th call was not reached."""
        name, kind, error, first = fault
        front = self.front
        front.plan.arm(kind, number, error, first)
        answer = ask(front, request)
        hit = front.plan.disarm()
        self.assertIsNone(front.ended(), f"{name} {number}: front ended with "
                                         f"{front.ended()}")
        self.assertTrue(whole(answer), f"{name} {number}: {answer}")
        if not hit:
            self.assertEqual(status_of(answer), expected, answer)
        else:
            # Refused, failed, or as if nothing had happened.
            self.assertIn(status_of(answer),
                          (0, 403, 500, 503, expected), (name, number, answer))
            if status_of(answer) == 403:
                self.assertNotIn(b"Access-Control", answer)
        self.good()
        return hit

    def test_h05_front(self):
        for name, request, expected in self.requests():
            for fault in FAULTS:
                with self.subTest(request=name, fault=fault[0]):
                    self.every(request, expected, fault)
        self.assertEqual(self.front.starts, 1)

    def every(self, request, expected, fault):
        for _ in range(3):
            ask(self.front, request)
        before = self.rest()
        began = time.monotonic()
        number = 1
        while self.one(request, expected, fault, number):
            number += 1
            self.assertLess(number, NUMBERS_MAX)
        after = self.rest()
        print(f"{fault[0]}: {number - 1} failed, {before} {after} "
              f"{time.monotonic() - began:.1f} s", flush=True)
        self.assertGreater(number, 1, "no such call")
        self.assertLessEqual(after[0] - before[0], 4, "blocks of memory")
        self.assertEqual(after[1], before[1], "descriptors")


if __name__ == "__main__":
    main()

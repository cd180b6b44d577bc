# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats H-02, H-03: sizes, slow clients, many clients."""

import os
import time

from front_case import (BODY, NONCE, Answer, FrontCase, main, needs_root,
                        read_all, wait_until)

CONNECTIONS = 600  # HTTP_CONNECTIONS_MAX


class Limits(FrontCase):
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.agent.children()['front']}/fd"))

    def settled_descriptors(self):
        """The fewest seen while nobody asks: none of a closing connection."""
        seen = []
        for _ in range(20):
            seen.append(self.descriptors())
            time.sleep(0.05)
        return min(seen)

    def memory_kb(self):
        with open(f"/proc/{self.agent.children()['front']}/status",
                  encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def with_headers_of(self, size):
        """A status request whose request line and headers have this size."""
        plain = self.agent.build(headers={"X-Fill": ""})
        return self.agent.build(headers={"X-Fill": "f" * (size - len(plain))})

    def test_h03_header_block(self):
        for size in (1000, 8191, 8192):
            request = self.with_headers_of(size)
            self.assertEqual(len(request), size)
            self.assertEqual(self.agent.raw(request).status, 200, size)
        for size in (8193, 8194, 20000, 40000):
            request = self.with_headers_of(size)
            self.assert_error(self.agent.raw(request), 431,
                              "headers_too_large")
        answer = self.agent.raw(self.with_headers_of(200000))
        self.assertIn(answer.status, (0, 431))
        self.assert_works()

    def test_h03_many_header_fields(self):
        fields = {f"X{i}": "v" for i in range(700)}
        self.assertEqual(self.agent.ask(headers=fields).status, 200)

    def test_h03_body(self):
        for size in (16384, 16385, 20000, 100000, 3000000):
            body = BODY[:-1] + b" " * (size - len(BODY)) + b"}"
            answer = self.agent.login(body)
            if size <= 16384:
                self.assert_error(answer, 503, "pcscd_unavailable")
            else:
                self.assert_error(answer, 413, "payload_too_large")
        self.assert_works()

    def test_expect_continue(self):
        """A program that waits for 100 Continue gets it, once allowed."""
        request = self.agent.build("POST", "/v1/authenticate", body=BODY,
                                   headers={"Expect": "100-continue"})
        head = request[:-len(BODY)]
        with self.agent.connect() as connection:
            connection.sendall(head)
            self.assertIn(b"100 Continue", connection.recv(1000))
            connection.sendall(BODY)
            self.assertEqual(Answer(read_all(connection)).status, 503)
        refused = head.replace(b"https://localhost", b"https://remotehost")
        with self.agent.connect() as connection:
            connection.sendall(refused)
            self.assert_refused(Answer(read_all(connection)))

    def closed_after(self, first, trickle, period=0.25, limit=15):
        """Seconds until the agent closes on a client that sends slowly."""
        begin = time.monotonic()
        with self.agent.connect() as connection:
            connection.sendall(first)
            connection.settimeout(period)
            while time.monotonic() - begin < limit:
                try:
                    if connection.recv(1000) == b"":
                        break
                except TimeoutError:
                    pass
                except ConnectionResetError:
                    break
                try:
                    connection.sendall(trickle)
                except (BrokenPipeError, ConnectionResetError):
                    break
        return time.monotonic() - begin

    def test_h02_slow_headers(self):
        start = self.agent.build()[:-4]
        for first, trickle in ((b"", b""), (b"GET /v1", b"/"),
                               (start, b"\r\nX-More: 1"), (start, b"")):
            seconds = self.closed_after(first, trickle)
            self.assertGreater(seconds, 1.8)
            self.assertLess(seconds, 4)

    def test_h02_slow_body(self):
        head = self.agent.build("POST", "/v1/authenticate",
                                headers={"Content-Length": "10000"})
        seconds = self.closed_after(head, b" ")
        self.assertGreater(seconds, 4.5)
        self.assertLess(seconds, 8)

    @needs_root
    def test_h02_many_half_open(self):
        """400 clients that say nothing, a good one, and 100 at once."""
        before = self.descriptors()
        idle = []
        try:
            for number in range(400):
                idle.append(self.agent.connect())
                if number % 2:
                    idle[-1].sendall(b"GET /v1/status HTTP/1.1\r\n")
            begin = time.monotonic()
            self.assert_works()
            self.assertLess(time.monotonic() - begin, 1)
            good = [self.agent.connect() for _ in range(100)]
            for connection in good:
                connection.sendall(self.agent.build())
            for connection in good:
                self.assertEqual(Answer(read_all(connection)).status, 200)
                connection.close()
            wait_until(lambda: self.descriptors() <= before, 10,
                       "the idle clients to be dropped")
        finally:
            for connection in idle:
                connection.close()
        self.assert_works()

    @needs_root
    def test_h02_more_than_it_holds(self):
        """700 of the citizen's own that say nothing: front holds 600 of them,
        the others wait, and a good one comes through when those are dropped."""
        before = self.settled_descriptors()
        idle = []
        try:
            for _ in range(700):
                idle.append(self.agent.connect())
            wait_until(lambda: self.descriptors() >= before + CONNECTIONS, 10,
                       "all places to be taken")
            self.assertEqual(self.descriptors(), before + CONNECTIONS)
            self.assert_works()
            wait_until(lambda: self.descriptors() <= before, 20,
                       "the idle clients to be dropped")
        finally:
            for connection in idle:
                connection.close()
        self.assert_works()

    @needs_root
    def test_nothing_grows(self):
        for _ in range(500):
            self.agent.ask(headers={"Origin": "null"})
            self.agent.ask(target="/v1/x")
        descriptors = self.settled_descriptors()
        memory = self.memory_kb()
        for _ in range(2500):
            self.agent.ask(headers={"Origin": "null"})
            self.agent.ask(target="/v1/x")
            self.agent.login(b"{}")
            self.agent.ask()
        # The agent closes the last connection a moment after its answer.
        wait_until(lambda: self.descriptors() <= descriptors, 10,
                   "the sockets to be closed")
        if "address" not in os.environ.get("BEID_SANITIZE", ""):
            self.assertLess(self.memory_kb() - memory, 1024)

    @needs_root
    def test_clients_that_vanish(self):
        """Gone in the middle of anything: nothing is left of them."""
        before = self.descriptors()
        request = self.agent.build("POST", "/v1/authenticate", body=(
            '{"challengeNonce":"%s","waitForCard":false}' % NONCE).encode())
        for cut in list(range(0, len(request), 7)) + [len(request)] * 50:
            with self.agent.connect() as connection:
                connection.sendall(request[:cut])
        wait_until(lambda: self.descriptors() <= before, 10,
                   "the sockets to be closed")
        wait_until(lambda: not self.agent.ask().json["busy"], 10,
                   "the operations to end")
        self.assert_error(self.agent.login(), 503, "pcscd_unavailable")


if __name__ == "__main__":
    main()

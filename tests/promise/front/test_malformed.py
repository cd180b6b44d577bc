# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats H-01, H-04: requests and JSON that two parsers could read twice."""

import json
import re

from front_case import BODY, NONCE, ORIGIN, FrontCase, main


class Malformed(FrontCase):
    def fields(self, *more):
        lines = [f"Host: {self.agent.host}", f"Origin: {ORIGIN}",
                 "X-Beid-Agent: 1", *more]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def post(self, *more):
        return (b"POST /v1/authenticate HTTP/1.1\r\n"
                + self.fields("Content-Type: application/json", *more))

    def bodies(self):
        """Where does the body end?"""
        size = f"Content-Length: {len(BODY)}"
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
        return (
            self.post("Transfer-Encoding: chunked") + chunked,
            self.post("Transfer-Encoding: chunked", size) + chunked,
            self.post(size, "Transfer-Encoding: chunked") + chunked,
            self.post("Transfer-Encoding: identity", size) + BODY,
            self.post("Transfer-Encoding: gzip, chunked") + chunked,
            self.post("Transfer-Encoding: xchunked", size) + BODY,
            self.post("transfer-encoding:\tchunked") + chunked,
            self.post("Transfer-Encoding: chunked, identity") + chunked,
            self.post("Transfer-Encoding:") + BODY,
            self.post(size, size) + BODY,
            self.post(size, "Content-Length: 0") + BODY,
            self.post("Content-Length: 0", size) + BODY,
            self.post(f"Content-Length: +{len(BODY)}") + BODY,
            self.post(f"Content-Length: -{len(BODY)}") + BODY,
            self.post(f"Content-Length: 0x{len(BODY):x}") + BODY,
            self.post(f"Content-Length: {len(BODY)}, {len(BODY)}") + BODY,
            self.post(f"Content-Length: {len(BODY)};") + BODY,
            self.post(f"Content-Length: {len(BODY)}.0") + BODY,
            self.post("Content-Length:") + BODY,
            self.post("Content-Length: ten") + BODY,
            self.post("Content-Length: 99999999999999999999999999") + BODY,
            self.post("Content-Length: 18446744073709551616") + BODY,
            self.post("Content-Length: 4294967296") + BODY,
            self.post(size, "Upgrade: websocket", "Connection: Upgrade")
            + BODY,
            self.post(size, "Upgrade: h2c") + BODY,
            self.post() + BODY,
        )

    def request_lines(self):
        """What is asked for?"""
        size = f"Content-Length: {len(BODY)}"
        good = self.fields()
        return (
            b"POST /v1/authenticate HTTP/1.0\r\n"
            + self.fields("Content-Type: application/json", size) + BODY,
            b"GET /v1/status HTTP/1.0\r\n" + good,
            b"GET /v1/status HTTP/0.9\r\n" + good,
            b"GET /v1/status HTTP/2.0\r\n" + good,
            b"GET /v1/status HTTP/1.2\r\n" + good,
            b"GET /v1/status HTTP/1.\r\n" + good,
            b"GET /v1/status HTTP/11\r\n" + good,
            b"GET /v1/status http/1.1\r\n" + good,
            b"GET /v1/status HTTP/1.1x\r\n" + good,
            b"GET /v1/status HTTP/1.1 x\r\n" + good,
            b"GET /v1/status\r\n" + good,
            b"GET  HTTP/1.1\r\n" + good,
            b"GET\r\n" + good,
            b"get /v1/status HTTP/1.1\r\n" + good,
            b"GE\x00T /v1/status HTTP/1.1\r\n" + good,
            b"(GET) /v1/status HTTP/1.1\r\n" + good,
            b"G\xc3\x89T /v1/status HTTP/1.1\r\n" + good,
            b"HEAD /v1/status HTTP/1.1\r\n" + good,
            b"TRACE /v1/status HTTP/1.1\r\n" + good,
            b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + good,
            b"GET * HTTP/1.1\r\n" + good,
            b"GET v1/status HTTP/1.1\r\n" + good,
            b"GET http://127.0.0.1/v1/status HTTP/1.1\r\n" + good,
            b"GET http://%s/v1/status HTTP/1.1\r\n"
            % self.agent.host.encode() + good,
            b"GET http://evil.example/v1/status HTTP/1.1\r\n" + good,
            b"GET //evil.example/v1/status HTTP/1.1\r\n" + good,
            b"GET /v1/status?x HTTP/1.1\r\n" + good,
            b"GET /v1/status?Origin=x HTTP/1.1\r\n" + good,
            b"GET /v1/status#x HTTP/1.1\r\n" + good,
            b"GET /v1/%73tatus HTTP/1.1\r\n" + good,
            b"GET /v1/status%00 HTTP/1.1\r\n" + good,
            b"GET /v1/status%0d%0aX:1 HTTP/1.1\r\n" + good,
            b"GET /v1/../v1/status HTTP/1.1\r\n" + good,
            b"GET /v1/status;x HTTP/1.1\r\n" + good,
            b"GET /v1\\status HTTP/1.1\r\n" + good,
            b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\n" + good,
            b"GET /v1/status\xff HTTP/1.1\r\n" + good,
        )

    def header_fields(self):
        """Who asks, and is this HTTP at all?"""
        get = b"GET /v1/status HTTP/1.1\r\n"
        good = self.fields()
        return (
            get + b"Host : %s\r\n" % self.agent.host.encode()
            + self.fields().partition(b"\r\n")[2],
            get + b" Host: evil.example\r\n" + good,
            get + self.fields("Host: evil.example"),
            get + self.fields("hOST: evil.example"),
            get + self.fields("Origin: https://evil.example"),
            get + self.fields("ORIGIN: null"),
            get + self.fields("X-Beid-Agent: 1"),
            get + self.fields("Sec-Fetch-Mode: navigate"),
            get + self.fields("Sec-Fetch-Mode: cors", "Sec-Fetch-Mode: cors"),
            get + self.fields("Content-Length: 5") + b"hello",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"SSH-2.0-x\r\n\r\n",
            b"\x00" * 1000,
            b"\xff" * 1000,
            b"\r\n" * 50 + b"junk\r\n\r\n",
            b"EHLO localhost\r\nQUIT\r\n\r\n",
            b"{\"challengeNonce\":\"x\"}\r\n\r\n",
            b"GET /v1/status HTTP/1.1\r\n\r\n",
            b"GET /v1/status HTTP/1.1\r\nHost\r\n\r\n",
            b"GET /v1/status HTTP/1.1\r\n: x\r\n\r\n",
        )

    def test_h01_requests(self):
        before = self.agent.touched()
        count = 0
        for request in (*self.bodies(), *self.request_lines(),
                        *self.header_fields()):
            count += 1
            answer = self.agent.raw(request)
            self.assertNotIn(answer.status, (200, 204, 503), request)
            self.assertTrue(answer.status == 0 or answer.status >= 400,
                            (request, answer))
            # libmicrohttpd 0.9.75 writes the head of its own errors twice.
            for line in re.findall(rb"HTTP/1\.1 \d+", answer.raw):
                self.assertGreaterEqual(int(line[9:]), 400, request)
        self.assertGreaterEqual(count, 80)
        self.assertEqual(self.agent.touched(), before)
        self.assert_works()

    def test_one_request_per_connection(self):
        """What follows the first request is never taken as a second one."""
        one = self.agent.build()
        answer = self.agent.raw(one + one + one)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["connection"], "close")
        self.assertEqual(answer.raw.count(b"HTTP/1.1 "), 1)
        smuggled = self.agent.build("POST", "/v1/authenticate", body=b"{}"
                                    + self.agent.build(),
                                    headers={"Content-Length": "2"})
        self.assertEqual(self.agent.raw(smuggled).status, 400)

    def test_h04_json(self):
        before = self.agent.touched()
        nonce = json.dumps(NONCE).encode()
        for body in (
                b"", b" ", b"{", b"}", b"[]", b"null", b"1", b"\"x\"",
                b"{}", b"{\"challengeNonce\":%s}}" % nonce,
                b"{\"challengeNonce\":%s} x" % nonce,
                b"{\"challengeNonce\":%s,}" % nonce,
                b"{\"challengeNonce\":%s}\x00" % nonce,
                b"\xef\xbb\xbf{\"challengeNonce\":%s}" % nonce,
                b"{'challengeNonce':%s}" % nonce,
                b"{challengeNonce:%s}" % nonce,
                b"{\"challengeNonce\":%s,\"challengeNonce\":%s}"
                % (nonce, nonce),
                b"{\"challengeNonce\":%s,\"chall\\u0065ngeNonce\":%s}"
                % (nonce, nonce),
                b"{\"challengeNonce\":%s,\"lang\":\"nl\\u0000\"}" % nonce,
                b"{\"challengeNonce\":%s,\"lang\":\"\\ud800\"}" % nonce,
                b"{\"challengeNonce\":%s,\"lang\":\"\xff\"}" % nonce,
                b"{\"challengeNonce\":%s,\"lang\":\"\xed\xa0\x80\"}" % nonce,
                b"{\"challengeNonce\":%s,\"lang\":null}" % nonce,
                b"{\"challengeNonce\":%s,\"timeoutMs\":3e4}" % nonce,
                b"{\"challengeNonce\":%s,\"timeoutMs\":30000.0}" % nonce,
                b"{\"challengeNonce\":%s,\"timeoutMs\":\"30000\"}" % nonce,
                b"{\"challengeNonce\":%s,\"timeoutMs\":29999}" % nonce,
                b"{\"challengeNonce\":%s,\"timeoutMs\":900001}" % nonce,
                b"{\"challengeNonce\":%s,\"timeoutMs\":-1}" % nonce,
                b"{\"challengeNonce\":%s,\"timeoutMs\":%s}"
                % (nonce, b"9" * 400),
                b"{\"challengeNonce\":%s,\"chain\":1}" % nonce,
                b"{\"challengeNonce\":%s,\"chain\":[[[[]]]]}" % nonce,
                b"{\"challengeNonce\":[%s]}" % nonce,
                b"{\"challengeNonce\":\"%s\"}" % (b"A" * 43),
                b"{\"challengeNonce\":\"%s\"}" % (b"A" * 129),
                b"{\"challengeNonce\":\"%s\\u0007\"}" % (b"A" * 44),
                b"{\"challengeNonce\":\"%s\xc3\xa9\"}" % (b"A" * 44),
                b"[" * 10000, b"{\"a\":" * 3000,
                b"{" + b"\"\":0," * 3000):
            self.assert_error(self.agent.login(body), 400, "bad_request")
        self.assertEqual(self.agent.touched(), before)
        for size in (44, 128):
            body = json.dumps({"challengeNonce": "A" * size,
                               "waitForCard": False}).encode()
            self.assert_error(self.agent.login(body), 503,
                              "pcscd_unavailable")


if __name__ == "__main__":
    main()

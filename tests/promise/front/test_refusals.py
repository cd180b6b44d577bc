# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats W-01 to W-05, W-11, W-12, W-16: what a web page may not do."""

import glob
import itertools
import os
import re

from front_case import BODY, NONCE, ORIGIN, FrontCase, main

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                      "..")

STRANGE_ORIGINS = [
    "null", "", "*", "https://localhost", "https://localhost:18444",
    "http://localhost:18443", "https://localhost:18443/",
    "https://localhost:18443.evil.example", "https://evil.localhost:18443",
    "https://LOCALHOST:18443", "HTTPS://localhost:18443",
    "https://localhost.:18443", "https://localhost:018443",
    "https://user@localhost:18443", "https://127.0.0.1:18443",
    "https://www.mijnburgerprofiel.be", "https://evil.example",
    "file://", "chrome-extension://abcdefghijklmnop",
    "https://localhost:18443 https://evil.example",
    "https://localhost:18443, https://localhost:18443",
    "http://localhost", "http://127.0.0.1:18443", "http://[::1]:18443",
    "https://[::1]:18443", "https://0.0.0.0:18443", "https://localhost:1844",
    "https://localhost:184433", "https://localhost:+18443",
    "https://localhost:18443?", "https://localhost:18443#", "localhost:18443",
    "//localhost:18443", "https:localhost:18443", "https:/localhost:18443",
    "https:\\\\localhost:18443", "wss://localhost:18443",
    "ftp://localhost:18443", "https://local\thost"
    ":18443", "https://localhost%00:18443", "https://localhost:18443%2f",
    "https://l\xf6calhost:18443", "https://xn--loclhost-2za:18443",
    "https://localhost@evil.example", "https://localhost:18443@evil.example",
    "https://evil.example/https://localhost:18443",
    "https://evil.example#https://localhost:18443",
    "https://localhost.evil.example:18443", "https://xlocalhost:18443",
    "https://localhostx:18443", "https://mijnburgerprofiel.be",
    "https://www.mijnburgerprofiel.be.evil.example",
    "https://evilmijnburgerprofiel.be", "https://www.mijnburgerprofiel.be:444",
    "https://www.xn--mijnburgerprofil-9pb.be", "about:blank", "data:",
    "moz-extension://0", "undefined", "*.localhost", "https://*:18443",
    "https://" + "a" * 250 + ".example", "x" * 7000,
]


class Refusals(FrontCase):
    def strange_hosts(self):
        port = self.agent.port
        return ["", "127.0.0.1", "127.0.0.1:", f"localhost:{port}",
                f"LOCALHOST:{port}", f"evil.example:{port}", "evil.example",
                f"127.0.0.1:{port}.", f"127.0.0.1.:{port}", f"127.1:{port}",
                f"0.0.0.0:{port}", f"2130706433:{port}", f"[::1]:{port}",
                f"127.0.0.2:{port}", f"127.0.0.1:{port + 1}",
                f"127.0.0.1:0{port}", f"evil@127.0.0.1:{port}",
                f"127.0.0.1:{port}, evil.example"]

    def test_w01_host(self):
        before = self.agent.touched()
        for method, target in (("GET", "/v1/status"),
                               ("POST", "/v1/authenticate"),
                               ("OPTIONS", "/v1/authenticate"),
                               ("GET", "/"), ("PUT", "/v1/status")):
            for host in self.strange_hosts():
                self.assert_refused(
                    self.agent.ask(method, target, headers={"Host": host},
                                   body=BODY if method == "POST" else b""),
                    host)
            twice = [self.agent.host, self.agent.host]
            self.assert_refused(self.agent.ask(method, target,
                                               headers={"Host": twice}))
        self.assertEqual(self.agent.touched(), before)

    def test_w01_no_host(self):
        """libmicrohttpd from 1.0 on refuses this one by itself."""
        answer = self.agent.ask(leave_out=("Host",))
        if answer.status != 400:
            self.assert_refused(answer)
        self.assertNotIn(b"ccess-", answer.raw)
        self.assertLess(len(answer.body), 500)

    def test_w04_w05_origin(self):
        self.assertGreaterEqual(len(set(STRANGE_ORIGINS)), 60)
        before = self.agent.touched()
        for method, target in (("GET", "/v1/status"),
                               ("POST", "/v1/authenticate"),
                               ("OPTIONS", "/v1/authenticate"),
                               ("GET", "/"), ("DELETE", "/v1/status")):
            body = BODY if method == "POST" else b""
            for origin in STRANGE_ORIGINS:
                self.assert_refused(
                    self.agent.ask(method, target, body=body,
                                   headers={"Origin": origin}), origin)
            self.assert_refused(self.agent.ask(method, target, body=body,
                                               leave_out=("Origin",)))
            self.assert_refused(
                self.agent.ask(method, target, body=body,
                               headers={"Origin": [ORIGIN, ORIGIN]}))
        self.assertEqual(self.agent.touched(), before)

    def test_w03_only_the_full_combination_reaches_the_card(self):
        """Every combination gets the predicted answer; only the full one
        gets as far as the card."""
        hosts = [(self.agent.host, True), (f"localhost:{self.agent.port}",
                                           False)]
        origins = [(ORIGIN, True), ("null", False),
                   ("https://evil.example", False), (None, False)]
        methods = ["GET", "POST", "OPTIONS", "PUT", "HEAD"]
        targets = ["/v1/status", "/v1/authenticate", "/v1/nothing"]
        marks = ["1", "0", None]
        types = ["application/json", "text/plain",
                 "application/x-www-form-urlencoded", "multipart/form-data",
                 None]
        modes = ["cors", "no-cors", "navigate", None]
        count = 0
        reached = 0
        for host, origin, method, target, mark, kind, mode in \
                itertools.product(hosts, origins, methods, targets, marks,
                                  types, modes):
            fields = {"Host": host[0], "Origin": origin[0],
                      "X-Beid-Agent": mark, "Content-Type": kind,
                      "Sec-Fetch-Mode": mode}
            leave = [n for n, v in fields.items() if v is None]
            body = BODY if method == "POST" else b""
            before = self.agent.touched()
            answer = self.agent.ask(method, target, headers=fields,
                                    leave_out=leave, body=body)
            count += 1
            expected = self.predict(host[1] and origin[1], method, target,
                                    mark, kind, mode)
            self.assertEqual(answer.status, expected, fields)
            if expected == 403:
                self.assert_refused(answer, fields)
            if expected in (200, 503):
                reached += 1
                self.assertGreater(self.agent.touched()[0], before[0])
            else:
                self.assertEqual(self.agent.touched(), before)
        self.assertGreaterEqual(count, 5000)
        self.assertEqual(reached, 2 * (len(types) + 1))

    @staticmethod
    def predict(allowed, method, target, mark, kind, mode):
        if not allowed:
            return 403
        if mode not in ("cors", None):
            return 400
        if method == "OPTIONS":
            return 204
        if mark != "1":
            return 400
        routes = {"/v1/status": "GET", "/v1/authenticate": "POST"}
        if target not in routes:
            return 404
        if method != routes[target]:
            return 405
        if method == "POST" and kind != "application/json":
            return 415
        return 200 if method == "GET" else 503

    def test_errors_of_an_accepted_origin_are_readable(self):
        agent = self.agent
        self.assert_error(agent.ask(leave_out=("X-Beid-Agent",)), 400,
                          "bad_request")
        self.assert_error(agent.ask(target="/v1/x"), 404, "not_found")
        self.assert_error(agent.ask("POST", body=BODY), 405,
                          "method_not_allowed")
        self.assert_error(agent.login(headers={"Content-Type": "text/plain"}),
                          415, "unsupported_media_type")
        self.assert_error(agent.login(), 503, "pcscd_unavailable")
        answer = agent.ask("GET", "/v1/authenticate")
        self.assertEqual(answer.headers["allow"], "POST, OPTIONS")

    def test_l04_no_member_carries_a_pin(self):
        before = self.agent.touched()
        for member in ("pin", "PIN", "password", "puk", "hash", "origin",
                       "certificate"):
            body = f'{{"challengeNonce":"{NONCE}","{member}":"1234"}}'
            answer = self.agent.login(body.encode())
            self.assert_error(answer, 400, "bad_request")
            self.assertIn(f"unknown member: {member}",
                          answer.json["error"]["message"])
        self.assertEqual(self.agent.touched(), before)

    def test_l04_no_route_knows_a_pin(self):
        """All members that any route reads, out of the code itself."""
        known = set()
        for path in glob.glob(os.path.join(SOURCE, "agent", "api", "*.[ch]")):
            with open(path, encoding="utf-8") as file:
                known |= set(re.findall(r'{"(\w+)",\s*JSON_[A-Z]+',
                                        file.read()))
        self.assertEqual(known, {
            "challengeNonce", "certificateSha256", "chain", "lang",
            "timeoutMs", "waitForCard", "request", "certificate", "hash",
            "hashFunction", "document", "name",
            # of a step-up request's head and claims
            "alg", "kid", "typ", "iss", "aud", "iat", "exp", "jti", "kind",
            "resource", "text", "acr", "txn"})

    def test_messages_are_in_the_asked_language(self):
        said = set()
        for lang in ("nl", "fr", "de", "en"):
            body = (f'{{"challengeNonce":"{NONCE}","waitForCard":false,'
                    f'"lang":"{lang}"}}')
            said.add(self.agent.login(body.encode()).json["error"]["message"])
        self.assertEqual(len(said), 4)
        self.assert_error(
            self.agent.login(f'{{"challengeNonce":"{NONCE}","lang":"es"}}'
                             .encode()), 400, "bad_request")

    def test_w12_cors_headers(self):
        """Exactly these, on the answer and on the preflight."""
        answer = self.agent.ask()
        cors = {n: v for n, v in answer.headers.items()
                if n.startswith("access-control") or n == "vary"}
        self.assertEqual(cors, {
            "access-control-allow-origin": ORIGIN, "vary": "Origin",
            "access-control-max-age": "0",
            "access-control-expose-headers": "Retry-After"})
        self.assertEqual(answer.headers["content-type"], "application/json")
        self.assertEqual(answer.headers["cache-control"], "no-store")
        preflight = self.agent.ask(
            "OPTIONS", "/v1/authenticate", leave_out=("X-Beid-Agent",),
            headers={"Access-Control-Request-Method": "POST",
                     "Access-Control-Request-Headers":
                     "content-type,x-beid-agent"})
        self.assertEqual(preflight.status, 204)
        self.assertEqual(preflight.body, b"")
        cors = {n: v for n, v in preflight.headers.items()
                if n.startswith("access-control") or n == "vary"}
        self.assertEqual(cors, {
            "access-control-allow-origin": ORIGIN, "vary": "Origin",
            "access-control-max-age": "0",
            "access-control-expose-headers": "Retry-After",
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "content-type, x-beid-agent"})

    def test_status_says_nothing_personal(self):
        got = self.agent.ask().json
        self.assertEqual(set(got), {"agent", "readers", "busy", "portal",
                                    "problem"})
        self.assertEqual(got["agent"]["api"], ["v1"])
        self.assertEqual(got["readers"], [])
        self.assertEqual(got["problem"], "pcscd_unavailable")
        self.assertIs(got["busy"], False)
        self.assertEqual(got["portal"], {"name": "Proef",
                                         "allow": ["authenticate"],
                                         "environment": "test"})


if __name__ == "__main__":
    main()

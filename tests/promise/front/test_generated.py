# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats W-01, W-03, W-04, L-07: 20 000 generated requests, each with at
least one thing wrong, are answered as design.md section 4 predicts, and not
one of them reaches pcscd or the prompt."""

import collections
import os
import random

from front_case import BODY, NONCE, FrontCase, main
from test_refusals import STRANGE_ORIGINS

COUNT = int(os.environ.get("BEID_REFUSALS", "20000"))
SEED = 20260301
GOOD = NONCE.encode()
# What may be wrong, in the order in which it is looked at: the answer is
# that of the first.
ORDER = (("host", 403), ("origin", 403), ("mode", 400), ("mark", 400),
         ("target", 404), ("method", 405), ("type", 415), ("size", 413),
         ("body", 400))


class Generated(FrontCase):
    def wrong(self, what, dice):
        """A value of that part that is not accepted."""
        port = self.agent.port
        return dice.choice({
            "host": ["", "localhost", f"localhost:{port}", "127.0.0.1",
                     f"127.0.0.1:{port + dice.randint(1, 99)}",
                     f"127.0.0.{dice.randint(2, 254)}:{port}",
                     f"0.0.0.0:{port}", f"[::1]:{port}", f"127.1:{port}",
                     f"{dice.choice('abcxyz')}.example:{port}",
                     f"127.0.0.1:{port}.", f"127.0.0.1:0{port}"],
            "origin": STRANGE_ORIGINS[:-1] + [
                f"https://{dice.choice('abc')}.localhost:18443",
                f"https://localhost:{dice.randint(1, 18442)}", None],
            "mode": ["no-cors", "navigate", "same-origin", "websocket",
                     "CORS", "cors ,", ""],
            "mark": ["0", "2", "11", "true", "", None],
            "target": ["/", "/v1", "/v1/", "/v2/authenticate", "/v1/login",
                       "/v1/authenticate/", "/v1/Authenticate", "//v1/status",
                       f"/v1/{dice.getrandbits(32):x}"],
            "method": ["GET", "PUT", "DELETE", "PATCH"],
            "type": ["text/plain", "application/x-www-form-urlencoded",
                     "multipart/form-data", "application/json; charset=utf-8",
                     "APPLICATION/JSON", "application/jsonp", "", None],
            "size": [16385, 20000, 40000],
            "body": [b"{}", b"[]", b"null", b"{", BODY[:-1], BODY + b"x",
                     b'{"challengeNonce":"%s"}' % GOOD[:43],
                     b'{"challengeNonce":"%s","pin":"1234"}' % GOOD,
                     b'{"challengeNonce":"%s","hash":"x"}' % GOOD,
                     b'{"challengeNonce":"%s","lang":"xx"}' % GOOD,
                     b'{"challengeNonce":"%s","timeoutMs":1}' % GOOD,
                     b'{"challengeNonce":"%s","challengeNonce":"%s"}'
                     % (GOOD, GOOD),
                     b'{"challengeNonce":%d}' % dice.getrandbits(64)],
        }[what])

    def request(self, parts):
        body = parts.get("body", BODY)
        if "size" in parts:
            body = BODY[:-1] + b" " * (parts["size"] - len(BODY)) + b"}"
        names = {"host": "Host", "origin": "Origin", "mark": "X-Beid-Agent",
                 "mode": "Sec-Fetch-Mode", "type": "Content-Type"}
        fields = {names[what]: value for what, value in parts.items()
                  if what in names}
        fields.setdefault("Content-Type", "application/json")
        fields["Content-Length"] = str(len(body))
        return self.agent.build(
            parts.get("method", "POST"),
            parts.get("target", "/v1/authenticate"), headers=fields,
            leave_out=[n for n, v in fields.items() if v is None], body=body)

    def test_w03_generated_refusals(self):
        dice = random.Random(SEED)
        before = self.agent.touched()
        seen = collections.Counter()
        names = [what for what, _ in ORDER]
        for number in range(COUNT):
            chosen = dice.sample(names, dice.choice((1, 1, 1, 2, 2, 3, 5)))
            parts = {what: self.wrong(what, dice) for what in chosen}
            answer = self.agent.raw(self.request(parts))
            expected = next(status for what, status in ORDER
                            if what in parts)
            self.assertEqual(answer.status, expected,
                             (SEED, number, parts, answer))
            if expected == 403:
                self.assert_refused(answer, parts)
            else:
                self.assertIn("access-control-allow-origin", answer.headers)
            seen[expected] += 1
        print(f"{COUNT} refusals: {dict(sorted(seen.items()))}")
        self.assertEqual(set(seen), {status for _, status in ORDER})
        self.assertEqual(self.agent.touched(), before)
        self.assertEqual(before, (0, False))
        self.assert_works()


if __name__ == "__main__":
    main()

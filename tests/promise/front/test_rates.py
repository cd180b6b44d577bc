# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats W-13, L-07: a page that asks again and again is held back."""

import unittest

from front_case import ORIGIN, Agent, main

OTHER = "https://localhost:18444"
BURST = 60  # agent/policy/rate.h


class Rates(unittest.TestCase):
    def test_w13_operations_that_come_to_nothing(self):
        agent = Agent(origins=(ORIGIN, OTHER)).ready()
        try:
            # What is refused before the card and what only looks is free.
            for _ in range(BURST + 10):
                self.assertEqual(agent.login(b"{}").status, 400)
                self.assertEqual(agent.ask().status, 200)
            self.assertEqual(agent.login().status, 503)
            # One is won back every two seconds, so slow machines need more.
            tries = 1
            while (answer := agent.login()).status == 503:
                tries += 1
                self.assertLess(tries, 20 * BURST)
            self.assertGreaterEqual(tries, BURST)
            self.assertEqual((answer.status, answer.code),
                             (429, "rate_limited"))
            wait = answer.json["error"]["retryAfterMs"]
            self.assertLessEqual(wait, 2000)
            self.assertEqual(int(answer.headers["retry-after"]),
                             -(-wait // 1000))
            self.assertIs(answer.json["error"]["retryable"], True)
            before = agent.touched()
            self.assertEqual(agent.ask(headers={"Origin": "null"}).status, 403)
            self.assertEqual(agent.touched(), before)
            # Another origin is not held back by this one.
            self.assertEqual(agent.login(headers={"Origin": OTHER}).status,
                             503)
            self.assertEqual(agent.ask().status, 200)
        finally:
            self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    main()

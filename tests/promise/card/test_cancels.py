# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat W-13: who keeps asking a citizen that keeps cancelling has to wait,
and the citizen sees nothing of it any more."""

from card_case import CanaryCase, main

CANCELS = 5


class Cancels(CanaryCase):
    def test_w13_five_cancels_close_the_door(self):
        for number in range(CANCELS):
            self.screen.wait_closed()
            login, window = self.stack.begin()
            self.screen.press(window, "Escape")
            answer = login.result()
            self.assertEqual(answer.code, "user_cancelled", (number, answer))
        self.screen.wait_closed()
        asked = self.prompt.count("SETDESC")
        apdus = self.card.count("apdus")
        for _ in range(20):
            answer = self.agent.authenticate()
            self.assertEqual((answer.status, answer.code),
                             (429, "rate_limited"), answer)
            wait = answer.json["error"]["retryAfterMs"]
            self.assertTrue(0 < wait <= 120000, wait)
            self.assertEqual(int(answer.headers["Retry-After"]),
                             -(-wait // 1000))
        self.assertEqual(self.screen.windows(), [])
        self.assertEqual(self.prompt.count("SETDESC"), asked)
        self.assertEqual(self.card.count("apdus"), apdus)
        # What only looks goes on.
        self.assertEqual(self.agent.status().status, 200)


if __name__ == "__main__":
    main()

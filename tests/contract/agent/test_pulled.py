# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The card leaves at every single APDU of a login; nothing is lost."""

from agent_case import MAX_TRIES, AgentCase, main
from stack import PIN, Later

DEFINED = ("card_removed", "no_card")


class Pulled(AgentCase):
    def apdus_of_a_login(self):
        self.card.do("counters-reset")
        self.good_login()
        return self.card.count("apdus")

    def attempt(self, position):
        """One login with the card leaving at APDU number position."""
        self.card.do("fault", "--at", str(position), "--do", "remove")
        asked = self.prompt.count()
        login = Later(self.agent.authenticate, waitForCard=False)
        while not login.done():
            windows = self.screen.windows()
            if windows and self.prompt.count() > asked:
                asked = self.prompt.count()
                self.screen.type_line(windows[-1], PIN)
        return login.result()

    def pull_at_each(self, refill):
        """Until a login gets through; refill() restores the start state."""
        position = 0
        while True:
            position += 1
            self.assertLess(position, 40, "the login never got through")
            refill()
            answer = self.attempt(position)
            self.card.do("fault", "--off")
            self.card.do("insert")
            self.wait_card("supported")
            self.assertEqual(self.tries(), MAX_TRIES)
            if answer.status == 200:
                break
            with self.subTest(apdu=position):
                self.assertIn(answer.code, DEFINED, answer)
                self.good_login()
                self.assertEqual(self.tries(), MAX_TRIES)
        # The last APDU is LOG OFF: the signature is there already, so the
        # agent may deliver it even when the card leaves at that moment.
        return position - 1

    def test_same_card(self):
        again = None
        self.good_login()
        again = self.apdus_of_a_login()
        reached = self.pull_at_each(lambda: None)
        print(f"pulled at {reached} APDUs of {again}")
        self.assertGreaterEqual(reached, again - 1)
        self.good_login()
        self.assertEqual(self.tries(), MAX_TRIES)

    def test_fresh_card(self):
        def refill():
            """Another agent, whose worker has not seen this card yet."""
            type(self).agent = self.stack.restart_agent()
            self.wait_card("supported")

        refill()
        fresh = self.apdus_of_a_login()
        reached = self.pull_at_each(refill)
        print(f"pulled at {reached} APDUs of {fresh}")
        self.assertGreaterEqual(reached, fresh - 1)
        self.good_login()


if __name__ == "__main__":
    main()

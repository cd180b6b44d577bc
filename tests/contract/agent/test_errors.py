# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The errors of service, reader, card and prompt, each caused for real and
held against agent/api/openapi.yaml. No PIN is asked for any of them."""

import os
import signal
import sys

from agent_case import APPLET, MAX_TRIES, main
from described import ELSEWHERE, DescribedCase
from process import Program, children_of, wait_until
from stack import SOURCE, Agent, Later, home_in

CLIENT = os.path.join(SOURCE, "tests", "harness", "pcsc_client.py")


class Errors(DescribedCase):
    def setUp(self):
        self.card.do("counters-reset")
        self.asked = self.prompt.count()

    def refused(self, code, **members):
        """A login that ends so, with no PIN asked and none presented."""
        members.setdefault("waitForCard", False)
        self.bad(self.agent.authenticate(**members), code)
        self.assertEqual(self.prompt.count(), self.asked)
        self.assertEqual(self.card.count("verify"), 0)

    def with_card(self, *how, state, code):
        self.put(*how)
        try:
            self.wait_card(state)
            self.refused(code)
        finally:
            self.fresh_card()

    def put(self, *how):
        """Another card, put in after the former was seen to leave."""
        self.card.do("remove")
        self.wait_card("none")
        self.card.do("swap", *how)
        self.card.do("insert")

    def fresh_card(self):
        self.put("--applet", APPLET, "--person", "adult")
        self.wait_card("supported")

    def test_1_cards(self):
        self.with_card("--applet", "foreign", state="unsupported",
                       code="unsupported_card")
        self.with_card("--applet", "1.1", state="supported",
                       code="card_too_old")
        self.with_card("--person", "minor", state="supported",
                       code="certificate_missing")
        self.with_card("--person", "expired", state="supported",
                       code="certificate_expired")

    def test_1_pin_blocked(self):
        self.card.do("tries", "--set", "0")
        self.refused("pin_blocked")
        self.card.do("tries", "--set", str(MAX_TRIES))

    def test_1_card_mute(self):
        self.card.do("fault", "--at", "0", "--do", "mute")
        try:
            self.refused("card_mute")
        finally:
            self.card.do("fault", "--off")
            self.card.do("remove")
            self.card.do("insert")
        self.wait_card("supported")

    def test_1_card_error(self):
        self.fresh_card()
        self.card.do("fault", "--at", "2", "--do", "answer:")
        self.refused("card_error")
        self.card.do("fault", "--off")

    def test_1_reader_in_use(self):
        other = Program([sys.executable, CLIENT, "--exclusive", "--wait"],
                        env={**os.environ, **self.card.env})
        try:
            other.expect("waiting")
            self.wait_card("busy")
            self.refused("reader_in_use")
        finally:
            other.stop()
        self.wait_card("supported")

    def test_1_prompt_unavailable(self):
        """A pinentry that does not work: no try is burnt for it."""
        other = Agent(self.stack.directory,
                      {**self.screen.env, **self.card.env,
                       **home_in(self.stack.directory)}, "/bin/false")
        try:
            self.bad(other.authenticate(), "prompt_unavailable", other)
            self.assertEqual(self.card.count("verify"), 0)
        finally:
            self.assertEqual(other.stop(), 0)

    def test_1_internal(self):
        login = Later(self.agent.authenticate)
        self.screen.wait_window()
        worker = [pid for pid, line in children_of(
            self.agent.program.pid).items() if "beid-agent-card" in line]
        os.kill(worker[0], signal.SIGKILL)
        self.bad(login.result(), "internal")
        self.screen.wait_closed()
        wait_until(lambda: self.agent.status().json.get("problem") is None,
                   20, "another worker")
        self.wait_card("supported")

    def test_2_pcscd_unavailable(self):
        self.card.do("pcscd-kill")
        self.refused("pcscd_unavailable")
        self.card.do("pcscd-start")
        self.wait_card("supported")

    def test_3_all_were_caused(self):
        here = {code for code, where in ELSEWHERE.items()
                if where == os.path.basename(__file__)}
        self.assertEqual(self.caused | {"no_reader"}, here)
        self.good_login()


class Empty(DescribedCase):
    """A pcscd without any reader."""

    card_options = ("--readers", "0")

    def test_no_reader(self):
        self.bad(self.agent.authenticate(waitForCard=False), "no_reader")
        self.assertEqual(self.prompt.count("SETDESC"), 0)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What the citizen's own file takes away, and reloading while one signs."""

import os
import signal

from agent_case import main
from described import DescribedCase
from process import wait_until
from stack import PIN, home_in


class Policy(DescribedCase):
    def setUp(self):
        self.card.do("counters-reset")

    def restrict(self, text):
        """Writes the citizen's file and has the agent read it."""
        path = os.path.join(home_in(self.stack.directory)["XDG_CONFIG_HOME"],
                            "beid-agent", "portals.conf")
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w", encoding="utf-8") as conf:
            conf.write(text)
        os.chmod(path, 0o600)
        os.kill(self.agent.program.pid, signal.SIGHUP)

    def allow(self):
        return self.agent.status().json["portal"]["allow"]

    def test_blocked_and_allowed_again(self):
        for text in ("block=demo\n", "nonsense\n"):
            self.restrict(text)
            wait_until(lambda: self.allow() == [], 10, "the block")
            answer = self.agent.authenticate()
            self.bad(answer, "portal_blocked")
            self.assertEqual(self.card.count("apdus"), 0)
            self.restrict("block=another\n")
            wait_until(lambda: self.allow() != [], 10, "the end of the block")
        self.good_login()

    def test_what_the_portal_file_does_not_allow(self):
        for path in ("step-up", "signing-certificate", "sign"):
            body = {"request": "a.b.c"} if path == "step-up" else {}
            if path == "sign":
                body = {"certificate": "AAAA", "hashFunction": "SHA-256",
                        "hash": "A" * 43 + "="}
            answer = self.agent.request("POST", "/v1/" + path, body)
            self.bad(answer, "operation_not_allowed")
        self.assertEqual(self.card.count("apdus"), 0)

    def test_reload_does_not_drop_a_running_login(self):
        login, window = self.stack.begin()
        self.restrict("block=demo\n")
        wait_until(lambda: self.allow() == [], 10, "the block")
        self.screen.type_line(window, PIN)
        self.assertEqual(login.result().status, 200)
        self.restrict("")
        wait_until(lambda: self.allow() != [], 10, "the end of the block")


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""GET /v1/events: what an operation is doing, for the pages of its origin."""

import json
import os
import re
import socket

from agent_case import AgentCase, main
from process import wait_until
from stack import ORIGIN, PIN, Later

OTHER = "https://localhost:18444"


def portal_file(directory, allow, more=""):
    """Lists the other portal."""
    os.makedirs(os.path.join(directory, "portals.d"), mode=0o700)
    with open(os.path.join(directory, "portals.d", "other.conf"), "w",
              encoding="utf-8") as conf:
        conf.write(f"name.nl=Ander\norigin={OTHER}\nallow={allow}\n{more}")


class Stream:
    """A page that reads the stream as it comes."""

    def __init__(self, agent, origin=ORIGIN):
        self.connection = agent.connect(30)
        self.connection.request("GET", "/v1/events", headers={
            "Origin": origin, "X-Beid-Agent": "1"})
        self.sock = self.connection.sock
        self.response = self.connection.getresponse()
        self.seen = []
        self.text = ""
        self.first = self.response.readline()
        self.reader = Later(self.read)

    def read(self):
        for line in self.response:
            self.text += line.decode()
            found = re.fullmatch(rb"data: (.*)\n", line)
            if found:
                self.seen.append(json.loads(found[1])["event"])
        return self.seen

    def leave(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the agent was first
        self.reader.result(10)
        self.response.close()


class Events(AgentCase):
    @classmethod
    def portal(cls, directory):
        portal_file(directory, "authenticate")
        return {}

    def test_a_login_as_its_pages_see_it(self):
        streams = [Stream(self.agent) for _ in range(5)]
        other = Stream(self.agent, OTHER)
        for stream in [*streams, other]:
            self.assertEqual(stream.response.status, 200)
            self.assertEqual(stream.response.headers["Content-Type"],
                             "text/event-stream")
            self.assertEqual(
                stream.response.headers["Access-Control-Allow-Origin"],
                OTHER if stream is other else ORIGIN)
            self.assertEqual(stream.first, b":\n")
        self.good_login()
        for stream in streams:
            self.assertEqual(stream.reader.result(10),
                             ["window-opened", "pin-entry", "signing", "done"])
            stream.leave()
        self.assertEqual(other.seen, [])
        self.assertFalse(other.reader.done())
        other.leave()

    def test_waiting_for_a_card_that_leaves_again(self):
        self.card.do("remove")
        self.wait_card("none")
        stream = Stream(self.agent)
        login = Later(self.agent.authenticate)
        self.screen.wait_window()
        late = Stream(self.agent)
        asked = self.prompt.count()
        self.card.do("insert")
        wait_until(lambda: self.prompt.count() > asked, 15, "the PIN prompt")
        self.screen.wait_window()
        wait_until(lambda: "pin-entry" in stream.seen, 10, "the event")
        self.card.do("remove")
        try:
            self.assertEqual(login.result().code, "card_removed")
        finally:
            self.card.do("insert")
        self.assertEqual(stream.reader.result(10),
                         ["waiting-for-card", "window-opened", "pin-entry",
                          "card-removed", "done"])
        self.assertEqual(late.reader.result(10)[-3:],
                         ["pin-entry", "card-removed", "done"])
        self.wait_card("supported")
        stream.leave()
        late.leave()

    def test_pages_that_leave_are_forgotten(self):
        for _ in range(100):
            stream = Stream(self.agent)
            self.assertEqual(stream.response.status, 200)
            stream.leave()
        self.good_login()


if __name__ == "__main__":
    main()

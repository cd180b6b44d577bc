# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Readers and cards that come and go, several threads, several programs."""

import os
import sys

from module_case import (APPLET, DEVICE_REMOVED, NOT_LOGGED_IN, OK, PIN, PLAIN,
                         HERE, TOKEN_NOT_PRESENT, ModuleCase, main)
from process import run, wait_until

# Beside the client: built as the module is.
FORKER = os.path.join(os.path.dirname(os.environ["BEID_CLIENT"]),
                      "module_forker")
NO_EVENT = 0x8
NOT_INITIALIZED = 0x190
CARD_IN = 0x1
PUBLIC, USER = "0", "1"
ROUNDS = 5


class Helpers(ModuleCase):
    def plain(self):
        """A client as any other program would be one."""
        return self.client("objects=auth")

    def opened(self, client, seat=0):
        self.expect(client, f"seat {seat}")
        for line in ("slots", f"pick {seat}", "open"):
            self.expect(client, line)

    def logged_in(self, client, seat=0):
        self.opened(client, seat)
        for line in (f"login {PIN}", "key"):
            self.expect(client, line)

    def signs(self, client):
        self.expect(client, f"init {PLAIN}")
        self.expect(client, self.sign())

    def strange_reset(self):
        run([sys.executable, os.path.join(HERE, "..", "..", "harness",
                                          "pcsc_client.py"), "--reset"],
            env={**os.environ, **self.card.env})

    def state(self, client):
        words = client.say("session")
        self.assertEqual(words[-1], "0")
        return words[1]


class Slots(Helpers):
    START = ("--readers", "2")

    def test_cards_come_and_go(self):
        client = self.plain()
        self.opened(client)
        self.expect(client, "event", NO_EVENT)
        for verb, reader in (("remove", 1), ("insert", 1), ("remove", 0)):
            self.expect(client, "start wait")
            self.card.do(verb, "--reader", str(reader))
            self.assertEqual(client.say("join"), [str(reader), "0"], verb)
        self.expect(client, "session", DEVICE_REMOVED)
        self.expect(client, "event", NO_EVENT)
        # One that comes between two calls is not lost, nor told twice.
        self.card.do("insert", "--reader", "0")
        wait_until(lambda: client.flags("slot") & CARD_IN, 10, "the card")
        self.assertEqual(client.say("event"), ["0", "0"])
        self.expect(client, "event", NO_EVENT)
        self.expect(client, "close")
        self.logged_in(client)
        self.signs(client)
        self.assertEqual(client.end(), 0)

    def test_finalize_wakes(self):
        client = self.plain()
        for _ in range(ROUNDS):
            self.opened(client)
            self.expect(client, "start wait")
            self.expect(client, "finalize")
            self.expect(client, "join", NOT_INITIALIZED)
            self.expect(client, "initialize")
        self.assertEqual(client.end(), 0)

    def test_card_at_work_holds_up_no_other(self):
        client = self.plain()
        self.opened(client, 0)
        self.opened(client, 1)
        self.card.do("fault", "--reader", "0", "--at", "1", "--do", "hold")
        self.expect(client, "seat 0")
        self.expect(client, f"start login {PIN}")
        self.card.do("fault", "--reader", "0", "--wait")
        self.expect(client, "seat 1")
        for line in ("slots", "pick 1", "slot", "token", f"login {PIN}",
                     "key"):
            self.expect(client, line)
        self.signs(client)
        self.card.do("release", "--reader", "0")
        self.expect(client, "seat 0")
        self.expect(client, "join")
        self.assertEqual(client.end(), 0)

    def test_two_programs_at_once(self):
        both = [self.plain(), self.plain()]
        for client in both:
            self.logged_in(client)
        for _ in range(ROUNDS):
            for client in both:
                self.expect(client, f"init {PLAIN}")
                self.expect(client, "start " + self.sign())
            for client in both:
                self.expect(client, "join")
        self.verify()
        # The right is the card's: when one logs out the other has to ask.
        self.expect(both[0], "logout")
        self.expect(both[1], f"init {PLAIN}")
        self.expect(both[1], self.sign(), NOT_LOGGED_IN)
        self.assertEqual(self.state(both[1]), PUBLIC)
        self.expect(both[1], f"login {PIN}")
        self.signs(both[1])
        for client in both:
            self.assertEqual(client.end(), 0)
        self.assertEqual(self.card.count("tries_left"), 3)

    def test_reset_by_another_program(self):
        client = self.plain()
        self.opened(client)
        self.strange_reset()
        # No right was lost, so nothing is to be seen of it.
        self.expect(client, f"certificate {self.file('cert.der')}")
        for line in (f"login {PIN}", "key"):
            self.expect(client, line)
        self.assertEqual(self.state(client), USER)
        self.strange_reset()
        self.expect(client, f"init {PLAIN}")
        self.expect(client, self.sign(), NOT_LOGGED_IN)
        self.assertEqual(self.state(client), PUBLIC)
        self.assertEqual(self.card.count("signatures"), 0)
        self.expect(client, f"login {PIN}")
        self.signs(client)
        self.verify()
        self.assertEqual(client.end(), 0)

    def test_another_card_is_never_the_first(self):
        client = self.plain()
        self.logged_in(client)
        self.card.do("swap", "--reader", "0")
        self.expect(client, f"init {PLAIN}")
        self.assertNotEqual(client.rv(self.sign()), OK)
        self.expect(client, "session", DEVICE_REMOVED)
        self.expect(client, f"login {PIN}", DEVICE_REMOVED)
        self.assertEqual(self.card.count("signatures"), 0)
        self.assertEqual(self.card.count("verify"), 0)
        self.expect(client, "close")
        self.logged_in(client)
        self.signs(client)
        self.assertEqual(client.end(), 0)


class Children(Helpers):
    def test_children_of_a_busy_parent(self):
        """libpcsclite's own lock must not be inherited locked."""
        said = run([FORKER, os.environ["BEID_MODULE"], "2"],
                   env={**os.environ, **self.card.env}, seconds=300)
        self.assertRegex(said, r"^\d+ children, \d+ looks")

    def test_handlers_of_another_library(self):
        """They run in the middle of a fork: pkcs11-helper's start anew."""
        said = run([FORKER, os.environ["BEID_MODULE"], "0", "handlers"],
                   env={**os.environ, **self.card.env}, seconds=300)
        self.assertEqual(said.strip(), "3 children, 3 looks")


class Hotplug(Helpers):
    """A reader with a card in it that is plugged in, pulled, and back."""
    START = ("--readers", "2")
    pki_name = "auth-1.pem"

    def slots(self, client):
        words = client.say("slots")
        self.assertEqual(words[-1], "0")
        return int(words[0])

    def awaited(self, client, verb):
        """The one slot that a thread in C_WaitForSlotEvent is told of."""
        self.expect(client, "seat 0")
        self.expect(client, "start wait")
        self.card.do(verb, "--reader", "1")
        self.assertEqual(client.say("join"), ["1", "0"], verb)

    def no_more_events(self, client):
        """The reader comes first, then the card in it."""
        while (words := client.say("event"))[-1] == "0":
            self.assertEqual(words[0], "1")

    def used(self, client):
        """A whole signature with the card in the second reader."""
        self.expect(client, "seat 1")
        self.assertEqual(client.say("pick 1"), ["1", "0"])
        wait_until(lambda: client.flags("slot") & CARD_IN, 30, "the card")
        for line in ("token", "open", f"login {PIN}", "key"):
            self.expect(client, line)
        self.signs(client)
        self.verify()

    def first_is_as_it_was(self, client):
        self.expect(client, "seat 0")
        self.assertEqual(client.say("pick 0"), ["0", "0"])
        self.assertEqual(self.state(client), USER)
        self.signs(client)

    def test_reader_comes_and_goes(self):
        self.card.do("unplug", "--reader", "1")
        client = self.plain()
        wait_until(lambda: self.slots(client) == 1, 30, "one reader")
        self.no_more_events(client)
        self.logged_in(client)
        for way in ("the first time", "again"):
            with self.subTest(way):
                self.awaited(client, "plug")
                self.assertEqual(self.slots(client), 2)
                self.used(client)
                self.no_more_events(client)
                self.first_is_as_it_was(client)
                self.awaited(client, "unplug")
                self.assertEqual(self.slots(client), 1)
                self.expect(client, "seat 1")
                self.assertEqual(client.flags("slot") & CARD_IN, 0)
                self.expect(client, "token", TOKEN_NOT_PRESENT)
                self.expect(client, "session", DEVICE_REMOVED)
                self.expect(client, f"init {PLAIN}", DEVICE_REMOVED)
                self.expect(client, "close")
                self.first_is_as_it_was(client)
                self.expect(client, "event", NO_EVENT)
        self.assertEqual(client.end(), 0)


class EveryReader(Helpers):
    """As many readers as pcscd has room for."""
    # Each has a card, and sixteen with RSA keys take a minute to make: those
    # that are never put in are of the other kind.
    applet = "1.8"
    START = ("--readers", "16", "--empty")

    def test_all_are_slots(self):
        client = self.plain()
        self.assertEqual(client.say("slots"), ["16", "0"])
        self.expect(client, "event", NO_EVENT)
        for number in (15, 0):
            self.card.do("swap", "--reader", str(number), "--applet", APPLET)
            self.card.do("insert", "--reader", str(number))
            wait_until(lambda: self.holds_card(client, number), 10, "the card")
            self.assertEqual(client.say("event"), [str(number), "0"])
            self.expect(client, "open")
            for line in (f"login {PIN}", "key"):
                self.expect(client, line)
            self.signs(client)
            self.expect(client, "close")
        # With all of them there is no place for another to wait for.
        self.expect(client, "start wait")
        self.card.do("remove", "--reader", "15")
        self.assertEqual(client.say("join"), ["15", "0"])
        self.assertEqual(client.end(), 0)

    def holds_card(self, client, number):
        self.expect(client, f"pick {number}")
        return client.flags("slot") & CARD_IN


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Reader and card under the real pcscd: events, faults, life and death."""

import os
import signal
import subprocess
import sys
import threading
import time

import pcsc
from virtual_case import APPLET, VERIFY, WRONG, VirtualCase, main

from process import wait_until

READ_DIR = "00A4080C043F002F00"
GONE = (pcsc.NO_SMARTCARD, pcsc.REMOVED_CARD)
HASH = "00" * 32 if APPLET == "1.7" else "00" * 48
MSE = "002241B6050480088482" if APPLET == "1.7" else "002241B6050480028482"
PSO = f"002A9E9A{len(HASH) // 2:02X}{HASH}"
MORE = "6100" if APPLET == "1.7" else "6160"

# Another process that verifies the PIN and then waits to be killed.
HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
import pcsc
context = pcsc.Context()
card = context.connect(context.readers()[0])
if sys.argv[2] == "transaction":
    card.begin()
print(card.sw(sys.argv[3]), flush=True)
sys.stdin.read()
"""


class Pcsc(VirtualCase):
    OPTIONS = ("--readers", "2")

    def setUp(self):
        self.context = pcsc.Context()
        self.addCleanup(self.context.release)
        self.reader = self.context.readers()[0]
        self.card.do("reset")

    def connect(self):
        card = self.context.connect(self.reader)
        self.addCleanup(card.disconnect)
        return card

    def fails(self, codes, call, *arguments):
        with self.assertRaises(pcsc.PcscError) as caught:
            call(*arguments)
        self.assertIn(caught.exception.code, codes, caught.exception)

    def test_two_readers(self):
        names = self.context.readers()
        self.assertEqual(len(names), 2)
        one, two = [self.context.connect(name) for name in names]
        self.assertNotEqual(one.send("80E400001C"), two.send("80E400001C"))
        self.card.do("remove", "--reader", "1")
        self.assertEqual(one.sw(READ_DIR), "9000")
        self.fails(GONE, two.sw, READ_DIR)
        self.card.do("insert", "--reader", "1")
        one.disconnect()
        two.disconnect()

    def test_cable(self):
        name = self.context.readers()[1]
        card = self.context.connect(name)
        self.assertEqual(card.sw(VERIFY), "9000")

        def is_there():
            state, _ = self.context.state(name)
            return not state & pcsc.STATE_UNAVAILABLE

        # At once, and at any point of the time between two looks of pcscd.
        for pause in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
            self.card.do("unplug", "--reader", "1")
            wait_until(lambda: not is_there(), 30, "the reader to leave")
            time.sleep(pause)
            self.card.do("unplug", "--reader", "1", code=1)
            self.assertEqual(self.connect().sw(READ_DIR), "9000")
            self.card.do("plug", "--reader", "1")
            wait_until(is_there, 30, "the reader to come back")
            self.card.do("plug", "--reader", "1", code=1)
            # The card had no power, and its counters are its own.
            card = self.context.connect(name)
            self.assertEqual(card.sw("00200001"), "63C3")
        card.disconnect()

    def test_t0_shows_status_words(self):
        card = self.connect()
        self.assertEqual(card.protocol.value, pcsc.PROTOCOL_T0)
        self.assertEqual(card.send("80E4000000"), "6C1C")
        self.assertEqual(card.sw(MSE), "9000")
        self.assertEqual(card.sw(PSO), "6982")
        self.assertEqual(card.sw(VERIFY), "9000")
        self.assertEqual(card.send(PSO), MORE)
        self.assertEqual(len(card.send("00C00000" + MORE[2:])),
                         2 * (256 if APPLET == "1.7" else 96) + 4)
        self.assertEqual(card.send("80E6000000"), "9000")
        self.assertEqual(card.sw(PSO), "6985")

    def seen_after(self, verb, wanted):
        """Seconds from the command until a client in pcscd is told."""
        state, _ = self.context.state(self.reader)
        begin = time.monotonic()
        self.card.do(verb)
        while not state & wanted:
            self.assertLess(time.monotonic() - begin, 5, verb)
            state, _ = self.context.state(
                self.reader, state & ~pcsc.STATE_CHANGED, 2000)
        return time.monotonic() - begin

    def test_events_are_seen_within_a_second(self):
        for _ in range(5):
            self.assertLess(self.seen_after("remove", pcsc.STATE_EMPTY), 1)
            self.assertLess(self.seen_after("insert", pcsc.STATE_PRESENT), 1)
        _, atr = self.context.state(self.reader)
        self.assertEqual(len(atr), 13 if APPLET == "1.7" else 20)

    def test_tries_survive_everything(self):
        card = self.connect()
        self.assertEqual(card.sw(WRONG), "63C2")
        self.card.do("remove")
        self.fails(GONE, card.sw, READ_DIR)
        self.card.do("insert")
        card = self.connect()
        self.assertEqual(card.sw("00200001"), "63C2")
        self.assertEqual(card.sw(VERIFY), "9000")
        self.assertEqual(card.sw("00200001"), "9000")
        self.card.do("reset")
        self.assertEqual(card.sw("00200001"), "63C3")

    def test_removed_at_the_nth_command(self):
        for position in (1, 3):
            card = self.connect()
            self.card.do("fault", "--at", str(position), "--do", "remove")
            for _ in range(position - 1):
                self.assertEqual(card.sw(READ_DIR), "9000")
            self.fails(GONE + (pcsc.NOT_TRANSACTED, pcsc.COMM_ERROR),
                       card.sw, READ_DIR)
            self.card.do("insert")

    def test_mute(self):
        card = self.connect()
        self.card.do("fault", "--at", "1", "--do", "mute")
        self.fails((pcsc.NOT_TRANSACTED, pcsc.COMM_ERROR,
                    pcsc.UNRESPONSIVE_CARD), card.sw, READ_DIR)
        self.card.do("remove")
        self.card.do("insert")
        self.assertEqual(self.connect().sw(READ_DIR), "9000")

    def test_mute_from_the_start(self):
        self.card.do("remove")
        self.card.do("insert")
        self.card.do("fault", "--at", "0", "--do", "mute")
        try:
            card = None
            try:
                card = self.context.connect(self.reader)
                card.reconnect(pcsc.RESET)
                self.fail("a mute card was reset")
            except pcsc.PcscError as error:
                self.assertIn(error.code, (pcsc.UNRESPONSIVE_CARD,
                                           pcsc.NOT_TRANSACTED,
                                           pcsc.COMM_ERROR, 0x8010002F))
            state, _ = self.context.state(self.reader)
            self.assertTrue(state & pcsc.STATE_MUTE, f"{state:X}")
        finally:
            if card is not None:
                card.disconnect()
            self.card.do("fault", "--off")
            self.card.do("remove")
            self.card.do("insert")

    def test_status_word_instead(self):
        card = self.connect()
        self.card.do("fault", "--at", "2", "--do", "sw:6f00")
        self.assertEqual(card.sw(READ_DIR), "9000")
        self.assertEqual(card.sw(READ_DIR), "6F00")
        self.assertEqual(card.sw(READ_DIR), "9000")

    def test_hold(self):
        card = self.connect()
        self.card.do("counters-reset")
        self.assertEqual(card.sw(MSE), "9000")
        self.assertEqual(card.sw(VERIFY), "9000")
        self.card.do("fault", "--at", "1", "--do", "hold")
        got = []
        thread = threading.Thread(target=lambda: got.append(card.sw(PSO)))
        thread.start()
        self.card.do("fault", "--wait")
        thread.join(0.3)
        self.assertTrue(thread.is_alive())
        self.assertEqual(self.card.counters()["signatures"], 0)
        self.other_reader_works()
        self.card.do("release")
        thread.join(10)
        self.assertEqual(got, [MORE])
        self.assertEqual(self.card.counters()["signatures"], 1)
        self.card.do("release", code=1)
        self.card.do("fault", "--wait", code=1)

    def test_hold_after(self):
        card = self.connect()
        self.assertEqual(card.sw(MSE), "9000")
        self.card.do("counters-reset")
        self.card.do("fault", "--at", "1", "--do", "hold-after")
        got = []
        thread = threading.Thread(target=lambda: got.append(card.sw(VERIFY)))
        thread.start()
        self.card.do("fault", "--wait")
        thread.join(0.3)
        self.assertTrue(thread.is_alive())
        self.assertEqual(self.card.counters()["verify_ok"], 1)
        self.card.do("release")
        thread.join(10)
        self.assertEqual(got, ["9000"])
        self.assertEqual(self.card.counters()["verify_ok"], 1)
        self.assertEqual(card.sw(PSO), MORE)

    def other_reader_works(self):
        """In another context: one context serves one call at a time."""
        context = pcsc.Context()
        other = context.connect(context.readers()[1])
        self.assertEqual(other.sw(READ_DIR), "9000")
        self.card.do("remove", "--reader", "1")
        self.card.do("insert", "--reader", "1")
        other.disconnect()
        context.release()

    def holder(self, kind):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, os.path.dirname(__file__), kind,
             VERIFY], env=self.card.env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline().strip(), "9000")
        self.card.do("counters-reset")
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def sw_after_reset(self, command):
        """pcscd resets in its own time; a connection made before is stale."""
        end = time.monotonic() + 10
        while True:
            card = self.connect()
            try:
                return card.sw(command)
            except pcsc.PcscError as error:
                if error.code != pcsc.PROTO_MISMATCH:
                    raise
                self.assertLess(time.monotonic(), end)
                card.disconnect()
                time.sleep(0.05)

    def test_client_killed_in_a_transaction(self):
        self.holder("transaction")
        self.assertEqual(self.sw_after_reset("00200001"), "63C3")
        count = self.card.counters()
        self.assertGreaterEqual(count["resets"] + count["power_ons"], 1)

    def test_client_killed_without_one(self):
        other = self.connect() # keeps the card powered
        self.holder("none")
        self.assertEqual(other.sw("00200001"), "9000")

    def test_counters(self):
        card = self.connect()
        self.card.do("counters-reset")
        card.sw(READ_DIR)
        card.send("00B0000025")
        card.sw("00200001")
        card.sw(VERIFY)
        card.sw(MSE)
        card.sw(PSO)
        card.sw("80E60000")
        count = self.card.counters()
        length = sum(len(c) // 2 for c in (
            READ_DIR, "00B0000025", "00200001", VERIFY, MSE, PSO, "80E60000"))
        # A case 1 command may reach the reader with P3 = 00.
        self.assertIn(count.pop("bytes_in") - length, (0, 1, 2))
        self.assertEqual(count, {
            "reader": 0, "apdus": 7, "bytes_out": 7 * 2 + 37, "verify": 1,
            "verify_ok": 1, "verify_empty": 1, "signatures": 1, "resets": 0,
            "power_ons": 0, "logoffs": 1, "tries_left": 3, "pin_entries": 0,
            "pin_cancelled": 0, "pin_timeouts": 0})
        self.assertIn("apdus 7\n", self.card.do("counters"))

    def test_trace(self):
        path = self.card.path("trace")
        card = self.connect()
        self.card.do("trace", "--file", path)
        card.sw(READ_DIR)
        card.sw(VERIFY)
        self.card.do("remove")
        self.card.do("trace", "--off")
        self.card.do("insert")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(f"0 > {READ_DIR}\n0 < 9000\n", text)
        self.assertIn("0 > 002000010824****FFFFFFFFFF\n0 < 9000\n", text)
        self.assertIn("0 remove\n", text)
        self.assertNotIn("insert", text)
        self.assertNotIn("241234", text)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_swap(self):
        first = self.connect().send("80E400001C")
        self.card.do("swap", "--person", "other")
        second = self.connect().send("80E400001C")
        self.assertEqual(second[-4:], "9000")
        self.assertNotEqual(first, second)
        other = "1.8" if APPLET == "1.7" else "1.7"
        self.card.do("swap", "--applet", other)
        _, atr = self.context.state(self.reader)
        self.assertEqual(len(atr), 20 if APPLET == "1.7" else 13)
        self.assertTrue(os.path.exists(
            os.path.join(self.card.pki, other, "root.pem")))
        self.card.do("swap", "--applet", APPLET)
        self.card.do("swap", "--applet", "1.9", code=2)
        self.card.do("swap", "--person", "nobody", code=2)

    def test_swap_after_everybody_left(self):
        """pcscd is about to take the power from a card that nobody uses, and
        asks for it then."""
        card = self.context.connect(self.reader)
        before, _ = self.context.state(self.reader)
        card.disconnect()
        other = "1.8" if APPLET == "1.7" else "1.7"
        self.card.do("swap", "--applet", other)
        after, atr = self.context.state(self.reader)
        self.assertEqual(len(atr), 20 if APPLET == "1.7" else 13)
        self.assertEqual((after >> 16) - (before >> 16), 2)
        self.card.do("swap", "--applet", APPLET)


if __name__ == "__main__":
    main()

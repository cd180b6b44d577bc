# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
The virtual reader's keys under the real pcscd, in all three forms. One class
in each run: libpcsclite speaks to one pcscd in the life of a process.
"""

import struct
import threading

import pcsc
from virtual_case import VirtualCase, main

FEATURES = 0x42000D48
VERIFY = bytes.fromhex("1E1E8947040C0402011308000000000D000000"
                       "002000010820FFFFFFFFFFFFFF")
MODIFY = bytes.fromhex("1E1E89470400080C04030203130800010200000015000000"
                       "002400011020FFFFFFFFFFFFFF20FFFFFFFFFFFFFF")
VERSION = 0x00010102
ASK_TRIES = "0020000100"


class Pinpad:
    """Common to the forms; each verify() is one entry by the program."""

    def setUp(self):
        self.card.do("tries", "--set", "3")
        self.card.do("reset")
        self.card.do("counters-reset")
        self.context = pcsc.Context()
        self.addCleanup(self.context.release)
        self.reader = self.context.readers()[0]
        self.handle = self.context.connect(self.reader)
        self.addCleanup(self.handle.disconnect)
        self.codes = self.features()

    def features(self):
        listed = self.handle.control(FEATURES)
        self.assertEqual(len(listed) % 6, 0)
        codes = {}
        for at in range(0, len(listed), 6):
            self.assertEqual(listed[at + 1], 4)
            codes[listed[at]] = struct.unpack(">I", listed[at + 2:at + 6])[0]
        return codes

    def entry(self, structure, *keys, modify=False):
        """The status word of an entry during which the keys are typed."""
        got = []

        def program():
            got.append(self.enter(structure, modify).hex())

        thread = threading.Thread(target=program)
        thread.start()
        self.card.do("keys", "--wait", *keys)
        thread.join(30)
        self.assertFalse(thread.is_alive())
        return got[0]

    def test_right_and_wrong(self):
        self.assertEqual(self.entry(VERIFY, "9999", "ok"), "63c2")
        self.assertEqual(self.entry(VERIFY, "1234", "ok"), "9000")
        self.assertEqual(self.handle.send(ASK_TRIES), "9000")
        count = self.card.counters()
        self.assertEqual(count["pin_entries"], 2)
        self.assertEqual(count["verify"], 2)
        self.assertEqual(count["verify_ok"], 1)

    def test_correcting_keys(self):
        self.assertEqual(self.entry(VERIFY, "99", "clear", "1235", "back",
                                    "4", "ok"), "9000")

    def test_cancel_time_and_length_cost_no_try(self):
        self.assertEqual(self.entry(VERIFY, "12", "cancel"), "6401")
        self.assertEqual(self.entry(VERIFY, "12", "timeout"), "6400")
        self.assertEqual(self.entry(VERIFY, "123", "ok"), "6403")
        self.assertEqual(self.entry(VERIFY, "1234567890123", "ok"), "6403")
        count = self.card.counters()
        self.assertEqual(count["verify"], 0)
        self.assertEqual(count["tries_left"], 3)
        self.assertEqual(count["pin_cancelled"], 1)
        self.assertEqual(count["pin_timeouts"], 1)

    def test_the_time_really_runs_out(self):
        short = bytes([1, 1]) + VERIFY[2:]
        self.assertEqual(self.entry(short), "6400")
        self.assertEqual(self.entry(short, "1"), "6400")

    def test_change(self):
        self.assertEqual(self.entry(MODIFY, "1234", "ok", "54321", "ok",
                                    "54322", "ok", modify=True), "6402")
        self.assertEqual(self.entry(MODIFY, "1234", "ok", "543", "ok",
                                    modify=True), "6403")
        self.assertEqual(self.entry(MODIFY, "1234", "ok", "54321", "ok",
                                    "54321", "ok", modify=True), "9000")
        self.assertEqual(self.entry(VERIFY, "54321", "ok"), "9000")
        self.assertEqual(self.entry(MODIFY, "54321", "ok", "1234", "ok",
                                    "1234", "ok", modify=True), "9000")

    def test_bad_structures_begin_nothing(self):
        for at, value in ((2, 0x81), (2, 0x8A), (2, 0x8D), (3, 0x07),
                          (3, 0x48), (4, 0x05), (4, 0x20), (5, 0x0F),
                          (6, 0x0D), (7, 0x00), (7, 0x08), (8, 0x02),
                          (12, 0x01), (15, 0x0C), (16, 0x01), (19, 0x80),
                          (20, 0x22), (23, 0x07)):
            broken = bytearray(VERIFY)
            broken[at] = value
            self.assertEqual(self.enter(bytes(broken), False).hex(), "6b80",
                             f"{value:02X} at {at}")
        for broken in (VERIFY[:-1], VERIFY + b"\0", VERIFY[:18], b""):
            self.assertEqual(self.enter(broken, False).hex(), "6b80")
        self.assertEqual(self.enter(VERIFY, True).hex(), "6b80")
        self.assertEqual(self.card.counters()["pin_entries"], 0)

    def test_no_entry_no_keys(self):
        self.card.do("keys", "1234", "ok", code=1)
        self.card.do("keys", "12x4", code=2)

    def test_card_leaves_during_the_entry(self):
        failed = []

        def program():
            try:
                self.enter(VERIFY, False)
            except pcsc.PcscError as error:
                failed.append(error.code)

        thread = threading.Thread(target=program)
        thread.start()
        self.card.do("keys", "--wait", "12")
        self.card.do("remove")
        thread.join(30)
        self.assertEqual(len(failed), 1)
        self.card.do("insert")
        self.card.do("keys", "34", code=1)
        self.assertEqual(self.card.counters()["verify"], 0)

    def test_trace_hides_the_digits(self):
        self.card.do("trace", "--file", self.card.path("trace"))
        self.entry(VERIFY, "1234", "ok")
        self.card.do("trace", "--off")
        text = self.card.read("trace")
        self.assertIn("pinpad verify language 0813", text)
        self.assertIn("> 002000010824****FFFFFFFFFF", text)
        self.assertNotIn("1234", text)


class Direct(Pinpad, VirtualCase):
    OPTIONS = ("--pinpad", "direct")

    def enter(self, structure, modify):
        return self.handle.control(self.codes[7 if modify else 6], structure)

    def test_features(self):
        self.assertEqual(sorted(self.codes), [0x06, 0x07, 0x0A, 0x12])
        self.assertEqual(len(self.handle.control(self.codes[0x0A])), 4)
        with self.assertRaises(pcsc.PcscError) as caught:
            self.handle.control(0x42001234)
        self.assertEqual(caught.exception.code, pcsc.UNSUPPORTED_FEATURE)


class Start(Pinpad, VirtualCase):
    OPTIONS = ("--pinpad", "start")

    def enter(self, structure, modify):
        answer = self.handle.control(self.codes[3 if modify else 1], structure)
        if answer != b"\x90\x00":
            return answer
        return self.handle.control(self.codes[4 if modify else 2])

    def key(self):
        return self.handle.control(self.codes[5])[0]

    def test_features(self):
        self.assertEqual(sorted(self.codes),
                         [1, 2, 3, 4, 5, 0x0A, 0x0B, 0x12])

    def test_keys_are_told_one_by_one(self):
        self.handle.control(self.codes[1], VERIFY)
        self.assertEqual(self.key(), 0)
        self.card.do("keys", "12", "back", "clear", "1234", "ok")
        self.assertEqual([self.key() for _ in range(10)],
                         [0x2B, 0x2B, 8, 0x0A] + 4 * [0x2B] + [0x0D, 0])
        self.assertEqual(self.card.counters()["verify"], 0)
        self.assertEqual(self.handle.control(self.codes[2]).hex(), "9000")
        self.assertEqual(self.handle.control(self.codes[2]).hex(), "6985")

    def test_abort(self):
        self.handle.control(self.codes[1], VERIFY)
        self.assertEqual(self.handle.control(self.codes[1], VERIFY).hex(),
                         "6985")
        self.card.do("keys", "12")
        self.assertEqual(self.handle.control(self.codes[0x0B]).hex(), "9000")
        self.assertEqual([self.key() for _ in range(3)], [0x2B, 0x2B, 0x40])
        self.assertEqual(self.handle.control(self.codes[2]).hex(), "6401")
        self.assertEqual(self.card.counters()["verify"], 0)


class Pseudo(Pinpad, VirtualCase):
    OPTIONS = ("--pinpad", "ppdu", "--name", "VASCO DIGIPASS 870",
               "--firmware", "1.23")

    def enter(self, structure, modify):
        head = f"FFC201{7 if modify else 6:02X}{len(structure):02X}"
        return bytes.fromhex(self.handle.send(head + structure.hex()))

    def test_features(self):
        self.assertTrue(self.reader.startswith("VASCO DIGIPASS 870"))
        self.assertEqual(self.codes, {})
        self.assertEqual(self.handle.send("FFC2010000"), "06079000")
        self.assertEqual(self.handle.attribute(VERSION),
                         struct.pack("=I", 0x01230000))
        self.assertEqual(self.card.counters()["apdus"], 0)


class Quirks(VirtualCase):
    """A name makes the reader picky in its way."""

    OPTIONS = ("--pinpad", "direct", "--name", "SPRx32 USB", "--firmware",
               "5.05")

    def test_old_firmware_wants_another_format(self):
        context = pcsc.Context()
        self.addCleanup(context.release)
        handle = context.connect(context.readers()[0])
        self.addCleanup(handle.disconnect)
        self.assertEqual(handle.control(0x42330006, VERIFY).hex(), "6b80")
        got = []
        thread = threading.Thread(target=lambda: got.append(handle.control(
            0x42330006, VERIFY[:2] + b"\x01" + VERIFY[3:]).hex()))
        thread.start()
        self.card.do("keys", "--wait", "1234", "ok")
        thread.join(30)
        self.assertEqual(got, ["9000"])


class Plain(VirtualCase):
    def test_no_features(self):
        context = pcsc.Context()
        self.addCleanup(context.release)
        handle = context.connect(context.readers()[0])
        self.addCleanup(handle.disconnect)
        self.assertEqual(handle.control(FEATURES), b"")
        self.assertEqual(handle.send("FFC2010000"), "6E00")
        self.card.do("keys", "1234", "ok", code=1)


if __name__ == "__main__":
    main()

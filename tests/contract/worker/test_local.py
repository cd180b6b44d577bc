# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A worker for files of this computer does nothing else, and no other worker
does that: whoever speaks to it cannot exchange the two."""

import hashlib
import struct

from bench import NONCE, ORIGIN, field
from worker_case import WorkerCase, main

STEP_UP, CERTIFICATE, SIGN, SIGN_FILE = 0x04, 0x05, 0x06, 0x07
DENIED = "-8"  # BEID_ERR_DENIED


def base(nonce=b""):
    return (field("en") + field("Demo") + field(ORIGIN) + bytes((2, 0))
            + field(nonce) + field(b"") + struct.pack(">I", 30000)
            + bytes((0, 0)))


def step_up(statement):
    return (base(NONCE) + bytes((statement,)) + field(ORIGIN + "/x")
            + field("I agree.") + field("request-1")
            + struct.pack(">I", 1764096000))


FILE = base() + field(hashlib.sha256(b"x").digest()) + field(
    hashlib.sha384(b"x").digest()) + field("contract.txt") + struct.pack(
        ">II", 0, 1)
SIGNATURE = base() + field(b"\x30" * 800) + bytes((1,)) + field(
    hashlib.sha256(b"x").digest()) + field("contract.txt")


class Local(WorkerCase):
    def setUp(self):
        super().setUp()
        self.fresh_card()

    def refused(self, kind, fields):
        reply = self.worker.reply(self.worker.ask(kind, fields))
        self.assertEqual(reply["err"], DENIED)
        self.assertEqual(self.worker.prompts, 0)
        self.assertEqual(self.card.count("apdus"), 0)

    def test_nothing_but_files(self):
        self.worker.end()
        self.worker = self.start_worker("--local")
        operation = self.worker.authenticate()
        self.assertEqual(self.worker.reply(operation)["err"], DENIED)
        for kind, fields in ((STEP_UP, step_up(0)), (STEP_UP, step_up(1)),
                             (CERTIFICATE, base()), (SIGN, SIGNATURE)):
            with self.subTest(kind=kind):
                self.refused(kind, fields)
        # It is no worker that refuses everything.
        self.worker.ask(SIGN_FILE, FILE)
        self.worker.wait_event("window-opened")
        self.screen.press(self.screen.wait_window(), "Escape")
        self.screen.wait_closed()

    def test_no_files(self):
        self.refused(SIGN_FILE, FILE)
        self.good_login()


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""pcscd dies and comes back; the card keeps what a card keeps."""

import os

import pcsc
from virtual_case import VERIFY, WRONG, VirtualCase, main

READ_DIR = "00A4080C043F002F00"


class PcscdDies(VirtualCase):
    def wait_service(self):
        self.card.do("pcscd-start")
        context = pcsc.Context()
        self.addCleanup(context.release)
        return context

    def test_killed_and_started(self):
        for verb in ("pcscd-kill", "pcscd-stop"):
            context = pcsc.Context()
            card = context.connect(context.readers()[0])
            self.assertEqual(card.sw(WRONG), "63C2")
            self.card.do("pcscd-start", code=4)
            self.card.do(verb)
            self.assertFalse(os.path.exists(self.card.path("pcscd.pid")))
            with self.assertRaises(pcsc.PcscError):
                card.sw(READ_DIR)
            context.release()
            with self.assertRaises(pcsc.PcscError):
                pcsc.Context()
            self.card.do(verb, code=3)
            self.assertEqual(self.card.do("tries").strip(), "2")
            context = self.wait_service()
            card = context.connect(context.readers()[0])
            self.assertEqual(card.sw("00200001"), "63C2")
            self.assertEqual(card.sw(VERIFY), "9000")


if __name__ == "__main__":
    main()

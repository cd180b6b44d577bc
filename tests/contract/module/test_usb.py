# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Readers that pcscd finds and loses on USB."""

import test_slots
from module_case import main
from usb import UsbCard


class Usb(test_slots.Hotplug):
    make_card = UsbCard


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Hand-made readers with keys, for fuzz_pinpad."""

import struct


def u16(value):
    return struct.pack(">H", value)


def pinpads():
    """name -> input of fuzz_pinpad: name and what for, firmware, answers."""
    def pinpad(first, *answers):
        return bytes([first]) + u16(0x0505) + b"".join(
            bytes([len(one)]) + one for one in answers)

    def features(*tags):
        return b"".join(bytes([tag, 4, 0x42, 0x33, 0, tag]) for tag in tags)
    ok, start = b"\x90\x00", features(1, 2, 5, 0x0b)
    cases = {}
    for kind in range(8):
        cases[f"direct-{kind}"] = pinpad(kind, features(6, 7), ok)
        cases[f"change-{kind}"] = pinpad(kind | 8, features(6, 7), ok)
    for name, word in (("wrong", b"\x63\xc2"), ("blocked", b"\x69\x83"),
                       ("late", b"\x64\x00"), ("cancel", b"\x64\x01"),
                       ("length", b"\x64\x03"), ("structure", b"\x6b\x80"),
                       ("nothing", b""), ("long", b"\x90" * 253)):
        cases[f"answer-{name}"] = pinpad(0, features(6), word)
        cases[f"finish-{name}"] = pinpad(0, start, ok, b"+", b"\r", word)
    cases["keys-cancelled"] = pinpad(0, start, ok, b"+", b"\x1b", ok)
    cases["keys-idle"] = pinpad(0, start, ok, *[b"\0"] * 250)
    cases["start-refused"] = pinpad(0, start, b"\x64\x00")
    cases["pseudo"] = pinpad(4, b"", b"\x06\x07" + ok, ok)
    cases["pseudo-start"] = pinpad(5, b"", b"\x01\x02\x05" + ok, ok, b"\r", ok)
    for name, answer in (("short", features(6)[:5]), ("tag", features(0xff)),
                         ("length", b"\x06\x05\0\0\0\0"),
                         ("many", features(*range(12)) * 3)):
        cases[f"c-02-features-{name}"] = pinpad(0, answer, ok, ok)
    return cases

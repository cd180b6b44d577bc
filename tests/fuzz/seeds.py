#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The cases of tests/fuzz/corpus that were made by hand: what the fuzzers
start from, and the hostile cards, one for each class of bug that others had
(threats.md C-01). seeds.py writes them; --check says which are not there as
they stand here."""

import argparse
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# fuzz_card.c: the first byte.
EC, CONTEXT, SLOT_STATE, TWO_READERS, PINPAD, ONLY_AUTH, NO_READER, TWICE = (
    1 << bit for bit in range(8))
ALL = 0xFFFF
# pcsc/dialogue.h
LIST, READ, FIND, LOGIN, SIGN, SIGN_PARTS, SIGN_AGAIN, SET_PIN, DATA = (
    1 << bit for bit in range(9))
# pcsc/pcscd.h and pcsc/script.h
(RUN, FAIL, FAIL_AFTER, SAY, SW, CUT, FLIP, STATE, REMOVE, INSERT, RESET,
 CLAIM, FILE, PATCH, AT_TRANSMIT) = range(15)
AUTH, NR, CA, ROOT, RRN = 0x5038, 0x5039, 0x503A, 0x503B, 0x503C
IDENTITY, ADDRESS, PHOTO = 0x4031, 0x4033, 0x4035


def u16(value):
    return struct.pack(">H", value)


def record(kind, after=0, payload=b""):
    return bytes([kind, after]) + u16(len(payload)) + payload


def card(setting, steps, *records):
    return bytes([setting]) + u16(steps) + b"".join(records)


def say(answer, after=0):
    return record(AT_TRANSMIT, after, answer)


def fill(byte, length, sw=b"\x90\x00"):
    return bytes([byte]) * length + sw


def der(tag, content):
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = (len(content).bit_length() + 7) // 8
    return (bytes([tag, 0x80 | size]) + len(content).to_bytes(size, "big")
            + content)


def nested(depth, tag=0x30):
    content = b""
    for _ in range(depth):
        content = der(tag, content)
    return content


def hostile_answers():
    """Cards whose answers are short, long or endless."""
    good = bytes(range(16)) + bytes(5) + b"\x17" + bytes(6)
    return {
        # Data that the card never sent was used: OpenSC took a short answer
        # for a whole one.
        "cve-2024-45615-uninitialised-short-answer": card(
            0, ALL, say(b"\x90\x00"), say(b"\x90"), say(b"")),
        "cve-2024-45617-uninitialised-card-data": card(
            EC, ALL, say(good[:27] + b"\x90\x00"), say(good[:5])),
        "cve-2024-45618-uninitialised-after-6a82": card(
            0, ALL, say(good + b"\x90\x00"), say(b"\x90\x00"),
            say(b"\x6a\x82"), say(b"\x90\x00")),
        "cve-2025-13763-uninitialised-empty-file": card(
            0, ALL, record(FILE, 0, u16(AUTH)),
            record(FILE, 0, u16(IDENTITY)), record(FILE, 0, u16(PHOTO))),
        # The length of an answer or its status word misused.
        "cve-2024-45616-one-byte-answers": card(
            0, ALL, *[record(CUT, n, u16(1)) for n in range(0, 20, 2)]),
        "cve-2024-45616-answer-longer-than-asked": card(
            EC, ALL, say(fill(0x30, 256)), say(fill(0x30, 256)),
            say(fill(0x30, 256))),
        "cve-2024-45616-claims-more-than-it-wrote": card(
            0, ALL, record(CLAIM, 4, struct.pack(">I", 65538) + b"\x90\x00"),
            record(CLAIM, 4, struct.pack(">I", 0xFFFFFFFF) + b"\x90\x00"),
            record(CLAIM, 4, struct.pack(">I", 259) + fill(0x41, 255))),
        # Buffer or file longer than the code believes.
        "cve-2024-45619-certificate-of-16k": card(
            0, ALL, record(FILE, 0, u16(AUTH) + b"\x30\x82\x3f\xfc"
                           + bytes(0x3FFC))),
        "cve-2024-45620-certificate-claims-64k": card(
            EC, ALL, record(PATCH, 0, u16(AUTH) + u16(0) + b"\x30\x82\xff\xff"),
            record(PATCH, 0, u16(NR) + u16(0) + b"\x30\x84\xff\xff\xff\xff")),
        "cve-2024-45620-identity-of-16k": card(
            0, ALL, record(FILE, 0, u16(IDENTITY) + b"\x01\xff\xff\xff\x10"
                           + bytes(16379))),
        # Chained answers that never end, and write past a buffer.
        "cve-2025-49010-get-response-for-ever": card(
            0, ALL, *[say(b"\x61\x00") for _ in range(63)]),
        "cve-2025-49010-get-response-full-blocks": card(
            EC, ALL, *[say(fill(0x41, 256, b"\x61\x00")) for _ in range(40)]),
        "cve-2025-49010-signature-grows": card(
            0, SIGN, record(AT_TRANSMIT, 6, fill(0x41, 256, b"\x61\x00")),
            *[say(fill(0x41, 256, b"\x61\x00")) for _ in range(8)]),
    }


def hostile_files():
    """Cards whose ATR and files lie."""
    return {
        # An ATR whose historical bytes say more than there are.
        "cve-2025-66038-atr-historical-bytes": card(
            0, ALL, *[record(SAY, 0, bytes([0x3B, 0x9F] + [0xFF] * 31))] * 4),
        "cve-2025-66038-atr-claims-4000": card(
            0, ALL, *[record(CLAIM, 0, struct.pack(">I", 4000)
                             + b"\x3b\x98")] * 5),
        # Certificates whose inner lengths lie.
        "cve-2025-66037-spki-empty-bit-string": card(
            0, ALL, record(FILE, 0, u16(AUTH) + der(0x30, der(0x30, b"".join((
                b"\xa0\x03\x02\x01\x02", b"\x02\x01\x01", nested(2),
                nested(1), nested(2), nested(1),
                der(0x30, nested(1) + b"\x03\x00"))))
                + nested(1) + b"\x03\x01\x00"))),
        "cve-2025-66037-spki-truncated": card(
            EC, ALL, *[record(PATCH, 0, u16(AUTH) + u16(offset) + b"\x03\x62")
                       for offset in (200, 300, 400, 500, 600)]),
        "cve-2024-8443-certificate-over-its-buffer": card(
            EC, ALL, record(PATCH, 0, u16(AUTH) + u16(0) + b"\x30\x82\x20\x01"
                            + bytes(8200))),
    }


def hostile_times():
    """Cards that come, go and answer at the wrong moment."""
    return {
        # Used after it was freed: the card leaves while it is in use.
        "cve-2024-1454-removed-in-the-middle": card(
            TWICE, ALL, *[record(REMOVE if n % 2 else INSERT, 5)
                          for n in range(30)]),
        "cve-2024-1454-another-card-each-time": card(
            TWICE | CONTEXT | EC, ALL, *[record(INSERT, 4, u16(n + 1))
                                         for n in range(40)]),
        # Answers made to overflow the stack.
        "cve-2021-34193-long-answers": card(
            0, ALL, *[say(fill(0x41, 298)) for _ in range(30)]),
        "cve-2021-42778-double-free-same-file": card(
            TWICE, ALL, *[record(PATCH, 0, u16(file) + u16(4) + b"\xff" * 8)
                          for file in (AUTH, NR, CA, ROOT, RRN)]),
        "cve-2021-42780-use-after-return-reset": card(
            TWICE, ALL, *[record(RESET, 3) for _ in range(40)]),
        "cve-2021-42782-reader-name-overflow": card(
            0, ALL, record(SAY, 1, b"R" * 300 + b"\0\0"),
            record(SAY, 0, b"Reader"), record(SAY, 0, b"\0")),
        # X41-2018-002.
        "cve-2018-16391-serial-too-long": card(
            0, ALL, say(fill(0x41, 256)), say(fill(0x41, 31)),
            say(fill(0x41, 29))),
        "cve-2018-16420-one-byte-too-many": card(
            EC, ALL, say(fill(0x18, 32)), say(fill(0x18, 29))),
        "cve-2018-16423-double-free-bad-certificates": card(
            TWICE | EC, ALL, *[record(FILE, 0, u16(file) + b"\x30\x03\x02\x01")
                               for file in (AUTH, NR, CA, ROOT, RRN)]),
        "cve-2018-16426-infinite-recursion": card(
            0, ALL, record(FILE, 0, u16(AUTH) + nested(2000)),
            record(FILE, 0, u16(IDENTITY) + nested(200))),
        "cve-2018-16427-out-of-bounds-6c": card(
            0, ALL, *[say(b"\x6c" + bytes([n * 13 % 256]))
                      for n in range(40)]),
        # The PIN asked for once, answered many ways: never sent twice.
        "cve-2023-40660-login-state-after-reset": card(
            0, LOGIN | SIGN | SIGN_PARTS,
            *[record(RESET, n) for n in (12, 3, 7, 3, 2, 5, 1)]),
        "cve-2023-40660-login-state-after-swap": card(
            CONTEXT, SIGN | SIGN_PARTS,
            *[record(INSERT, n, u16(n)) for n in (12, 9, 7, 5, 3)]),
        "pin-6cxx-and-61xx-to-verify": card(
            0, LOGIN | SIGN, record(AT_TRANSMIT, 2, b"\x6c\x08"),
            record(AT_TRANSMIT, 2, b"\x61\x10"),
            record(AT_TRANSMIT, 1, b"\x61\x10")),
        "reader-states-of-all-kinds": card(
            0, ALL, *[record(STATE, 2, struct.pack(">I", 1 << bit))
                      for bit in range(20)]),
        "names-without-end": card(TWO_READERS, ALL, record(
            CLAIM, 1, struct.pack(">I", 8193) + b"A\0B\0\0")),
    }


def cards_of_all_kinds():
    """name -> input of fuzz_card."""
    cards = hostile_answers() | hostile_files() | hostile_times()
    for sort, (one, two) in enumerate(((AUTH, NR), (IDENTITY, ADDRESS))):
        for name, head in (("7f", b"\x30\x7f"), ("80", b"\x30\x80"),
                           ("ff", b"\x30\xff"), ("8200ff", b"\x30\x82\0\xff"),
                           ("84ffffffff", b"\x30\x84" + b"\xff" * 4)):
            cards[f"c-02-length-{name}-{'identity' if sort else 'auth'}"] = \
                card(sort, ALL, record(PATCH, 0, u16(one) + u16(0) + head),
                     record(PATCH, 0, u16(two) + u16(0) + head))
    for name, setting in (("1.7", 0), ("1.8", EC)):
        cards[f"well-behaved-{name}"] = card(setting, ALL)
        cards[f"well-behaved-{name}-context"] = card(setting | CONTEXT, ALL)
        cards[f"well-behaved-{name}-pinpad"] = card(setting | PINPAD, ALL)
        cards[f"well-behaved-{name}-twice"] = card(
            setting | TWICE | TWO_READERS | ONLY_AUTH | SLOT_STATE, ALL)
    cards["no-reader"] = card(NO_READER, ALL)
    for code in range(26):
        cards[f"pcsc-fails-with-code-{code:02}"] = card(
            TWICE | (code & 3), ALL,
            *[record(FAIL, 11, u16(code)) for _ in range(20)])
    return cards


class Calls:
    """Inputs of fuzz_calls, written as calls."""

    def __init__(self):
        with open(os.path.join(HERE, "calls", "calls.c"),
                  encoding="utf-8") as file:
            text = file.read()
        rows = re.findall(r"^    ROW\((\w+), \"(\w*)\"\)", text, re.M)
        specials = re.search(r"specials\[\] = \{([^}]*)\}", text).group(1)
        names = [row[0] for row in rows] + re.findall(r"call_(\w+)", specials)
        self.number = {name: number for number, name in enumerate(names)}

    def one(self, name, *arguments):
        return bytes([self.number[name], *arguments])


def calls():
    """name -> input of fuzz_calls. Handles are numbered as they come back."""
    make = Calls()
    one = make.one
    start = one("initialize", 0)
    agent = one("initialize", 1)
    # CKF_SERIAL_SESSION is 4: number 3 of the odd ones.
    session = one("C_OpenSession", 0, 3, 0, 0, 0)
    find_all = (one("C_FindObjectsInit", 0, 0) + one("find_objects", 0, 64)
                + one("C_FindObjectsFinal", 0))
    private_keys = (
        one("C_FindObjectsInit", 0, 1, 0, 0xE0, 15)
        + one("find_objects", 0, 64) + one("C_FindObjectsFinal", 0))
    login = one("C_Login", 0, 1, 0)
    context = one("C_Login", 0, 2, 0)
    out = {"initialize-finalize": start + one("finalize", 0)}
    for name in make.number:
        out["before-" + name] = one(name, *[0] * 12)
        out["after-" + name] = start + session + find_all + one(
            name, 0, 1, *[0] * 8) + one(name, *[0xFF] * 4)
    for key in range(1, 14):
        for way, begin in (("user", start), ("context", agent)):
            out[f"sign-{way}-object-{key:02}"] = (
                begin + session + find_all
                + (login if way == "user" else b"")
                + one("C_SignInit", 0, 0, 0, key)
                + (context if way == "context" else b"")
                + one("C_Sign", 0, 20, *[7] * 20, 200))
    out["private-keys"] = start + session + private_keys
    out["removed-with-session"] = (start + session + one("readers", 0)
                                   + find_all + one("readers", 2) + session)
    out["set-pin"] = start + session + one("C_SetPIN", 0, 0, 0)
    card_kinds = {}
    for name, data in out.items():
        card_kinds[name] = b"\x00" + data
        if name.startswith(("sign", "set")):
            card_kinds[name + "-1.8"] = b"\x01" + data
    return card_kinds


def write(target, cases, check):
    wrong = 0
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    for name, data in cases.items():
        path = os.path.join(folder, name)
        if check:
            same = os.path.exists(path) and open(path, "rb").read() == data
            if not same:
                print(f"{target}/{name} is not as seeds.py has it")
                wrong = 1
        else:
            with open(path, "wb") as file:
                file.write(data)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    return max([write("card", cards_of_all_kinds(), check),
                write("calls", calls(), check)])


if __name__ == "__main__":
    sys.exit(main())

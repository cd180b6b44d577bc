#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The cases of tests/fuzz/corpus that were made by hand: what the fuzzers
start from, and the hostile cards, one for each class of bug that others had
(threats.md C-01). seeds.py writes them; --check says which are not there as
they stand here."""

import argparse
import base64
import os
import re
import struct
import sys

from seeds_pinpad import pinpads

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


def images():
    """applet -> file identifier -> content, without padding behind a DER."""
    out = {}
    for applet in ("1.7", "1.8"):
        with open(os.path.join(HERE, "cards", f"applet-{applet}.bin"),
                  "rb") as file:
            data = file.read()
        files = {}
        while data:
            _, name, length = struct.unpack(">HHH", data[:6])
            content = data[6:6 + length]
            if content[:2] == b"\x30\x82":
                content = content[:4 + struct.unpack(">H", content[2:4])[0]]
            files[name] = content
            data = data[6 + length:]
        out[applet] = files
    return out


def identities():
    """name -> input of fuzz_identity: 0 identity, 1 address, 2 dates, 3 TLV,
    4 proofs."""
    cases = {}
    for applet, files in images().items():
        cases[f"identity-{applet}"] = b"\0" + files[IDENTITY]
        cases[f"address-{applet}"] = b"\1" + files[ADDRESS]
        cases[f"tlv-{applet}"] = b"\3" + files[AUTH]
        parts = [files[RRN], files[IDENTITY], files[0x4032]]
        cases[f"proof-identity-{applet}"] = b"\4" + b"".join(
            u16(len(part)) + part for part in parts)
        parts = [files[RRN], files[ADDRESS], files[0x4032]]
        cases[f"proof-address-{applet}"] = b"\4" + b"".join(
            u16(len(part)) + part for part in parts) + files[0x4034]
        cases[f"proof-issuer-{applet}"] = b"\4" + b"".join(
            u16(len(part)) + part for part in (files[RRN], files[ROOT], b""))
    for text in ("01 MEI 1971", "1 JAN 1971", "13.AUG. 1996", "1948",
                 "29 FEV 2000", "31.12.2030", "85073003328", "01", "16"):
        cases["date-" + re.sub(r"\W", "-", text)] = b"\2" + text.encode()
    for name, head in (("7f", b"\x04\x7f"), ("80", b"\x04\x80"),
                       ("ff", b"\x04\xff"), ("8200ff", b"\x04\x82\0\xff"),
                       ("84ffffffff", b"\x04\x84" + b"\xff" * 4)):
        cases[f"c-02-tlv-{name}"] = b"\3" + head
    cases["nested-deep"] = b"\3" + nested(200)
    return cases


def certificates(before):
    return {f"{name}-{applet}": before(files[number], files[CA])
            for applet, files in images().items()
            for name, number in (("auth", AUTH), ("sign", NR), ("ca", CA),
                                 ("root", ROOT), ("rrn", RRN))}


def bodies():
    """name -> input of fuzz_json."""
    nonce = '"challengeNonce":"' + "A" * 44 + '"'
    texts = {
        "least": "{%s}" % nonce,
        "most": '{%s,"lang":"nl","certificateSha256":"%s","timeoutMs":30000,'
                '"waitForCard":true,"chain":false}' % (nonce, "0" * 64),
        "twice": "{%s,%s}" % (nonce, nonce),
        "escaped": '{"challengeNonce":"\\u00e9\\ud83d\\ude00\\n"}',
        "lone-surrogate": '{"challengeNonce":"\\ud83d"}',
        "zero": '{"challengeNonce":"\\u0000"}',
        "number": '{%s,"timeoutMs":-1e308}' % nonce,
        "deep": "[" * 100,
        "unknown": '{%s,"pin":"1234"}' % nonce,
        "nothing": "", "open": '{"a', "list": "[1,2,3]",
    }
    cases = {name: text.encode() for name, text in texts.items()}
    cases["bad-utf8"] = b'{"challengeNonce":"\xc0\x80\xed\xa0\x80"}'
    return cases


def heads():
    """name -> input of fuzz_head: method and version, size, target, fields."""
    good = [("Host", "127.0.0.1:24880"), ("Origin", "https://portal.example"),
            ("X-Beid-Agent", "1"), ("Content-Type", "application/json"),
            ("Content-Length", "10"), ("Sec-Fetch-Mode", "cors")]

    def head(first, target, fields):
        text = lambda value: bytes([len(value)]) + value.encode()
        return (bytes([first]) + u16(400) + text(target)
                + b"".join(text(part) for pair in fields for part in pair))

    cases = {"status": head(4, "/v1/status", good[:3]),
             "authenticate": head(5, "/v1/authenticate", good),
             "preflight": head(6, "/v1/authenticate", good[:2] + [
                 ("Access-Control-Request-Method", "POST")]),
             "http-1.0": head(1, "/v1/authenticate", good)}
    for number, (name, value) in enumerate(good):
        others = good[:number] + good[number + 1:]
        cases[f"without-{name}"] = head(5, "/v1/authenticate", others)
        cases[f"twice-{name}"] = head(5, "/v1/authenticate",
                                      good + [(name, value)])
        cases[f"other-{name}"] = head(5, "/v1/authenticate",
                                      others + [(name, value + ".")])
    for name in ("Transfer-Encoding", "Upgrade", "b\0d", "x y"):
        cases["odd-" + re.sub(r"\W", "-", name)] = head(
            5, "/v1/authenticate", good + [(name, "chunked")])
    return cases


def portals():
    """name -> input of fuzz_portal: 0 file, 1 development, 2 origin, 3 the
    citizen's own file, 4 JWS."""
    file = ("; a portal\nname.nl=Mijn Burgerprofiel\nname.fr = Mon profil\n"
            "origin=https://www.mijnburgerprofiel.be\n"
            "origin=https://mbp.example:8443\n"
            "resource-origin=https://loket.example\n"
            "allow=authenticate, step-up\nenvironment=acceptance\n")
    texts = {
        "file": "\0" + file, "twice": "\0" + file + file,
        "wildcard": "\0" + file.replace("www", "*"),
        "key": "\0" + file + "request-key=k1 -----BEGIN PUBLIC KEY-----\n",
        "development": "\1name.nl=D\norigin=http://localhost:8080\n"
                       "allow=authenticate\n",
        "restriction": "\3# none\nblock=mijnburgerprofiel\nblock=other\n",
        "jws": "\4eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "jws-empty": "\4..",
        "jws-padding": "\4e30=.e30=.AA==",
    }
    for number, origin in enumerate((
            "https://portal.example", "https://portal.example:443",
            "http://localhost:8080", "https://xn--bcher-kva.example",
            "https://a.b.", "null", "127.0.0.1:24880")):
        texts[f"origin-{number}"] = "\2" + origin
    return {name: text.encode() for name, text in texts.items()}


def tokens():
    """name -> input of fuzz_token."""
    cases = {}
    for applet, files in images().items():
        certificate = base64.b64encode(files[AUTH]).decode()
        token = ('{"unverifiedCertificate":"%s","algorithm":"%s",'
                 '"signature":"%s","format":"web-eid:1.0",'
                 '"appVersion":"beid-agent/0.1"}') % (
                     certificate, "RS256" if applet == "1.7" else "ES384",
                     "A" * 128)
        cases[f"token-{applet}"] = token.encode()
        cases[f"answer-{applet}"] = (
            '{"token":%s,"unverifiedEvidence":{"pinEntry":"keyboard",'
            '"chain":["%s"]}}' % (token, base64.b64encode(
                files[CA]).decode())).encode()
    cases["empty"] = b"{}"
    cases["twice"] = b'{"format":"web-eid:1.0","format":"web-eid:1.0"}'
    cases["deep"] = b'{"a":' * 60 + b"1" + b"}" * 60
    return cases


def messages():
    """name -> input of fuzz_wire (agent/wire/PROTOCOL.md)."""
    def text(value):
        return struct.pack(">I", len(value)) + value

    def message(kind, fields, operation=1):
        body = bytes([kind]) + struct.pack(">I", operation) + fields
        return struct.pack(">I", len(body)) + body

    authenticate = (text(b"nl") + text(b"Portaal")
                    + text(b"https://portal.example") + b"\0\0"
                    + text(b"A" * 44) + text(b"") + struct.pack(">I", 30000)
                    + b"\1\0")
    cases = {
        "authenticate": message(0x02, authenticate),
        "status-reply": message(0x41, b"\0\2\0\1\1\0"),
        "event": message(0x42, b"\5"),
        "auth-reply": message(0x43, b"\0\xff" + bytes(4) + text(b"C" * 40) + b"\2"
                              + text(b"S" * 96) + b"\0\1" + text(b"D" * 20)),
        "auth-reply-error": message(0x43, b"\xf0\2" + bytes(4) + text(b"") + b"\0"
                                    + text(b"") + b"\0\0"),
        "auth-reply-clock": message(0x43, b"\xdf\xff\0\1\0\0" + text(b"")
                                    + b"\0" + text(b"") + b"\0\0"),
        "prompt-start": message(0x61, text(b"fr")),
        "prompt-fd": message(0x71, b"\0"),
        "portal-file": message(0x83, text(b"a.conf") + b"\1", 0),
        "too-long": b"\xff\xff\xff\xff\x02",
    }
    for kind in (0x01, 0x03, 0x45, 0x46, 0x62, 0x72, 0x81, 0x82, 0x84, 0x91,
                 0x92):
        cases[f"empty-{kind:02x}"] = message(kind, b"", 0)
    return cases


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
    return max(write(target, cases, check) for target, cases in {
        "card": cards_of_all_kinds(),
        "calls": calls(),
        "identity": identities(),
        "pinpad": pinpads(),
        "facts": certificates(lambda der, ca: der),
        "certificate": certificates(lambda der, ca: u16(len(der)) + der + ca),
        "json": bodies(),
        "head": heads(),
        "portal": portals(),
        "token": tokens(),
        "wire": messages(),
    }.items())


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""make_cms.py VARIANT CERTIFICATE KEY OTHER TEXT: a detached CAdES signature
(SHA-384, ECDSA) over the file TEXT in DER on standard output, byte by byte
ours, so that its signed attributes may say what openssl never writes. OTHER is
a certificate of the same key. Without arguments: the variants, a line each,
with the exit code that beid-verify must give."""

import hashlib
import re
import subprocess
import sys
import time

DATA, SIGNED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, DIGEST, TIME = (f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5))
ESS_V1, ESS_V2 = (f"1.2.840.113549.1.9.16.2.{n}" for n in (12, 47))
SHA384 = "2.16.840.1.101.3.4.2.2"
ECDSA_SHA384 = "1.2.840.10045.4.3.3"
SEQUENCE, SET, OCTETS, INTEGER = 0x30, 0x31, 0x04, 0x02


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def oid(text):
    first, second, *rest = (int(part) for part in text.split("."))
    out = b""
    for number in (40 * first + second, *rest):
        group = bytes([number & 127])
        while number > 127:
            number >>= 7
            group = bytes([128 | number & 127]) + group
        out += group
    return der(6, out)


def elements(data):
    """The elements that stand one behind the other."""
    while data:
        head, size = 2, data[1]
        if size & 0x80:
            head = 2 + (size & 0x7f)
            size = int.from_bytes(data[2:head], "big")
        yield data[:head + size], data[head:head + size]
        data = data[head + size:]


class Certificate:
    def __init__(self, path):
        self.der = subprocess.run(
            ["openssl", "x509", "-in", path, "-outform", "DER"], check=True,
            stdout=subprocess.PIPE).stdout
        (_, body), = elements(self.der)
        tbs = [whole for whole, _ in elements(next(elements(body))[1])]
        self.serial, self.issuer = tbs[1], tbs[3]

    def named(self):
        return der(SEQUENCE, self.issuer, self.serial)

    def issuer_serial(self):
        return der(SEQUENCE, der(SEQUENCE, der(0xa4, self.issuer)),
                   self.serial)


def attribute(kind, *values):
    return der(SEQUENCE, oid(kind), der(SET, *values))


def ess_v2(*named):
    return attribute(ESS_V2, der(SEQUENCE, der(SEQUENCE, *named)))


def named_v2(certificate, serial=None, hash_name="sha256", kind=None):
    kind = b"" if kind is None else der(SEQUENCE, oid(kind))
    return der(SEQUENCE, kind, der(
        OCTETS, hashlib.new(hash_name, certificate.der).digest()), serial or b"")


def attributes(variant, me, other, text):
    """The signed attributes of a variant: the good ones, changed."""
    now = der(0x17, time.strftime("%y%m%d%H%M%SZ", time.gmtime()).encode())
    v1 = attribute(ESS_V1, der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, der(
        OCTETS, hashlib.sha1(me.der).digest())))))
    v2 = ess_v2(named_v2(me))
    digest = hashlib.sha384(text).digest()
    good = {"type": attribute(CONTENT_TYPE, oid(DATA)),
            "time": attribute(TIME, now),
            "digest": attribute(DIGEST, der(OCTETS, digest)), "ess": v2}
    changes = {
        "nothing wrong": {},
        "the certificate named with its serial number": {
            "ess": ess_v2(named_v2(me, me.issuer_serial()))},
        "the certificate named by SHA-384": {
            "ess": ess_v2(named_v2(me, None, "sha384", SHA384))},
        "another certificate of this key is named": {
            "ess": ess_v2(named_v2(other))},
        "another certificate is named before this one": {
            "ess": ess_v2(named_v2(other), named_v2(me))},
        "another serial number is named": {
            "ess": ess_v2(named_v2(me, other.issuer_serial()))},
        "no certificate is named": {"ess": ess_v2()},
        "signing-certificate-v2 twice": {"ess": v2 + v2},
        "signing-certificate-v2 with two values": {
            "ess": attribute(ESS_V2, *[der(SEQUENCE, der(
                SEQUENCE, named_v2(one))) for one in (me, other)])},
        "signing-certificate beside v2": {"ess": v2 + v1},
        "signing-certificate in place of v2": {"ess": v1},
        "no signing-time": {"time": b""},
        "signing-time twice": {"time": attribute(TIME, now) * 2},
        "signing-time is text": {"time": attribute(TIME, der(0x0c, b"now"))},
        "no content-type": {"type": b""},
        "another content-type": {"type": attribute(CONTENT_TYPE, oid(SIGNED))},
        "no message-digest": {"digest": b""},
        "message-digest of another text": {"digest": attribute(
            DIGEST, der(OCTETS, hashlib.sha384(text + b"x").digest()))},
    }
    if variant is None:
        return changes
    # DER wants a set in order.
    return b"".join(sorted(whole for whole, _ in elements(
        b"".join({**good, **changes[variant]}.values()))))


def code(variant):
    if re.match("nothing wrong|the certificate named", variant):
        return 0
    return 25 if variant == "message-digest of another text" else 34


def main():
    if len(sys.argv) == 1:
        me = type("Nobody", (), {"der": b"", "issuer": b"", "serial": b"",
                                 "issuer_serial": lambda _: b""})()
        for variant in attributes(None, me, me, b""):
            print(code(variant), variant)
        return
    variant, path, key, other, text = sys.argv[1:]
    with open(text, "rb") as file:
        text = file.read()
    me = Certificate(path)
    signed = attributes(variant, me, Certificate(other), text)
    signature = subprocess.run(
        ["openssl", "dgst", "-sha384", "-sign", key], input=der(SET, signed),
        check=True, stdout=subprocess.PIPE).stdout
    digest = der(SEQUENCE, oid(SHA384))
    signer = der(SEQUENCE, der(INTEGER, b"\1"), me.named(), digest,
                 der(0xa0, signed), der(SEQUENCE, oid(ECDSA_SHA384)),
                 der(OCTETS, signature))
    sys.stdout.buffer.write(der(SEQUENCE, oid(SIGNED), der(0xa0, der(
        SEQUENCE, der(INTEGER, b"\1"), der(SET, digest),
        der(SEQUENCE, oid(DATA)), der(0xa0, me.der), der(SET, signer)))))


main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A portal's backend: a key, and step-up requests signed with it."""

import base64
import hashlib
import itertools
import json
import os
import subprocess
import time

from process import run, wait_until
from stack import ORIGIN

TEXT = {"nl": "Inzage in uw attesten", "fr": "Consulter vos attestations",
        "de": "Einsicht in Ihre Bescheinigungen", "en": "See your certificates"}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def nonce_of(request):
    """N of an access request: what the citizen's token is about."""
    return base64.b64encode(hashlib.sha256(request.encode()).digest()).decode()


def wait_past_start():
    """
    An agent refuses requests from before its start, and the time in a request
    has whole seconds, rounded down: after this they come later, if the agent
    has started already.
    """
    started = int(time.time())
    wait_until(lambda: int(time.time()) > started + 1, 10, "the next second")


class Requests:
    """ES256, by the openssl command."""

    def __init__(self, directory, kid="test-1"):
        self.kid = kid
        self.key = os.path.join(directory, "request-key.pem")
        self.serial = itertools.count(1)
        run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-out", self.key])
        self.public = run(["openssl", "pkey", "-in", self.key, "-pubout"])

    def portal_lines(self):
        """What pins the key in a portal file."""
        return (f"request-key.{self.kid}="
                + "\n  ".join(self.public.split("\n")).rstrip() + "\n")

    def claims(self, **changed):
        now = int(time.time())
        claims = {"iss": ORIGIN, "aud": "beid-agent", "iat": now,
                  "exp": now + 120,
                  "jti": f"request-{os.getpid()}-{next(self.serial):08}",
                  "kind": "access", "resource": ORIGIN + "/attesten",
                  "text": TEXT}
        claims.update(changed)
        return {name: value for name, value in claims.items()
                if value is not None}

    def sign(self, claims, **header):
        head = {"alg": "ES256", "kid": self.kid, "typ": "beid-step-up+jws",
                **header}
        signed = ".".join(base64url(json.dumps(
            part, ensure_ascii=False).encode()) for part in (head, claims))
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key],
                             input=signed.encode(), stdout=subprocess.PIPE,
                             check=True).stdout
        return signed + "." + base64url(raw_of(der))

    def request(self, **changed):
        return self.sign(self.claims(**changed))


def raw_of(der):
    """r and s of a P-256 signature, 32 bytes each."""
    out = b""
    at = 2
    for _ in range(2):
        length = der[at + 1]
        number = int.from_bytes(der[at + 2:at + 2 + length], "big")
        out += number.to_bytes(32, "big")
        at += 2 + length
    return out

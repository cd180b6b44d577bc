# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A portal's backend: a key, and step-up requests signed with it."""

import base64
import hashlib
import itertools
import json
import os
import subprocess
import tempfile
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


# By algorithm: what makes a key, and what signs a file with it.
KEYS = {
    "ES256": (["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
              ["dgst", "-sha256", "-sign"]),
    "ES384": (["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
              ["dgst", "-sha384", "-sign"]),
    "PS256": (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
              ["dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss",
               "-sigopt", "rsa_pss_saltlen:32", "-sign"]),
    "RS256": (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
              ["dgst", "-sha256", "-sign"]),
    "EdDSA": (["ED25519"], ["pkeyutl", "-sign", "-rawin", "-inkey"]),
}
COORDINATE = {"ES256": 32, "ES384": 48}


def pinned(kid, pem):
    """A public key as a portal file has it."""
    return f"request-key.{kid}=" + "\n  ".join(pem.strip().split("\n")) + "\n"


class Requests:
    """One key for an algorithm, used by the openssl command."""

    def __init__(self, directory, kid="test-1", alg="ES256"):
        self.kid = kid
        self.alg = alg
        self.directory = directory
        self.key = os.path.join(directory, f"request-key-{kid}.pem")
        self.serial = itertools.count(1)
        run(["openssl", "genpkey", "-algorithm", *KEYS[alg][0],
             "-out", self.key])
        self.public = run(["openssl", "pkey", "-in", self.key, "-pubout"])

    def portal_lines(self):
        """What pins the key in a portal file."""
        return (pinned(self.kid, self.public)
                + (f"request-algorithm.{self.kid}=RS256\n"
                   if self.alg == "RS256" else ""))

    def claims(self, **changed):
        now = int(time.time())
        claims = {"iss": ORIGIN, "aud": "beid-agent", "iat": now,
                  "exp": now + 120,
                  "jti": f"request-{self.kid}-{os.getpid()}-"
                         f"{next(self.serial):08}",
                  "kind": "access", "resource": ORIGIN + "/attesten",
                  "text": TEXT}
        claims.update(changed)
        return {name: value for name, value in claims.items()
                if value is not None}

    def sign(self, claims, **header):
        head = {"alg": self.alg, "kid": self.kid, "typ": "beid-step-up+jws",
                **header}
        signed = ".".join(base64url(json.dumps(
            part, ensure_ascii=False).encode()) for part in (head, claims))
        # A file: pkeyutl wants to know how long it is.
        with tempfile.NamedTemporaryFile(dir=self.directory) as file:
            file.write(signed.encode())
            file.flush()
            made = subprocess.run(
                ["openssl", *KEYS[self.alg][1], self.key,
                 *(("-in",) if self.alg == "EdDSA" else ()), file.name],
                stdout=subprocess.PIPE, check=True).stdout
        if self.alg in COORDINATE:
            made = raw_of(made, COORDINATE[self.alg])
        return signed + "." + base64url(made)

    def request(self, **changed):
        return self.sign(self.claims(**changed))


def raw_of(der, size=32):
    """r and s of an ECDSA signature, of size bytes each."""
    out = b""
    at = 2
    for _ in range(2):
        length = der[at + 1]
        number = int.from_bytes(der[at + 2:at + 2 + length], "big")
        out += number.to_bytes(size, "big")
        at += 2 + length
    return out

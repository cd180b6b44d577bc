#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""make_requests.py: step-up requests for portal/vectors on standard output,
good ones and ones that break one rule each, signed by the openssl command
with keys that are thrown away. See portal/vectors/README.md."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import tempfile

NOW = 1790000000
ORIGIN = "https://portal.example"
TYPE = "beid-step-up+jws"
TEXT = {"nl": "Inzage in uw attesten – één keer", "fr": "Accès à vos attestations",
        "de": "Einsicht in Ihre Bescheinigungen", "en": "See your certificates"}
CLAIMS = {"iss": ORIGIN, "aud": "beid-agent", "iat": NOW, "exp": NOW + 120,
          "jti": "request-00000001", "kind": "access",
          "resource": ORIGIN + "/attesten", "text": TEXT}
KEYS = {"ES256": ("EC", "ec_paramgen_curve:P-256"),
        "ES384": ("EC", "ec_paramgen_curve:P-384"),
        "EdDSA": ("ED25519", None),
        "PS256": ("RSA", "rsa_keygen_bits:2048"),
        "RS256": ("RSA", "rsa_keygen_bits:2048")}
BAD, SIGNATURE, UNKNOWN = ("bad_request", "request_signature_invalid",
                           "request_key_unknown")
EXPIRED, CLOCK = "request_expired", "clock_skew"
ABSENT = object()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(der, size):
    """r and s of a DER signature, one behind the other."""
    lines = openssl("asn1parse", "-inform", "DER", data=der).decode()
    return b"".join(int(line.rpartition(":")[2], 16).to_bytes(size, "big")
                    for line in lines.splitlines() if "INTEGER" in line)


class Keys:
    def __init__(self, folder):
        self.folder = folder
        for name, (kind, option) in {**KEYS, "other": KEYS["ES256"]}.items():
            openssl("genpkey", "-algorithm", kind, "-out", self.path(name),
                    *(("-pkeyopt", option) if option else ()))

    def path(self, name):
        return os.path.join(self.folder, name)

    def public(self, name):
        return openssl("pkey", "-in", self.path(name), "-pubout").decode()

    def der(self, algorithm, message, key):
        with open(self.path("message"), "wb") as out:
            out.write(message)
        if algorithm == "EdDSA":
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey",
                           self.path(key), "-in", self.path("message"))
        options = ["-sha384" if algorithm == "ES384" else "-sha256"]
        if algorithm == "PS256":
            options += ["-sigopt", "rsa_padding_mode:pss", "-sigopt",
                        "rsa_pss_saltlen:digest"]
        return openssl("dgst", *options, "-sign", self.path(key),
                       self.path("message"))

    def sign(self, algorithm, message, key):
        der = self.der(algorithm, message, key)
        size = {"ES256": 32, "ES384": 48}.get(algorithm)
        return raw(der, size) if size else der

    def portal_file(self, algorithms):
        lines = ["name.nl=Portaal", f"origin={ORIGIN}",
                 "origin=https://tweede.example",
                 "resource-origin=https://loket.example", "allow=step-up"]
        for name in algorithms:
            first, *more = self.public(name).splitlines()
            lines.append(f"request-key.{name.lower()}={first}")
            lines += ["  " + line for line in more]
        if "RS256" in algorithms:
            lines.append("request-algorithm.rs256=RS256")
        return "".join(line + "\n" for line in lines)


def changed(part, **changes):
    return {name: value for name, value in {**part, **changes}.items()
            if value is not ABSENT}


class Cases:
    def __init__(self, keys):
        self.keys = keys
        self.files = [keys.portal_file(("ES256", "ES384", "EdDSA", "PS256")),
                      keys.portal_file(("RS256",))]

    def put(self, name, error, compact, member=None, origin=ORIGIN, now=NOW,
            algorithm="ES256", kind="access"):
        case = {"name": name, "kind": "request", "now": now, "origin": origin,
                "portalFile": self.files[algorithm == "RS256"],
                "kid": algorithm.lower(), "algorithm": algorithm,
                "publicKey": self.keys.public(algorithm), "request": compact}
        if error:
            case["error"] = error
        else:
            case["stepUp"] = kind
            case["nonce"] = base64.b64encode(hashlib.sha256(
                compact.encode()).digest()).decode()
        if member:
            case["member"] = member
        print(json.dumps(case, ensure_ascii=False))

    def parts(self, header, claims):
        """Objects, or JSON as it stands."""
        return ".".join(base64url((part if isinstance(part, str) else
                                   json.dumps(part, ensure_ascii=False))
                                  .encode()) for part in (header, claims))

    def compact(self, claims=None, header=None, algorithm="ES256", key=None):
        header = header or {"alg": algorithm, "kid": algorithm.lower(),
                            "typ": TYPE}
        signed = self.parts(header, claims or CLAIMS)
        return signed + "." + base64url(
            self.keys.sign(algorithm, signed.encode(), key or algorithm))

    def claim(self, name, error, member=None, origin=ORIGIN, now=NOW,
              **claims):
        self.put(name, error, self.compact(changed(CLAIMS, **claims)), member,
                 origin, now)

    def good(self):
        for algorithm in KEYS:
            for kind in ("access", "statement"):
                self.put(f"{algorithm}: {kind}", None, self.compact(
                    changed(CLAIMS, kind=kind), algorithm=algorithm),
                    algorithm=algorithm, kind=kind)
        self.claim("all members", None, acr="urn:be:vlaanderen:authmech:eid",
                   txn="42", certificateSha256="0a" * 32)
        self.claim("a page of another origin of the portal", None,
                   resource="https://loket.example/x?y=1")
        self.claim("the portal's other origin asks", None,
                   origin="https://tweede.example",
                   iss="https://tweede.example",
                   resource="https://tweede.example/a")
        self.claim("jti of 64 characters", None, jti="aZ09-._~" * 8)
        self.claim("text of 2000 characters", None,
                   text={**TEXT, "fr": "é" * 2000})
        self.claim("short life", None, exp=NOW + 1)
        self.claim("our clock a minute behind", None, now=NOW - 60)
        self.claim("a minute after its end", None, now=NOW + 180)

    def signatures(self):
        good = self.compact()
        signed, _, signature = good.rpartition(".")
        data = base64.urlsafe_b64decode(signature + "==")

        def put(name, data, error=SIGNATURE):
            self.put(name, error, f"{signed}.{base64url(data)}")
        put("another key's signature", self.keys.sign(
            "ES256", signed.encode(), "other"))
        put("one bit of the signature", data[:-1] + bytes([data[-1] ^ 1]))
        put("signature cut short", data[:-1])
        put("signature with a byte behind", data + b"x")
        put("signature of zeros", bytes(64))
        put("signature above the order", b"\xff" * 64)
        put("signature in DER",
            self.keys.der("ES256", signed.encode(), "ES256"))
        put("no signature", b"", BAD)
        put("HMAC with the public key", hmac.new(
            self.keys.public("ES256").encode(), signed.encode(),
            "sha256").digest())
        for name, claims in (("another text", {"text": {**TEXT, "nl": "x"}}),
                             ("another resource",
                              {"resource": ORIGIN + "/rekening"}),
                             ("another kind", {"kind": "statement"})):
            body = self.parts({"alg": "ES256", "kid": "es256", "typ": TYPE},
                              changed(CLAIMS, **claims))
            self.put(f"{name} under the same signature", SIGNATURE,
                     f"{body}.{signature}")
        self.put("PS256 key, RS256 signature", SIGNATURE, self.compact(
            header={"alg": "PS256", "kid": "ps256", "typ": TYPE},
            algorithm="RS256", key="PS256"), algorithm="PS256")
        self.put("RS256 key, PS256 signature", SIGNATURE, self.compact(
            header={"alg": "RS256", "kid": "rs256", "typ": TYPE},
            algorithm="PS256", key="RS256"), algorithm="RS256")

    def headers(self):
        base = {"alg": "ES256", "kid": "es256", "typ": TYPE}
        for word in ("none", "HS256", "ES384", "RS256", "es256", "EdDSA"):
            self.put(f"alg {word} for a P-256 key", SIGNATURE, self.compact(
                header=changed(base, alg=word)), "alg")
        for word in ("es384", "ES256", "2025-1", "", "../es256"):
            error = SIGNATURE if word == "es384" else UNKNOWN
            self.put(f"kid {word or 'empty'}", error, self.compact(
                header=changed(base, kid=word)))
        for word in ("JWT", "beid-step-up", TYPE.upper()):
            self.put(f"typ {word}", BAD, self.compact(
                header=changed(base, typ=word)), "typ")
        for member in base:
            self.put(f"no {member}", BAD, self.compact(
                header=changed(base, **{member: ABSENT})), member)
        for member, value in (("crit", "exp"), ("jwk", "x"),
                              ("x5u", "https://evil.example/"),
                              ("b64", False)):
            self.put(f"header with {member}", BAD, self.compact(
                header=changed(base, **{member: value})), member)
        text = json.dumps(base)
        self.put("alg twice", BAD, self.compact(
            header=text[:-1] + ', "alg": "ES256"}'), "alg")
        self.put("header is no object", BAD, self.compact(header="[]"))

    def claims(self):
        for member in CLAIMS:
            self.claim(f"no {member}", BAD, member, **{member: ABSENT})
        for member, values in (
                ("iss", (ORIGIN + "/", "https://PORTAL.example",
                         "https://portal.example:443",
                         "https://tweede.example", "https://evil.example")),
                ("aud", ("beid-agent2", "https://portal.example",
                         ["beid-agent"])),
                ("jti", ("0123456789abcde", "a" * 65, "0123456789abcde/", 1)),
                ("kind", ("Access", "sign")),
                ("resource", (ORIGIN, ORIGIN + "/a/../b", ORIGIN + "/%2e%2e/b",
                              ORIGIN + "/a#b", ORIGIN + ".evil.example/",
                              ORIGIN + "@evil.example/",
                              "https://evil.example/", "/attesten")),
                ("iat", (str(NOW), NOW + 0.5, -1)),
                ("exp", (NOW, NOW - 1, NOW + 121, str(NOW + 120))),
                ("acr", ("two words", "")), ("txn", ("é", "x" * 256)),
                ("certificateSha256", ("00", "0g" * 32, "0a" * 33))):
            for value in values:
                self.claim(f"{member} {json.dumps(value)[:40]}", BAD,
                           None if isinstance(value, float) or value == -1
                           else member, **{member: value})
        for name, text in (("empty", ""), ("with a line break", "a\nb"),
                           ("of markup", "a<b>"), ("turned round", "a\u202eb"),
                           ("of zero width", "a\u200bb"), ("padded", " a"),
                           ("of 2001 characters", "é" * 2001)):
            self.claim(f"text {name}", BAD, "text", text={**TEXT, "de": text})
        self.claim("text in one language", BAD, None, text={"nl": "x"})
        self.claim("text is no object", BAD, "text", text="x")
        self.claim("an unknown claim", BAD, "nbf", nbf=NOW)
        body = json.dumps(CLAIMS)
        self.put("aud twice", BAD, self.compact(
            body[:-1] + ', "aud": "beid-agent"}'), "aud")
        self.put("claims are no object", BAD, self.compact("[]"))

    def times(self):
        for name, error, offset in (
                ("a second too early", CLOCK, -61),
                ("two hours early", CLOCK, -7200),
                ("past its end", EXPIRED, 181), ("an hour old", CLOCK, 3600),
                ("nearly an hour old", EXPIRED, 3599)):
            self.claim(name, error, now=NOW + offset)
        self.claim("posted by the portal's other page", BAD, "iss",
                   origin="https://tweede.example")

    def shapes(self):
        good = self.compact()
        header, claims, signature = good.split(".")
        for name, compact in (
                ("two parts", f"{header}.{claims}"),
                ("four parts", good + ".x"),
                ("padding", f"{header}.{claims}.{signature}=="),
                ("base64 in place of base64url", f"{header}.{claims}.+/"),
                ("space in it", f"{header} .{claims}.{signature}"),
                ("no header", f".{claims}.{signature}"),
                ("no claims", f"{header}..{signature}"), ("nothing", ""),
                ("JSON serialisation", json.dumps({
                    "protected": header, "payload": claims,
                    "signature": signature}))):
            self.put(f"not a compact JWS: {name}", BAD, compact)


def main():
    with tempfile.TemporaryDirectory() as folder:
        cases = Cases(Keys(folder))
        for part in (cases.good, cases.signatures, cases.headers,
                     cases.claims, cases.times, cases.shapes):
            part()


main()

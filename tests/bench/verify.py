# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Verifications per second and core beside the raw signature verifications of
"openssl speed", in turn in one run, both by processor time. What is printed is
a ratio; nothing fails on time. A verdict that is not good, or an OCSP answer
that was not kept, does.

BEID_BENCH_FULL=1: at full length. BEID_BENCH_ROUNDS=N: the medians of N rounds.
"""

import base64
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from process import Failure, Program, run  # noqa: E402
from stack import SOURCE, built  # noqa: E402

FULL = os.environ.get("BEID_BENCH_FULL") == "1"
NAMED = os.environ.get("BEID_BENCH_ROUNDS")
ROUNDS = int(NAMED or (9 if FULL else 1))
SECONDS = 2 if FULL else 1  # of openssl speed, which takes no less
RATE_SECONDS = SECONDS if FULL or NAMED else 0.5
# Certificates that are seen for the first time.
STRANGERS = 20 if FULL or NAMED else 5
ORIGIN, NAME = "https://portal.example", "Portal"
NONCE = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
PKI = os.path.join(SOURCE, "tests", "contract", "verify", "pki.sh")
# Applet, key of the card, of its CA, hash, algorithm of the token.
CARDS = {"1.8": ("p384", "ec", "sha384", "ES384"),
         "1.7": ("rsa2048", "rsa", "sha256", "RS256")}
MODES = {"warm": "certificate, CA and OCSP answer known",
         "new": "CA known, certificate new, nobody asked",
         "cold": "nothing known, nobody asked"}
TEXT = f"""Verklaring
Taal: nl
Website: {NAME}
Adres: {ORIGIN}

Ik wijzig mijn rekeningnummer.

Pagina: {ORIGIN}/rekening
Kenmerk: request-00000001
Opgemaakt op: 2026-09-21T14:13:20Z
Vorm: beid-statement-1
"""


def base64url(text):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


class World:
    """PKI, responder, one token and one statement of a card's kind."""

    def __init__(self, folder, applet):
        self.folder = os.path.join(folder, applet)
        os.mkdir(self.folder)
        self.key, self.kind, self.hash, self.algorithm = CARDS[applet]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.certificates()
        self.token()
        self.statement()

    def path(self, name):
        return os.path.join(self.folder, name)

    def shell(self, script, *arguments):
        return subprocess.run(
            ["bash", "-euc", f'. "{PKI}"; {script}', "bash",
             *map(str, arguments)],
            cwd=self.folder, check=True, stdout=subprocess.PIPE,
            text=True).stdout

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def certificates(self):
        if self.kind == "ec":
            self.shell("pki_make p384; pki_signer p384")
        else:  # CAs of 4096 bits, as Belgium's
            for name in ("root", "ca"):
                run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA",
                     "-pkeyopt", "rsa_keygen_bits:4096", "-out",
                     self.path(name + ".key")])
            self.shell("""pki_sign root root '/C=BE/CN=TEST Belgium Root CA' \
"$pki_ca_extensions" -sha256; pki_sign ca root '/C=BE/CN=TEST Citizen CA' \
"$pki_ca_extensions" -sha256; pki_key auth.key "$1"; pki_key sign.key "$1"
""", self.key)
        self.shell("""aia="authorityInfoAccess=OCSP;URI:$1"
pki_sign auth ca "$pki_subject" "$pki_leaf_extensions
$aia" "-$2" -set_serial 4096
pki_sign sign ca "${pki_subject/Authentication/Signature}" \
"$pki_sign_extensions
$aia" "-$2" -set_serial 4097
pki_key delegate.key p384
pki_sign delegate ca /CN=TEST 'keyUsage=critical,digitalSignature
extendedKeyUsage=OCSPSigning' "-$2"
""", self.url, self.hash)
        self.write("index.txt", "".join(
            f"V\t301231235959Z\t\t{number}\tunknown\t/CN=x\n"
            for number in ("1000", "1001")))
        self.write("index.txt.attr", "unique_subject = no\n")

    def token(self):
        make = 'answer_make "$(token_make "$1" "$2" "$3")" ca.pem'
        self.write("token.json", self.shell(make, self.algorithm, ORIGIN,
                                            NONCE))
        # The same key in other certificates costs the same.
        for i in range(STRANGERS):
            self.shell('cp auth.pem kept.pem; pki_sign auth ca "$pki_subject" '
                       '"$pki_leaf_extensions" "-$4" -set_serial "$5"; '
                       + make + ' >"$6"; mv kept.pem auth.pem', self.algorithm, ORIGIN,
                       NONCE, self.hash, 5000 + i, f"token-{i}.json")

    def statement(self):
        claims = {"iss": ORIGIN, "aud": "beid-agent", "iat": 1790000000,
                  "exp": 1790000120, "jti": "request-00000001",
                  "kind": "statement", "resource": ORIGIN + "/rekening",
                  "text": {"nl": "Ik wijzig mijn rekeningnummer."}}
        self.write("request.jws", ".".join(map(base64url, (
            '{"alg":"ES256","typ":"beid-step-up+jws"}', json.dumps(claims),
            "not judged here"))))
        self.write("statement.txt", TEXT)
        chain = [self.shell("pem_base64 ca.pem")]
        self.signed("sign.pem", "statement.json", chain)
        for i in range(STRANGERS):
            self.shell('cp sign.key other.key; pki_sign other ca '
                       '"${pki_subject/Authentication/Signature}" '
                       '"$pki_sign_extensions" "-$1" -set_serial "$2"',
                       self.hash, 6000 + i)
            self.signed("other.pem", f"statement-{i}.json", chain)

    def signed(self, signer, name, chain):
        run(["openssl", "cms", "-sign", "-binary", "-in",
             self.path("statement.txt"), "-signer", self.path(signer),
             "-inkey", self.path("sign.key"), "-md", self.hash, "-cades",
             "-nosmimecap", "-outform", "DER", "-out", self.path("p7s")])
        with open(self.path("p7s"), "rb") as file:
            signature = base64.b64encode(file.read()).decode()
        self.write(name, json.dumps({
            "statement": TEXT, "signature": signature,
            "unverifiedEvidence": {"chain": chain}}))

    def respond(self):
        responder = Program(
            ["openssl", "ocsp", "-port", self.port, "-index", "index.txt",
             "-CA", "ca.pem", "-rsigner", "delegate.pem", "-rkey",
             "delegate.key", "-nmin", "1440"], cwd=self.folder)
        responder.expect("aiting for OCSP client")
        return responder

    def rate(self, what, mode, threads):
        """Verifications a second of processor time, and of the clock."""
        last = NONCE if what == "token" else self.path("request.jws")
        files = [self.path(what + ".json")]
        if mode == "new":
            files += [self.path(f"{what}-{i}.json")
                      for i in range(STRANGERS)]
        count, wall, used = map(float, run(
            [built("tests", "bench", "verify-rate"), mode, RATE_SECONDS,
             threads,
             self.path("root.pem"), self.url, last, *files],
            seconds=600).split())
        return count / used, count / wall


def raw_seconds(names, threads):
    """Processor time of one raw verification by its name, of each core."""
    speeds = [subprocess.Popen(["openssl", "speed", "-mr", "-seconds",
                                str(SECONDS), *names], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
              for _ in range(threads)]
    taken = {name: [] for name in names}
    for speed in speeds:
        out = speed.communicate(timeout=600)[0]
        for kind, bits, verify in re.findall(
                r"^\+F([24]):\d+:(\d+):[^:]+:([\d.]+)(?::|$)", out, re.M):
            name = ("rsa" if kind == "2" else "ecdsap") + bits
            taken[name].append(1 / float(verify))
    if not all(taken.values()):
        raise Failure(f"openssl speed told {taken}")
    return {name: statistics.mean(found) for name, found in taken.items()}


def compare(world, applet, threads):
    """Lines of one applet: cold and warm, beside the two raw signatures."""
    names = ["ecdsap384"] if applet == "1.8" else ["rsa2048", "rsa4096"]
    subjects = [("token", "warm"), ("token", "new"), ("token", "cold"),
                ("statement", "warm"), ("statement", "new"),
                ("statement", "cold")]
    seen = {subject: [] for subject in subjects}
    raws = []
    for _ in range(ROUNDS):
        taken = raw_seconds(names, threads)
        raw = 1 / (2 * taken[names[0]] if applet == "1.8"
                   else sum(taken.values()))
        raws.append(raw)
        for what, mode in subjects:
            rate, _ = world.rate(what, mode, threads)
            seen[what, mode].append((rate, rate / raw))
    for what, mode in subjects:
        rate = statistics.median(rate for rate, _ in seen[what, mode])
        ratio = statistics.median(ratio for _, ratio in seen[what, mode])
        print(f"| {what}, applet {applet} | {threads} | {MODES[mode]} | "
              f"{rate:.0f} | {statistics.median(raws):.0f} | "
              f"{100 * ratio:.0f} % |", flush=True)


def main():
    print("openssl:", run(["openssl", "version"]).strip())
    print("Per second and core, by processor time. Raw: what two raw "
          "verifications\n(1.8: P-384 twice; 1.7: RSA-2048 and the CA's "
          "RSA-4096) allow.\n")
    print("| | threads | known before | verifications | raw pairs | ratio |\n"
          "|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for applet in CARDS:
            world = World(folder, applet)
            responder = world.respond()
            try:
                for threads in (1, 2):
                    compare(world, applet, threads)
                for what, threads in (("token", 1), ("statement", 1),
                                      ("token", 2), ("statement", 2)):
                    rate, wall = world.rate(what, "ocsp", threads)
                    print(f"| {what}, applet {applet} | {threads} | nothing "
                          f"known, OCSP asked | {rate:.0f} ({wall:.0f} by the "
                          "clock) | | |", flush=True)
            finally:
                responder.stop()


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"\n{time.monotonic() - started:.0f} s")

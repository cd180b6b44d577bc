# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""OpenSC, a client that we did not write, takes the card for a real one."""

import glob
import os
import re
import subprocess

from virtual_case import APPLET, PIN, VirtualCase, main

RSA = APPLET == "1.7"
ATR = {"1.7": "3b:98:13:40:0a:a5:03:01:01:01:ad:13:11",
       "1.8": "3b:7f:96:00:00:80:31:80:65:b0:85:04:01:20:12:0f:ff:82:90:00"}
# Its first release that signs with applet 1.8 (OpenSC #3309).
SIGNS_EC = (0, 27)
FILES = {"02": "auth", "03": "sign", "04": "ca", "06": "root"}


def opensc_module():
    found = glob.glob("/usr/lib/*/opensc-pkcs11.so") + glob.glob(
        "/usr/lib*/opensc-pkcs11.so")
    return found[0]


def version():
    text = subprocess.run(["opensc-tool", "--info"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    found = re.match(r"opensc (\d+)\.(\d+)", text, re.I)
    return int(found[1]), int(found[2])


class OpenSc(VirtualCase):
    def pkcs11(self, *options, accept=(0,)):
        return self.text_of("pkcs11-tool", "--module", opensc_module(),
                            *options, accept=accept)

    def path(self, name):
        return os.path.join(self.card.directory, name)

    def pki(self, name):
        return os.path.join(self.card.pki, name + ".pem")

    def der_of(self, path, form="PEM"):
        return self.run_tool("openssl", "x509", "-in", path, "-inform", form,
                             "-outform", "DER")

    def test_recognised(self):
        self.assertIn(ATR[APPLET], self.text_of("opensc-tool", "-a"))
        self.assertIn("Belpic", self.text_of("opensc-tool", "-n"))
        self.assertIn("beid virtual reader 0", self.text_of("opensc-tool",
                                                            "-l"))

    def test_slot(self):
        text = self.pkcs11("-L")
        self.assertIn("token label", text)
        self.assertIn("BELPIC", text)
        self.assertIn("login required", text)

    def test_objects(self):
        text = self.pkcs11("-O", "-l", "--pin", PIN)
        kinds = re.findall(r"^(Private Key|Certificate|Public Key) Object.*\n"
                           r"\s+label:\s+(\S+)", text, re.M)
        self.assertEqual(
            {label for kind, label in kinds if kind == "Certificate"},
            {"Authentication", "Signature", "CA", "Root"})
        self.assertEqual(
            {label for kind, label in kinds if kind == "Private Key"},
            {"Authentication", "Signature"})
        self.assertEqual(text.count("Private Key Object; "
                                    + ("RSA" if RSA else "EC")), 2)

    def test_certificates(self):
        for ident, name in FILES.items():
            out = self.path("got.der")
            self.pkcs11("-l", "--pin", PIN, "--read-object", "--type", "cert",
                        "--id", ident, "-o", out)
            self.assertEqual(self.der_of(out, "DER"),
                             self.der_of(self.pki(name)), name)

    def test_pkcs15(self):
        text = self.text_of("pkcs15-tool", "--dump")
        self.assertIn("BELPIC", text)
        self.assertIn("Basic PIN", text)
        self.assertEqual(len(re.findall(r"^X.509 Certificate", text, re.M)), 4)
        for ident, name in FILES.items():
            pem = self.run_tool("pkcs15-tool", "--read-certificate", ident,
                                *(("--verify-pin", "--pin", PIN) if RSA
                                  else ()))
            with open(self.path("got.pem"), "wb") as file:
                file.write(pem)
            self.assertEqual(self.der_of(self.path("got.pem")),
                             self.der_of(self.pki(name)), name)

    def test_chain(self):
        for name in ("auth", "sign"):
            text = self.text_of("openssl", "verify", "-CAfile",
                                self.pki("root"), "-untrusted",
                                self.pki("ca"), self.pki(name))
            self.assertIn("OK", text)
        self.text_of("openssl", "verify", "-purpose", "sslclient", "-CAfile",
                     self.pki("root"), "-untrusted", self.pki("ca"),
                     self.pki("auth"))
        self.text_of("openssl", "verify", "-CAfile", self.pki("root"),
                     self.pki("rrn"))
        size = len(self.der_of(self.pki("auth")))
        self.assertTrue(1380 < size < 1450 if RSA else 1050 < size < 1120,
                        size)

    def sign(self, mechanism, data):
        """The finished pkcs11-tool, all it said as .stdout."""
        with open(self.path("data"), "wb") as file:
            file.write(data)
        return subprocess.run(
            ["pkcs11-tool", "--module", opensc_module(), "-l", "--pin", PIN,
             "--sign", "-m", mechanism, "--id", "02", "-i", self.path("data"),
             "-o", self.path("signature")], env=self.card.env, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)

    def verify(self, *options):
        self.text_of("openssl", "x509", "-in", self.pki("auth"), "-noout",
                     "-pubkey", "-out", self.path("key.pem"))
        text = self.text_of("openssl", "dgst", "-verify",
                            self.path("key.pem"), "-signature",
                            self.path("signature"), *options,
                            self.path("data"))
        self.assertIn("Verified OK", text)

    def test_sign(self):
        self.card.do("counters-reset")
        if RSA:
            self.sign_rsa()
        else:
            self.sign_ec()

    def sign_rsa(self):
        for mechanism, digest in (("SHA256-RSA-PKCS", "-sha256"),
                                  ("SHA1-RSA-PKCS", "-sha1")):
            done = self.sign(mechanism, b"what is signed")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.verify(digest)
        self.assertEqual(self.card.counters()["signatures"], 2)

    def sign_ec(self):
        """Older releases know no mechanism for it, and ask no card."""
        done = self.sign("ECDSA-SHA384", b"what is signed")
        if version() < SIGNS_EC:
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("CKR_MECHANISM_INVALID", done.stdout)
            self.assertEqual(self.card.counters()["signatures"], 0)
        else:
            self.assertEqual(done.returncode, 0, done.stdout)
            self.verify("-sha384")
            self.assertEqual(self.card.counters()["signatures"], 1)

    def test_wrong_pin(self):
        self.pkcs11("-l", "--pin", "4321", "-O", accept=(1,))
        self.assertEqual(self.card.do("tries").strip(), "2")
        self.pkcs11("-l", "--pin", PIN, "-O")
        self.assertEqual(self.card.do("tries").strip(), "3")

    def test_change_pin(self):
        self.pkcs11("--change-pin", "-l", "--pin", PIN, "--new-pin", "567890")
        self.pkcs11("-l", "--pin", "567890", "-O")
        self.pkcs11("--change-pin", "-l", "--pin", "567890", "--new-pin", PIN)
        self.assertEqual(self.card.do("tries").strip(), "3")


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Usage: test_vectors.py BEID-VERIFY FOLDER. Every case of portal/vectors gets
the verdict that stands there."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from run_tests import main

FOLDER = os.path.realpath(sys.argv.pop(2))
VERIFY = os.path.realpath(sys.argv.pop(1))


class Vectors(unittest.TestCase):
    def cases(self, name):
        with open(os.path.join(FOLDER, name), encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def judge(self, case, options, content):
        with tempfile.TemporaryDirectory() as here:
            def written(name, data):
                path = os.path.join(here, name)
                with open(path, "wb") as out:
                    out.write(data if isinstance(data, bytes)
                              else data.encode())
                return path

            arguments = [VERIFY, case["kind"], "--at", case["at"],
                         "--revocation", "off", "--json"]
            for member, option in options.items():
                if member in case:
                    arguments += [option, case[member]]
            for member, option in (("trust", "--trust"),
                                   ("intermediates", "--intermediate")):
                for number, pem in enumerate(case[member]):
                    arguments += [option, written(f"{member}{number}", pem)]
            for member, option in (("request", "--request"),
                                   ("loginCertificate", "--same-person-as")):
                if member in case and case["kind"] == "statement":
                    arguments += [option, written(member, case[member])]
            for policy in case.get("policies", ()):
                arguments += ["--policy", policy]
            if case.get("inferredPolicies") is False:
                arguments.append("--no-inferred-policies")
            done = subprocess.run([*arguments, written("content", content)],
                                  stdout=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, case["exitCode"],
                             case["name"] + ": " + done.stdout.decode())

    def test_tokens(self):
        cases = self.cases("tokens.jsonl")
        for case in cases:
            self.judge(case, {"origin": "--origin", "nonce": "--nonce"},
                       base64.b64decode(case["tokenBase64"])
                       if "tokenBase64" in case else case["token"])
            if "request" in case:  # what the nonce of an access is
                self.assertEqual(case["nonce"], base64.b64encode(
                    hashlib.sha256(case["request"].encode()).digest()
                ).decode())
        self.assertEqual(sum("request" in case for case in cases), 3)
        self.assertGreaterEqual(sum(case["exitCode"] != 0 for case in cases),
                                60)

    def test_statements(self):
        cases = self.cases("statements.jsonl")
        for case in cases:
            self.judge(case, {"portalName": "--portal-name", "lang": "--lang",
                              "personSha256": "--person"}, case["answer"])
        self.assertGreaterEqual(sum(case["exitCode"] != 0 for case in cases),
                                60)

    def test_no_private_key(self):
        for name in os.listdir(FOLDER):
            with open(os.path.join(FOLDER, name), encoding="utf-8") as text:
                self.assertIsNone(re.search("PRIVATE KEY", text.read()), name)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Usage: test_remembered.py LIBBEID-VERIFY FOLDER. The cases of portal/vectors
again, many by one verifier, which has seen the good ones before: what it
remembers of CAs, certificates and statements changes no verdict. Only a chain
that is missing may be known: then the verdict is the one that a verifier gives
which was told the good cases' CAs beforehand."""

import base64
import ctypes
import datetime
import json
import os
import random
import sys
import unittest

from run_tests import main

if os.environ.get("BEID_SANITIZE"):
    print("skipped: Python does not load a library built for a sanitizer")
    sys.exit(77)
FOLDER = os.path.realpath(sys.argv.pop(2))
LIBRARY = ctypes.CDLL(os.path.realpath(sys.argv.pop(1)))
AUTHENTICATION, SIGNATURE = 1, 2
UNTRUSTED = 21
ROUNDS = 3


class Token(ctypes.Structure):
    _fields_ = [("token", ctypes.c_char_p), ("token_len", ctypes.c_size_t),
                ("origin", ctypes.c_char_p), ("nonce", ctypes.c_char_p),
                ("inquiry", ctypes.c_void_p)]


class Statement(ctypes.Structure):
    _fields_ = [("request", ctypes.c_char_p),
                ("request_len", ctypes.c_size_t),
                ("answer", ctypes.c_char_p), ("answer_len", ctypes.c_size_t),
                ("portal_name", ctypes.c_char_p), ("lang", ctypes.c_char_p),
                ("login_certificate", ctypes.c_char_p),
                ("login_certificate_len", ctypes.c_size_t),
                ("person_sha256", ctypes.c_char_p),
                ("inquiry", ctypes.c_void_p)]


LIBRARY.beid_verify_set_time.argtypes = [ctypes.c_void_p, ctypes.c_long]
LIBRARY.beid_verify_set_time.restype = None


def group_of(case):
    return json.dumps([case["trust"], case["intermediates"],
                       case.get("policies"), case.get("inferredPolicies")])


def content_of(case):
    if case["kind"] == "statement":
        return case["answer"].encode()
    if "tokenBase64" in case:
        return base64.b64decode(case["tokenBase64"])
    return case["token"].encode()


def chain_of(case):
    """The certificates of an answer's evidence, as DER."""
    try:
        evidence = json.loads(content_of(case)).get("unverifiedEvidence", {})
        return [base64.b64decode(one) for one in evidence.get("chain", [])]
    except (ValueError, AttributeError, TypeError):
        return []


class Verifier:
    def __init__(self, case, more=()):
        self.at = ctypes.c_void_p()
        self.must("new", ctypes.byref(self.at))
        for pem in case["trust"]:
            self.must("add_trust", self.at, pem.encode(), len(pem.encode()))
        for pem in case["intermediates"]:
            self.must("add_intermediate", self.at, pem.encode(),
                      len(pem.encode()))
        for der in more:  # some are no CA's
            self.call("add_intermediate", self.at, der, len(der))
        uses = (AUTHENTICATION,)
        if case["kind"] == "statement":
            uses = (AUTHENTICATION, SIGNATURE)
        for policy in case.get("policies", ()):
            for use in uses:
                self.must("add_policy", self.at, use, policy.encode())
        if case.get("inferredPolicies") is False:
            LIBRARY.beid_verify_refuse_inferred_policies(self.at)
        self.must("set_revocation", self.at, 0)

    @staticmethod
    def call(name, *arguments):
        sized = [ctypes.c_size_t(one) if isinstance(one, int) else one
                 for one in arguments]
        return getattr(LIBRARY, "beid_verify_" + name)(*sized)

    @classmethod
    def must(cls, name, *arguments):
        result = cls.call(name, *arguments)
        assert result == 0, f"{name}: {result}"

    def judge(self, case):
        moment = datetime.datetime.strptime(
            case["at"], "%Y-%m-%dT%H:%M:%SZ").replace(
                tzinfo=datetime.timezone.utc)
        LIBRARY.beid_verify_set_time(self.at, int(moment.timestamp()))
        report = ctypes.c_void_p()
        content = content_of(case)
        if case["kind"] == "token":
            what = Token(content, len(content), case["origin"].encode(),
                         case["nonce"].encode())
        else:
            request = case["request"].encode()
            login = case.get("loginCertificate", "").encode()
            lang = case.get("lang")
            person = case.get("personSha256")
            what = Statement(
                request, len(request), content, len(content),
                case["portalName"].encode(), lang and lang.encode(),
                login or None, len(login),
                person and bytes.fromhex(person))
        result = self.call(case["kind"], self.at, ctypes.byref(what),
                           ctypes.byref(report))
        assert (result == 0) == bool(report.value)
        LIBRARY.beid_verify_report_free(ctypes.byref(report))
        return result

    def free(self):
        LIBRARY.beid_verify_free(ctypes.byref(self.at))


class Remembered(unittest.TestCase):
    def groups(self, name):
        found = {}
        with open(os.path.join(FOLDER, name), encoding="utf-8") as lines:
            for line in lines:
                case = json.loads(line)
                found.setdefault(group_of(case), []).append(case)
        return found.values()

    def judge_all(self, cases):
        """How many bad ones were judged by a verifier that knew good ones."""
        good = [case for case in cases if case["exitCode"] == 0]
        known = [der for case in good for der in chain_of(case)]
        verifier = Verifier(cases[0])
        self.addCleanup(verifier.free)
        order = random.Random(20260921)
        for case in good:
            self.assertEqual(verifier.judge(case), 0, case["name"])
        for _ in range(ROUNDS):
            for case in order.sample(cases, len(cases)):
                result = verifier.judge(case)
                if result != case["exitCode"]:
                    told = Verifier(case, known)
                    self.assertEqual(result, told.judge(case), case["name"])
                    told.free()
                    self.assertEqual(case["exitCode"], UNTRUSTED, case["name"])
        return len(cases) - len(good) if good else 0

    def test_tokens(self):
        judged = sum(map(self.judge_all, self.groups("tokens.jsonl")))
        self.assertGreaterEqual(judged, 60)

    def test_statements(self):
        judged = sum(map(self.judge_all, self.groups("statements.jsonl")))
        self.assertGreaterEqual(judged, 60)


if __name__ == "__main__":
    main()

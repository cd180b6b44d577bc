# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat W-09: whatever a page sends, the authentication key signs the digest
of origin and nonce that this test computes for itself, or nothing."""

import hashlib
import os
import random
import string

from card_case import APPLET, AgentCase, main
from request import Requests, nonce_of, wait_past_start
from stack import ORIGIN

SEED = 20261126
COUNT = 40
DIGEST = "sha256" if APPLET == "1.7" else "sha384"
ALPHABETS = (string.ascii_letters + string.digits + "+/=",
             string.printable.strip(), "\u00e9\u20ac\U0001f600a")
STRANGE = ("hash", "digest", "hashFunction", "algorithm", "origin", "message",
           "document", "keyId", "request", "kind")


# RSA: PKCS#1's DigestInfo for SHA-256 around it.
INFO = "3031300D060960864801650304020105000420" if APPLET == "1.7" else ""


def digest_of(nonce, origin=ORIGIN):
    one, two = (hashlib.new(DIGEST, text.encode()).digest()
                for text in (origin, nonce))
    return INFO + hashlib.new(DIGEST, one + two).hexdigest().upper()


class Digests(AgentCase):
    @classmethod
    def portal(cls, directory):
        cls.requests = Requests(directory)
        return {"allow": "authenticate, step-up",
                "portal": cls.requests.portal_lines()}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The program that answers for tests: no window, and no waiting.
        cls.stack._agent_portal["pinentry_option"] = False
        origins, _, level = cls.stack._agent_options
        cls.stack._agent_options = (origins, (
            "--scripted-prompt",
            os.path.join(cls.stack.directory, "v", "prompt")), level)
        cls.agent = cls.stack.restart_agent()
        cls.trace = os.path.join(cls.stack.directory, "trace")

    def signed(self):
        """What the card was given to sign since it was last asked."""
        with open(self.trace, encoding="utf-8") as lines:
            commands = [line.split()[2] for line in lines if " > " in line]
        self.card.trace_to(self.trace)
        # PERFORM SECURITY OPERATION, compute digital signature; Lc, data.
        return [one[10:10 + 2 * int(one[8:10], 16)] for one in commands
                if one.startswith("002A9E9A")]

    def nonce(self, dice):
        alphabet = dice.choice(ALPHABETS)
        return "".join(dice.choice(alphabet)
                       for _ in range(dice.randint(40, 132)))

    def body(self, dice, nonce):
        body = {"challengeNonce": nonce}
        if dice.random() < 0.3:
            body["lang"] = dice.choice(("nl", "fr", "de", "en", "xx"))
        if dice.random() < 0.3:
            body[dice.choice(STRANGE)] = dice.choice(
                ("A" * 64, digest_of("x"), "SHA-384", 1, None, [], ORIGIN))
        return body

    def test_w09_only_what_can_be_computed(self):
        dice = random.Random(SEED)
        self.card.trace_to(self.trace)
        done = 0
        for number in range(COUNT):
            nonce = self.nonce(dice)
            body = self.body(dice, nonce)
            answer = self.agent.request("POST", "/v1/authenticate", body)
            where = (SEED, number, body, answer)
            self.assertIn(answer.status, (200, 400), where)
            expected = []
            if answer.status == 200:
                self.assertFalse(set(body) & set(STRANGE), where)
                expected = [digest_of(nonce)]
                done += 1
            self.assertEqual(self.signed(), expected, where)
        print(f"{done} of {COUNT} were signed")
        self.assertTrue(COUNT // 4 < done < COUNT)

    def test_w09_a_step_up_signs_its_own_nonce(self):
        wait_past_start()
        self.card.trace_to(self.trace)
        for text in ("Een", "Twee" * 100):
            request = self.requests.request(text={
                lang: text for lang in ("nl", "fr", "de", "en")})
            answer = self.agent.step_up(request)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(self.signed(), [digest_of(nonce_of(request))])
        for member in STRANGE:
            if member != "request":
                answer = self.agent.step_up(self.requests.request(),
                                            **{member: "A" * 64})
                self.assertEqual(answer.status, 400, (member, answer))
        self.assertEqual(self.signed(), [])


if __name__ == "__main__":
    main()

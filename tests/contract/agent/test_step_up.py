# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A step-up for a page: signed request, prompt, token over the request."""

import json
import os
import signal
import time

from agent_case import AgentCase, main
from process import children_of, run, wait_until
from request import (TEXT, Requests, base64url, nonce_of,
                     wait_past_start)
from stack import ORIGIN, PIN, Later, built

ELSEWHERE = "https://localhost:18445"


class StepUpCase(AgentCase):
    """An agent whose portal has a request key."""

    @classmethod
    def portal(cls, directory):
        cls.requests = Requests(directory)
        return {"allow": "authenticate, step-up",
                "portal": f"resource-origin={ELSEWHERE}\n"
                + cls.requests.portal_lines()}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        wait_past_start()

    def setUp(self):
        self.card.do("counters-reset")

    def begin(self, request, **members):
        later = Later(self.agent.step_up, request, **members)
        return later, self.screen.wait_window()

    def read_pages(self, window, asked):
        """Goes from page to page until the PIN is asked; how many."""
        return self.stack.read_pages(window, asked)


class Access(StepUpCase):
    def verify(self, answer, nonce, accept=(0,)):
        return run([built("portal", "verify", "beid-verify"), "token",
                    "--origin", ORIGIN, "--nonce", nonce,
                    "--trust", self.card.root, "--json", "-"],
                   stdin=json.dumps(answer.json), accept=accept)

    def test_token_is_about_the_request(self):
        request = self.requests.request()
        later, window = self.begin(request, lang="fr", chain=True)
        text = self.prompt.texts()[-1]
        self.screen.type_line(window, PIN)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)
        self.journalled("access", ORIGIN + "/attesten", text,
                        "certificate,signature,chain")
        self.verify(answer, nonce_of(request))
        self.verify(answer, nonce_of(request + "x"), accept=(25,))
        flat = " ".join(text.split())
        for part in ("Le site web écrit : " + TEXT["fr"], "Profil du citoyen (essai)", ORIGIN,
                     "Page : " + ORIGIN + "/attesten", "TEST"):
            self.assertIn(part, flat)
        self.assertEqual(self.card.count("verify"), 1)
        again = self.agent.step_up(request)
        self.assertEqual((again.status, again.code),
                         (409, "request_replayed"))

    def test_long_text_is_read_page_by_page(self):
        long = " ".join(f"woord{n:03}" for n in range(215))
        request = self.requests.request(text={**TEXT, "nl": long})
        asked = self.prompt.count("GETPIN")
        later, window = self.begin(request, chain=True)
        pages = self.read_pages(window, asked)
        window = self.screen.wait_window()
        self.assertGreater(pages, 2)
        read = " ".join(t.split("\n\n", 1)[1] for t in self.prompt.texts()
                        if f"/{pages}" in t)
        for number in range(215):
            self.assertIn(f"woord{number:03}", read)
        self.screen.type_line(window, PIN)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)
        self.verify(answer, nonce_of(request))

    def test_cancel(self):
        later, window = self.begin(self.requests.request())
        self.screen.press(window, "Escape")
        self.assertEqual(later.result().code, "user_cancelled")
        self.assertEqual(self.card.count("verify"), 0)

    def test_a_resource_elsewhere_is_shown_beside_the_origin(self):
        page = ELSEWHERE + "/dossier/7"
        for kind in ("access", "statement"):
            shown = len(self.prompt.texts())
            later, window = self.begin(self.requests.request(
                kind=kind, resource=page), lang="en")
            flat = " ".join(" ".join(self.prompt.texts()[shown:]).split())
            self.assertIn("Page: " + page, flat)
            self.assertIn(ORIGIN, flat.replace(page, ""))
            self.screen.press(window, "Escape")
            self.assertEqual(later.result().code, "user_cancelled")
            self.screen.wait_closed()
        self.assertEqual(self.agent.step_up(self.requests.request(
            resource=ELSEWHERE.replace("445", "446") + "/")).code,
            "bad_request")

    def test_w10_a_worker_that_leaves_uses_no_request_up(self):
        """It had shown nothing: the same request may come again. Once it was
        shown it may not."""
        request = self.requests.request()
        for begun in (False, True):
            worker = self.worker()
            if begun:
                later, _ = self.begin(request)
            else:
                os.kill(worker, signal.SIGSTOP)
                later = Later(self.agent.step_up, request)
                wait_until(lambda: self.agent.status().json["busy"], 20,
                           "the operation")
            os.kill(worker, signal.SIGKILL)
            answer = later.result()
            self.assertEqual((answer.status, answer.code), (500, "internal"))
            self.assertEqual("retryAfterMs" in answer.json["error"], not begun)
            self.screen.wait_closed()
            self.wait_worker(worker)
        again = self.agent.step_up(request)
        self.assertEqual((again.status, again.code),
                         (409, "request_replayed"))
        self.assertEqual(self.card.count("verify"), 0)

    def test_a_refusal_before_any_prompt_uses_no_request_up(self):
        self.card.do("remove")
        try:
            self.wait_card("none")
            request = self.requests.request()
            self.assertEqual(self.agent.step_up(request, waitForCard=False)
                             .code, "no_card")
        finally:
            self.card.do("insert")
        self.wait_card("supported")
        later, window = self.begin(request)
        self.screen.type_line(window, PIN)
        self.assertEqual(later.result().status, 200)
        self.assertEqual(self.agent.step_up(request).code, "request_replayed")

    def test_another_card_than_that_of_the_login(self):
        request = self.requests.request(certificateSha256="00" * 32)
        self.assertEqual(self.agent.step_up(request).code, "card_mismatch")
        self.assertEqual(self.card.count("verify"), 0)

    def test_refusals_reach_neither_card_nor_citizen(self):
        now = int(time.time())
        good = self.requests.claims()
        cases = [
            (self.requests.sign(good, alg="none"),
             "request_signature_invalid"),
            (self.requests.sign(good, kid="other"), "request_key_unknown"),
            (self.requests.sign(good, crit=["exp"]), "bad_request"),
            (self.requests.request(iat=now - 300, exp=now - 200),
             "request_expired"),
            (self.requests.request(iat=now + 7200, exp=now + 7300),
             "clock_skew"),
            (self.requests.request(iss="https://localhost:1"), "bad_request"),
            (self.requests.request(resource="https://other.example/"),
             "bad_request"),
            ("a.b.c", "bad_request"),
        ]
        asked = self.prompt.count("SETDESC")
        for request, code in cases:
            answer = self.agent.step_up(request)
            self.assertEqual(answer.code, code, answer)
        self.assertEqual(self.card.count("apdus"), 0)
        self.assertEqual(self.prompt.count("SETDESC"), asked)

    def changed(self):
        """A good request with one thing changed after it was signed: each
        claim, the algorithm, and single characters all along it."""
        claims = self.requests.claims()
        self.good = good = self.requests.sign(claims)
        head, _, signature = good.split(".")
        amount = {lang: text + " 100,00" for lang, text in TEXT.items()}
        for claim, value in (
                ("text", {**TEXT, "nl": TEXT["nl"].replace("I", "i")}),
                ("text", amount), ("aud", "beid-agenT"),
                ("exp", claims["exp"] + 1), ("iat", claims["iat"] - 1),
                ("jti", claims["jti"][:-1] + "x"), ("kind", "statement"),
                ("resource", ORIGIN + "/attestem"), ("acr", "x")):
            body = json.dumps({**claims, claim: value}, ensure_ascii=False)
            yield f"{head}.{base64url(body.encode())}.{signature}"
        for alg in ("none", "ES384", "PS256", "RS256", "EdDSA", "HS256"):
            other = {"alg": alg, "kid": self.requests.kid,
                     "typ": "beid-step-up+jws"}
            yield ".".join((base64url(json.dumps(other).encode()),
                            *good.split(".")[1:]))
        for at in range(0, len(good), 7):
            if good[at] != ".":
                other = "B" if good[at] == "A" else "A"
                yield good[:at] + other + good[at + 1:]

    def test_w10_whatever_is_changed_is_refused(self):
        asked = self.prompt.count("SETDESC")
        count = 0
        for request in self.changed():
            answer = self.agent.step_up(request)
            self.assertIn((answer.status, answer.code), (
                (400, "bad_request"), (400, "request_signature_invalid"),
                (400, "request_key_unknown")), (request, answer))
            count += 1
        self.assertGreater(count, 80)
        self.assertEqual(self.card.count("apdus"), 0)
        self.assertEqual(self.prompt.count("SETDESC"), asked)
        # None of them used the request up.
        later, window = self.begin(self.good)
        self.screen.press(window, "Escape")
        self.assertEqual(later.result().code, "user_cancelled")

    def front(self):
        return [pid for pid, line in children_of(
            self.agent.program.pid).items() if "--internal-front" in line]

    def test_z_w10_used_up_before_front_was_killed(self):
        """The last one: for a minute this agent takes no request any more."""
        now = int(time.time())
        # Of a portal whose clock is ahead, as it may be.
        used = self.requests.request(iat=now + 30, exp=now + 120)
        self.screen.wait_closed()
        later, window = self.begin(used)
        self.screen.type_line(window, PIN)
        self.assertEqual(later.result().status, 200)
        former, = self.front()
        asked = self.prompt.count("SETDESC")
        self.card.do("counters-reset")
        os.kill(former, signal.SIGKILL)
        wait_until(lambda: self.front() not in ([], [former]), 20,
                   "another front")
        for request in (used, self.requests.request()):
            answer = self.agent.step_up(request)
            self.assertEqual((answer.status, answer.code),
                             (400, "request_expired"), answer)
        self.assertEqual(self.card.count("apdus"), 0)
        self.assertEqual(self.prompt.count("SETDESC"), asked)


if __name__ == "__main__":
    main()

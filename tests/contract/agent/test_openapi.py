# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""agent/api/openapi.yaml says what the running agent does, and no more."""

import base64
import json
import os
import re
import time

from agent_case import AgentCase, main
from described import API, ELSEWHERE, ERRORS, SCHEMAS, SPEC, DescribedCase
from described import check
from process import run, wait_until
from request import KEYS, Requests, pinned, wait_past_start
from stack import ORIGIN, PIN, SOURCE, Later
from test_events import OTHER, Stream, portal_file

ROUTES = os.path.join(SOURCE, "agent", "http", "head.c")
# Members that web-eid.js has for signature algorithms, told by the schema.
OTHERS = {"cryptoAlgorithm", "paddingScheme"}
KEY = SPEC["components"]["x-example-request-key"]


def operations():
    for path, methods in SPEC["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def example(path):
    """What the description shows as a request."""
    return SPEC["paths"][path]["post"]["requestBody"]["content"][
        "application/json"]["example"]


NONCE = example("/v1/authenticate")["challengeNonce"]


def parts_of(request):
    """Header and claims of a JWS."""
    return [json.loads(base64.urlsafe_b64decode(part + "=="))
            for part in request.split(".")[:2]]


def json_of(operation):
    return operation["responses"]["200"]["content"].get("application/json")


class Document(AgentCase):
    @classmethod
    def setUpClass(cls):
        """Nothing has to run for this."""

    @classmethod
    def tearDownClass(cls):
        """And nothing to end."""

    def test_every_reference_leads_somewhere(self):
        for target in re.findall(r"\$ref: '#/([^']+)'", yaml_text()):
            node = SPEC
            for part in target.split("/"):
                self.assertIn(part, node, target)
                node = node[part]

    def test_version_and_what_linters_ask(self):
        self.assertRegex(SPEC["openapi"], r"^3\.1\.\d+$")
        names = [o["operationId"] for _, _, o in operations()]
        self.assertEqual(len(names), len(set(names)))
        tags = {tag["name"] for tag in SPEC["tags"]}
        for method, path, operation in operations():
            for member in ("summary", "tags", "responses"):
                self.assertTrue(operation[member], (method, path, member))
            self.assertLessEqual(set(operation["tags"]), tags)
            self.assertIn("default", operation["responses"])

    def test_examples_fit_their_schemas(self):
        for _, _, operation in operations():
            answer = json_of(operation)
            if answer:
                check(answer["schema"], answer["example"])
            if "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]
                check(body["schema"], body["example"])
        header, claims = parts_of(example("/v1/step-up")["request"])
        check(SCHEMAS["StepUpHeader"], header)
        check(SCHEMAS["StepUpClaims"], claims)
        self.assertEqual(header["kid"], KEY["kid"])
        error = SPEC["components"]["responses"]["Error"]["content"][
            "application/json"]
        check(error["schema"], error["example"])
        number = list(ERRORS).index(error["example"]["error"]["code"]) + 1
        self.assertTrue(error["example"]["error"]["reference"].startswith(
            f"E{number:02}-"))

    def test_routes_are_those_of_the_source(self):
        with open(ROUTES, encoding="utf-8") as source:
            found = re.findall(r'\{"(/v1/[\w-]+)", "[^"]*",\s*HTTP_(\w+)',
                               source.read())
        self.assertEqual(sorted(found),
                         sorted((path, method)
                                for method, path, _ in operations()))

    def test_events_are_those_of_the_source(self):
        with open(os.path.join(API, "events.c"), encoding="utf-8") as source:
            found = re.findall(r'\[BEID_EVENT_\w+\] = "([\w-]+)"',
                               source.read())
        self.assertEqual(found, SCHEMAS["Event"]["enum"])

    def test_errors_are_those_of_the_source(self):
        with open(os.path.join(API, "errors.c"), encoding="utf-8") as source:
            rows = re.findall(r'ROW\(\w+, "(\w+)",\s*(\d+), (\w+)\)',
                              source.read())
        self.assertEqual([(code, int(status), again == "true")
                          for code, status, again in rows],
                         [(e["code"], e["status"], e["retryable"])
                          for e in ERRORS.values()])
        self.assertEqual(list(ERRORS), SCHEMAS["ErrorCode"]["enum"])


class Page(AgentCase):
    """beid-agent-protocol(7) says the same, in words."""

    @classmethod
    def setUpClass(cls):
        page = os.path.join(SOURCE, "packaging", "man",
                            "beid-agent-protocol.7")
        shown = run(["mandoc", "-T", "ascii", "-O", "width=500", page])
        cls.shown = re.sub(".\b", "", shown)
        cls.words = set(re.findall(r"[\w/-]+", cls.shown))

    @classmethod
    def tearDownClass(cls):
        """Nothing was started."""

    def test_every_route_and_member(self):
        def members(schema, found):
            schema = schema.get("$ref", schema)
            if isinstance(schema, str):
                schema = SCHEMAS[schema.rpartition("/")[2]]
            for part in schema.get("oneOf", ()):
                members(part, found)
            for name, value in schema.get("properties", {}).items():
                found.add(name)
                members(value, found)
            if "items" in schema:
                members(schema["items"], found)
            return found

        for method, path, operation in operations():
            self.assertIn(f"{method} {path}", self.shown)
            found = set()
            if "requestBody" in operation:
                members(operation["requestBody"]["content"][
                    "application/json"]["schema"], found)
            answer = json_of(operation)
            if answer:
                members(answer["schema"], found)
            self.assertLessEqual(found - OTHERS, self.words, path)
        for name in ("StepUpHeader", "StepUpClaims", "Error"):
            self.assertLessEqual(members(SCHEMAS[name], set()), self.words)
        self.assertLessEqual(set(SCHEMAS["Event"]["enum"]), self.words)

    def test_every_error(self):
        rows = re.findall(r"^ +([a-z_]+) \((\d{3})(, again)?\)$", self.shown,
                          re.MULTILINE)
        self.assertEqual([(code, int(status), bool(again))
                          for code, status, again in rows],
                         [(e["code"], e["status"], e["retryable"])
                          for e in ERRORS.values()])


def yaml_text():
    with open(os.path.join(API, "openapi.yaml"), encoding="utf-8") as source:
        return source.read()


class Running(DescribedCase):
    """One agent whose portal may ask everything; the answers are checked."""

    @classmethod
    def portal(cls, directory):
        cls.requests = Requests(directory)
        # A file holds four keys, and five cancels would be too many.
        others = [alg for alg in KEYS if alg != cls.requests.alg]
        cls.others = [Requests(directory, f"key-{alg}", alg)
                      for alg in others]
        portal_file(directory, "step-up", "".join(
            keys.portal_lines() for keys in cls.others))
        return {"allow": "authenticate, step-up, signing-certificate, sign",
                "portal": cls.requests.portal_lines()
                + pinned(KEY["kid"], KEY["pem"])}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        wait_past_start()

    def good(self, path, answer):
        self.assertEqual(answer.status, 200, answer)
        (_, _, operation), = [o for o in operations() if o[1] == path]
        check(json_of(operation)["schema"], answer.json)
        return answer.json

    def post(self, path, body, **more):
        return self.agent.request("POST", path, body, **more)

    def agree(self, path, body, pages=0, pin=PIN):
        self.screen.wait_closed()
        later = Later(self.post, path, body)
        for _ in range(pages):
            window = self.screen.wait_window()
            shown = len(self.prompt.texts())
            self.screen.press(window, "Tab")
            self.screen.press(window, "Return")
            if pin is None:
                return later.result()
            wait_until(lambda: len(self.prompt.texts()) > shown, 20,
                       "the next dialog")
        self.screen.type_line(self.screen.wait_window(), pin)
        return later.result()

    def test_1_every_route(self):
        self.good("/v1/status", self.agent.status())
        stream = Stream(self.agent)
        self.assertEqual(stream.response.status, 200)
        (kind, shown), = SPEC["paths"]["/v1/events"]["get"]["responses"][
            "200"]["content"].items()
        self.assertEqual(stream.response.headers["Content-Type"], kind)
        self.good("/v1/authenticate", self.agree(
            "/v1/authenticate", example("/v1/authenticate")))
        seen = stream.reader.result()
        self.assertEqual(seen[-1], "done")
        for event in seen:
            check(SCHEMAS["Event"], event)
        self.assertIn(shown["example"], stream.text)
        stream.leave()
        request = self.requests.request()
        self.good("/v1/step-up",
                  self.agree("/v1/step-up", {"request": request}))
        self.bad(self.post("/v1/step-up", {"request": request}),
                 "request_replayed")
        statement = self.requests.request(kind="statement")
        self.good("/v1/step-up", self.agree(
            "/v1/step-up", {"request": statement, "chain": True}, pages=1))
        certificate = self.good("/v1/signing-certificate", self.agree(
            "/v1/signing-certificate", example("/v1/signing-certificate"),
            pages=1, pin=None))["certificate"]
        self.good("/v1/sign", self.agree("/v1/sign", {
            **example("/v1/sign"), "certificate": certificate}))

    def test_2_errors_before_the_card(self):
        for path in ("/v1/authenticate", "/v1/step-up", "/v1/sign",
                     "/v1/signing-certificate"):
            self.bad(self.post(path, {"pin": "1234"}), "bad_request")
            self.bad(self.agent.request("GET", path), "method_not_allowed")
            self.bad(self.post(path, "{}", headers={
                "Content-Type": "text/plain"}), "unsupported_media_type")
            self.bad(self.post(path, " " * 16385), "payload_too_large")
        self.bad(self.agent.request("GET", "/v1/other"), "not_found")
        self.bad(self.agent.request("GET", "/v1/status", headers={
            "X-Long": "x" * 8192}), "headers_too_large")
        now = int(time.time())
        claims = self.requests.claims()
        for request, code in (
                (self.requests.sign(claims, kid="no"), "request_key_unknown"),
                (self.requests.sign(claims, alg="RS256"),
                 "request_signature_invalid"),
                (self.requests.request(iat=now - 400, exp=now - 300),
                 "request_expired"),
                (self.requests.request(iat=now - 9999, exp=now - 9900),
                 "clock_skew")):
            self.bad(self.post("/v1/step-up", {"request": request}), code)

    def test_2_examples_that_cannot_succeed(self):
        """One is of long ago, one about another card: understood they are."""
        answer = self.post("/v1/step-up", example("/v1/step-up"))
        self.bad(answer, "clock_skew")
        self.bad(self.post("/v1/sign", example("/v1/sign")), "card_mismatch")

    def test_2_every_algorithm(self):
        """Verified by front behind its walls; ES256 is in test_1."""
        self.assertEqual({keys.alg for keys in [self.requests, *self.others]},
                         set(SCHEMAS["StepUpHeader"]["properties"]["alg"][
                             "enum"]))
        there = {"iss": OTHER, "resource": OTHER + "/attesten"}
        for keys in self.others:
            claims = keys.claims(**there)
            good = keys.sign(claims)
            head, body, signature = good.split(".")
            wrong = "B" if signature[40] == "A" else "A"
            for request in (
                    keys.sign(claims, alg="ES256"),
                    f"{head}.{body}.{signature[:40]}{wrong}{signature[41:]}"):
                self.bad(self.post("/v1/step-up", {"request": request},
                                   origin=OTHER), "request_signature_invalid")
            self.screen.wait_closed()
            later = Later(self.post, "/v1/step-up", {"request": good},
                          origin=OTHER)
            self.screen.press(self.screen.wait_window(), "Escape")
            self.bad(later.result(), "user_cancelled")

    def test_3_errors_of_card_and_citizen(self):
        self.bad(self.post("/v1/authenticate", {
            "challengeNonce": NONCE, "certificateSha256": "00" * 32}),
            "card_mismatch")
        later = Later(self.post, "/v1/authenticate", {"challengeNonce": NONCE})
        window = self.screen.wait_window()
        self.bad(self.post("/v1/authenticate", {"challengeNonce": NONCE}),
                 "busy")
        asked = self.prompt.count()
        self.screen.type_line(window, "9999")
        self.screen.type_line(self.prompt.next_window(self.screen, asked),
                              "9999")
        self.bad(later.result(), "pin_incorrect")
        self.card.do("tries", "--set", "3")
        later = Later(self.post, "/v1/authenticate", {"challengeNonce": NONCE})
        self.screen.wait_window()
        self.card.do("remove")
        self.bad(later.result(), "card_removed")
        answer = self.post("/v1/authenticate", {
            "challengeNonce": NONCE, "waitForCard": False})
        self.bad(answer, "no_card")
        shown = SPEC["components"]["responses"]["Error"]["content"][
            "application/json"]["example"]["error"]
        self.assertEqual(shown, {**answer.json["error"],
                                 "reference": shown["reference"]})
        self.card.do("insert")
        self.wait_card("supported")
        for _ in range(5):
            later = Later(self.post, "/v1/authenticate",
                          {"challengeNonce": NONCE})
            self.screen.press(self.screen.wait_window(), "Escape")
            self.bad(later.result(), "user_cancelled")
        self.bad(self.post("/v1/authenticate", {"challengeNonce": NONCE}),
                 "rate_limited")

    def test_4_nothing_is_left_out(self):
        self.assertEqual(set(ERRORS) - self.caused, set(ELSEWHERE))
        answer = self.agent.request("OPTIONS", "/v1/step-up", headers={
            "Access-Control-Request-Method": "POST"})
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], ORIGIN)
        self.assertEqual(json.loads(self.agent.status().body)["busy"], False)


if __name__ == "__main__":
    main()

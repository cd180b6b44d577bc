# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""agent/api/openapi.yaml, and answers held against it."""

import os

import jsonschema
import yaml

from agent_case import AgentCase
from process import wait_until
from stack import SOURCE

API = os.path.join(SOURCE, "agent", "api")
# Codes that test_openapi.py leaves to others, who check them the same way.
ELSEWHERE = {
    **dict.fromkeys(("pcscd_unavailable", "no_reader", "reader_in_use",
                     "unsupported_card", "card_too_old", "card_mute",
                     "card_error", "certificate_missing",
                     "certificate_expired", "pin_blocked",
                     "prompt_unavailable", "internal"), "test_errors.py"),
    **dict.fromkeys(("portal_blocked", "operation_not_allowed"),
                    "test_policy.py"),
    "user_timeout": "test_pin.py",
    "session_not_local": "test_session.py",
}

with open(os.path.join(API, "openapi.yaml"), encoding="utf-8") as text:
    SPEC = yaml.safe_load(text)
SCHEMAS = SPEC["components"]["schemas"]
ERRORS = {e["code"]: e for e in SPEC["components"]["x-errors"]}


def local(node):
    """The same with references into $defs, for the validator."""
    if isinstance(node, dict):
        return {key: (value.replace("#/components/schemas/", "#/$defs/")
                      if key == "$ref" else local(value))
                for key, value in node.items()}
    return [local(item) for item in node] if isinstance(node, list) else node


def check(schema, value):
    whole = {**local(schema), "$defs": local(SCHEMAS)}
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.Draft202012Validator(whole).validate(value)


class DescribedCase(AgentCase):
    """Keeps which error codes were seen, each answer checked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.caused = set()

    def bad(self, answer, code, agent=None):
        """agent: the one that answered, if it is not that of the class."""
        self.assertGreaterEqual(answer.status, 400, answer)
        check(SCHEMAS["Error"], answer.json)
        error = answer.json["error"]
        self.assertEqual((error["code"], answer.status, error["retryable"]),
                         (code, ERRORS[code]["status"],
                          ERRORS[code]["retryable"]), answer)
        number = list(ERRORS).index(code) + 1
        self.assertTrue(error["reference"].startswith(f"E{number:02}-"))
        if "retryAfterMs" in error:
            self.assertEqual(int(answer.headers["Retry-After"]),
                             -(-error["retryAfterMs"] // 1000))
        program = (agent or self.agent).program
        wait_until(lambda: any(error["reference"] in line
                               for line in program.lines), 20,
                   f"{error['reference']} in the log")
        self.caused.add(code)

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A portal, an agent and a citizen who signs statements with the card."""

import base64
import contextlib
import hmac
import json
import os
import re
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))

from portal import Portal, free_port  # noqa: E402
from request import Requests, wait_past_start  # noqa: E402
from signing import as_the_page_says, read_and_sign, so_far  # noqa: E402
from stack import Later, Stack  # noqa: E402
from visitor import Visitor  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
SOURCE_KEY = "a key that only the source of the data has"
NORA = "71050100041"
# As archive.h counts them.
STATEMENT = 3
REPORT = 5
NOTICE = 8
FEEDBACK = 10
REPORTED = 11
TYPED = 12
CORRECTING = 13
CHOICE = {"call_name": "Noor", "phone": "0470 11 22 33",
          "email": "noor@voorbeeld.example", "reach": "phone"}


def disguises(word):
    """How a word may stand in a file: as it is, in hexadecimal, and in
    base64, wherever in it the word begins."""
    found = [word, word.hex().encode()]
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(word)) * 8 // 6
        found.append(base64.b64encode(bytes(before) + word)[first:last])
    return found


def holds(content, word):
    return any(one in content for one in disguises(word.encode()))


class StatementCase(unittest.TestCase):
    card_options = ("--readers", "1")
    database = "archive.db"

    @classmethod
    def setUpClass(cls):
        port = free_port()
        cls.origin = f"http://localhost:{port}"

        def pinned(directory):
            cls.requests = Requests(directory)
            return {"allow": "authenticate, step-up",
                    "portal": cls.requests.portal_lines()}

        cls.stack = Stack(APPLET, cls.card_options, origins=(cls.origin,),
                          portal=pinned)
        cls.addClassCleanup(cls.stack.stop)
        cls.card, cls.screen = cls.stack.card, cls.stack.screen
        cls.prompt, cls.agent = cls.stack.prompt, cls.stack.agent
        cls.files = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.files.cleanup)
        with open(cls.path("pseudonym.key"), "wb") as out:
            out.write(os.urandom(32))
        with open(cls.path("source.key"), "w", encoding="ascii") as out:
            out.write(SOURCE_KEY + "\n")
        cls.portal = cls.start_portal(port)
        wait_past_start()

    @classmethod
    def start_portal(cls, port):
        portal = Portal(
            cls.stack.directory, port, cls.card.root, tls=False,
            requests=cls.requests, origin=cls.origin,
            env=cls.portal_environment(), more=(
                "--pseudonym-key", cls.path("pseudonym.key"),
                "--source-key", cls.path("source.key"),
                "--audit", cls.path("audit.jsonl"),
                *cls.portal_options()))
        cls.addClassCleanup(portal.stop)
        return portal

    @classmethod
    def portal_options(cls):
        """Where things are kept, and what else a class wants."""
        return ("--archive", cls.path("archive.db"))

    @classmethod
    def portal_environment(cls):
        return None

    @classmethod
    def path(cls, name):
        return os.path.join(cls.files.name, name)

    def setUp(self):
        self.card.do("counters-reset")
        self.visitor = Visitor(self.origin)

    def ask_agent(self, path, **members):
        """Posts to the agent as the portal's page does."""
        return self.agent.request("POST", path, members, origin=self.origin,
                                  seconds=120)

    def token(self):
        """What the agent answers to a visitor who logs in with the card."""
        visitor = self.visitor
        visitor.get("/login")
        nonce = visitor.asked("/login/nonce", "nonce")
        before = so_far(self.prompt)
        later = Later(self.ask_agent, "/v1/authenticate",
                      challengeNonce=nonce, chain=True, lang="nl")
        read_and_sign(self.screen, self.prompt, before)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def login(self):
        """With the card."""
        reply = self.visitor.script("/login/token", self.token())
        self.assertEqual(reply.status, 200, reply)
        self.visitor.get("/profile")

    def sign(self, request, lang="nl"):
        before = so_far(self.prompt)
        later = Later(self.ask_agent, "/v1/step-up", request=request,
                      chain=True, lang=lang)
        shown = read_and_sign(self.screen, self.prompt, before)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)
        return answer.json, shown

    def asked(self, visitor):
        """A request for a statement, and where its answer goes."""
        reply = visitor.script("/statement/request", {})
        self.assertEqual(reply.status, 200, reply)
        return (reply.json["request"],
                f"/statement/answer?id={reply.json['id']}")

    def declare(self, path, lang="nl", **fields):
        """From the form to what the portal answers; the signed answer too."""
        visitor = self.visitor
        reply = visitor.form(path, **fields)
        self.assertEqual((reply.status, reply.location),
                         (303, "/ondertekenen"), reply)
        page = visitor.get(f"/ondertekenen?lang={lang}")
        self.assertEqual(page.status, 200, page)
        words = re.search(r'id="statement-words"[^>]*>([^<]*)<', page.text)[1]
        request, where = self.asked(visitor)
        answer, shown = self.sign(request, lang)
        said = visitor.script(where, answer)
        self.assertEqual(said.status, 200, said)
        # What the page said, what was signed and what the windows showed.
        text = answer["statement"]
        for old, new in (("&#39;", "'"), ("&quot;", '"'), ("&amp;", "&")):
            words = words.replace(old, new)
        self.assertIn("\n" + words + "\n", text)
        self.assertIn("".join(words.split()),
                      "".join("".join(shown).split()))
        return said.json["next"], answer

    def download(self):
        """The newest statement's two files, and the page about them."""
        page = self.visitor.get("/verklaringen")
        self.assertEqual(page.status, 200, page)
        names = re.findall(r'href="(/verklaringen/[0-9a-f]{44})\.', page.text)
        text = self.visitor.send("GET", names[0] + ".txt")
        signature = self.visitor.send("GET", names[0] + ".p7s")
        self.assertEqual((text.status, signature.status), (200, 200))
        self.assertRegex(signature.headers["content-disposition"],
                         r'^attachment; filename="verklaring-\w+\.p7s"$')
        return page.text, text.body, signature.body

    def verified(self, page, text, signature):
        with open(self.card.root, "rb") as file:
            root = file.read()
        return as_the_page_says(page, self.files.name, text, signature, root)

    @contextlib.contextmanager
    def archive(self):
        database = sqlite3.connect(self.path(self.database), timeout=60,
                                   isolation_level=None)
        try:
            yield database
        finally:
            database.close()

    def kept(self, kind):
        with self.archive() as database:
            return database.execute(
                "SELECT count(*) FROM entries WHERE kind = ?",
                (kind,)).fetchone()[0]

    @contextlib.contextmanager
    def locked(self):
        """While another program writes and writes."""
        with self.archive() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                database.execute("ROLLBACK")

    @contextlib.contextmanager
    def full_of(self, kind, count, name=None):
        """While Nora has that many; name: of the only one."""
        with open(self.path("pseudonym.key"), "rb") as file:
            subject = hmac.new(file.read(), NORA.encode(), "sha256")
        with self.archive() as database:
            database.execute("BEGIN")
            database.executemany(
                "INSERT INTO entries (subject, kind, name, created, until,"
                " sealed) VALUES (?, ?, ?, ?, ?, x'00')",
                ((subject.hexdigest(), kind, name or f"full-{number}", 1,
                  1 << 40) for number in range(count)))
            database.execute("COMMIT")
            try:
                yield
            finally:
                database.execute("DELETE FROM entries WHERE kind = ? AND"
                                 " created = 1", (kind,))

    def check_rest(self, files, answer):
        """What is kept of a citizen who signed tells nothing without the key;
        answer: of the agent, which does."""
        self.assertTrue(holds(answer["signature"].encode(), NORA))
        self.assertTrue(holds(base64.b64decode(answer["signature"]), NORA))
        self.assertTrue(files)
        for name in files:
            with open(name, "rb") as file:
                content = file.read()
            for word in (NORA, "Proefstraat", "eBox van de"):
                self.assertFalse(holds(content, word), (name, word))

    def trail(self):
        with open(self.path("audit.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

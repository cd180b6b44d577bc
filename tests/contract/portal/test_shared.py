# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Four processes are one portal: whatever one of them keeps of a statement the
others have, in a file of one machine and in a Redis server of several."""

import concurrent.futures
import os
import re
import urllib.parse

from statement_case import (NORA, NOTICE, REPORT, SOURCE_KEY, STATEMENT,
                            StatementCase)

from portal import free_port
from process import run
from redis import Redis
from run_tests import main
from stack import built
from visitor import Visitor


class Shared:
    """Both kinds of store; the card belongs to the sessions of all four."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ports = [Visitor(cls.origin).port]
        while len(cls.ports) < 4:
            port = free_port()
            cls.start_portal(port)
            cls.ports.append(port)

    def at(self, number):
        """The same visitor, whose balancer chose another process."""
        self.visitor.port = self.ports[number]
        return self.visitor

    def test_every_process_has_the_statement(self):
        self.login()
        self.at(1).get("/meldingen")
        self.at(2).form("/ebox")
        words = self.at(3).get("/ondertekenen").text
        self.assertIn('id="statement-words"', words)
        request, where = self.asked(self.at(0))
        answer, _ = self.sign(request)
        statements = self.kept(STATEMENT)
        # All at once, as often as they like: it is accepted once.
        replies = self.post_everywhere(where, answer, 40)
        self.assertEqual([reply.status for reply in replies].count(200), 1,
                         replies)
        self.assertEqual({reply.status for reply in replies}, {200, 401})
        self.assertEqual(self.kept(STATEMENT), statements + 1)
        downloads = set()
        for number in range(4):
            self.assertIn("premie is toegekend",
                          self.at(number).get("/meldingen").text)
            page, text, signature = self.download()
            self.assertEqual(text.decode(), answer["statement"])
            downloads.add((text, signature))
        self.assertEqual(len(downloads), 1)
        done = self.verified(page, text, signature)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("CAdES Verification successful", done.stdout)
        # Sessions are among it: their names, and no number.
        self.check_rest(self.files_at_rest(), answer)

    def test_corrections_at_once(self):
        """Of several answers to one report one is taken, and told."""
        self.login()
        self.declare("/terugmelding", field="work", right="Proefbedrijf")
        key = {"Authorization": f"Bearer {SOURCE_KEY}"}
        report = Visitor(self.origin).send("GET", "/source/reports",
                                           headers=key).json["reports"][0]
        self.assertEqual(report["field"], "work")

        def correct(number):
            body = urllib.parse.urlencode({"id": report["id"],
                                           "value": f"Bedrijf {number}."})
            return Visitor(self.origin, self.ports[number % 4]).send(
                "POST", "/source/correction", body, key).status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            told = list(pool.map(correct, range(16)))
        self.assertEqual(told.count(200), 1, told)
        self.assertLessEqual(set(told), {200, 404, 409})
        taken = f"Bedrijf {told.index(200)}."
        self.assertIn(taken, self.visitor.get("/werk").text)
        news = self.visitor.get("/meldingen").text
        self.assertEqual(news.count("Bedrijf "), 1)
        self.assertIn(taken, news)

    def test_what_is_older(self):
        """Nothing that is kept is out of reach, however much came after."""
        self.login()
        before = self.kept(STATEMENT)
        self.fill(STATEMENT, ((f"{number:044x}", "ebox", "nl",
                               f"Verklaring nummer {number}.", "AA==", "")
                              for number in range(45)))
        self.fill(NOTICE, ((f"n{number}", "notice_reported", "school",
                            f"waarde {number}") for number in range(45)))
        self.fill(REPORT, ((f"{number:044x}", "somebody", "school", "nu",
                            f"juist {number}") for number in range(60)), "")
        read = self.read_pages("/verklaringen", r"Verklaring nummer (\d+)\.")
        self.assertEqual(read, list(range(44, -1, -1)))
        oldest = self.visitor.send("GET", f"/verklaringen/{0:044x}.txt")
        self.assertEqual(oldest.text, "Verklaring nummer 0.")
        self.assertGreaterEqual(self.kept(STATEMENT), before + 45)
        # What was not shown yet is still new, and the bell counts it.
        rung = [self.bell() for _ in range(2)]
        read = self.read_pages("/meldingen", r"waarde (\d+)<")
        self.assertEqual(read, list(range(44, -1, -1)))
        self.assertGreaterEqual(min(rung) - self.bell(), 45)
        key = {"Authorization": f"Bearer {SOURCE_KEY}"}
        reports = []
        for number, more in ((1, True), (2, False), (3, False)):
            reply = Visitor(self.origin).send(
                "GET", f"/source/reports?page={number}", headers=key).json
            self.assertEqual(reply["more"], more, number)
            reports += [one["right"] for one in reply["reports"]]
        self.assertEqual(reports,
                         [f"juist {number}" for number in range(59, -1, -1)])

    def bell(self):
        """How much there is to read, on a page that reads nothing."""
        found = re.search(r'aria-hidden="true">(\d+)</span>',
                          self.visitor.get("/werk").text)
        return int(found[1]) if found else 0

    def read_pages(self, path, pattern):
        """From the newest to the oldest by the links of each page, and back."""
        read, where, newer = [], path, []
        while where:
            newer.append(where)
            page = self.visitor.get(where).text
            here = re.findall(pattern, page)
            self.assertLessEqual(len(here), 20, where)
            read += map(int, here)
            self.assertIn(f"Pagina {len(newer)} van 3", page)
            where = self.link(page, "next")
        self.assertEqual(len(newer), 3)
        # Past the end is the last one.
        for wrong in (99, 999999):
            self.assertEqual(
                re.findall(pattern, self.visitor.get(f"{path}?page={wrong}")
                           .text), here)
        for wrong in ("", "0", "-1", "x", "1" * 30):
            self.assertIn("Pagina 1 van 3",
                          self.visitor.get(f"{path}?page={wrong}").text)
        self.assertEqual(self.link(page, "prev"), newer[1])
        return read

    @staticmethod
    def link(page, rel):
        found = re.search(rf'rel="{rel}" href="([^"]*)"', page)
        return found and found[1]

    def fill(self, kind, entries, whose=NORA):
        run([built("tests", "contract", "portal", "portal-fill"), self.place(),
             self.path("pseudonym.key"), whose, str(kind)],
            stdin="".join("\t".join(entry) + "\n" for entry in entries))

    def post_everywhere(self, where, answer, times):
        def post(number):
            visitor = Visitor(self.origin, self.ports[number % 4])
            visitor.cookies = dict(self.visitor.cookies)
            visitor.csrf = self.visitor.csrf
            return visitor.script(where, answer)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return list(pool.map(post, range(times)))


class OneMachine(Shared, StatementCase):
    database = "sessions.db"

    @classmethod
    def place(cls):
        return cls.path("sessions.db")

    @classmethod
    def portal_options(cls):
        return ("--store", cls.place())

    def files_at_rest(self):
        return [self.path(name) for name in ("sessions.db", "sessions.db-wal")]


class ManyMachines(Shared, StatementCase):
    """Nothing on any of their disks."""

    @classmethod
    def place(cls):
        return cls.redis.url

    @classmethod
    def portal_options(cls):
        return ("--store", cls.place())

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.addClassCleanup(cls.redis.stop)
        super().setUpClass()

    def files_at_rest(self):
        self.redis.ask("SAVE")
        files = [os.path.join(folder, name)
                 for folder, _, names in os.walk(self.redis.folder)
                 for name in names if not name == "s"]
        self.assertIn("dump.rdb", [os.path.basename(one) for one in files])
        self.assertTrue([one for one in files if one.endswith(".aof")])
        return files

    def kept(self, kind):
        names = self.redis.ask("KEYS", f"beid-portal:kept:{kind}:*").split()
        return sum(int(self.redis.ask("HLEN", name)) for name in names)

    def test_survives_the_server(self):
        """Redis loses its power; what was signed is there afterwards."""
        self.login()
        self.at(1).get("/meldingen")
        self.at(1).form("/ebox")
        self.at(2).get("/ondertekenen")
        request, where = self.asked(self.at(2))
        answer, _ = self.sign(request)
        statements = self.kept(STATEMENT)
        signatures = self.card.count("signatures")
        self.redis.kill()
        reply = self.at(3).script(where, answer)
        self.assertEqual((reply.status, reply.json["error"]),
                         (503, "portal_unavailable"))
        self.redis.start()
        # The page sends the same answer again; nobody signs twice.
        reply = self.at(0).script(where, answer)
        self.assertEqual(reply.status, 200, reply)
        self.redis.kill()
        self.redis.start()
        self.assertEqual(self.kept(STATEMENT), statements + 1)
        page = self.at(1).get("/verklaringen").text
        self.assertIn("eBox van de federale overheid", page)
        self.assertEqual(self.card.count("signatures"), signatures)
        # Sealed: neither the number nor the text is in the server.
        files = run(["grep", "-r", "-a", "-l", "-e", "71050100041", "-e",
                     "federale overheid", self.redis.folder], accept=(0, 1))
        self.assertEqual(files, "")
        self.assertFalse(os.path.exists(self.path("archive.db")))


if __name__ == "__main__":
    main()

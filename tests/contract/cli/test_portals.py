# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent portals`: what it shows, and the file it writes."""

import os
import stat

from cli_case import LANGUAGES, CliCase, main
from process import wait_until
from stack import Agent

PORTAL = ("name.nl=Proefportaal\nname.en=Trial portal\n"
          "origin=https://localhost:18443\nallow=authenticate\n"
          "environment=test\n")


class Portals(CliCase):
    def setUp(self):
        super().setUp()
        self.write(PORTAL, "portals.d", "trial.conf")
        self.write(PORTAL.replace("18443", "18444"), "portals.d",
                   "other.conf")
        self.write("nonsense\n", "portals.d", "bad.conf")
        self.own = ("home", "config", "beid-agent", "portals.conf")

    def portals(self, *arguments, **named):
        return self.agent("portals", "--portals", self.path("portals.d"),
                          *arguments, **named)

    def listed(self):
        done = self.portals("--json", "list")
        self.assertEqual(done.status, 0, done)
        return {p["name"]: p for p in done.json["portals"]}

    def test_list_and_show(self):
        done = self.portals("list", lang="en")
        self.assertEqual(done.status, 0, done)
        self.assertIn("trial: Trial portal\n", done.out)
        self.assertIn("bad.conf is not valid", done.err)
        one = self.portals("show", "trial.conf", lang="nl")
        self.assertEqual(one.status, 0, one)
        self.assertIn("Proefportaal", one.out)
        self.assertIn("https://localhost:18443", one.out)
        self.assertEqual(len({self.portals("show", "trial", lang=lang).out
                              for lang in LANGUAGES}), len(LANGUAGES))

    def test_json(self):
        done = self.portals("--json", "show", "trial")
        self.assertEqual(done.json, {
            "name": "trial", "title": "Trial portal",
            "origins": ["https://localhost:18443"], "resourceOrigins": [],
            "allow": ["authenticate"], "environment": "test",
            "development": True, "blocked": False})
        self.assertEqual(sorted(self.listed()), ["other", "trial"])

    def test_block_and_unblock(self):
        self.assertEqual(self.portals("block", "trial").status, 0)
        path = self.path(*self.own)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(self.read(*self.own), "block=trial\n")
        self.assertTrue(self.listed()["trial"]["blocked"])
        self.assertFalse(self.listed()["other"]["blocked"])
        self.assertEqual(self.portals("block", "trial").status, 0)
        self.assertEqual(self.read(*self.own), "block=trial\n")
        self.assertEqual(self.portals("unblock", "trial").status, 0)
        self.assertFalse(self.listed()["trial"]["blocked"])
        self.assertEqual(self.portals("unblock", "trial").status, 0)

    def test_comments_stay(self):
        self.write("# mine\nblock=other\n", *self.own)
        self.assertEqual(self.portals("block", "trial").status, 0)
        self.assertEqual(self.read(*self.own),
                         "# mine\nblock=other\nblock=trial\n")

    def test_a_file_that_nobody_understands_blocks_all_and_is_kept(self):
        self.write("allow=everything\n", *self.own)
        self.assertTrue(all(p["blocked"] for p in self.listed().values()))
        done = self.portals("unblock", "trial")
        self.assertEqual(done.status, 1, done)
        self.assertIn("line 1", done.err)
        self.assertEqual(self.read(*self.own), "allow=everything\n")
        os.chmod(self.path(*self.own), 0o602)
        self.assertTrue(all(p["blocked"] for p in self.listed().values()))

    def test_wrong_arguments(self):
        for arguments, status in ((["list", "x"], 2), (["block"], 2),
                                  (["dance", "trial"], 2), ([], 2),
                                  (["show", "trial", "x"], 2),
                                  (["show", "../trial"], 1),
                                  (["block", "unknown"], 1)):
            self.assertEqual(self.portals(*arguments).status, status,
                             arguments)
        self.assertFalse(os.path.exists(self.path(*self.own)))
        self.assertEqual(self.agent("portals", "--portals", "/nonexistent",
                                    "list").status, 1)


class Live(CliCase):
    """An agent that runs, and the citizen who changes their mind."""

    def test_a_running_agent_follows_at_once(self):
        self.env["PCSCLITE_CSOCK_NAME"] = self.path("nothing")
        agent = Agent(self.directory, self.env, "/bin/true")
        self.addCleanup(agent.stop)

        def change(action):
            done = self.agent("portals", "--portals", agent.portals, action,
                              "demo")
            self.assertEqual(done.status, 0, done)

        def allowed():
            return agent.status().json["portal"]["allow"]

        for _ in range(2):
            self.assertEqual(allowed(), ["authenticate"])
            change("block")
            wait_until(lambda: allowed() == [], 20, "the block")
            self.assertEqual(agent.authenticate(waitForCard=False).code,
                             "portal_blocked")
            change("unblock")
            wait_until(allowed, 20, "the end of the block")
            self.assertEqual(agent.authenticate(waitForCard=False).code,
                             "pcscd_unavailable")


if __name__ == "__main__":
    main()

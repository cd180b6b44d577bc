# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Portal files: who may write them, what they may say, reading them again."""

import os
import re
import signal
import subprocess
import tempfile
import unittest

from front_case import (ORIGIN, REFUSAL, Agent, FrontCase, built, main,
                        wait_until)

OTHER = "http://localhost:18080"


class Reload(FrontCase):
    def say_again(self):
        self.agent.program.process.send_signal(signal.SIGHUP)

    def allowed(self, origin):
        return self.agent.ask(headers={"Origin": origin}).status == 200

    def test_w12_a_removed_portal_is_refused_at_once(self):
        path = self.agent.write_portal("other.conf", [OTHER])
        self.assertFalse(self.allowed(OTHER))
        self.say_again()
        wait_until(lambda: self.allowed(OTHER), 5, "the new portal")
        preflight = self.agent.ask("OPTIONS", headers={"Origin": OTHER})
        self.assertEqual(preflight.status, 204)
        os.unlink(path)
        self.say_again()
        wait_until(lambda: not self.allowed(OTHER), 5, "its end")
        self.assert_refused(self.agent.login(headers={"Origin": OTHER}))
        self.assert_works()

    def test_a_wildcard_leaves_the_former_list(self):
        path = self.agent.write_portal("wild.conf", ["https://*"])
        self.say_again()
        self.agent.program.expect("the former portals stay in force")
        os.unlink(path)
        self.assert_works()
        self.assertFalse(self.allowed("https://*"))

    def test_files_others_can_write_are_ignored(self):
        path = self.agent.write_portal("open.conf", [OTHER])
        os.chmod(path, 0o666)
        self.say_again()
        self.agent.program.expect("open.conf ignored")
        self.assertFalse(self.allowed(OTHER))
        os.chmod(path, 0o644)
        if os.getuid() == 0:
            os.chown(path, 12345, 12345)
            self.say_again()
            self.agent.program.expect("open.conf ignored")
            self.assertFalse(self.allowed(OTHER))
        os.unlink(path)
        self.assert_works()

    def test_links_and_pipes_are_not_followed(self):
        outside = self.agent.write_portal("outside.text", [OTHER])
        link = os.path.join(self.agent.portals, "link.conf")
        pipe = os.path.join(self.agent.portals, "pipe.conf")
        os.symlink(outside, link)
        os.mkfifo(pipe)
        self.say_again()
        self.agent.program.expect("link.conf ignored")
        self.agent.program.expect("pipe.conf ignored")
        self.assertFalse(self.allowed(OTHER))
        for path in (outside, link, pipe):
            os.unlink(path)
        self.assert_works()

    def test_names_that_are_no_plain_text_are_ignored(self):
        """Such a name ended front, and its successors at the same file."""
        front = self.agent.children()["front"]
        for name in (b"portaal-\xe9.conf", b"line\nbreak.conf",
                     b"n" * 130 + b".conf"):
            path = os.path.join(self.agent.portals.encode(), name)
            with open(path, "w", encoding="utf-8") as portal:
                portal.write(conf("A", OTHER))
            self.say_again()
            self.agent.program.expect("too long or not plain ASCII")
            self.agent.program.expect("portals: 1")
            self.assertFalse(self.allowed(OTHER))
            os.unlink(path)
        self.assertEqual(self.agent.children()["front"], front)

    def test_bad_files_do_not_touch_the_good_one(self):
        for text in ("origin=http://localhost:18080\n", "nonsense", "\0\0",
                     "x" * 70000, "unknown=1\n"):
            path = os.path.join(self.agent.portals, "bad.conf")
            with open(path, "w", encoding="utf-8") as conf:
                conf.write(text)
            self.say_again()
            self.agent.program.expect("bad.conf ignored")
            self.assert_works()
            os.unlink(path)


def conf(name, origin):
    return f"name.nl={name}\nallow=authenticate\norigin={origin}\n"


class System(unittest.TestCase):
    """The vendor's and the administrator's directory, in a mount namespace
    where both are made afresh."""

    SPACE = ("unshare", "-m" if os.getuid() == 0 else "-Urm")
    SCRIPT = """
for parent in "$BEID_DATADIR" "$BEID_SYSCONFDIR"; do
    mount -t tmpfs -o mode=755 tmpfs "$parent" || exit 9
    mkdir -p "$parent/beid-agent/portals.d"
done
vendor=$BEID_DATADIR/beid-agent/portals.d
admin=$BEID_SYSCONFDIR/beid-agent/portals.d
"""

    def agent(self, files):
        if subprocess.run([*self.SPACE, "sh", "-c", self.SCRIPT],
                          stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("no mount namespaces, or no install prefix")
        agent = Agent(wrapper=(*self.SPACE, "sh", "-c",
                               self.SCRIPT + files + '\nexec "$@"', "sh"),
                      plain=True,
                      env={"A": conf("A", "https://a.example"),
                           "B": conf("B", "https://b.example"),
                           "C": conf("C", "https://c.example"),
                           "D": conf("D", ORIGIN)}).ready()
        self.addCleanup(agent.stop)
        return agent

    def names(self, agent):
        found = {}
        for letter in "abc":
            answer = agent.ask(headers={"Origin":
                                        f"https://{letter}.example"})
            if answer.status == 200:
                found[letter] = answer.json["portal"]["name"]
            else:
                self.assertEqual(answer.raw, REFUSAL)
        return found

    def test_the_administrator_overrides_and_masks(self):
        agent = self.agent("""
printf %s "$A" > $vendor/one.conf
printf %s "$B" > $vendor/two.conf
printf %s "$C" > $admin/one.conf
ln -s /dev/null $admin/two.conf""")
        self.assertEqual(self.names(agent), {"c": "C"})

    def test_both_directories_count(self):
        agent = self.agent("""
printf %s "$A" > $vendor/one.conf
printf %s "$B" > $admin/two.conf""")
        self.assertEqual(self.names(agent), {"a": "A", "b": "B"})

    def test_what_others_could_have_written_is_ignored(self):
        agent = self.agent("""
printf %s "$A" > $vendor/one.conf
printf %s "$B" > $vendor/two.conf
printf %s "$C" > $vendor/three.conf
chmod 664 $vendor/two.conf
ln -s one.conf $vendor/four.conf
chmod 666 $vendor/three.conf""")
        self.assertEqual(self.names(agent), {"a": "A"})
        agent = self.agent("""
printf %s "$A" > $vendor/one.conf
printf %s "$B" > $admin/two.conf
chmod 777 $admin""")
        self.assertEqual(self.names(agent), {"a": "A"})

    def test_localhost_is_for_development_alone(self):
        agent = self.agent("""
printf %s "$A" > $vendor/one.conf
printf %s "$D" > $vendor/two.conf""")
        self.assertEqual(self.names(agent), {"a": "A"})
        self.assertEqual(agent.ask().raw, REFUSAL)

    def test_a_portal_without_a_list_is_no_portal(self):
        self.assertEqual(self.names(self.agent("")), {})


class Packaged(unittest.TestCase):
    def test_w07_one_ceremony_origin(self):
        """What the packages allow: one origin, no key, nothing else."""
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              "..", "..", "..", "packaging", "portals.d")
        self.assertEqual(os.listdir(folder), ["mijnburgerprofiel.conf"])
        with open(os.path.join(folder, "mijnburgerprofiel.conf"),
                  encoding="utf-8") as conf:
            lines = [line.split("#")[0].strip() for line in conf]
        given = {}
        for line in filter(None, lines):
            name, _, value = line.partition("=")
            given.setdefault(name.strip(), []).append(value.strip())
        self.assertEqual(given["origin"], ["https://www.mijnburgerprofiel.be"])
        self.assertEqual([n for n in given if n.startswith("request-key")], [])
        self.assertNotIn("sign", re.split(r"[ ,]+", given["allow"][0]))


class Start(unittest.TestCase):
    def refuses(self, **how):
        """The agent ends by itself; what it said."""
        agent = Agent(**how)
        try:
            agent.program.process.wait(20)
        finally:
            code = agent.stop()
        self.assertEqual(code, 1)
        return "\n".join(agent.program.lines)

    def test_w04_a_wildcard_stops_the_start(self):
        for origin in ("*", "https://*.mijnburgerprofiel.be",
                       "https://localhost:*"):
            self.assertIn("no wildcards", self.refuses(origins=[origin]))

    def refuses_directory(self, directory):
        done = subprocess.run(
            [built("agent", "beid-agent"), "serve", "--development",
             "--portals", directory, "--card-worker",
             built("agent", "beid-agent-card"), "--module",
             built("pkcs11", "beid-agent-pkcs11.so")],
            # No folder can be made there, so no journal either.
            env={**os.environ, "XDG_STATE_HOME": "/dev/null"},
            stderr=subprocess.PIPE, text=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_a_missing_directory_stops_the_start(self):
        self.assertIn("/nonexistent/portals: not found",
                      self.refuses_directory("/nonexistent/portals"))

    def test_a_directory_that_others_write_says_what_to_do(self):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o777)
            self.assertIn("chmod o-w", self.refuses_directory(directory))

    def test_plain_serve_takes_no_portal_directory(self):
        done = subprocess.run(
            [built("agent", "beid-agent"), "serve", "--portals", "/tmp"], stderr=subprocess.PIPE, text=True,
            timeout=20, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--portals needs --development", done.stderr)


if __name__ == "__main__":
    main()

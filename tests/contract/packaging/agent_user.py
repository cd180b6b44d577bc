# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A citizen who uses the installed agent for all that it does, below a virtual
card, with the pinentry programs that this machine has."""

import base64
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))
from process import Program, run, wait_until  # noqa: E402
from request import Requests, wait_past_start  # noqa: E402
from screen import Screen  # noqa: E402
from stack import ORIGIN, PIN, Later, home_in  # noqa: E402
from terminal import Terminal  # noqa: E402

AGENT = "/usr/bin/beid-agent"
PUBLIC = "https://www.mijnburgerprofiel.be"
WINDOWS = [path for path in ("/usr/bin/pinentry-gtk-2",
                             "/usr/bin/pinentry-qt") if os.path.exists(path)]


class Citizen:
    def __init__(self, directory, virtual_card):
        self.directory = directory
        self.virtual_card = virtual_card
        self.wrapper = ()
        self.said = []  # by the agents
        self.screen = Screen(directory)
        line = run([virtual_card, "start", "--dir", directory + "/card"])
        name, path = line.strip().splitlines()[-1].split("=", 1)
        homes = home_in(directory)
        self.home = homes["HOME"]
        self.env = {**self.screen.env, **homes, name: path, "LC_ALL": "C",
                    "TERM": "xterm"}
        for unwanted in ("XDG_STATE_HOME", "XDG_CONFIG_HOME",
                         "XDG_CACHE_HOME"):
            self.env.pop(unwanted)
        self.requests = Requests(directory)
        self.portals = directory + "/portals.d"
        os.mkdir(self.portals, 0o700)
        with open(self.portals + "/demo.conf", "w", encoding="utf-8") as conf:
            conf.write("name.nl=Proef\nname.en=Test\nenvironment=test\n"
                       "allow=authenticate, step-up\n"
                       f"origin={ORIGIN}\n" + self.requests.portal_lines())

    def stop(self):
        run([self.virtual_card, "stop", "--dir", self.directory + "/card"])
        self.screen.stop()

    def serve(self, *options):
        program = Program([*self.wrapper, AGENT, "serve", *options],
                          env=self.env)
        self.said.append(program.lines)
        line = program.expect("listening on", 120)
        return program, int(re.search(r":(\d+)$", line)[1])

    @staticmethod
    def ask(port, origin, path, body=None):
        """(HTTP status, body) of a request as the portal's page makes it."""
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            link.request("GET" if body is None else "POST", path,
                         body and json.dumps(body),
                         {"Origin": origin, "X-Beid-Agent": "1",
                          "Content-Type": "application/json"})
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def with_pin(self, later):
        """The answer, once the PIN was typed into the prompt's window."""
        window = wait_until(lambda: later.done() or self.screen.windows(), 120,
                            "the prompt")
        if window is not True:
            self.screen.type_line(window[-1], PIN)
        answer = later.result(120)
        self.screen.wait_closed(60)
        return answer

    def log_in(self, port, origin):
        nonce = base64.b64encode(os.urandom(32)).decode()
        status, body = self.with_pin(Later(
            self.ask, port, origin, "/v1/authenticate",
            {"challengeNonce": nonce, "lang": "nl"}))
        assert status == 200, body

    def developer(self, window):
        """A portal under development: login, portal files anew, step-up."""
        agent, port = self.serve("--development", "--portals", self.portals,
                                 "--pinentry", window)
        wait_past_start()
        status, body = self.ask(port, ORIGIN, "/v1/status")
        assert status == 200 and b"supported" in body, body
        self.log_in(port, ORIGIN)
        for pid in self.supervisors(agent):
            os.kill(pid, signal.SIGHUP)
        status, body = self.with_pin(Later(
            self.ask, port, ORIGIN, "/v1/step-up",
            {"request": self.requests.request(), "lang": "nl"}))
        assert status == 200, body
        self.end(agent)

    def public(self, window):
        """A citizen at the packaged portal."""
        agent, port = self.serve("--pinentry", window)
        self.log_in(port, PUBLIC)
        self.end(agent)

    def supervisors(self, agent):
        """Of a traced agent it is strace that was started."""
        if not self.wrapper:
            return [agent.pid]
        found = run(["pgrep", "-P", str(agent.pid)]).split()
        return [int(pid) for pid in found]

    def end(self, agent):
        for pid in self.supervisors(agent):
            os.kill(pid, signal.SIGTERM)
        agent.process.wait(60)
        assert agent.stop() == 0, agent.lines

    def command(self, *words, good=(0,), pin=False):
        def call():
            return subprocess.run(
                [*self.wrapper, AGENT, *words], env=self.env, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=300)
        done = self.with_pin(Later(call)) if pin else call()
        self.said.append(done.stdout.split("\n"))
        assert done.returncode in good, (words, done)
        return done.stdout

    def on_a_terminal(self):
        """pinentry-curses, in the terminal of the one who asks."""
        terminal = Terminal(
            [*self.wrapper, AGENT, "authenticate", "--development",
             "--portals", self.portals, "--origin", ORIGIN, "--nonce",
             "A" * 44, "--lang", "en", "--pinentry",
             "/usr/bin/pinentry-curses"],
            {name: value for name, value in self.env.items()
             if name != "DISPLAY"})
        try:
            terminal.expect("PIN", 120)
            time.sleep(2)
            terminal.type(PIN + "\r")
            terminal.expect("unverifiedCertificate", 120)
            terminal.end(120)
        finally:
            terminal.close()

    def subcommands(self):
        document = self.home + "/document.txt"
        with open(document, "w", encoding="utf-8") as file:
            file.write("text\n")
        self.command("sign", "--development", document, pin=True)
        assert os.path.exists(document + ".p7s")
        # 1: the card is nobody's.
        self.command("card", "--photo", self.home + "/photo.jpg", good=(0, 1))
        self.command("pin", "status")
        self.command("portals", "list")
        self.command("portals", "block", "mijnburgerprofiel")
        self.command("portals", "unblock", "mijnburgerprofiel")
        assert "20" in self.command("journal", "show")
        self.command("journal", "verify")
        return self.command("doctor", good=(0, 1, 2, 3))

    def everything(self):
        for window in WINDOWS:
            self.developer(window)
            self.public(window)
        self.on_a_terminal()
        return self.subcommands()

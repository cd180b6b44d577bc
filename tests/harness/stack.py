# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The real thing in a private corner: pcscd, virtual card, agent, prompt."""

import http.client
import json
import os
import re
import shutil
import tempfile
import threading

from process import Failure, NotAllowed, Program, run, wait_until
from run_tests import NOT_ALLOWED
from screen import Recorded, Screen

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
ORIGIN = "https://localhost:18443"
PIN = "1234"
NONCE = "dGhpcyBpcyBhIG5vbmNlIG9mIHRoaXJ0eS10d28gYnl0ZXM="


def build_directory():
    path = os.environ.get("BEID_BUILD", os.path.join(SOURCE, "build", "ci"))
    if not os.path.exists(os.path.join(path, "CMakeCache.txt")):
        raise Failure(f"nothing built in {path}: run ./tests/run first")
    return path


def built(*parts):
    path = os.path.join(build_directory(), *parts)
    if not os.path.exists(path):
        raise Failure(f"{path} is not built")
    return path


class VirtualCard:
    """A virtual reader and card below a private pcscd."""

    def __init__(self, directory, applet="1.8", start=("--readers", "1")):
        self.directory = directory
        self.command = built("tests", "virtual", "beid-virtual-card")
        try:
            line = run([self.command, "start", "--dir", directory, "--applet",
                        applet, *start], seconds=120).strip()
        except Failure as failure:
            if failure.code == NOT_ALLOWED:
                raise NotAllowed(str(failure)) from None
            raise
        self.socket = line.rpartition("PCSCLITE_CSOCK_NAME=")[2].split()[0]
        self.env = {"PCSCLITE_CSOCK_NAME": self.socket}
        self.root = os.path.join(directory, "pki", "root.pem")

    def do(self, verb, *arguments, seconds=60):
        return run([self.command, verb, "--dir", self.directory, *arguments],
                   seconds=seconds)

    def counters(self):
        return json.loads(self.do("counters", "--json"))

    def count(self, name):
        return self.counters()[name]

    def trace_to(self, path):
        self.do("trace", "--file", path)

    def stop(self):
        run([self.command, "stop", "--dir", self.directory],
            accept=(0, 1, 2, 3))


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error code, or None for a success."""
        return self.json["error"]["code"] if self.status >= 400 else None

    def __repr__(self):
        return f"{self.status} {self.body[:200]!r}"


def home_in(directory):
    """Environment that keeps what programs write at home inside directory."""
    home = os.path.join(directory, "home")
    os.makedirs(home, mode=0o700, exist_ok=True)
    return {"HOME": home, "XDG_CONFIG_HOME": os.path.join(home, "config"),
            "XDG_CACHE_HOME": os.path.join(home, "cache"),
            "XDG_STATE_HOME": os.path.join(home, "state")}


class Agent:
    """beid-agent serve in development mode with one portal."""

    def __init__(self, directory, env, pinentry, origins=(ORIGIN,),
                 options=(), level="info", wrapper=(),
                 allow="authenticate", portal="", pinentry_option=True,
                 **program):
        self.portals = os.path.join(directory, "portals.d")
        os.makedirs(self.portals, mode=0o700, exist_ok=True)
        # Neither the settings nor the journal of whoever runs the tests.
        own = {name: value for name, value in home_in(directory).items()
               if name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        with open(os.path.join(self.portals, "demo.conf"), "w",
                  encoding="utf-8") as conf:
            conf.write("name.nl=Burgerprofiel (proef)\n"
                       "name.fr=Profil du citoyen (essai)\n"
                       "name.de=Bürgerprofil (Probe)\n"
                       "name.en=Citizen profile (test)\n"
                       + "".join(f"origin={o}\n" for o in origins)
                       + f"allow={allow}\nenvironment=test\n" + portal)
        self.program = Program(
            [*wrapper, built("agent", "beid-agent"), "serve", "--development",
             "--portals", self.portals, "--log-level", level,
             "--module", built("pkcs11", "beid-agent-pkcs11.so"),
             "--card-worker", built("agent", "beid-agent-card"),
             *(("--pinentry", pinentry) if pinentry_option else ()),
             *options],
            env={**os.environ, **own, **env}, **program)
        line = self.program.expect("listening on")
        self.port = int(re.search(r":(\d+)\b", line.rpartition("//")[2])[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self, seconds=60):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=seconds)

    def request(self, method, path, body=None, headers=None, seconds=60,
                origin=ORIGIN):
        sent = {"Origin": origin, "X-Beid-Agent": "1"}
        if body is not None:
            sent["Content-Type"] = "application/json"
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body)
        sent.update(headers or {})
        connection = self.connect(seconds)
        try:
            connection.request(method, path, body=body, headers=sent)
            got = connection.getresponse()
            return Answer(got.status, dict(got.getheaders()), got.read())
        finally:
            connection.close()

    def status(self):
        return self.request("GET", "/v1/status")

    def authenticate(self, seconds=60, **members):
        members.setdefault("challengeNonce", NONCE)
        members.setdefault("lang", "nl")
        return self.request("POST", "/v1/authenticate", members,
                            seconds=seconds)

    def step_up(self, request, seconds=60, **members):
        return self.request("POST", "/v1/step-up",
                            {"request": request, "lang": "nl", **members},
                            seconds=seconds)

    def stop(self):
        return self.program.stop()


class Later:
    """A call in a thread; result() waits and re-raises."""

    def __init__(self, call, *arguments, **named):
        self._value = None
        self._error = None

        def work():
            try:
                self._value = call(*arguments, **named)
            except Exception as error:  # noqa: BLE001 - handed to the caller
                self._error = error

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def done(self):
        return not self._thread.is_alive()

    def result(self, seconds=60):
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise Failure(f"no answer within {seconds} s")
        if self._error is not None:
            raise self._error
        return self._value


class Stack:
    """Everything together; use it as a context manager."""

    def __init__(self, applet="1.8", card=("--readers", "1"), options=(),
                 level="info", origins=(ORIGIN,), portal=None):
        # Unix socket paths hold 107 bytes, so this stays short.
        self.directory = tempfile.mkdtemp(prefix="beid")
        self._undo = []
        try:
            self._start(applet, card, options, level, origins, portal)
        except BaseException:
            self.stop()
            raise

    def _start(self, applet, card, options, level, origins, portal):
        self.screen = Screen(self.directory)
        self._undo.append(self.screen.stop)
        self.card = VirtualCard(os.path.join(self.directory, "v"), applet,
                                card)
        self._undo.append(self.card.stop)
        self.prompt = Recorded(self.directory)
        self._agent_options = (origins, options, level)
        # More for the portal's file: a dictionary with allow and portal.
        self._agent_portal = portal(self.directory) if portal else {}
        self.agent = None
        self._undo.append(lambda: self.agent and self.agent.stop())
        self.restart_agent()

    def restart_agent(self):
        """The same agent as a new set of processes."""
        if self.agent:
            self.agent.stop()
        self.agent = Agent(self.directory, {**self.screen.env, **self.card.env,
                                            **home_in(self.directory)},
                           self.prompt.script, *self._agent_options,
                           **self._agent_portal)
        return self.agent

    def begin(self, **members):
        """Starts a login and waits for the prompt; returns (later, window)."""
        asked = self.prompt.questions()
        # The window of the last operation may still be there.
        before = self.screen.windows()
        login = Later(self.agent.authenticate, **members)
        wait_until(lambda: login.done() or self.prompt.questions() > asked, 20,
                   "the prompt")
        if login.done():
            raise Failure(f"no prompt, but {login.result()}")
        return login, self.screen.wait_window(other_than=before)

    def login(self, pin=PIN, **members):
        """
        A whole login by a person who knows the PIN, and who types it again
        where the agent got its turn too late to believe it (W-13).
        """
        early = self.prompt.too_early()
        login, window = self.begin(**members)
        self.screen.type_line(window, pin)
        while self._told_early(login, early):
            early = self.prompt.too_early()
            self.screen.type_line(self.screen.wait_window(), pin)
        return login.result()

    def _told_early(self, login, before):
        """Rather than that the login came to its end."""
        try:
            wait_until(lambda: login.done()
                       or self.prompt.too_early() > before, 50, "an answer")
        except Failure as failure:
            raise Failure(f"{failure}; the prompt was told "
                          f"{self.prompt.commands()[-8:]}, the agent said "
                          f"{self.agent.program.lines[-8:]}") from None
        return not login.done()

    def read_pages(self, window, asked):
        """
        Goes from page to page of a statement until one more PIN than asked
        was asked for; how many pages there were.
        """
        pages = 0
        while self.prompt.count("GETPIN") == asked:
            shown = self.prompt.count("CONFIRM")
            if self.card.count("verify") != 0:
                raise Failure("a PIN was used before the last page")
            # Return alone would cancel: the safe choice has the focus.
            self.screen.press(window, "Tab")
            self.screen.press(window, "Return")
            pages += 1
            wait_until(lambda: self.prompt.count("CONFIRM") > shown
                       or self.prompt.count("GETPIN") > asked, 20,
                       "the next dialog", 0.05)
            window = self.screen.wait_window()
        return pages

    def stop(self):
        for undo in reversed(self._undo):
            try:
                undo()
            except Failure as failure:
                print(f"while cleaning up: {failure}")
        self._undo = []
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

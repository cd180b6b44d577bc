# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The steps of ./tests/demo; started by it, after building."""

import argparse
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from portal import Browser, Portal, free_port
from process import Failure
from request import Requests
from screen import Recorded, Screen
from signing import as_the_page_says, command_of, read_pages, so_far
from stack import PIN, Agent, VirtualCard, build_directory, home_in

NETLINK_SOCK_DIAG = 4
SYS_LANDLOCK_CREATE_RULESET = 444
USUAL_PCSCD = "/run/pcscd/pcscd.comm"


def say(text):
    print(text, flush=True)


def step(text):
    say(f"\n== {text}")


def show(text):
    """A prompt's text between bars, as the citizen reads it."""
    for line in text.rstrip().split("\n"):
        say(f"   | {line}")


def namespaces_allowed():
    """Can pcscd get a private corner here? As root or as an ordinary user."""
    flags = ["-m"] if os.geteuid() == 0 else ["-Urm"]
    return subprocess.run(["unshare", *flags, "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def missing_layers():
    """Names the protections that this kernel or container does not give."""
    missing = []
    if not namespaces_allowed():
        missing.append("namespaces (pcscd runs at its usual path)")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SYS_LANDLOCK_CREATE_RULESET, None, 0, 1) < 0:
        missing.append("Landlock (file access of the agent is not limited)")
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM,
                      NETLINK_SOCK_DIAG).close()
    except OSError:
        missing.append("NETLINK_SOCK_DIAG (callers are looked up in "
                       "/proc/net/tcp)")
    return missing


class Demo:
    def __init__(self, applet, photos):
        self.applet = applet
        self.photos = photos
        self.directory = tempfile.mkdtemp(prefix="beid")
        self.undo = []
        self.worked = False
        self.agent = None

    def keep(self, thing):
        self.undo.append(thing.stop)
        return thing

    def start_card(self):
        step(f"A private pcscd with a virtual reader and card "
             f"(applet {self.applet})")
        # With a responder that tells the portal whether it was revoked.
        options = ["--readers", "1", "--responder", "0"]
        if not namespaces_allowed():
            if os.path.exists(USUAL_PCSCD):
                raise Failure(
                    "this machine allows no namespaces and another pcscd "
                    f"already uses {USUAL_PCSCD}; stop it, or run the demo "
                    "where namespaces are allowed")
            options.append("--pcscd-default")
        self.card = self.keep(VirtualCard(os.path.join(self.directory, "v"),
                                          self.applet, options))
        self.responder = self.card.do("responder").split()[0]
        say(f"pcscd answers on {self.card.socket}, the card's OCSP responder "
            f"on {self.responder}")

    def start_agent(self, origins):
        step("beid-agent")
        self.requests = Requests(self.directory)
        self.prompt = Recorded(self.directory)
        self.agent = self.keep(Agent(
            self.directory, {**self.screen.env, **self.card.env,
                             **home_in(self.directory)},
            self.prompt.script, origins, allow="authenticate, step-up",
            portal=self.requests.portal_lines()))
        say(f"listening on {self.agent.url} for {' and '.join(origins)}")
        readers = self.agent.request("GET", "/v1/status",
                                     origin=origins[0]).json["readers"]
        say(f"card found: {readers[0]['card']}" if readers else "no reader")

    def login(self):
        step("A login in Chromium, the page counting as public")
        self.card.do("counters-reset")
        browser = self.keep(Browser(
            build_directory(), "login.mjs", self.portal.origin,
            os.path.join(self.photos, "page") if self.photos else "",
            self.directory))
        start = browser.event("opened")
        say(f"Chromium {start['version']} shows \"{start['title']}\"")
        closed = browser.event("blocked")
        say(f"local network access is '{closed['permission']}': Chromium "
            f"keeps the page away from the agent ({closed['code']}), "
            "the page says:")
        show(closed["advice"])
        granted = browser.event("granted")
        say(f"permission given: '{granted['permission']}'; the citizen "
            "chooses the eID card")
        window = self.screen.wait_window(30)
        say("the prompt says:")
        show(self.prompt.texts()[-1])
        if self.photos:
            self.screen.photo(os.path.join(self.photos, "prompt.png"))
        self.screen.type_line(window, PIN)
        say("the citizen types the PIN")
        done = browser.event("logged-in")
        count = self.card.counters()
        say(f"APDUs: {count['apdus']} (reading the certificate chain for the "
            f"portal included), VERIFY: {count['verify']}, "
            f"signatures: {count['signatures']}")
        say(f"verified identity: {done['name']}")
        say(f"level of assurance: {done['level']}")
        self.raise_level(browser)
        self.sign(browser)
        browser.event("logged-out")
        say("logged out; the protected page asks for the card again")
        self.show_trail()
        if browser.finish() != 0:
            raise Failure("the browser script failed")
        self.worked = True

    def raise_level(self, browser):
        step("A step-up for a section with sensitive data")
        asked = browser.event("step-up")
        say("the same citizen comes back without the card (stand-in for "
            "other means)")
        say(f"{asked['url']} answers 401: {asked['challenge']}")
        window = self.screen.wait_window(30)
        say("the prompt says what the portal's key signed:")
        show(self.prompt.texts()[-1])
        if self.photos:
            self.screen.photo(os.path.join(self.photos, "step-up.png"))
        self.screen.type_line(window, PIN)
        done = browser.event("raised")
        say(f"the citizen goes on at {done['url']}: \"{done['title']}\"")

    def sign(self, browser):
        step("A statement, signed with the card")
        before, texts = so_far(self.prompt), len(self.prompt.texts())
        asked = browser.event("statement")
        say("the citizen chooses contact data; the page shows what to sign:")
        show(asked["words"])
        pages = read_pages(self.screen, self.prompt, before)
        say("the agent's windows show the whole text, and ask for the PIN:")
        for text in pages[texts:]:
            show(text)
        window = self.screen.wait_window(30)
        if self.photos:
            self.screen.photo(os.path.join(self.photos, "statement.png"))
        self.screen.type_line(window, PIN)
        done = browser.event("signed")
        say("the portal verified the signature, kept it, and only then "
            f"changed the data: the call name is now {done['name']}")
        page = browser.event("downloaded")["page"]
        files = [os.path.join(self.directory, f"verklaring.{end}")
                 for end in ("txt", "p7s")] + [self.card.root]
        contents = []
        for name in files:
            with open(name, "rb") as file:
                contents.append(file.read())
        say("the text as signed, downloaded from the portal:")
        show(contents[0].decode())
        say("verified with openssl, as the portal's page tells:")
        checked = as_the_page_says(page, self.directory, *contents)
        show("$ " + command_of(page))
        show(checked.stdout)
        if checked.returncode != 0:
            raise Failure("openssl does not accept the statement")

    def show_trail(self):
        say("the portal's audit trail, which knows people by pseudonyms only:")
        with open(self.trail, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        for line in lines:
            show(f"{line['time']} {line['event']}: {line['detail']}"
                 f" ({line['subject'][:12]}…)")
        if not any(line["event"] == "statement" for line in lines):
            raise Failure("the statement is not in the audit trail")

    def portal_options(self):
        """The portal asks the responder that the card's certificates name,
        and writes down what happens."""
        self.trail = os.path.join(self.directory, "audit.jsonl")
        return ("--revocation", "login", "--ocsp-prefix", self.responder,
                "--crl-prefix", self.responder, "--audit", self.trail)

    def stay_open(self, http_portal):
        """The next logins are the user's own, until Ctrl-C."""
        self.undo.remove(self.agent.stop)
        self.agent.stop()
        env = dict(self.card.env)
        try:
            env["GPG_TTY"] = os.ttyname(0)
        except OSError:
            pass
        agent = self.keep(Agent(self.directory, env, "/usr/bin/pinentry",
                                (http_portal.origin,),
                                allow="authenticate, step-up",
                                portal=self.requests.portal_lines()))
        step("Your turn")
        say(f"Open {http_portal.origin}/ in your browser. Test PIN: {PIN}")
        say(f"The agent answers on {agent.url}; pinentry opens on "
            + ("your display." if os.environ.get("DISPLAY")
               or os.environ.get("WAYLAND_DISPLAY") else "this terminal."))
        say("Ctrl-C ends everything.")
        shown = 0
        while agent.program.running():
            time.sleep(0.5)
            for line in agent.program.lines[shown:]:
                shown += 1
                if line.startswith(("warning:", "error:")):
                    say(line)
        raise Failure(f"the agent ended by itself: {agent.program.lines}")

    def run(self):
        missing = missing_layers()
        step("This machine")
        say("all layers are available" if not missing
            else "missing layers: " + "; ".join(missing))
        self.screen = self.keep(Screen(self.directory))
        self.start_card()
        port = free_port()
        origin = f"https://localhost:{port}"
        self.start_agent((origin,))
        step("The reference portal")
        self.portal = self.keep(Portal(self.directory, port, self.card.root,
                                       requests=self.requests,
                                       more=self.portal_options()))
        say(f"open at {self.portal.origin}, trusting the test PKI and asking "
            "its responder")
        self.login()
        if sys.stdin.isatty() and sys.stdout.isatty():
            self.stay_open(self.keep(Portal(self.directory, free_port(),
                                            self.card.root, tls=False,
                                            requests=self.requests,
                                            more=self.portal_options())))
        step("Done: login and step-up worked, and a statement was signed")

    def stop(self):
        for undo in reversed(self.undo):
            try:
                undo()
            except (Failure, OSError, subprocess.SubprocessError) as failure:
                print(f"while cleaning up: {failure}", file=sys.stderr)
        shutil.rmtree(self.directory, ignore_errors=True)


def ended(_signal, _frame):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--applet", choices=("1.7", "1.8"), default="1.8")
    parser.add_argument("--keep-photos", default="")
    given = parser.parse_args()
    if given.keep_photos:
        os.makedirs(given.keep_photos, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)
    demo = Demo(given.applet, given.keep_photos)
    try:
        demo.run()
        return 0
    except Failure as failure:
        print(f"\ndemo: {failure}", file=sys.stderr)
        if demo.agent:
            print("the agent said:", *demo.agent.program.lines, sep="\n  ",
                  file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nended")
        return 0 if demo.worked else 130
    finally:
        # Whoever closes the terminal sends more than one signal.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()


if __name__ == "__main__":
    sys.exit(main())

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Who may sit on the agent's ports before it comes; for a BrowserCase."""

import http.server
import os
import shutil
import socket
import tempfile
import threading

from stack import Agent

PORTS = range(24880, 24888)
BOB = 21501


class WebServer:
    """
    Somebody's own web server, which answers all with a page. While it is shut
    its port is taken and nobody listens there.
    """

    def __init__(self):
        self.seen = []
        seen = self.seen

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - the name that http.server calls
                seen.append(f"{self.command} {self.path}")
                body = b"<!DOCTYPE html><title>Mijn project</title>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_OPTIONS = do_GET

            def log_message(self, *_):
                pass

        self.handler = Handler
        self.server = self.holder = None
        for self.port in PORTS:
            try:
                self.open()
                break
            except OSError:
                continue

    def open(self):
        if self.holder:
            self.holder.close()
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", self.port), self.handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def shut(self):
        self.stop()
        self.holder = socket.socket()
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.holder.bind(("127.0.0.1", self.port))

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def bobs_agent(directory, origin):
    """The agent of another user, who knows the same site."""
    # The paths below it are his, the portal's file may be root's.
    for part in ("", "portals.d", "home"):
        os.makedirs(os.path.join(directory, part), mode=0o700, exist_ok=True)
        os.chown(os.path.join(directory, part), BOB, BOB)
    # Leaks are looked for by ptrace, which such a process does not allow.
    return Agent(directory, {"ASAN_OPTIONS": "detect_leaks=0",
                             "PCSCLITE_CSOCK_NAME": directory + "/none"},
                 "/usr/bin/false", origins=(origin,),
                 wrapper=("setpriv", f"--reuid={BOB}", f"--regid={BOB}",
                          "--clear-groups"))


class BehindOthers:
    """
    A web server has the first port, then another user's agent (where the test
    may start one), then our agent.
    """

    @classmethod
    def setUpClass(cls):
        cls.web = WebServer()
        cls.addClassCleanup(cls.web.stop)
        super().setUpClass()

    @classmethod
    def portal(cls, directory):
        # The sites are there, our agent is not yet.
        cls.bob = None
        if os.getuid() == 0:
            home = tempfile.mkdtemp(prefix="bob")
            cls.addClassCleanup(shutil.rmtree, home)
            cls.bob = bobs_agent(home, cls.site.origin)
            cls.addClassCleanup(cls.bob.stop)
        return super().portal(directory)

    def ports(self):
        """Where a page looks, in this order, until it finds our agent."""
        if self.web.port != PORTS[0]:
            self.skipTest("some other program has the first port")
        own = self.stack.agent.port
        self.assertLess(self.web.port, own)
        if self.bob:
            self.assertIn(self.bob.port, range(self.web.port + 1, own))
        return [port for port in PORTS if port <= own]

    def remembered(self, page):
        return self.browser.call("evaluate", page=page, script="sessionStorage"
                                 ".getItem('beid-agent.port')")

    def assert_only_looked_at(self):
        """The strangers learnt that a page looks for an agent, no more."""
        self.assertLessEqual(set(self.web.seen),
                             {"OPTIONS /v1/status", "GET /v1/status"})

    def test_found_behind_others_and_remembered(self):
        self.ports()
        self.open()
        self.permit("granted")
        before = len(self.web.seen)
        answer = self.browser.sdk("a", "sdk.status()")
        self.assertEqual(answer["value"]["portal"]["environment"], "test")
        self.assertGreater(len(self.web.seen), before)
        self.assertEqual(self.remembered("a"), str(self.stack.agent.port))
        before = len(self.web.seen)
        self.assertIn("value", self.browser.sdk("a", "sdk.status()"))
        self.assertEqual(len(self.web.seen), before)
        self.assert_only_looked_at()
        self.assert_untouched()

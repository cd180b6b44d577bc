# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What a citizen does in another tab while the portal waits for the responder
that tells whether the card is revoked."""

import concurrent.futures
import contextlib
import http.client
import http.server
import os
import threading
import urllib.parse

from statement_case import CHOICE, StatementCase

from run_tests import main
from visitor import Visitor

# The portal may lose its patience with the responder: then nothing was seen.
ATTEMPTS = 5


class Gate(http.server.ThreadingHTTPServer):
    """A proxy on the way to the responder, which can hold one question."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Passage)
        self.hold = threading.Lock()
        self.arrived = threading.Event()
        self.opened = threading.Event()
        self.opened.set()
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def stop(self):
        self.opened.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def pass_by(self):
        """The first one after holding() waits; all the others go on."""
        with self.hold:
            first = not self.opened.is_set() and not self.arrived.is_set()
            self.arrived.set()
        if first:
            self.opened.wait(120)

    @contextlib.contextmanager
    def holding(self):
        with self.hold:
            self.arrived.clear()
            self.opened.clear()
        try:
            yield self.arrived
        finally:
            self.opened.set()


class Passage(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.pass_by()
        place = urllib.parse.urlsplit(self.path)
        onward = http.client.HTTPConnection(place.netloc, timeout=60)
        try:
            onward.request("POST", place.path, body,
                           {"Content-Type": self.headers["Content-Type"]})
            got = onward.getresponse()
            answer = got.read()
        finally:
            onward.close()
        with contextlib.suppress(OSError):
            self.send_response(got.status)
            self.send_header("Content-Type", got.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class Slow(StatementCase):
    card_options = ("--readers", "1", "--responder", "0")

    @classmethod
    def setUpClass(cls):
        cls.gate = Gate()
        cls.addClassCleanup(cls.gate.stop)
        super().setUpClass()

    @classmethod
    def portal_options(cls):
        responder = cls.card.do("responder").split()[0]
        return (*super().portal_options(), "--revocation", "required",
                "--ocsp-prefix", responder)

    @classmethod
    def portal_environment(cls):
        asked = {name: value for name, value in os.environ.items()
                 if name.lower() != "no_proxy"}
        return {**asked,
                "http_proxy": f"http://127.0.0.1:{cls.gate.server_port}"}

    def tried(self, once):
        """Until the portal was patient enough to be overtaken."""
        for attempt in range(ATTEMPTS):
            if once(attempt):
                return
        self.fail("the portal never waited long enough")

    def overtaken(self, path, body, meanwhile):
        """What is answered in the end to who was overtaken."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with self.gate.holding() as arrived:
                slow = pool.submit(self.visitor.script, path, body)
                self.assertTrue(arrived.wait(60), "nobody was asked")
                meanwhile()
            reply = slow.result()
        if reply.status == 503:
            self.assertEqual(reply.json["error"], "revocation_unavailable")
            return None
        return reply

    def choose(self, name):
        """Signed, and not sent yet."""
        self.visitor.form("/contact", **{**CHOICE, "call_name": name})
        request, where = self.asked(self.visitor)
        answer, _ = self.sign(request)
        return where, answer

    def test_newer_data_stay(self):
        """An answer comes twice; the first one is not followed after the
        second one and what was signed since."""
        self.visitor.other("nora")
        self.visitor.get("/contact")

        def once(attempt):
            old = self.choose(f"Oud {attempt}")
            new = self.choose(f"Nieuw {attempt}")

            def meanwhile():
                for where, answer in (old, new):
                    reply = self.visitor.script(where, answer)
                    self.assertEqual(reply.status, 200, reply)

            reply = self.overtaken(*old, meanwhile)
            self.assertIn(f"Nieuw {attempt}",
                          self.visitor.get("/contact").text)
            if reply:
                self.assertEqual((reply.status, reply.json["error"]),
                                 (401, "nonce_expired"))
            return reply

        self.tried(once)

    def test_logged_out_stays_out(self):
        def once(_):
            self.visitor = Visitor(self.origin)
            answer = self.token()

            def meanwhile():
                reply = self.visitor.form("/logout")
                self.assertEqual(reply.status, 303, reply)

            reply = self.overtaken("/login/token", answer, meanwhile)
            if reply:
                self.assertEqual((reply.status, reply.json),
                                 (401, {"error": "session_unknown"}))
                self.assertNotIn("set-cookie", reply.headers)
            return reply

        self.tried(once)


if __name__ == "__main__":
    main()

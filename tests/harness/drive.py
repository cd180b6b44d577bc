# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Web pages of our own, and a browser that a test drives step by step."""

import http.server
import itertools
import json
import os
import queue
import ssl
import subprocess
import threading
import urllib.parse

from portal import copy_scripts
from process import Failure, run

PAGE = """<!DOCTYPE html><html lang="nl"><title>Proef</title>
<button id="start">Aanmelden</button>
<script type="module">
import * as sdk from "/sdk/beid-agent.js";
window.sdk = sdk;
window.stop = new AbortController();
if (location.search === "?early") {
  window.early = sdk.status().then(() => "answered", (error) => error.reason);
}
</script></html>
"""


class Pages:
    """
    An https site on a port of its own with the SDK as it is published: / is a
    page that has loaded it, ?csp= sets the page's policy, with ?early the page
    calls the agent by itself, /frame?src=&allow= shows another page in a frame,
    /redirect?to= sends on whoever asks, with what they post.
    """

    def __init__(self, directory, sdk):
        key = os.path.join(directory, "pages.key")
        cert = os.path.join(directory, "pages.crt")
        if not os.path.exists(cert):
            run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert])

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - the name that http.server calls
                answer_page(self, sdk)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        # The handshake belongs to the connection's thread.
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True,
            do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.origin = f"https://localhost:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def answer_page(request, sdk):
    url = urllib.parse.urlsplit(request.path)
    query = dict(urllib.parse.parse_qsl(url.query))
    kind, policy = "text/html; charset=utf-8", query.get("csp")
    if url.path == "/redirect":
        request.rfile.read(int(request.headers.get("Content-Length", 0)))
        request.send_response(307)
        request.send_header("Location", query["to"])
        request.send_header("Access-Control-Allow-Origin", "*")
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    if url.path.startswith("/sdk/"):
        path = os.path.join(sdk, os.path.basename(url.path))
        if not os.path.isfile(path):
            request.send_error(404)
            return
        kind = "text/javascript; charset=utf-8"
        with open(path, "rb") as file:
            body = file.read()
    elif url.path == "/frame":
        allow = f' allow="{query["allow"]}"' if "allow" in query else ""
        body = (f"<!DOCTYPE html><title>Kader</title><iframe{allow} "
                f'src="{query["src"]}"></iframe>').encode()
    else:
        body = PAGE.encode()
    request.send_response(200)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    if policy:
        request.send_header("Content-Security-Policy", policy)
    request.end_headers()
    request.wfile.write(body)


class Pending:
    """An answer that the browser has still to give."""

    def __init__(self, what):
        self.what = what
        self._answers = queue.Queue(1)

    def put(self, answer):
        self._answers.put(answer)

    def done(self):
        return not self._answers.empty()

    def result(self, seconds=60):
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise Failure(f"no answer of the browser to {self.what} within "
                          f"{seconds} s") from None
        if answer is None:
            raise Failure(f"the browser ended before it answered {self.what}")
        if "failed" in answer:
            raise Failure(f"{self.what}: {answer['failed']}")
        return answer.get("value")


class Drive:
    """A script of tests/browser that takes one command of JSON per line."""

    def __init__(self, modules, script, *arguments, wrapper=(), env=None):
        copy_scripts(modules)
        self._ids = itertools.count(1)
        self._pending = {}
        self.process = subprocess.Popen(
            [*wrapper, "node", os.path.join(modules, script),
             *map(str, arguments)], cwd=modules, env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._ready = self._pending[0] = Pending("its start")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.version = self._ready.result(90)

    def _read(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            self._pending.pop(answer["id"]).put(answer)
        while self._pending:
            self._pending.popitem()[1].put(None)

    def begin(self, do, **arguments):
        number = next(self._ids)
        pending = self._pending[number] = Pending(f"{do} {arguments}")
        self.process.stdin.write(
            json.dumps({"id": number, "do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        return pending

    def call(self, do, seconds=60, **arguments):
        return self.begin(do, **arguments).result(seconds)

    # What the page's own script sees: the value, or the error of the SDK.
    def begin_sdk(self, page, expression, click=True, frame=None):
        script = (f"(async () => {{ try {{ return {{value: await ({expression})"
                  "}; } catch (error) { return {code: error.code, "
                  "reason: error.reason, message: String(error)}; } })()")
        return self.begin("evaluate", page=page, script=script, click=click,
                          frame=frame)

    def sdk(self, page, expression, seconds=60, **options):
        return self.begin_sdk(page, expression, **options).result(seconds)

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self._reader.join(5)
        self.process.stdout.close()

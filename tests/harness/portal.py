# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The reference portal, and a citizen's Chromium in front of it."""

import json
import os
import socket

from process import Failure, Program, run
from stack import SOURCE, built


# As the portal's file of the tests has it (stack.py): statements say it.
NAMES = ("--name", "nl=Burgerprofiel (proef)",
         "--name", "fr=Profil du citoyen (essai)",
         "--name", "de=Bürgerprofil (Probe)",
         "--name", "en=Citizen profile (test)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Portal:
    """beid-portal on its own port; https with a certificate of the moment."""

    def __init__(self, directory, port, trust, tls=True, requests=None,
                 more=(), sdk=None, origin=None, env=None):
        """
        requests: a Requests whose key the portal signs step-ups with.
        origin: of the portal that this process is one of.
        """
        self.origin = (origin
                       or f"{'https' if tls else 'http'}://localhost:{port}")
        options = []
        if tls:
            key = os.path.join(directory, "portal.key")
            cert = os.path.join(directory, "portal.crt")
            run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert])
            options = ["--tls-cert", cert, "--tls-key", key]
        options += NAMES
        if requests:
            options += ["--request-key", requests.key,
                        "--request-kid", requests.kid]
        self.program = Program(
            [built("portal", "reference", "beid-portal"),
             "--listen", f"127.0.0.1:{port}", "--origin", self.origin,
             "--trust", trust, "--revocation", "off",
             "--www", os.path.join(SOURCE, "portal", "reference", "www"),
             "--sdk", sdk or os.path.join(SOURCE, "portal", "sdk"),
             "--people",
             os.path.join(SOURCE, "portal", "reference", "people.txt"),
             *options, *more], env=env)
        self.program.expect("listening on")

    def stop(self):
        return self.program.stop()


class Town:
    """A municipality's site, whose people log in at this Portal."""

    def __init__(self, directory, port, portal, host="gent.localhost"):
        self.origin = f"https://{host}:{port}"
        cert = os.path.join(directory, "portal.crt")
        self.program = Program(
            [built("portal", "reference", "beid-portal"),
             "--listen", f"127.0.0.1:{port}", "--origin", self.origin,
             "--portal", portal, "--portal-ca", cert, "--tls-cert", cert,
             "--tls-key", os.path.join(directory, "portal.key"),
             "--www", os.path.join(SOURCE, "portal", "reference", "www"),
             "--sdk", os.path.join(SOURCE, "portal", "sdk")])
        self.program.expect("listening on")

    def stop(self):
        return self.program.stop()


def copy_scripts(modules):
    """
    Node looks for modules beside the script, so the scripts are copied to
    where npm installed them.
    """
    if not os.path.isdir(os.path.join(modules, "node_modules")):
        raise Failure(f"no node_modules in {modules}: npm ci failed?")
    folder = os.path.join(SOURCE, "tests", "browser")
    for name in sorted(os.listdir(folder)):
        if name.endswith((".mjs", ".ts")):
            with open(os.path.join(folder, name), encoding="utf-8") as src:
                text = src.read()
            # Whoever reads the old one at this moment keeps it whole.
            copy = os.path.join(modules, f"{name}.{os.getpid()}")
            with open(copy, "w", encoding="utf-8") as new:
                new.write(text)
            os.replace(copy, os.path.join(modules, name))


class Browser:
    """Chromium running one of the scripts of tests/browser."""

    def __init__(self, modules, script, *arguments, **options):
        """modules: the folder that holds node_modules."""
        copy_scripts(modules)
        self.program = Program(["node", os.path.join(modules, script),
                                *arguments], cwd=modules, merge=False,
                               **options)

    def event(self, name, seconds=60):
        """Waits for this event of the script and returns its detail."""
        line = self.program.expect(f'"event":"{name}"', seconds)
        return json.loads(line)

    def finish(self, seconds=60):
        self.program.process.wait(seconds)
        return self.program.stop()

    def stop(self):
        return self.program.stop()

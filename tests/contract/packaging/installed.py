# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What must be true of the installed packages, whoever made them. Runs inside
the scratch root, so every path is the real one."""

import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
import unittest

ORIGIN = "https://www.mijnburgerprofiel.be"
UNITS = "/usr/lib/systemd/user"


def run(*arguments, env=None):
    """Runs a program to its end; its two outputs, or an error with both."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.PIPE, env=env, check=False,
                          timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{arguments} ended with {done.returncode}:\n"
                             f"{done.stdout}\n{done.stderr}")
    return done.stdout, done.stderr


def leftovers():
    """Everything on the disk that is named after us."""
    text, _ = run("find", "/", "-xdev", "-name", "*beid*", "-not", "-path",
                  "/proc/*", "-not", "-path", "/mnt/*")
    return set(text.split())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get_status(port, origin=ORIGIN, seconds=20):
    """(HTTP status, body) of GET /v1/status, as the portal's page asks."""
    end = time.monotonic() + seconds
    while True:
        try:
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            link.request("GET", "/v1/status", headers={
                "Origin": origin, "X-Beid-Agent": "1"})
            answer = link.getresponse()
            return answer.status, answer.read()
        except (ConnectionError, socket.timeout):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        finally:
            link.close()


class Installed(unittest.TestCase):
    """Set by the caller: the command of the virtual card."""

    virtual_card = None

    def card(self, directory):
        """A private pcscd with a card; what names its socket."""
        line, _ = run(self.virtual_card, "start", "--dir", directory)
        self.addCleanup(run, self.virtual_card, "stop", "--dir", directory)
        name, path = line.strip().splitlines()[-1].split("=", 1)
        return name, path

    def test_agent_answers_and_finds_its_module(self):
        with tempfile.TemporaryDirectory() as directory:
            name, path = self.card(directory + "/card")
            port = free_port()
            agent = subprocess.Popen([
                "systemd-socket-activate", "-l", f"127.0.0.1:{port}",
                "--fdname=http", "-E", f"{name}={path}",
                "/usr/bin/beid-agent", "serve"])
            try:
                status, body = get_status(port)
                self.assertEqual(status, 200, body)
                answer = json.loads(body)
                self.assertEqual([reader["card"] for reader in
                                  answer["readers"]], ["supported"], answer)
                self.assertEqual(answer["portal"]["allow"],
                                 ["authenticate", "step-up"])
                self.assertEqual(get_status(port, "https://evil.example"),
                                 (403, b""))
            finally:
                agent.terminate()
                self.assertIn(agent.wait(20), (0, -15))
            self.doCleanups()

    def test_units_have_nothing_to_complain_about(self):
        with tempfile.TemporaryDirectory() as directory:
            for unit in ("beid-agent.service", "beid-agent.socket"):
                _, errors = run("systemd-analyze", "verify", "--user",
                                "--man=no", f"{UNITS}/{unit}",
                                env={**os.environ,
                                     "XDG_RUNTIME_DIR": directory})
                self.assertEqual(errors, "")

    def test_p11_kit_knows_the_module(self):
        text, _ = run("p11-kit", "list-modules")
        self.assertRegex(text, r"(?m)^(module: )?beid-agent")

    def test_a_program_links_with_the_library(self):
        with tempfile.TemporaryDirectory() as directory:
            source = directory + "/a.c"
            with open(source, "w", encoding="ascii") as file:
                file.write("#include <beid/verify.h>\nint main(void)\n{\n"
                           "    struct beid_verify *v = 0;\n"
                           "    int bad = beid_verify_new(&v) != 0;\n"
                           "    beid_verify_free(&v);\n"
                           "    return bad || v != 0;\n}\n")
            flags, _ = run("pkg-config", "--cflags", "--libs", "beid-verify")
            run("gcc", source, "-o", directory + "/a", *flags.split())
            run(directory + "/a")

    def test_the_command_runs(self):
        text, _ = run("beid-verify", "--version")
        self.assertRegex(text, r"\d+\.\d+\.\d+")

    def test_man_pages_are_installed(self):
        for page in ("1/beid-agent.1", "5/beid-agent-portals.5",
                     "7/beid-agent-pkcs11.7", "1/beid-verify.1"):
            path = f"/usr/share/man/man{page}"
            self.assertTrue(os.path.exists(path + ".gz")
                            or os.path.exists(path), path)

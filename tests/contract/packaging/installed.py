# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What must be true of the installed packages, whoever made them. Runs inside
the scratch root, so every path is the real one."""

import glob
import gzip
import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
ORIGIN = "https://www.mijnburgerprofiel.be"
UNITS = "/usr/lib/systemd/user"
# Any of the agent's own ports; the scratch root has a network of its own.
PORT = 24883


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


def libraries(name):
    """Where Debian and Fedora install it."""
    return glob.glob("/usr/lib/*-linux-gnu*/" + name) \
        + glob.glob("/usr/lib64/" + name)


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
    """The caller sets the command of the virtual card, and what else programs
    need to find libraries where the packages put them."""

    virtual_card = None

    environment = {}

    def directory(self):
        folder = tempfile.TemporaryDirectory(prefix="b-")
        self.addCleanup(folder.cleanup)
        return folder.name

    def card(self):
        """A private pcscd with a card: what names its socket to clients."""
        directory = self.directory() + "/card"
        line, _ = run(self.virtual_card, "start", "--dir", directory)
        self.addCleanup(run, self.virtual_card, "stop", "--dir", directory)
        return line.strip().splitlines()[-1]

    def run_with_libraries(self, *arguments):
        return run(*arguments, env={**os.environ, **self.environment})[0]

    def test_agent_answers_and_finds_its_module(self):
        agent = subprocess.Popen([
            "systemd-socket-activate", "-l", f"127.0.0.1:{PORT}",
            "--fdname=http", "-E", self.card(),
            # The journal is the user's, and no part of what a purge removes.
            "-E", f"XDG_STATE_HOME={self.directory()}", "/usr/bin/beid-agent",
            "serve"])
        self.addCleanup(agent.wait, 20)
        self.addCleanup(agent.terminate)
        status, body = get_status(PORT)
        self.assertEqual(status, 200, body)
        answer = json.loads(body)
        self.assertEqual([reader["card"] for reader in answer["readers"]],
                         ["supported"], answer)
        self.assertEqual(answer["portal"]["allow"],
                         ["authenticate", "step-up"])
        self.assertEqual(get_status(PORT, "https://evil.example"), (403, b""))
        agent.terminate()
        self.assertEqual(agent.wait(20), 0)

    def test_units_have_nothing_to_complain_about(self):
        environment = {**os.environ, "XDG_RUNTIME_DIR": self.directory()}
        for unit in ("beid-agent.service", "beid-agent.socket"):
            _, errors = run("systemd-analyze", "verify", "--user", "--man=no",
                            f"{UNITS}/{unit}", env=environment)
            self.assertEqual(errors, "")

    def test_p11_kit_knows_the_module(self):
        name, _, value = self.card().partition("=")
        text, _ = run("p11-kit", "list-modules",
                      env={**os.environ, name: value})
        self.assertRegex(text, r"(?m)^(module: )?beid-agent")
        self.assertIn("token: Belgian eID", text)

    def test_a_program_links_with_the_library(self):
        program = self.directory() + "/a"
        with open(program + ".c", "w", encoding="ascii") as file:
            file.write("#include <beid/verify.h>\nint main(void)\n{\n"
                       "    struct beid_verify *v = 0;\n"
                       "    int bad = beid_verify_new(&v) != 0;\n"
                       "    beid_verify_free(&v);\n"
                       "    return bad || v != 0;\n}\n")
        flags = self.run_with_libraries("pkg-config", "--cflags", "--libs",
                                        "beid-verify")
        run("gcc", program + ".c", "-o", program, *flags.split())
        self.run_with_libraries(program)

    def test_the_command_runs(self):
        text = self.run_with_libraries("beid-verify", "--version")
        self.assertRegex(text, r"\d+\.\d+\.\d+")

    def test_guides_for_portals_are_installed(self):
        """Whole, with the package that a portal's servers need."""
        for name in ("INTEGRATION.md", "HELPDESK.md"):
            with open(f"{SOURCE}/portal/{name}", "rb") as file:
                whole = file.read()
            # Debian compresses it, Fedora's folder may have a version.
            path, = glob.glob(f"/usr/share/doc/beid-verify*/{name}*")
            read = gzip.open if path.endswith(".gz") else open
            with read(path, "rb") as file:
                self.assertEqual(file.read(), whole)

    def test_d01_no_format_for_anything_personal(self):
        """Nor the words of what only test builds have."""
        text, _ = run(f"{SOURCE}/tests/check/formats.py", "--without",
                      "self-attack", "--without", "landlock-",
                      "/usr/bin/beid-agent", "/usr/libexec/beid-agent-card",
                      *libraries("pkcs11/beid-agent-pkcs11.so"))
        self.assertRegex(text, r"pkcs11.so: \d+ formats")

    def test_programs_are_hardened(self):
        """Threats 5.4, item 5, in what was installed."""
        programs = ["/usr/bin/beid-agent", "/usr/libexec/beid-agent-card",
                    "/usr/bin/beid-verify",
                    *libraries("pkcs11/beid-agent-pkcs11.so"),
                    *libraries("libbeid-verify.so.0")]
        self.assertEqual(len(programs), 5, programs)
        for path in programs:
            text, _ = run("readelf", "--wide", "--file-header",
                          "--program-headers", "--dynamic", "--dyn-syms",
                          "--notes", path)
            self.assertRegex(text, r"Type: +DYN", path)
            self.assertIn("GNU_RELRO", text, path)
            self.assertRegex(text, r"BIND_NOW|Flags: NOW", path)
            self.assertRegex(text, r"GNU_STACK +(0x0+ +){3}0x0+ 0x0+ RW ",
                             path)
            self.assertIn("__stack_chk_fail", text, path)
            self.assertRegex(text, r"__\w+_chk\b", path)
            self.assertNotRegex(text, r"LOAD .* RWE ", path)
            self.assertNotRegex(text, r"\((RPATH|RUNPATH|TEXTREL)\)", path)

    def test_apparmor_profile_is_installed(self):
        run("apparmor_parser", "--skip-kernel-load", "--skip-cache",
            "/etc/apparmor.d/usr.bin.beid-agent")

    def test_man_pages_are_installed(self):
        for page in ("1/beid-agent.1", "5/beid-agent-portals.5",
                     "7/beid-agent-pkcs11.7", "7/beid-agent-protocol.7",
                     "1/beid-verify.1"):
            path = f"/usr/share/man/man{page}"
            self.assertTrue(os.path.exists(path + ".gz")
                            or os.path.exists(path), path)

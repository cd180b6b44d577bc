# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent doctor` and `status`: the card service and cards."""

import json
import os
import shutil
import socket
import subprocess
import sys

from cli_case import LANGUAGES, main
from doctor_case import CARD, SERVICE, Doctor
from process import Program, wait_until
from stack import built


class Service(Doctor):
    def test_absent(self):
        self.env["PCSCLITE_CSOCK_NAME"] = self.path("nothing")
        self.assertEqual(self.about(SERVICE | CARD), ["pcscd-not-installed"])
        self.write("", "root", "usr", "sbin", "pcscd")
        self.assertEqual(self.about(SERVICE | CARD), ["pcscd-not-running"])

    def test_a_socket_without_a_service(self):
        path = self.path("pcscd.comm")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path)
        self.env["PCSCLITE_CSOCK_NAME"] = path
        self.write("", "root", "usr", "sbin", "pcscd")
        self.assertEqual(self.about(SERVICE | CARD), ["pcscd-not-running"])

    def test_not_permitted(self):
        """A socket that this user may not connect to."""
        if os.getuid() != 0:
            self.skipTest("only root can be another user")
        path = self.path("pcscd.comm")
        with socket.socket(socket.AF_UNIX) as closed:
            closed.bind(path)
            os.chmod(path, 0o600)
            closed.listen(1)
            done = subprocess.run(
                [built("agent", "beid-agent"), "doctor", "--json", "--root",
                 self.root], user=65534, group=65534, extra_groups=[],
                env={**self.env, "PCSCLITE_CSOCK_NAME": path,
                     "HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent",
                     "XDG_CONFIG_HOME": "/nonexistent"},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                timeout=60, check=False)
        found = {f["finding"] for f in json.loads(done.stdout)["findings"]}
        self.assertEqual(found & SERVICE, {"pcscd-not-permitted"})

    def refused(self, **env):
        """A service that hangs up at once, as pcscd does when polkit says
        no."""
        path = self.path("pcscd.comm")
        code = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\n"
                "s.bind(sys.argv[1])\ns.listen(9)\nprint('up',flush=True)\n"
                "while True:\n    s.accept()[0].close()\n")
        program = Program([sys.executable, "-c", code, path])
        self.addCleanup(program.stop)
        program.expect("up")
        return self.about(SERVICE | CARD,
                          env={"PCSCLITE_CSOCK_NAME": path, **env})

    def test_let_down(self):
        self.assertEqual(self.refused(), ["pcscd-not-permitted"])

    def session(self, *lines):
        self.write("\n".join(("# private", "UID=1", *lines, "")), "root",
                   "run", "systemd", "sessions", "c7")

    def test_at_the_computer(self):
        self.session("ACTIVE=1", "REMOTE=0", "SEAT=seat0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["pcscd-not-permitted"])

    def test_remote(self):
        self.session("ACTIVE=1", "REMOTE=1", "SEAT=seat0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["session-remote"])

    def test_remote_desktop(self):
        """It has no seat, so for polkit it is not at the computer."""
        self.session("ACTIVE=1", "REMOTE=0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["session-remote"])

    def test_inactive(self):
        self.session("ACTIVE=0", "REMOTE=0", "SEAT=seat0")
        self.assertEqual(self.refused(XDG_SESSION_ID="c7"),
                         ["session-inactive"])

    def test_the_display_of_a_program_without_session(self):
        """As in a terminal that the user's systemd started."""
        self.session("ACTIVE=0", "REMOTE=0", "SEAT=seat0")
        self.write("# private\nNAME=x\nDISPLAY=c7\nREALTIME=1\n", "root",
                   "run", "systemd", "users", str(os.getuid()))
        self.assertEqual(self.refused(), ["session-inactive"])


class Cards(Doctor):
    def test_no_reader(self):
        self.card("--readers", "0")
        self.assertEqual(self.about(SERVICE | CARD), ["no-reader"])
        self.write("0b\n", "root", "sys", "bus", "usb", "devices", "1-1:1.0",
                   "bInterfaceClass")
        self.assertEqual(self.about(SERVICE | CARD),
                         ["reader-without-driver"])

    def test_a_good_card_and_its_states(self):
        card = self.card("--readers", "1")
        self.becomes()
        card.do("tries", "--set", "1")
        self.becomes("pin-last-try")
        card.do("tries", "--set", "0")
        self.becomes("pin-blocked")
        card.do("swap", "--person", "expired")
        self.becomes("certificate-expired")
        card.do("swap", "--person", "expiring")
        self.becomes("certificate-expiring")
        card.do("swap", "--person", "not-yet")
        wait_until(lambda: self.about({"clock-wrong"}) == ["clock-wrong"], 20,
                   "a clock before the certificate", 0.2)
        self.becomes()
        card.do("swap", "--person", "minor")
        self.becomes("certificate-missing")
        card.do("swap", "--applet", "1.1", "--person", "adult")
        self.becomes("card-too-old")
        card.do("swap", "--applet", "foreign")
        self.becomes("unsupported-card")
        card.do("remove")
        self.becomes("no-card")

    def test_mute(self):
        card = self.card("--readers", "1")
        card.do("fault", "--at", "0", "--do", "mute")
        self.assertEqual(self.about(SERVICE | CARD), ["card-mute"])

    def test_a_program_that_keeps_the_reader_to_itself(self):
        self.card("--readers", "1")
        code = ("import ctypes, sys\n"
                "p = ctypes.CDLL('libpcsclite.so.1')\n"
                "u, r = ctypes.c_ulong, ctypes.byref\n"
                "c, h, n, q = ctypes.c_long(), ctypes.c_long(), u(999), u()\n"
                "names = ctypes.create_string_buffer(999)\n"
                "assert p.SCardEstablishContext(u(2), None, None, r(c)) == 0\n"
                "assert p.SCardListReaders(c, None, names, r(n)) == 0\n"
                "name = names.raw.split(b'\\0')[0]\n"
                "assert p.SCardConnect(c, name, u(1), u(3), r(h), r(q)) == 0\n"
                "print('held', flush=True)\nsys.stdin.read()\n")
        python = self.path("holder")
        shutil.copy(os.path.realpath(sys.executable), python)
        holder = subprocess.Popen([python, "-c", code], text=True,
                                  env=self.env, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        self.assertEqual(holder.stdout.readline(), "held\n")
        # Another that has the library in its memory, and no reader.
        idle = subprocess.Popen(
            [sys.executable, "-c", "import ctypes, sys\n"
             "ctypes.CDLL('libpcsclite.so.1')\nsys.stdin.read()\n"],
            stdin=subprocess.PIPE)
        self.addCleanup(idle.wait)
        self.addCleanup(idle.stdin.close)
        self.becomes("reader-in-use")
        self.assertIn("The card reader is in use by holder. Close that",
                      " ".join(self.doctor(lang="en").out.split()))

    def test_no_pin_is_presented_and_nothing_personal_is_told(self):
        card = self.card("--readers", "1")
        done = self.doctor("--json")
        self.assertEqual(card.count("verify"), 0)
        subject = subprocess.run(
            ["openssl", "x509", "-noout", "-subject", "-nameopt",
             "multiline,utf8,-esc_msb", "-in",
             os.path.join(card.directory, "pki", "auth.pem")],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        values = [line.partition("=")[2].strip()
                  for line in subject.splitlines()[1:]
                  if "countryName" not in line]
        self.assertGreater(len(values), 2)
        for value in values:
            self.assertNotIn(value, done.out + done.err)

    def test_pin_status(self):
        card = self.card("--readers", "1")

        def pin(*arguments, **named):
            return self.agent("pin", "--module",
                              built("pkcs11", "beid-agent-pkcs11.so"),
                              *arguments, "status", **named)

        self.assertEqual(pin("--json").json,
                         {"triesLeft": 3, "blocked": False})
        self.assertIn("3", pin(lang="nl").out)
        card.do("tries", "--set", "1")
        self.assertEqual(pin("--json").json["triesLeft"], 1)
        card.do("tries", "--set", "0")
        done = pin("--json")
        self.assertEqual((done.status, done.json["blocked"]), (5, True))
        self.assertEqual(card.count("verify"), 0)
        card.do("remove")
        wait_until(lambda: pin().status == 3, 20, "no card", 0.2)
        self.assertEqual(self.agent("pin", "change-it").status, 2)

    def test_status(self):
        card = self.card("--readers", "2")
        card.do("remove", "--reader", "1")
        card.do("counters-reset")
        module = built("pkcs11", "beid-agent-pkcs11.so")
        done = self.agent("status", "--json", "--module", module)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(done.json["readers"],
                         [{"card": "supported"}, {"card": "none"}])
        self.assertEqual(card.count("apdus"), 0)
        self.assertEqual(len({self.agent("status", "--module", module,
                                         lang=lang).out
                              for lang in LANGUAGES}), len(LANGUAGES))
        self.env["PCSCLITE_CSOCK_NAME"] = self.path("nothing")
        self.assertEqual(self.agent("status", "--module", module).status, 3)


del Doctor  # nothing to run in itself

if __name__ == "__main__":
    main()

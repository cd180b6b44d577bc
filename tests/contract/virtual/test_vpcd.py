# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
The other way in: the package vsmartcard-vpcd as the reader. It listens on all
addresses, so everything runs in a network namespace of its own.
"""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PORT = 35963
INSIDE = "BEID_VPCD_INSIDE"
NOT_ALLOWED = 77


def skip(reason):
    print("skipped:", reason, flush=True)
    sys.exit(NOT_ALLOWED)


def driver():
    found = glob.glob("/usr/lib*/pcsc/drivers/serial/libifdvpcd.so") + \
        glob.glob("/usr/lib/*/pcsc/drivers/serial/libifdvpcd.so")
    return found[0] if found else None


def go_inside():
    """Starts this script again in namespaces where it harms nobody."""
    if driver() is None:
        skip("the package vsmartcard-vpcd is not installed")
    flags = "-mn" if os.geteuid() == 0 else "-Urmn"
    probe = subprocess.run(["unshare", flags, "true"], check=False,
                           stderr=subprocess.PIPE, text=True)
    if probe.returncode != 0:
        skip(probe.stderr.strip())
    done = subprocess.run(["unshare", flags, sys.executable, *sys.argv],
                          env={**os.environ, INSIDE: "1"}, check=False)
    sys.exit(done.returncode)


if INSIDE not in os.environ:
    go_inside()

import pcsc  # noqa: E402
from virtual_case import APPLET, VERIFY, call, main  # noqa: E402

READ_DIR = "00A4080C043F002F00"
ATR_LENGTH = 13 if APPLET == "1.7" else 20


class Vpcd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        cls.directory = tempfile.mkdtemp(prefix="bv")
        os.mkdir("/run/pcscd")
        conf = os.path.join(cls.directory, "conf")
        os.mkdir(conf)
        with open(os.path.join(conf, "vpcd"), "w", encoding="utf-8") as file:
            file.write('FRIENDLYNAME "Virtual PCD"\n'
                       f"DEVICENAME /dev/null:{PORT:#x}\n"
                       f"LIBPATH {driver()}\nCHANNELID {PORT:#x}\n")
        cls.log = open(os.path.join(cls.directory, "pcscd.log"), "w",
                       encoding="utf-8")
        with open("/usr/sbin/pcscd", "rb") as program:
            polkit = b"disable-polkit" in program.read()
        cls.pcscd = subprocess.Popen(
            ["/usr/sbin/pcscd", "-f", "-c", conf,
             *(["--disable-polkit"] if polkit else [])],
            stdout=cls.log, stderr=cls.log)
        os.environ.pop("PCSCLITE_CSOCK_NAME", None)
        cls.context = cls.wait_context()
        done = call("start", "--dir", os.path.join(cls.directory, "c"),
                    "--applet", APPLET, "--vpcd", f"127.0.0.1:{PORT}")
        assert done.returncode == 0, done.stderr

    @classmethod
    def wait_context(cls):
        end = time.monotonic() + 20
        while True:
            try:
                context = pcsc.Context()
                if context.readers():
                    return context
            except pcsc.PcscError:
                pass
            if time.monotonic() > end:
                raise AssertionError("no vpcd reader appeared")
            time.sleep(0.1)

    @classmethod
    def tearDownClass(cls):
        cls.do("stop")
        cls.pcscd.send_signal(signal.SIGTERM)
        cls.pcscd.wait(10)
        cls.log.close()
        subprocess.run(["rm", "-r", cls.directory], check=True)

    @classmethod
    def do(cls, verb, *options):
        done = call(verb, "--dir", os.path.join(cls.directory, "c"),
                    *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def wait(self, flag):
        """Until the first slot shows this state; seconds and ATR."""
        begin = time.monotonic()
        reader = self.context.readers()[0]
        while True:
            state, atr = self.context.state(reader)
            if state & flag:
                return time.monotonic() - begin, atr
            self.assertLess(time.monotonic() - begin, 10)
            time.sleep(0.05)

    def test_session(self):
        _, atr = self.wait(pcsc.STATE_PRESENT)
        self.assertEqual(len(atr), ATR_LENGTH)
        card = self.context.connect(self.context.readers()[0])
        self.assertEqual(card.send("80E4000000"), "6C1C")
        self.assertEqual(card.sw(READ_DIR), "9000")
        self.assertEqual(card.sw(VERIFY), "9000")
        times = []
        for _ in range(20):
            begin = time.monotonic()
            self.assertEqual(card.sw(READ_DIR), "9000")
            times.append(time.monotonic() - begin)
        # 40 ms each without TCP_QUICKACK; a busy machine slows some.
        self.assertLess(sorted(times)[10], 0.03)
        card.disconnect(pcsc.RESET)
        card = self.context.connect(self.context.readers()[0])
        self.assertEqual(card.sw("00200001"), "63C3")
        card.disconnect()

    def test_remove_and_insert(self):
        self.wait(pcsc.STATE_PRESENT)
        self.do("remove")
        self.wait(pcsc.STATE_EMPTY)
        self.do("insert")
        self.wait(pcsc.STATE_PRESENT)
        card = self.context.connect(self.context.readers()[0])
        self.assertEqual(card.sw(READ_DIR), "9000")
        card.disconnect()

    def test_opensc(self):
        self.wait(pcsc.STATE_PRESENT)
        done = subprocess.run(["opensc-tool", "-n"], timeout=60,
                              stdout=subprocess.PIPE, text=True, check=True)
        self.assertIn("Belpic", done.stdout)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Virtual readers that a real pcscd takes for readers on USB, so that it loses
them when they are pulled and finds new ones, which it does with no others.
The bus is umockdev's.
"""

import glob
import os
import subprocess
import sys

from process import Failure, NotAllowed, Program, run, wait_until
from stack import VirtualCard, built

HERE = os.path.dirname(os.path.abspath(__file__))
PRELOAD = "libumockdev-preload.so.0"
PCSCD = "/usr/sbin/pcscd"
USUAL_DIR = "/run/pcscd"
DRIVERS = "/usr/lib/pcsc/drivers"
NAME = "beid virtual USB reader"
INFO = f"""<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>CFBundleExecutable</key><string>handler.so</string>
<key>ifdCapabilities</key><string>0x00000000</string>
<key>ifdVendorID</key><array><string>0xBE1D</string></array>
<key>ifdProductID</key><array><string>0x0001</string></array>
<key>ifdFriendlyName</key><array><string>{NAME}</string></array>
</dict></plist>
"""
# What is mounted stays inside. pcscd ends with whoever started it.
ENTER = """set -e
[ -d "$3" ] || { mount -t tmpfs none /run; mkdir "$3"; }
mount --bind "$1" "$3"
mount --bind "$2" "$4"
shift 4
exec setpriv --pdeathsig KILL "$@"
"""


def unshare():
    """The start of a command line in a mount namespace of its own."""
    if not glob.glob(f"/usr/lib/*/{PRELOAD}"):
        raise NotAllowed("ended with 77: umockdev is not installed")
    words = ["unshare", "-m" if os.geteuid() == 0 else "-Urm"]
    if subprocess.run([*words, "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        raise NotAllowed("unshare ended with 77: no mount namespaces here")
    return words


class Bed:
    """The bus, with nothing on it."""

    def __init__(self, directory):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "usb_bed.py")],
            env={**os.environ, "LD_PRELOAD": PRELOAD, "TMPDIR": directory},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.root = self.process.stdout.readline().strip()
        if not self.root:
            raise Failure("umockdev makes no bus")

    def do(self, verb, number):
        self.process.stdin.write(f"{verb} {number}\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != "done":
            raise Failure(f"the bus did not {verb} {number}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class UsbCard(VirtualCard):
    """As VirtualCard; only the readers are plugged in and pulled on the bus."""

    def __init__(self, directory, applet="1.8", start=("--readers", "1")):
        self.directory = directory
        self.command = built("tests", "virtual", "beid-virtual-card")
        words = unshare()
        run([self.command, "start", "--dir", directory, "--applet", applet,
             "--no-pcscd", *start], seconds=120)
        self.bed = Bed(directory)
        for number in range(int(start[start.index("--readers") + 1])):
            self.bed.do("plug", number)
        self.pcscd = self.start_pcscd(words)
        self.socket = self.path("run", "pcscd.comm")
        self.env = {"PCSCLITE_CSOCK_NAME": self.socket}
        self.root = self.path("pki", "root.pem")
        wait_until(lambda: os.path.exists(self.socket), 30, "pcscd's socket")

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def start_pcscd(self, words):
        bundle = self.path("drivers", "virtual.bundle", "Contents")
        os.makedirs(os.path.join(bundle, "Linux"))
        with open(os.path.join(bundle, "Info.plist"), "w",
                  encoding="utf-8") as info:
            info.write(INFO)
        os.symlink(built("tests", "virtual", "libbeid-ifd-virtual.so"),
                   os.path.join(bundle, "Linux", "handler.so"))
        with open(PCSCD, "rb") as program:
            options = (["--disable-polkit"]
                       if b"disable-polkit" in program.read() else [])
        return Program([*words, "sh", "-c", ENTER, "sh", self.path("run"),
                        self.path("drivers"), USUAL_DIR, DRIVERS,
                        "env", f"LD_PRELOAD={PRELOAD}",
                        f"UMOCKDEV_DIR={self.bed.root}",
                        f"BEID_VIRTUAL_USB={self.directory}",
                        PCSCD, "--foreground", "--config", self.path("empty"),
                        *options])

    def do(self, verb, *arguments, seconds=60):
        if verb in ("plug", "unplug"):
            self.bed.do(verb, arguments[-1])
            return ""
        return super().do(verb, *arguments, seconds=seconds)

    def stop(self):
        self.pcscd.stop()
        self.bed.end()
        super().stop()

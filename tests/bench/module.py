# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
The module against OpenSC's in the hands of the same programs, on the same
cards, in one run: APDUs, bytes, and seconds without latency and at the speed
of a real card's line. Counts of ours are held to a bound; times are printed.
"""

import glob
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from process import Failure  # noqa: E402
from run_tests import script  # noqa: E402
from stack import PIN, VirtualCard, built  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
RSA = APPLET == "1.7"
MECHANISM = "SHA256-RSA-PKCS" if RSA else "ECDSA-SHA384"
# OpenSC 0.26 (Debian 13) no longer lists the ATR of applet 1.8 by itself.
OPENSC_CONF = """app default {{
card_atr 3B:7F:96:00:00:80:31:80:65:B0:85:04:01:20:12:0F:FF:82:90:00 {{
    driver = "belpic";
}}
framework pkcs15 {{
    use_file_caching = {cache};
    file_cache_dir = {folder}/cache;
}} }}
"""
ENGINE_CONF = """openssl_conf = conf
[conf]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = {module}
PIN = {pin}
init = 0
"""

# The most APDUs of ours for each piece of work.
BOUNDS = {
    "list, read a certificate (pkcs11-tool)": (8, 7),
    "list, read a certificate (p11tool)": (9, 7),
    "authenticate cold (pkcs11-tool)": (10, 9),
    "authenticate cold (OpenSSL, engine)": (17, 15),
    "authenticate warm (same process)": (4, 4),
    "authenticate cold (libp11, as the agent)": (16, 14),
    "signature key (pkcs11-tool)": (13, 12),
}


class Side:
    """A module, and how programs are told to use it."""

    def __init__(self, name, module, folder, cache=None):
        self.name = name
        self.module = module
        self.opensc = cache is not None
        self.caching = cache == "yes"
        tag = os.path.join(folder, cache or "ours")
        with open(tag + ".openssl", "w", encoding="utf-8") as file:
            file.write(ENGINE_CONF.format(module=module, pin=PIN))
        with open(tag + ".opensc", "w", encoding="utf-8") as file:
            file.write(OPENSC_CONF.format(cache=cache, folder=folder))
        self.env = {"OPENSSL_CONF": tag + ".openssl",
                    "OPENSC_CONF": tag + ".opensc", "HOME": folder}
        self.folder = folder

    def programs(self):
        """What is asked of a fresh process each time."""
        out, data = (os.path.join(self.folder, n) for n in ("out", "data"))
        tool = ["pkcs11-tool", "--module", self.module]
        p11tool = ["p11tool", "--batch", "--provider", self.module]
        # OpenSC shows the certificates of a 1.7 card after login only.
        hidden = self.opensc and RSA
        sign = [*tool, "-l", "--pin", PIN, "-s", "-m", MECHANISM, "-i", data,
                "-o", out, "--id"]
        yield [*tool, *(["-l", "--pin", PIN] if hidden else []), "-r", "-y",
               "cert", "--id", "02", "-o", out]
        yield [*p11tool, *(["--login", "--set-pin", PIN] if hidden else []),
               "--export", "pkcs11:id=%02;type=cert"]
        yield [*sign, "02"]
        yield ["openssl", "dgst", "-sha256", "-engine", "pkcs11", "-keyform",
               "engine", "-sign", "pkcs11:id=%02;type=private", "-out", out,
               data]
        yield None
        # Ours with the options that the agent gives it.
        yield [built("tests", "contract", "clients", "libp11_client"),
               self.module, PIN, self.folder,
               *([] if self.opensc else ["transaction=sign objects=auth"])]
        yield [*sign, "03"]


class Client:
    """A process that stays: tests/contract/module/client.c."""

    def __init__(self, side, env):
        self.process = subprocess.Popen(
            [built("tests", "contract", "module", "module_client"),
             side.module], env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.out = os.path.join(side.folder, "out")

    def say(self, *lines):
        """True when each came to CKR_OK."""
        good = True
        for line in lines:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            words = self.process.stdout.readline().split()
            if not words:
                raise Failure(f"the client died of '{line}'")
            good = int(words[-1], 16) == 0 and good
        return good

    def sign(self):
        return self.say("init " + ("40" if RSA else "1041"),
                        f"sign 90 48 {self.out}")

    def peak(self):
        """VmHWM in kB."""
        with open(f"/proc/{self.process.pid}/status",
                  encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file
                        if line.startswith("VmHWM"))

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def counted(card, work):
    """APDUs, bytes, seconds, and whether work() came to its end."""
    card.do("counters-reset")
    start = time.monotonic()
    good = work()
    spent = time.monotonic() - start
    count = card.counters()
    return (count["apdus"], count["bytes_in"] + count["bytes_out"], spent,
            good)


def measure(card, side):
    """One row for each piece of work, and a client's peak memory."""
    env = {**os.environ, **card.env, **side.env}
    rows = []

    def once(arguments):
        return subprocess.run(arguments, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, check=False,
                              stderr=subprocess.DEVNULL,
                              timeout=120).returncode == 0

    client = Client(side, env)
    client.say("slots", "token", "open", f"login {PIN}",
               f"certificate {os.path.join(side.folder, 'out')}", "key")
    for arguments in side.programs():
        if arguments is None:
            # Another program may have taken its PIN right with it.
            client.say("logout", f"login {PIN}", "key")
            client.sign()
        rows.append(counted(card, client.sign if arguments is None
                            else lambda told=arguments: once(told)))
    peak = client.peak()
    client.say("logout", "close")
    client.end()
    return rows, peak


def sides(folder):
    opensc = glob.glob("/usr/lib/*/opensc-pkcs11.so")
    if not opensc:
        raise Failure("opensc-pkcs11.so is not installed")
    return [Side("beid-agent", built("pkcs11", "beid-agent-pkcs11.so"),
                 folder),
            Side("opensc-pkcs11, cold", opensc[0], folder, "no"),
            Side("opensc-pkcs11, file cache", opensc[0], folder, "yes")]


def run_all(folder):
    """{side: (rows without latency, rows with it, peak)}"""
    found = {}
    for latency in ("none", "card"):
        card = VirtualCard(os.path.join(folder, latency), APPLET,
                           ("--readers", "1", "--latency", latency))
        try:
            for side in sides(folder):
                rows, peak = measure(card, side)
                found.setdefault(side.name, []).append(rows)
                if latency == "card":
                    found[side.name].append(peak)
        finally:
            card.stop()
    return found


def cell(plain, slow):
    apdus, size, spent, good = plain
    return (f"{apdus}, {size}, {1000 * spent:.0f}, {1000 * slow[2]:.0f}"
            + ("" if good else " (refused)"))


def show(found):
    print(f"| applet {APPLET} | {' | '.join(found)} | cold to ours |\n"
          "|---|---|---|---|---|")
    for place, what in enumerate(BOUNDS):
        cells = [cell(plain[place], slow[place])
                 for plain, slow, _ in found.values()]
        ours, cold = (plain[place] for plain, *_ in list(found.values())[:2])
        ratio = f"{cold[0] / ours[0]:.1f}" if cold[3] or cold[0] else "–"
        print(f"| {what} | {' | '.join(cells)} | {ratio} |")
    print("| peak memory of a client, VmHWM | "
          + " | ".join(f"{peak} kB" for _, _, peak in found.values()) + " | |")


def main():
    with tempfile.TemporaryDirectory(prefix="bb") as folder:
        with open(os.path.join(folder, "data"), "wb") as data:
            data.write(b"\x5a" * 48)
        found = run_all(folder)
    print("APDUs, bytes, ms without latency, ms at the speed of the line")
    show(found)
    failed = 0
    for rows in found["beid-agent"][:2]:
        for (what, bound), row in zip(BOUNDS.items(), rows):
            bound = bound[0] if RSA else bound[1]
            if not row[3] or row[0] > bound:
                print(f"{what}: {row[0]} APDUs, at most {bound}; "
                      f"came to its end: {row[3]}")
                failed = 1
    return failed


if __name__ == "__main__":
    script(main)

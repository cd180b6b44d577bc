# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Figures of beid-portal: complete logins per second with tokens that are signed
beforehand, and memory with many sessions; with SQLite and with Redis. Times are
printed, never asserted; that everybody got in, and is still there, is.

BEID_BENCH_FULL=1: at full length (5000 logins, 100 000 sessions).
"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from portal import free_port  # noqa: E402
from process import Failure, Program, run, wait_until  # noqa: E402
from run_tests import script  # noqa: E402
from stack import SOURCE, built  # noqa: E402

FULL = os.environ.get("BEID_BENCH_FULL") == "1"
LOGINS = 5000 if FULL else 200
SESSIONS = 100000 if FULL else 2000
ORIGIN = "http://localhost:8080"
PKI = r"""
. "$0"/tests/contract/verify/pki.sh
pki_make p384
answer_make "$(token_make ES384 http://localhost:8080 x)" ca.pem root.pem
"""
NUMBER = "85073003328"  # of the test PKI's citizen


class Site:
    """Processes of beid-portal on one store, in a folder with the PKI."""

    def __init__(self, folder, store, processes=1):
        self.ports = [free_port() for _ in range(processes)]
        self.programs = [Program(
            [built("portal", "reference", "beid-portal"),
             "--listen", f"127.0.0.1:{port}", "--origin", ORIGIN,
             "--trust", os.path.join(folder, "root.pem"),
             "--revocation", "off",
             "--www", os.path.join(SOURCE, "portal", "reference", "www"),
             "--sdk", os.path.join(SOURCE, "portal", "sdk"),
             "--people", os.path.join(folder, "people.txt"),
             "--pseudonym-key", os.path.join(folder, "pseudonym.key"),
             *(("--store", store) if store else ())]) for port in self.ports]
        for program in self.programs:
            program.expect("listening on")

    def load(self, what, count, *files):
        """(how many per second, seconds before and after the signatures)"""
        out = run([built("tests", "bench", "portal-load"), what, ORIGIN,
                   count, ",".join(map(str, self.ports)), *files],
                  seconds=3600).split()
        if int(out[3]) != 0:
            raise Failure(f"{out[3]} of {count} did not get in")
        return int(out[0]), float(out[1]), float(out[2])

    def cpu_seconds(self):
        ticks = 0
        for program in self.programs:
            with open(f"/proc/{program.pid}/stat", encoding="utf-8") as text:
                fields = text.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def pss_kb(self):
        total = 0
        for program in self.programs:
            with open(f"/proc/{program.pid}/smaps_rollup",
                      encoding="utf-8") as text:
                total += int(re.search(r"^Pss:\s+(\d+)", text.read(),
                                       re.M).group(1))
        return total

    def stop(self):
        for program in self.programs:
            if program.stop(seconds=60) != 0:
                raise Failure("a portal did not end well")


class Redis:
    """A server of our own, on a socket only, that writes nothing down."""

    def __init__(self, folder):
        self.socket = os.path.join(folder, "redis.sock")
        self.program = Program(
            ["redis-server", "--port", "0", "--unixsocket", self.socket,
             "--dir", folder, "--save", "", "--appendonly", "no"])
        wait_until(lambda: os.path.exists(self.socket)
                   and "PONG" in self.ask("PING"), 20, "redis-server")

    def ask(self, *words):
        return run(["redis-cli", "-s", self.socket, *words], accept=(0, 1))

    def number(self, section, name):
        return int(re.search(rf"^{name}:(\d+)", self.ask("INFO", section),
                             re.M).group(1))

    def clean(self):
        self.ask("FLUSHALL")

    def stop(self):
        self.program.stop()


def prepare(folder):
    """PKI, people, and what stands around a signature in an answer."""
    answer = subprocess.run(["bash", "-c", PKI, SOURCE], cwd=folder,
                            check=True, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL).stdout
    before, _, rest = answer.partition('"signature":"')
    after = rest[rest.index('"'):]
    for name, text in (("before", before + '"signature":"'),
                       ("after", after)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    with open(os.path.join(SOURCE, "portal", "reference", "people.txt"),
              encoding="utf-8") as file:
        people = re.sub(r"(?m)^nora\.national_number = .*$",
                        f"nora.national_number = {NUMBER}", file.read())
    with open(os.path.join(folder, "people.txt"), "w",
              encoding="utf-8") as file:
        file.write(people)
    with open(os.path.join(folder, "pseudonym.key"), "wb") as file:
        file.write(os.urandom(32))


def raw():
    """P-384 verifications per second of one core, as OpenSSL tells."""
    out = run(["openssl", "speed", "-seconds", "2" if FULL else "1",
               "ecdsap384"])
    number = float(out.strip().split("\n")[-1].split()[-1])
    print(f"openssl speed: {number:.0f} P-384 verifications a second")
    return number


def logins(folder, places, verifications):
    files = [os.path.join(folder, name)
             for name in ("auth.key", "before", "after")]
    for name, store, processes in places:
        site = Site(folder, store, processes)
        try:
            site.load("logins", 50, *files)  # the issuing CA is known then
            spent = site.cpu_seconds()
            rate, first, second = site.load("logins", LOGINS, *files)
            spent = (site.cpu_seconds() - spent) / LOGINS
        finally:
            site.stop()
        print(f"{name}: {rate} logins a second ({LOGINS} in {first:.2f} s for "
              f"page and nonce and {second:.2f} s for token and profile); "
              f"{1000 * spent:.2f} ms of processor time each, as "
              f"{spent * verifications:.1f} raw verifications")


def there(folder, redis, store):
    """How many sessions the store holds, or None when nobody can look."""
    if store is None:
        return None
    if store.startswith("redis"):
        return int(redis.ask("DBSIZE").strip())
    with sqlite3.connect(os.path.join(folder, store)) as database:
        return database.execute("SELECT count(*) FROM sessions").fetchone()[0]


def memory(folder, redis, places):
    for name, store, processes in places:
        if processes > 1:
            continue
        redis.clean()
        site = Site(folder, store)
        try:
            idle = site.pss_kb()
            rate, _, _ = site.load("people", SESSIONS)
            full = site.pss_kb()
            found = there(folder, redis, store)
        finally:
            site.stop()
        if found not in (None, SESSIONS):
            raise Failure(f"{found} sessions of {SESSIONS} are there")
        print(f"{name}: PSS {idle} kB, with {SESSIONS} sessions {full} kB "
              f"({rate} logins without card a second)")
        if store and store.startswith("redis"):
            print(f"redis-server: {redis.number('memory', 'used_memory') // 1024}"
                  " kB used")
        elif store:
            print(f"{store}: {os.path.getsize(store) // 1024} kB")


def main():
    folder = tempfile.mkdtemp()
    redis = None
    try:
        prepare(folder)
        redis = Redis(folder)
        at_redis = f"redis+unix://{redis.socket}"
        places = (("SQLite in memory", None, 1),
                  ("SQLite in a file", os.path.join(folder, "s.db"), 1),
                  ("Redis", at_redis, 1),
                  ("SQLite in a file, two processes",
                   os.path.join(folder, "t.db"), 2),
                  ("Redis, two processes", at_redis, 2))
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on "
              f"{os.cpu_count()} processors")
        logins(folder, places, raw())
        os.unlink(os.path.join(folder, "s.db"))
        memory(folder, redis, places)
    finally:
        if redis:
            redis.stop()
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    script(main)

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Figures of the agent with a reader and a card: start, requests, memory, sizes,
idle. Times are printed, never asserted; counts are: no answer but the expected
one, no descriptor more after thousands of requests, no wake-up while idle.

BEID_BENCH_FULL=1: at full length (a million requests, 1000 logins, a minute).
"""

import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from process import Failure, children_of, run, wait_until  # noqa: E402
from run_tests import NOT_ALLOWED, script  # noqa: E402
from stack import (ORIGIN, PIN, Agent, Later, Stack,  # noqa: E402
                   built)

FULL = os.environ.get("BEID_BENCH_FULL") == "1"
REQUESTS = 1000000 if FULL else 30000
LOGINS = 1000 if FULL else 60
IDLE_SECONDS = 60 if FULL else 10
STARTS = 20 if FULL else 5
PROMPTS = 50 if FULL else 10
MAX_GROWTH_KB = 1024
# As a service manager passes a socket, without the time of its own.
PASS_SOCKET = ('exec 3<&"$1"; shift; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"')


def request_bytes(port, path="/v1/status", origin=ORIGIN):
    return (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Origin: {origin}\r\nX-Beid-Agent: 1\r\n\r\n").encode()


def load(folder, port, connections, count, status, request):
    """(requests a second, p50, p99 in µs); Failure on any other answer."""
    path = os.path.join(folder, "request")
    with open(path, "wb") as file:
        file.write(request)
    out = run([built("tests", "bench", "http-load"), port, connections, count,
               status, path], seconds=3600).split()
    if int(out[3]) != 0:
        raise Failure(f"{out[3]} of {count} were not answered with {status}")
    return [int(number) for number in out[:3]]


class Processes:
    """Supervisor, front and card worker of one agent, seen by root."""

    def __init__(self, agent):
        self.main = agent.program.pid

    def all(self):
        return [self.main, *children_of(self.main)]

    def sum_of(self, file, pattern):
        total = 0
        for pid in self.all():
            with open(f"/proc/{pid}/{file}", encoding="utf-8") as text:
                total += sum(map(int, re.findall(pattern, text.read(), re.M)))
        return total

    def pss_kb(self):
        return self.sum_of("smaps_rollup", r"^Pss:\s+(\d+)")

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.all())

    def switches(self):
        total = {}
        for pid in self.all():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/status",
                          encoding="utf-8") as status:
                    total[task] = sum(map(int, re.findall(
                        r"ctxt_switches:\s+(\d+)", status.read())))
        return total


def requests(stack, agent):
    hello = subprocess.Popen([built("tests", "bench", "http-hello")],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    count = REQUESTS // 10
    try:
        port = int(hello.stdout.readline())
        for connections in (1, 16):
            for name, where, status, request in (
                    ("hello world", port, 200, request_bytes(port)),
                    ("refused", agent.port, 403,
                     request_bytes(agent.port, origin="https://a.example")),
                    ("status", agent.port, 200, request_bytes(agent.port))):
                number = count // 5 if name == "status" else count
                rate, p50, p99 = load(stack.directory, where, connections,
                                      number, status, request)
                print(f"{name}, {connections} at a time: {rate} a second, "
                      f"p50 {p50} us, p99 {p99} us")
    finally:
        hello.stdin.close()
        hello.wait(20)
        hello.stdout.close()


def endurance(stack, agent):
    """Nothing grows over many requests, good and bad."""
    looked = Processes(agent)
    kinds = ((200, request_bytes(agent.port)),
             (403, request_bytes(agent.port, origin="null")),
             (404, request_bytes(agent.port, "/v1/no")))

    def round_of(count):
        for status, request in kinds:
            share = count // 20 if status == 200 else count * 19 // 40
            load(stack.directory, agent.port, 8, share, status, request)
        wait_until(lambda: not any(
            "ESTAB" in line or "CLOSE-WAIT" in line for line in run(
                ["ss", "-Htn", f"sport = :{agent.port}"]).split("\n")), 20,
            "the connections to be gone")

    round_of(2000)
    before, pss = looked.descriptors(), looked.pss_kb()
    round_of(REQUESTS)
    after, grown = looked.descriptors(), looked.pss_kb() - pss
    print(f"{REQUESTS} requests: {before} descriptors before, {after} after; "
          f"PSS {grown:+} kB")
    if after > before or grown > MAX_GROWTH_KB:
        raise Failure("descriptors or memory grow")


def prompts(stack):
    """From POST to the command that shows the PIN prompt (pin-entry)."""
    spent = []
    for _ in range(PROMPTS):
        stack.screen.wait_closed()
        with socket.create_connection(("127.0.0.1", stack.agent.port)) as ear:
            ear.settimeout(30)
            ear.sendall(request_bytes(stack.agent.port, "/v1/events"))
            heard = b""
            while b"\r\n\r\n" not in heard:
                heard += ear.recv(4096)
            begin = time.perf_counter()
            login = Later(stack.agent.authenticate)
            while b"pin-entry" not in heard:
                block = ear.recv(4096)
                if not block:
                    raise Failure("no event of a PIN prompt")
                heard += block
            spent.append(time.perf_counter() - begin)
            stack.screen.type_line(stack.screen.wait_window(), PIN)
            if login.result().status != 200:
                raise Failure("a login failed")
    print(f"POST to PIN prompt, {PROMPTS} times: median "
          f"{1000 * statistics.median(spent):.1f} ms")


def logins(stack):
    looked = Processes(stack.agent)
    idle = looked.pss_kb()
    fds = looked.descriptors()
    for _ in range(LOGINS):
        stack.screen.wait_closed()
        login, window = stack.begin()
        stack.screen.type_line(window, PIN)
        if login.result().status != 200:
            raise Failure("a login failed")
    stack.screen.wait_closed()
    wait_until(lambda: len(looked.all()) == 3, 20, "the prompt to be gone")
    wait_until(lambda: looked.descriptors() <= fds, 10, "the descriptors")
    print(f"PSS of all processes: {idle} kB idle, {looked.pss_kb()} kB after "
          f"{LOGINS} logins (target 12288)")


def wakeups(agent):
    looked = Processes(agent)
    time.sleep(8)  # past every deadline of the requests before
    for _ in range(3):
        first = looked.switches()
        time.sleep(IDLE_SECONDS)
        after = looked.switches()
        # Other tests knock on all ports: one quiet window is asked for.
        if after == first:
            break
    woken = sum(after.values()) - sum(first.values())
    print(f"wake-ups in {IDLE_SECONDS} idle seconds, card present: {woken}")
    if woken != 0:
        raise Failure("idle does not mean idle")


def cold(stack, env):
    spent = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        agent = Agent(stack.directory, env, stack.prompt.script)
        answer = agent.status()
        spent.append(time.perf_counter() - begin)
        if agent.stop() != 0 or answer.status != 200:
            raise Failure("the agent did not serve")
    print(f"start to first answer, cold, {STARTS} times: median "
          f"{1000 * statistics.median(spent):.1f} ms (target 50)")


def free_port(door):
    for port in range(24887, 24879, -1):
        try:
            door.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue
    raise Failure("all ports of the agent are taken")


def activated(stack, env):
    spent = []
    for _ in range(STARTS):
        with socket.socket() as door:
            # As the agent does it: what lingers of the last one is no matter.
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            port = free_port(door)
            door.listen()
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(request_bytes(port))
                begin = time.perf_counter()
                agent = Agent(stack.directory, env, stack.prompt.script,
                              wrapper=("sh", "-c", PASS_SOCKET, "sh",
                                       door.fileno()),
                              pass_fds=(door.fileno(),))
                answer = client.recv(65536)
                spent.append(time.perf_counter() - begin)
            if agent.stop() != 0 or not answer.startswith(b"HTTP/1.1 200"):
                raise Failure("the agent did not serve")
    print(f"start to first answer, socket-activated, {STARTS} times: median "
          f"{1000 * statistics.median(spent):.1f} ms")


def sizes():
    with tempfile.TemporaryDirectory() as folder:
        total = 0
        for parts in (("agent", "beid-agent"), ("agent", "beid-agent-card"),
                      ("pkcs11", "beid-agent-pkcs11.so")):
            path = os.path.join(folder, "stripped")
            run(["strip", "-o", path, built(*parts)])
            total += os.path.getsize(path)
            print(f"{parts[-1]}, stripped: {os.path.getsize(path)} bytes")
        print(f"together: {total} bytes")


def main():
    if os.getuid() != 0:
        print("skipped: memory and descriptors of the agent are root's to see")
        return NOT_ALLOWED
    sizes()
    with Stack("1.8") as stack:
        env = {**stack.screen.env, **stack.card.env}
        cold(stack, env)
        activated(stack, env)
        logins(stack)
        prompts(stack)
        requests(stack, stack.agent)
        endurance(stack, stack.agent)
        wakeups(stack.agent)
    return 0


if __name__ == "__main__":
    script(main)

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Wall time of the agent beyond the card's own: a login without the time spent in
pinentry, less a plain replay of the same APDUs through pcscd, both 50 times
in turn; and the processor time of the agent's processes for one login, which
other work on the machine hardly changes. Printed, never asserted.
"""

import glob
import json
import os
import re
import socket
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from process import Failure, children_of, run  # noqa: E402
from run_tests import script  # noqa: E402
from stack import (NONCE, ORIGIN, PIN, SOURCE, Agent, Later,  # noqa: E402
                   Stack, built)

APPLET = os.environ.get("BEID_APPLET", "1.8")
RUNS = int(os.environ.get("BEID_BENCH_RUNS", "50"))


def relay(folder):
    """A pinentry that keeps how long the agent waited for it."""
    script = os.path.join(folder, "pinentry-relay")
    os.symlink(built("tests", "bench", "pinentry-relay"), script)
    return script, os.path.join(folder, "waited")


def exchange(agent):
    """One request on a plain socket; seconds from sending to the answer."""
    body = json.dumps({"challengeNonce": NONCE, "lang": "nl"})
    request = (f"POST /v1/authenticate HTTP/1.1\r\n"
               f"Host: 127.0.0.1:{agent.port}\r\nOrigin: {ORIGIN}\r\n"
               f"X-Beid-Agent: 1\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
    with socket.create_connection(("127.0.0.1", agent.port)) as client:
        start = time.perf_counter()
        client.sendall(request)
        answer = client.recv(65536)
        spent = time.perf_counter() - start
    if not answer.startswith(b"HTTP/1.1 200"):
        raise Failure(f"the login failed: {answer[:200]}")
    return spent


def one_login(stack, agent, output):
    """Seconds of a login less those in which pinentry had the ball."""
    login = Later(exchange, agent)
    stack.screen.type_line(stack.screen.wait_window(), PIN, settle=0.6)
    spent = login.result()
    stack.screen.wait_closed()
    with open(output, encoding="utf-8") as waited:
        return spent - int(waited.read()) / 1e9


def processor_ms(agent):
    """Of supervisor, front and card worker so far."""
    total = 0
    for pid in [agent.program.pid, *children_of(agent.program.pid)]:
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            with open(path, encoding="ascii") as stat:
                total += int(stat.read().split()[0])
    return total / 1e6


def apdus_of_last_login(path):
    with open(path, encoding="utf-8") as trace:
        return [m[1] for m in re.finditer(r"> ([0-9A-F*]+)", trace.read())]


def main():
    with Stack(APPLET) as stack:
        script, output = relay(stack.directory)
        agent = Agent(stack.directory, {**stack.screen.env, **stack.card.env},
                      script)
        try:
            one_login(stack, agent, output)
            trace = os.path.join(stack.directory, "trace")
            stack.card.trace_to(trace)
            one_login(stack, agent, output)
            stack.card.do("trace", "--off")
            apdus = [f"002000010824{PIN}FFFFFFFFFF"
                     if a.startswith("00200001") and len(a) > 10 else a
                     for a in apdus_of_last_login(trace)]
            client = os.path.join(SOURCE, "tests", "harness",
                                  "pcsc_client.py")
            ours, raw, busy = [], [], []
            for _ in range(RUNS):
                before = processor_ms(agent)
                ours.append(one_login(stack, agent, output))
                busy.append(processor_ms(agent) - before)
                spent = run([sys.executable, "-I", client, "--time", *apdus],
                            env={**os.environ, **stack.card.env})
                raw.append(float(spent.split()[-1]))
        finally:
            agent.stop()
    login, card = statistics.median(ours), statistics.median(raw)
    print(f"applet {APPLET}, {RUNS} runs, same card again, "
          f"{len(apdus)} APDUs")
    print(f"login without pinentry: median {1000 * login:.1f} ms")
    print(f"the same APDUs through pcscd alone: median {1000 * card:.1f} ms")
    print(f"agent beyond the card's own time: {1000 * (login - card):.1f} ms "
          f"(ratio {login / card:.2f})")
    print(f"processor time of the agent for one login: median "
          f"{statistics.median(busy):.1f} ms, least {min(busy):.1f} ms")
    return 0


if __name__ == "__main__":
    script(main)

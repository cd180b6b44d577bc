# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Wall time of the agent beyond the card's own: a login without the time spent in
pinentry, less a plain replay of the same APDUs through pcscd, both 50 times
in turn; the same from the PIN to the answer; and the processor time of the
agent's processes for one login, which other work on the machine hardly changes.
Printed, never asserted. Without BEID_APPLET both cards, side by side.
"""

import glob
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from process import Failure, children_of, run  # noqa: E402
from run_tests import script  # noqa: E402
from stack import (NONCE, ORIGIN, PIN, SOURCE, Agent, Later,  # noqa: E402
                   Stack, built)

APPLET = os.environ.get("BEID_APPLET")
RUNS = int(os.environ.get("BEID_BENCH_RUNS", "50"))


def relay(folder):
    """A pinentry that keeps how long the agent waited for it."""
    script = os.path.join(folder, "pinentry-relay")
    os.symlink(built("tests", "bench", "pinentry-relay"), script)
    return script, os.path.join(folder, "waited")


def exchange(agent):
    """One request on a plain socket; when it was sent and answered."""
    body = json.dumps({"challengeNonce": NONCE, "lang": "nl"})
    request = (f"POST /v1/authenticate HTTP/1.1\r\n"
               f"Host: 127.0.0.1:{agent.port}\r\nOrigin: {ORIGIN}\r\n"
               f"X-Beid-Agent: 1\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
    with socket.create_connection(("127.0.0.1", agent.port)) as client:
        start = time.perf_counter()
        client.sendall(request)
        answer = client.recv(65536)
        end = time.perf_counter()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise Failure(f"the login failed: {answer[:200]}")
    return start, end


def one_login(stack, agent, output):
    """Seconds of a login less those in which pinentry had the ball, and
    seconds from the PIN to the answer."""
    login = Later(exchange, agent)
    stack.screen.type_line(stack.screen.wait_window(), PIN)
    start, end = login.result()
    stack.screen.wait_closed()
    with open(output, encoding="utf-8") as text:
        waited, typed = (int(number) / 1e9 for number in text.read().split())
    return end - start - waited, end - typed


def replay(stack, apdus, what="--time"):
    """Seconds of these APDUs through pcscd alone."""
    client = os.path.join(SOURCE, "tests", "harness", "pcsc_client.py")
    spent = run([sys.executable, "-I", client, what, *apdus],
                env={**os.environ, **stack.card.env})
    return float(spent.split()[-1])


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
            # One before the prompt, the empty VERIFY that tells the tries.
            behind_the_pin = apdus[1:]
            ours, answers, raw, signed, busy = [], [], [], [], []
            for _ in range(RUNS):
                before = processor_ms(agent)
                login, answer = one_login(stack, agent, output)
                busy.append(processor_ms(agent) - before)
                ours.append(login)
                answers.append(answer)
                raw.append(replay(stack, apdus))
                signed.append(replay(stack, behind_the_pin, "--time-apdus"))
        finally:
            agent.stop()
    login, card = statistics.median(ours), statistics.median(raw)
    answer, sign = statistics.median(answers), statistics.median(signed)
    print(f"applet {APPLET}, {RUNS} runs, same card again, "
          f"{len(apdus)} APDUs")
    print(f"login without pinentry: median {1000 * login:.1f} ms")
    print(f"the same APDUs through pcscd alone: median {1000 * card:.1f} ms")
    print(f"agent beyond the card's own time: {1000 * (login - card):.1f} ms "
          f"(ratio {login / card:.2f})")
    print(f"from the PIN to the answer: median {1000 * answer:.1f} ms, the "
          f"card's own {1000 * sign:.1f} ms, beyond it "
          f"{1000 * (answer - sign):.1f} ms")
    print(f"processor time of the agent for one login: median "
          f"{statistics.median(busy):.1f} ms, least {min(busy):.1f} ms")
    return 0


def both():
    """Each in a process of its own; the worse of the two ends."""
    runs = [subprocess.Popen([sys.executable, *sys.argv],
                             env={**os.environ, "BEID_APPLET": applet},
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True) for applet in ("1.7", "1.8")]
    for one in runs:
        print(one.communicate()[0])
    return max(abs(one.returncode) for one in runs)


if __name__ == "__main__":
    script(main if APPLET else both)

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Wall time of the agent beyond the card's own: a login without the time spent in
pinentry, less a plain replay of the same APDUs through pcscd, both 50 times
in turn. Printed, never asserted.
"""

import os
import re
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from process import Failure, run  # noqa: E402
from stack import SOURCE, PIN, Agent, Stack  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
RUNS = int(os.environ.get("BEID_BENCH_RUNS", "50"))


def relay(folder):
    """A pinentry that keeps how long the agent waited for it."""
    script = os.path.join(folder, "relay")
    output = os.path.join(folder, "waited")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(script, "w", encoding="utf-8") as out:
        out.write(f"#!/bin/bash\nexec python3 -I {here}/pinentry_relay.py "
                  f"{output} $EPOCHREALTIME pinentry-gtk-2 \"$@\"\n")
    os.chmod(script, 0o700)
    return script, output


def one_login(stack, agent, output):
    """Seconds of a login less those in which pinentry had the ball."""
    start = time.time()
    from stack import Later
    spent = []

    def work():
        answer = agent.authenticate()
        spent.append(time.time() - start)
        return answer

    login = Later(work)
    stack.screen.type_line(stack.screen.wait_window(), PIN, settle=0.2)
    answer = login.result()
    if answer.status != 200:
        raise Failure(f"the login failed: {answer}")
    stack.screen.wait_closed()
    with open(output, encoding="utf-8") as waited:
        return spent[0] - float(waited.read())


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
            ours, raw = [], []
            for _ in range(RUNS):
                ours.append(one_login(stack, agent, output))
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
    return 0


if __name__ == "__main__":
    sys.exit(main())

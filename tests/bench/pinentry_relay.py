# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Stands between the agent and the real pinentry and adds up the time in which
the agent waits for pinentry or for the person. Keeps times, no content.

Arguments: OUTPUT STARTED PROGRAM [ARGUMENT...]; STARTED in seconds since the
epoch, taken by the shell that started this program.
"""

import os
import selectors
import subprocess
import sys
import time


def main():
    output, started, program = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    child = subprocess.Popen(program, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    waited, since = 0.0, started
    watch = selectors.DefaultSelector()
    watch.register(0, selectors.EVENT_READ, "agent")
    watch.register(child.stdout, selectors.EVENT_READ, "pinentry")
    open_ends = 2
    while open_ends == 2:
        for key, _ in watch.select():
            data = os.read(key.fd, 65536)
            now = time.time()
            if not data:
                open_ends -= 1
                continue
            if key.data == "agent":
                since = now if since is None else since
                os.write(child.stdin.fileno(), data)
            else:
                last = data.rstrip(b"\n").rpartition(b"\n")[2]
                if since is not None and last[:2] in (b"OK", b"ER"):
                    waited += now - since
                    since = None
                os.write(1, data)
                with open(output + ".new", "w", encoding="utf-8") as out:
                    out.write(f"{waited:.6f}\n")
                os.rename(output + ".new", output)
    child.kill()
    child.wait()


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
The demo on a terminal: after its own login it stays open, the next login is
answered by pinentry, on that terminal or, where there is one, on the user's
display, and nothing is left behind, neither after Ctrl-C nor when the terminal
is closed.
"""

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "harness"))

from process import Failure, run, wait_until  # noqa: E402
from run_tests import main  # noqa: E402
from screen import READ_PIN_S, Screen  # noqa: E402
from stack import NONCE, PIN, SOURCE, Later  # noqa: E402


class Terminal(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="beidterm")
        self.screen = None
        self.socket = os.path.join(self.directory, "tmux")
        self.exit = os.path.join(self.directory, "exit")
        env = {name: value for name, value in os.environ.items()
               if name not in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX")}
        env.update(TMPDIR=os.path.join(self.directory, "tmp"), LANG="C.UTF-8",
                   TERM="xterm")
        if "display" in self.id():
            self.screen = Screen(self.directory)
            self.addCleanup(self.screen.stop)
            env.update(self.screen.env)
        os.mkdir(env["TMPDIR"])
        self.tmp = env["TMPDIR"]
        command = (f"{shlex.quote(os.path.join(SOURCE, 'tests', 'demo'))}; "
                   f"echo $? > {shlex.quote(self.exit)}")
        self.said = os.path.join(self.directory, "said")
        run(["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d",
             "-x", "110", "-y", "60", command, ";", "pipe-pane",
             f"cat >{shlex.quote(self.said)}"], env=env)
        self.text_with("Ctrl-C ends everything", 240)

    def tearDown(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)

    def tmux(self, *arguments):
        return run(["tmux", "-S", self.socket, *arguments])

    def text(self):
        try:
            return self.tmux("capture-pane", "-p", "-J", "-S", "-200")
        except Failure as failure:
            with open(self.said, encoding="utf-8", errors="replace") as said:
                raise Failure(f"the demo ended early: {said.read()}"
                              ) from failure

    def text_with(self, wanted, seconds=20):
        wait_until(lambda: wanted in self.text(), seconds, f"'{wanted}'", 0.2)
        return self.text()

    def login(self, port, origin):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(
            "POST", "/v1/authenticate",
            json.dumps({"challengeNonce": NONCE, "lang": "nl"}),
            {"Origin": origin, "X-Beid-Agent": "1",
             "Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def processes(self):
        """Processes that still use the run's own directory."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as line:
                    if self.tmp.encode() in line.read():
                        found.append(pid)
            except OSError:
                continue
        return found

    def nothing_left(self):
        wait_until(lambda: not self.processes(), 20, "the processes to end")
        wait_until(lambda: not os.listdir(self.tmp), 20,
                   f"an empty {self.tmp}: {os.listdir(self.tmp)}")

    def next_login(self):
        """What a browser would ask, and the origin it comes from."""
        said = self.text()
        origin = re.search(r"Open (http://localhost:\d+)/", said)[1]
        port = int(re.search(r"agent answers on http://127.0.0.1:(\d+)",
                             said)[1])
        self.assertIn(PIN, said)
        return Later(self.login, port, origin), origin

    def test_next_login_then_interrupt(self):
        later, origin = self.next_login()
        shown = self.text_with("Pincode")
        self.assertIn(origin, shown)
        time.sleep(READ_PIN_S)
        self.tmux("send-keys", PIN, "Enter")
        status, body = later.result()
        self.assertEqual(status, 200, body)
        self.tmux("send-keys", "C-c")
        wait_until(lambda: os.path.exists(self.exit)
                   and os.path.getsize(self.exit), 30, "the demo's end")
        with open(self.exit, encoding="utf-8") as status:
            self.assertEqual(status.read().strip(), "0")
        self.nothing_left()

    def test_next_login_on_the_display_then_terminal_closed(self):
        later, _ = self.next_login()
        self.screen.type_line(self.screen.wait_window(), PIN)
        status, body = later.result()
        self.assertEqual(status, 200, body)
        self.assertTrue(self.processes())
        self.tmux("kill-session")
        self.nothing_left()


if __name__ == "__main__":
    main()

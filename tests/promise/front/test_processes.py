# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The three processes: start, end, replacement, and how little they do."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from front_case import (REFUSAL, Agent, FrontCase, built, main, needs_root,
                        wait_until)

# Gives the descriptor named first to a program as a service manager does.
PASS_SOCKET = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
# In a network namespace of its own: a child takes all ports below the one
# named first, for as long as the program lives.
TAKE_PORTS = """
import ctypes, fcntl, os, signal, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))
told, tell = os.pipe()
if os.fork() == 0:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    taken = [socket.create_server(("127.0.0.1", port))
             for port in range(24880, int(sys.argv[1]))]
    os.write(tell, b"1")
    while True:
        signal.pause()
os.read(told, 1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Life(FrontCase):
    def settled(self):
        """Both children are there and the worker answers."""
        wait_until(lambda: len(self.agent.children()) == 2, 20, "the children")
        wait_until(lambda: self.agent.ask().json.get("problem")
                   == "pcscd_unavailable", 20, "the worker")
        return self.agent.children()

    def test_a_killed_worker_is_replaced(self):
        before = self.settled()
        os.kill(before["worker"], signal.SIGKILL)
        answer = self.agent.ask()
        self.assertEqual(answer.status, 200)
        after = self.settled()
        self.assertEqual(after["front"], before["front"])
        self.assertNotEqual(after["worker"], before["worker"])

    def test_a_stopped_worker_does_not_stop_status(self):
        """It hangs: status answers all the same, then it is replaced."""
        before = self.settled()
        os.kill(before["worker"], signal.SIGSTOP)
        answer = self.agent.ask()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["problem"], "internal")
        after = self.settled()
        self.assertNotEqual(after["worker"], before["worker"])
        self.assertFalse(alive(before["worker"]))

    def test_a_killed_front_is_replaced(self):
        before = self.settled()
        os.kill(before["front"], signal.SIGKILL)
        wait_until(lambda: self.agent.children().get("front")
                   not in (None, before["front"]), 20, "a new front")
        after = self.settled()
        self.assertNotEqual(after["worker"], before["worker"])
        self.assertEqual(self.agent.ask(headers={"Origin": "null"}).raw,
                         REFUSAL)

    def test_idle_means_idle(self):
        self.settled()
        pids = (self.agent.program.pid, *self.agent.children().values())

        def switches():
            total = {}
            for pid in pids:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/status",
                              encoding="utf-8") as status:
                        found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                                          status.read(), re.M)
                    total[task] = int(found[1])
            return total
        time.sleep(8)  # past every deadline of the requests before
        # Other tests look for agents on all ports, so one quiet window of
        # some is asked for: what ticks would be heard in each.
        for _ in range(6):
            first = switches()
            time.sleep(4)
            after = switches()
            if after == first:
                break
        self.assertEqual(after, first)

    def test_only_loopback_listens(self):
        for family, address in ((socket.AF_INET, "127.0.0.2"),
                                (socket.AF_INET6, "::1")):
            with socket.socket(family) as stranger:
                stranger.settimeout(5)
                with self.assertRaises(OSError):
                    stranger.connect((address, self.agent.port))

    def test_hardening(self):
        for pid in (self.agent.program.pid, *self.settled().values()):
            with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                text = status.read()
            self.assertIn("NoNewPrivs:\t1", text)
            self.assertIn("Umask:\t0077", text)
            with open(f"/proc/{pid}/limits", encoding="utf-8") as limits:
                self.assertRegex(limits.read(), r"core file size\s+0\s+0")

    @needs_root
    def test_front_holds_no_file(self):
        """Sockets, epoll and timers: nothing that it could read or write."""
        pid = self.settled()["front"]
        for fd in os.listdir(f"/proc/{pid}/fd"):
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            if int(fd) > 2:
                self.assertRegex(target, r"^(socket:|anon_inode:)", fd)

    @needs_root
    def test_children_see_little_of_the_environment(self):
        for name, pid in self.settled().items():
            with open(f"/proc/{pid}/environ", "rb") as environ:
                names = {pair.partition(b"=")[0].decode()
                         for pair in environ.read().split(b"\0") if pair}
            names -= {"ASAN_OPTIONS", "UBSAN_OPTIONS"}
            # The stream is for the log: whether it goes to journald.
            allowed = {"TZ", "JOURNAL_STREAM"} if name == "front" else {
                "TZ", "JOURNAL_STREAM", "HOME", "XDG_STATE_HOME", "PCSCLITE_CSOCK_NAME",
                # for the prompt: which terminal, which characters
                "GPG_TTY", "TERM", "LANG", "LC_ALL", "LC_CTYPE"}
            self.assertLessEqual(names, allowed)


class Log(unittest.TestCase):
    """Under systemd standard error is a stream of journald, which takes the
    priority from the line; elsewhere people read it."""

    def lines(self, stream):
        tell = ("sh", "-c", f'JOURNAL_STREAM="{stream}" exec "$@"', "sh")
        agent = Agent(wrapper=tell, options=("--log-level", "debug"))
        try:
            agent.ready()
            wait_until(lambda: {"front", "card worker"} <= {
                found[1] for found in map(re.compile(
                    r"(front|card worker): .* (system calls|sandbox)").search,
                    agent.program.lines) if found}, 20, "all processes")
        finally:
            self.assertEqual(agent.stop(), 0)
        return agent.program.lines

    def test_journald_learns_the_priority(self):
        said = self.lines("$(stat -L -c %d:%i /proc/self/fd/2)")
        for line in said:
            self.assertRegex(line, r"^<[3467]>\w+: ")
        self.assertIn("<6>on_ready: ready, ", "\n".join(said))

    def test_another_stream_is_none(self):
        for line in self.lines("1:2"):
            self.assertRegex(line, r"^(error|warning|info|debug): ")


class BothAtOnce(unittest.TestCase):
    def test_front_and_worker_killed_together_are_replaced(self):
        """Often the worker is seen to end while front is still ending."""
        for _ in range(8):
            agent = Agent().ready()
            try:
                wait_until(lambda a=agent: len(a.children()) == 2, 10,
                           "the children")
                before = set(agent.children().values())
                for pid in sorted(before, reverse=True):  # the worker first
                    os.kill(pid, signal.SIGKILL)
                wait_until(lambda a=agent, old=before: len(a.children()) == 2
                           and old.isdisjoint(a.children().values()), 20,
                           "both again")
                self.assertEqual(agent.ask().status, 200)
            finally:
                code = agent.stop()
            self.assertEqual(code, 0)


class End(unittest.TestCase):
    def test_sigterm_ends_everything(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            agent = Agent().ready()
            wait_until(lambda a=agent: len(a.children()) == 2, 10, "children")
            pids = agent.children().values()
            agent.program.process.send_signal(how)
            begin = time.monotonic()
            self.assertEqual(agent.stop(), 0)
            self.assertLess(time.monotonic() - begin, 3)
            self.assertFalse(any(alive(pid) for pid in pids))

    def test_a_stubborn_worker_does_not_hold_the_end_up(self):
        agent = Agent().ready()
        wait_until(lambda: len(agent.children()) == 2, 10, "children")
        worker = agent.children()["worker"]
        os.kill(worker, signal.SIGSTOP)
        begin = time.monotonic()
        self.assertEqual(agent.stop(), 0, agent.program.lines)
        self.assertLess(time.monotonic() - begin, 6)
        self.assertFalse(alive(worker))

    def test_killed_supervisor_leaves_nobody(self):
        agent = Agent().ready()
        wait_until(lambda: len(agent.children()) == 2, 10, "children")
        pids = list(agent.children().values())
        agent.program.process.kill()
        wait_until(lambda: not any(alive(pid) for pid in pids), 5,
                   "the children to end")
        agent.stop()


class Start(unittest.TestCase):
    def test_a_restart_gets_its_port_back(self):
        first = Agent().ready()
        for _ in range(20):
            first.ask()  # leaves TIME_WAIT behind on our side
        first.stop()
        second = Agent().ready()
        self.assertLessEqual(second.port, first.port)
        second.stop()

    def test_a_passed_socket_is_used(self):
        with socket.socket() as listener:
            for port in range(24887, 24879, -1):
                try:
                    listener.bind(("127.0.0.1", port))
                    break
                except OSError:
                    continue
            listener.listen()
            fd = listener.fileno()
            agent = Agent(wrapper=(sys.executable, "-c", PASS_SOCKET, fd),
                          pass_fds=(fd,)).ready()
            self.assertEqual(agent.port, listener.getsockname()[1])
            self.assertEqual(agent.ask().status, 200)
            self.assertEqual(agent.stop(), 0)

    def test_a_wrong_passed_socket_is_refused(self):
        for address, listens in ((("0.0.0.0", 0), True),
                                 (("127.0.0.1", 0), True),
                                 (("127.0.0.1", 0), False)):
            with socket.socket() as listener:
                listener.bind(address)
                if listens:
                    listener.listen()
                fd = listener.fileno()
                agent = Agent(wrapper=(sys.executable, "-c", PASS_SOCKET, fd),
                              pass_fds=(fd,))
                agent.program.process.wait(20)
                self.assertEqual(agent.stop(), 1)
                self.assertIn("the socket that was passed",
                              agent.program.lines[0])

    def test_l02_taken_ports(self):
        space = ("unshare", "-n" if os.getuid() == 0 else "-Urn")
        if subprocess.run([*space, "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("no network namespaces here")
        for taken, port in ((24883, 24883), (24887, 24887), (24888, None)):
            agent = Agent(wrapper=(*space, sys.executable, "-c", TAKE_PORTS,
                                   taken))
            if port is not None:
                self.assertEqual(agent.ready().port, port)
                self.assertEqual(agent.stop(), 0)
            else:
                agent.program.process.wait(20)
                self.assertEqual(agent.stop(), 1)
                self.assertIn("all ports from 24880 to 24887 are taken",
                              "\n".join(agent.program.lines))

    def test_the_service_manager_is_told(self):
        with tempfile.TemporaryDirectory() as directory, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = os.path.join(directory, "notify")
            manager.bind(path)
            manager.settimeout(10)
            agent = Agent(env={"NOTIFY_SOCKET": path}).ready()
            self.assertEqual(manager.recv(100), b"READY=1")
            agent.stop()
            self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_usage(self):
        program = built("agent", "beid-agent")
        for arguments, code, out in (
                (["--version"], 0, "beid-agent "), (["version"], 0, "beid-a"),
                (["--help"], 0, "serve"), (["serve", "--help"], 0,
                                           "--portals"),
                ([], 2, ""), (["dance"], 2, ""), (["serve", "--dance"], 2, ""),
                (["serve", "x"], 2, ""), (["serve", "--log-level", "x"], 2,
                                          ""),
                (["version", "x"], 2, ""), (["--internal-front"], 2, "")):
            done = subprocess.run([program, *arguments], timeout=20,
                                  stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, code, arguments)
            self.assertIn(out, done.stdout)

    def test_missing_parts_are_named(self):
        for option in ("--card-worker", "--module"):
            agent = Agent(options=(option, "/nonexistent/part"))
            agent.program.process.wait(20)
            self.assertEqual(agent.stop(), 1)
            self.assertIn("/nonexistent/part is not there",
                          agent.program.lines[-1])


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats L-01, L-02: which local user owns the calling socket."""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from front_case import (BODY, REFUSAL, Agent, FrontCase, built, main,
                        needs_root, read_all)

ALICE = 21500
BOB = 21501
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
# Leaks are looked for by ptrace, which such a process does not allow.
NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}


def as_user(uid, work):
    """Calls work() in a child process of that user; its bytes result."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(read_end)
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os.write(write_end, work())
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as result:
        got = result.read()
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise AssertionError(f"the child of user {uid} failed")
    return got


def enter_own_network():
    """This process and its children: a network with a loopback of its own."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
        return False
    with socket.socket() as any_socket:
        name = struct.pack("16sh14x", b"lo", IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, name)
    return True


def agent_of(uid, **how):
    return Agent(wrapper=("setpriv", f"--reuid={uid}", f"--regid={uid}",
                          "--clear-groups"),
                 env=NO_LEAKS, owner=uid, **how).ready()


class OneUser(FrontCase):
    @needs_root
    def test_l01_another_user_is_refused(self):
        before = self.agent.touched()
        for request in (self.agent.build(),
                        self.agent.build("OPTIONS"),
                        self.agent.build(target="/v1/x"),
                        self.agent.build(headers={"Origin": "null"}),
                        self.agent.build("POST", "/v1/authenticate",
                                         body=BODY)):
            self.assertEqual(as_user(ALICE,
                                     lambda r=request: self.agent.raw(r).raw),
                             REFUSAL)
        self.assertEqual(self.agent.touched(), before)
        self.assert_works()

    @needs_root
    def test_h02_another_user_cannot_fill_the_house(self):
        """Who holds more sockets than the agent takes shuts nobody out."""
        def crowd():
            held = []
            try:
                while len(held) < 650:
                    held.append(self.agent.connect())
            finally:
                os.write(ready[1], str(len(held)).encode())
                os.read(go[0], 1)
                for connection in held:
                    connection.close()
            return b""

        self.assert_works()  # loads what the child may not read
        ready, go = os.pipe(), os.pipe()
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        if limits[1] < 1024:
            self.skipTest("too few descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, limits[1]))
        watcher = threading.Thread(target=as_user, args=(ALICE, crowd))
        watcher.start()
        try:
            self.assertEqual(os.read(ready[0], 9), b"650")
            begin = time.monotonic()
            self.assert_works()
            self.assertLess(time.monotonic() - begin, 1)
        finally:
            os.write(go[1], b"1")
            watcher.join()
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            for end in (*ready, *go):
                os.close(end)

    def test_l01_a_closed_socket_is_nobodys(self):
        """Its owner reads as no process, later as uid 0: not even an agent
        of root takes it for its own."""
        front = self.agent.children()["front"]
        before = self.agent.touched()
        for linger in (False, True):
            os.kill(front, signal.SIGSTOP)
            try:
                connection = self.agent.connect()
                connection.sendall(self.agent.build("POST", "/v1/authenticate",
                                                    body=BODY))
                if linger:
                    connection.shutdown(1)
                connection.close()
                time.sleep(0.05)
            finally:
                os.kill(front, signal.SIGCONT)
            self.agent.program.expect("caller_not_allowed")
        self.assertEqual(self.agent.touched(), before)
        self.assert_works()


class Users(unittest.TestCase):
    @needs_root
    def test_l01_root_is_no_exception(self):
        agent = agent_of(ALICE)
        try:
            request = agent.build()
            before = agent.touched()
            self.assertEqual(agent.raw(request).raw, REFUSAL)
            self.assertEqual(as_user(BOB, lambda: agent.raw(request).raw),
                             REFUSAL)
            self.assertEqual(agent.touched(), before)
            self.assertIn(b"200 OK",
                          as_user(ALICE, lambda: agent.raw(request).raw))
        finally:
            self.assertEqual(agent.stop(), 0)

    @needs_root
    def test_l02_two_users_two_agents(self):
        first = agent_of(ALICE)
        second = agent_of(BOB)
        try:
            self.assertNotEqual(first.port, second.port)
            for uid, own, other in ((ALICE, first, second),
                                    (BOB, second, first)):
                self.assertIn(b"200 OK", as_user(
                    uid, lambda a=own: a.raw(a.build()).raw))
                self.assertEqual(as_user(
                    uid, lambda a=other: a.raw(a.build()).raw), REFUSAL)
        finally:
            self.assertEqual(first.stop(), 0)
            self.assertEqual(second.stop(), 0)

    @needs_root
    def test_l02_two_users_two_agents_in_a_network_of_their_own(self):
        """There the ports are free for certain: each agent gets the next one,
        and who asks the other's is refused, also from outside: whom the
        kernel of this network does not know is nobody."""
        "a".encode("idna")  # loads what the children may not read

        def alone():
            if not enter_own_network():
                return b"none"
            first, second = agent_of(ALICE), agent_of(BOB)
            try:
                self.assertEqual((first.port, second.port), (24880, 24881))
                for uid, own, other in ((ALICE, first, second),
                                        (BOB, second, first)):
                    self.assertIn(b"200 OK", as_user(
                        uid, lambda a=own: a.raw(a.build()).raw))
                    self.assertEqual(as_user(
                        uid, lambda a=other: a.raw(a.build()).raw), REFUSAL)
                self.time_wait(first)
            finally:
                codes = (first.stop(), second.stop())
            self.assertEqual(codes, (0, 0))
            return b"good"
        got = as_user(0, alone)
        if got == b"none":
            self.skipTest("no network namespaces here")
        self.assertEqual(got, b"good")

    def time_wait(self, agent):
        """Sockets that both sides closed read as uid 0: a caller that reuses
        such an address is still known by its own socket."""
        def twice():
            request = agent.build()
            with socket.socket() as first:
                first.bind(("127.0.0.1", 0))
                address = first.getsockname()
                first.connect(("127.0.0.1", agent.port))
                first.sendall(request)
                read_all(first)
                first.close()
            with socket.socket() as again:
                again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                again.bind(address)
                try:
                    again.connect(("127.0.0.1", agent.port))
                except OSError:
                    return b"kernel refuses"
                again.sendall(request)
                return read_all(again)
        self.assertIn(as_user(BOB, twice), (REFUSAL, b"kernel refuses"))
        with open("/proc/net/tcp", encoding="utf-8") as table:
            waiting = [line for line in table if line.split()[3] == "06"]
        self.assertTrue(waiting, "nothing in TIME_WAIT")
        self.assertEqual({line.split()[7] for line in waiting}, {"0"})
        self.assertEqual(as_user(BOB, lambda: agent.raw(agent.build()).raw),
                         REFUSAL)

    @needs_root
    def test_l03_nobody_looks_inside(self):
        """Not even another process of the same user (threats L-03)."""
        agent = agent_of(ALICE)

        def look():
            seen = b""
            for pid in (agent.program.pid, *agent.children().values()):
                for name in ("environ", "mem", "maps"):
                    try:
                        with open(f"/proc/{pid}/{name}", "rb"):
                            seen += f"{pid}/{name} ".encode()
                    except PermissionError:
                        pass
            return seen
        try:
            self.assertEqual(len(agent.children()), 2)
            self.assertEqual(as_user(ALICE, look), b"")
        finally:
            self.assertEqual(agent.stop(), 0)

    def test_l01_in_a_user_namespace(self):
        """Strangers are then shown as the overflow uid."""
        wrapper = ("unshare", "-Ur")
        if subprocess.run([*wrapper, "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("no user namespaces here")
        agent = Agent(wrapper=wrapper, env=NO_LEAKS).ready()
        try:
            request = agent.build()
            self.assertEqual(agent.raw(request).status, 200)
            if os.getuid() == 0:
                self.assertEqual(
                    as_user(ALICE, lambda: agent.raw(request).raw), REFUSAL)
                self.assertEqual(
                    as_user(65534, lambda: agent.raw(request).raw), REFUSAL)
        finally:
            self.assertEqual(agent.stop(), 0)


class Kernel(unittest.TestCase):
    """Machines without NETLINK_SOCK_DIAG."""

    def setUp(self):
        self.without = os.environ["BEID_WITHOUT"]
        if subprocess.run([self.without, "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 77:
            self.skipTest("this kernel has no seccomp filters")

    def test_l01_without_netlink_procfs_tells(self):
        agent = Agent(wrapper=(self.without,))
        try:
            agent.program.expect("through procfs")
            agent.ready()
            request = agent.build()
            self.assertEqual(agent.raw(request).status, 200)
            if os.getuid() == 0:
                self.assertEqual(
                    as_user(ALICE, lambda: agent.raw(request).raw), REFUSAL)
            front = agent.children()["front"]
            os.kill(front, signal.SIGSTOP)
            connection = agent.connect()
            connection.sendall(request)
            connection.close()
            os.kill(front, signal.SIGCONT)
            agent.program.expect("caller_not_allowed")
            self.assertEqual(agent.raw(request).status, 200)
        finally:
            self.assertEqual(agent.stop(), 0)

    def test_l01_without_either_it_does_not_start(self):
        hide = ("unshare", "-Urmpf" if os.getuid() else "-mpf", "sh", "-c",
                'mount -t proc -o subset=pid proc /proc && exec "$@"', "sh")
        if subprocess.run([*hide, "test", "!", "-e", "/proc/net/tcp"],
                          stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("/proc/net cannot be hidden here")
        agent = Agent(wrapper=(*hide, self.without), env=NO_LEAKS)
        try:
            agent.program.process.wait(20)
        finally:
            code = agent.stop()
        self.assertEqual(code, 1)
        self.assertIn("neither NETLINK_SOCK_DIAG nor /proc/net/tcp",
                      "\n".join(agent.program.lines))


class Tools(unittest.TestCase):
    @needs_root
    def test_the_build_can_be_run_by_others(self):
        """Else the tests above would prove nothing."""
        for path in (("agent", "beid-agent"), ("agent", "beid-agent-card")):
            self.assertEqual(as_user(ALICE, lambda p=path: str(
                os.access(built(*p), os.X_OK)).encode()), b"True")


if __name__ == "__main__":
    main()

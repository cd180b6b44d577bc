# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats W-02, W-08: what the agent is to the network, and what the network
is to it: one door on the loopback, and no call to anywhere."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

from front_case import (BODY, NONCE, REFUSAL, Agent, main, needs_root,
                        wait_until)

LAN = "192.0.2.7"
# A machine with an address that others reach, of both kinds where it can.
SPACE = ("unshare", "--net", "sh", "-ec", f"""
ip link set lo up
ip address add {LAN}/32 dev lo
ip -6 address add 2001:db8::7/128 dev lo nodad 2> /dev/null || true
exec "$@" """, "sh")
KNOCK = """
import socket, sys
for address in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as door:
            door.settimeout(20)
            door.connect((address, int(sys.argv[1])))
            print(address, "open")
    except OSError:
        print(address, "closed")
"""
ASK = """
import socket, sys
with socket.create_connection((sys.argv[2], int(sys.argv[1])), 20) as door:
    door.sendall(f"GET /v1/status HTTP/1.1\\r\\nHost: {sys.argv[2]}:"
                 f"{sys.argv[1]}\\r\\nOrigin: https://localhost:18443\\r\\n"
                 "X-Beid-Agent: 1\\r\\n\\r\\n".encode())
    while block := door.recv(4096):
        sys.stdout.write(block.decode())
"""


def spaces_allowed():
    return subprocess.run([*SPACE, "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


@needs_root
class Doors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not spaces_allowed():
            raise unittest.SkipTest("no network namespaces here")
        cls.agent = Agent(wrapper=SPACE).ready()

    @classmethod
    def tearDownClass(cls):
        if cls.agent.stop() != 0:
            raise AssertionError(cls.agent.program.lines)

    def inside(self, *arguments):
        """What a program says in the agent's network."""
        return subprocess.run(
            ["nsenter", f"--net=/proc/{self.agent.program.pid}/ns/net",
             *map(str, arguments)], stdout=subprocess.PIPE, check=True,
            timeout=60).stdout.decode()

    def test_w02_exactly_one_listener(self):
        """As ss tells it, of all families."""
        said = self.inside("ss", "--no-header", "--listening", "--tcp",
                           "--udp", "--raw", "--sctp", "--numeric")
        self.assertEqual([line.split()[4] for line in said.splitlines()],
                         [f"127.0.0.1:{self.agent.port}"])

    def test_w02_closed_to_the_lan(self):
        said = self.inside(sys.executable, "-c", KNOCK, self.agent.port,
                           LAN, "127.0.0.2", "::1", "2001:db8::7",
                           "127.0.0.1")
        self.assertEqual(said.split("\n")[:-1], [
            f"{LAN} closed", "127.0.0.2 closed", "::1 closed",
            "2001:db8::7 closed", "127.0.0.1 open"])

    def test_w02_nobody_comes_as_0_0_0_0(self):
        """The address leads to the loopback, and its name is refused."""
        self.assertEqual(self.inside(sys.executable, "-c", ASK,
                                     self.agent.port, "0.0.0.0").encode(),
                         REFUSAL)
        self.assertEqual(self.agent.touched(), (0, False))


@unittest.skipIf(os.environ.get("BEID_SANITIZE"), "no tracing of sanitizers")
class Calls(unittest.TestCase):
    @staticmethod
    def whole(trace, pid):
        with open(trace, encoding="utf-8") as lines:
            text = lines.read()
        return text if re.search(rf"^{pid} +\+\+\+ exited", text,
                                 re.M) else None

    def test_w08_no_connection_to_anywhere(self):
        """Every socket that the three processes make or connect, over a whole
        life with answers of each kind."""
        with tempfile.TemporaryDirectory() as folder:
            trace = os.path.join(folder, "trace")
            agent = Agent(wrapper=("strace", "--follow-forks", "-D", "-e",
                                   "trace=socket,connect,bind,sendto",
                                   "--output", trace))
            try:
                agent.ready()
                for origin in ("https://evil.example", "null"):
                    agent.login(headers={"Origin": origin})
                for body in (BODY, b"{}", b"[", b'{"challengeNonce":"%s",'
                             b'"origin":"https://evil.example"}'
                             % NONCE.encode()):
                    agent.login(body)
                for target in ("/v1/status", "/v1/x",
                               "http://evil.example/", "/v1/sign"):
                    agent.ask(target=target)
            finally:
                self.assertEqual(agent.stop(), 0)
            # The tracer sees the end a moment after everybody else.
            text = wait_until(lambda: self.whole(trace, agent.program.pid),
                              20, "the end of the trace")
        families = set(re.findall(r"socket\(AF_(\w+)", text))
        self.assertLessEqual(families, {"UNIX", "INET", "NETLINK"})
        # The one of the internet is the listener.
        self.assertEqual(len(re.findall(r"socket\(AF_INET,", text)),
                         len(re.findall(r"bind\(\d+, \{sa_family=AF_INET,",
                                        text)))
        reached = set(re.findall(r"connect\(\d+, \{sa_family=AF_(\w+)", text))
        self.assertEqual(reached, {"UNIX"})  # pcscd's
        self.assertNotRegex(text, r"sendto\([^\n]*sa_family=AF_INET")


if __name__ == "__main__":
    main()

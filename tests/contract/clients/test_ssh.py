# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""OpenSSH: the card's keys, and a login to a real sshd through ssh-agent."""

import os
import pwd
import shutil
import signal

from clients_case import (PIN, RSA, ClientsCase, NotAllowed, Program,
                          free_port, main, module, namespace, run)

SSHD_CONFIG = """ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/hostkey
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
AuthenticationMethods publickey
LogLevel VERBOSE
"""

# sshd wants its empty directory where it was compiled to look, when it is
# root; a mount namespace of its own keeps that off the machine.
PRIVATE_RUN = ("mount -t tmpfs -o mode=0755 none /run && mkdir -m 0755 "
               "/run/sshd && exec \"$@\"")


def locked(user):
    """Is it an account that sshd lets nobody into (a "!" in shadow(5))?"""
    if os.getuid() != 0:
        return False
    with open("/etc/shadow", encoding="utf-8") as shadow:
        return any(line.startswith(f"{user}:!") for line in shadow)


class Ssh(ClientsCase):
    def setUp(self):
        self.folder = self.path("ssh")
        os.mkdir(self.folder, 0o700)
        self.addCleanup(shutil.rmtree, self.folder)
        self.user = pwd.getpwuid(os.getuid()).pw_name

    def keys(self):
        said = self.tool("ssh-keygen", "-D", module())
        return {" ".join(line.split()[2:]): " ".join(line.split()[:2])
                for line in said.splitlines() if line.strip()}

    def test_keygen_tells_the_keys(self):
        keys = self.keys()
        for label, name in (("Authentication", "auth"), ("Signature", "sign")):
            pem = self.tool("openssl", "x509", "-in", f"{self.pki}/{name}.pem",
                            "-noout", "-pubkey")
            with open(self.path("key.pem"), "w", encoding="ascii") as file:
                file.write(pem)
            wanted = self.tool("ssh-keygen", "-i", "-m", "PKCS8", "-f",
                               self.path("key.pem"))
            self.assertEqual(keys[label], wanted.strip(), label)

    def sshd(self):
        """A server that lets in only the card's authentication key."""
        if locked(self.user):
            raise NotAllowed(f"the account {self.user} is locked")
        port = free_port()
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
             f"{self.folder}/hostkey"])
        with open(f"{self.folder}/authorized_keys", "w",
                  encoding="ascii") as file:
            file.write(self.keys()["Authentication"] + "\n")
        with open(f"{self.folder}/sshd_config", "w", encoding="ascii") as file:
            file.write(SSHD_CONFIG.format(port=port, folder=self.folder))
        wrapper = [*namespace(), "sh", "-ec", PRIVATE_RUN,
                   "sh"] if os.getuid() == 0 else []
        server = Program([*wrapper, "/usr/sbin/sshd", "-D", "-e", "-f",
                          f"{self.folder}/sshd_config"])
        self.addCleanup(server.stop)
        server.expect("Server listening on")
        with open(f"{self.folder}/hostkey.pub", encoding="ascii") as file:
            key = " ".join(file.read().split()[:2])
        with open(f"{self.folder}/known_hosts", "w", encoding="ascii") as file:
            file.write(f"[127.0.0.1]:{port} {key}\n")
        return server, port

    def agent(self):
        """An ssh-agent that knows no key yet; the environment to reach it."""
        socket = f"{self.folder}/agent"
        agent = Program(["ssh-agent", "-D", "-a", socket, "-P", module()],
                        env=self.env)
        self.addCleanup(agent.stop, signal.SIGTERM)
        agent.expect("SSH_AUTH_SOCK")
        ask = f"{self.folder}/askpass"
        with open(ask, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\necho {PIN}\n")
        os.chmod(ask, 0o700)
        return {"SSH_AUTH_SOCK": socket, "SSH_ASKPASS": ask,
                "SSH_ASKPASS_REQUIRE": "force"}

    def ssh(self, port, env, accept=(0,)):
        return self.tool(
            "ssh", "-F", "none", "-p", port, "-l", self.user, "-o",
            f"UserKnownHostsFile={self.folder}/known_hosts", "-o",
            "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o",
            "IdentityFile=none", "127.0.0.1", "echo logged-in as $(id -un)",
            env=env, accept=accept)

    def test_login_through_the_agent(self):
        server, port = self.sshd()
        env = self.agent()
        self.assertIn("Permission denied", self.ssh(port, env, accept=(255,)))
        self.tool("ssh-add", "-s", module(), env=env)
        listed = self.tool("ssh-add", "-l", env=env)
        self.assertIn("Authentication (RSA)" if RSA
                      else "Authentication (ECDSA)", listed)
        for _ in range(2):  # warm as well: the agent keeps the session
            said = self.signed_by_card(lambda: self.ssh(port, env))
            self.assertIn(f"logged-in as {self.user}", said)
            server.expect("Accepted publickey for")
        self.tool("ssh-add", "-e", module(), env=env)
        self.ssh(port, env, accept=(255,))


if __name__ == "__main__":
    main()

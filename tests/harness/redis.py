# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A Redis server of a test's own, on a socket, that writes everything down
before it answers."""

import os
import signal
import tempfile

from process import Program, run


class Redis:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="beid-redis-")
        self.folder = self._folder.name
        self.socket = os.path.join(self.folder, "s")
        self.url = f"redis+unix://{self.socket}"
        self.program = None
        self.start()

    def start(self):
        """The same data as before, when it ran before."""
        self.program = Program(
            ["redis-server", "--port", "0", "--unixsocket", self.socket,
             "--unixsocketperm", "700", "--dir", self.folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "always",
             "--daemonize", "no"])
        self.program.expect("eady to accept connections", 60)

    def kill(self):
        """As when the machine it runs on loses its power."""
        self.program.stop(signal.SIGKILL)

    def ask(self, *words):
        return run(["redis-cli", "-s", self.socket, "--raw", *words])

    def stop(self):
        self.program.stop()
        self._folder.cleanup()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Terminals of tmux, each with a server of its own."""

import itertools
import os
import subprocess

_NUMBERS = itertools.count(1)


class Tmux:
    """One window of this size; its program is one that only sleeps."""

    def __init__(self, directory, columns, rows):
        # A server that is about to end must not be asked for a new window.
        self.socket = os.path.join(directory, f"tmux{next(_NUMBERS)}")
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows),
                  "sleep 3600")
        self.tty = self.tmux("display-message", "-p", "#{pane_tty}").strip()

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-S", self.socket, "-f", "/dev/null", *arguments],
            check=True, stdout=subprocess.PIPE, text=True).stdout

    def shown(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def stop(self):
        self.tmux("kill-server")

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A private X display and the person in front of it."""

import os
import re
import signal
import subprocess
import time
import urllib.parse

from process import Failure, run, wait_until

WINDOW_CLASS = "pinentry"
# What a person needs to read before the agent believes an answer (W-13): half
# a second for a question, a second and a half for a PIN; with that, time for a
# busy machine to let the agent see that there was no answer yet.
READ_S = 0.8
READ_PIN_S = 1.8
# "That came before you could read this window", in the four languages.
TOO_EARLY = ("That came before ", "Dat kwam voor ", "C'était avant ",
             "Das kam, bevor ")


class Screen:
    """Xvfb on a display number of its own choice, no TCP, own authority."""

    def __init__(self, directory, size="1280x1024x24"):
        self.directory = directory
        read_end, write_end = os.pipe()
        self.log = open(os.path.join(directory, "xvfb.log"), "w",
                        encoding="utf-8")
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write_end), "-screen", "0", size,
             "-nolisten", "tcp", "-noreset"],
            pass_fds=[write_end], stdout=self.log, stderr=self.log,
            stdin=subprocess.DEVNULL)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise Failure("Xvfb did not start: see xvfb.log")
        self.name = f":{number}"
        self.env = {**os.environ, "DISPLAY": self.name}
        self.env.pop("WAYLAND_DISPLAY", None)
        self.env.pop("XAUTHORITY", None)

    def windows(self, title=None):
        """Ids of the visible windows of the prompt, or of a title."""
        match = ["--name", title] if title else ["--class", WINDOW_CLASS]
        done = subprocess.run(["xdotool", "search", "--onlyvisible", *match],
                              env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)
        return done.stdout.split()

    def wait_window(self, seconds=20, other_than=()):
        """
        The prompt's window. Those named are about to close, unless they stay
        for two seconds: the display gives the same numbers again.
        """
        old = set(other_than)
        patience = time.monotonic() + 2

        def fresh():
            shown = self.windows()
            old.intersection_update(shown)
            new = [window for window in shown if window not in old]
            return new or (shown if time.monotonic() > patience else [])

        return wait_until(fresh, seconds, "the prompt's window")[-1]

    def wait_closed(self, seconds=20):
        wait_until(lambda: not self.windows(), seconds,
                   "the prompt's window to close")

    def focus(self, window):
        subprocess.run(["xdotool", "windowfocus", "--sync", window],
                       env=self.env, stderr=subprocess.DEVNULL, check=False,
                       timeout=10)

    def type_line(self, window, text, settle=READ_PIN_S):
        """Types a PIN as a person does: after looking, then Return."""
        self.focus(window)
        time.sleep(settle)
        shown = self.windows()
        if shown and window not in shown:
            # It was the last prompt's, about to close, and not the next one's.
            self.focus(shown[-1])
            time.sleep(settle)
        run(["xdotool", "type", "--delay", "20", text], env=self.env)
        run(["xdotool", "key", "Return"], env=self.env)

    def strike(self, *keys, delay_ms=0):
        """
        Keys from the moment on which the prompt's window is there. One program
        does both: no time goes by in between. They go to the keyboard (window
        0): sent to the window, a release fails when the press has closed it,
        xdotool ends there, and for the display the key stays down.
        """
        subprocess.run(["xdotool", "search", "--sync", "--onlyvisible",
                        "--class", WINDOW_CLASS, "windowfocus", "key",
                        "--window", "0", "--delay", str(delay_ms), *keys],
                       env=self.env, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False, timeout=60)

    def press(self, window, key, settle=None):
        """Cancelling needs no reading, agreeing does."""
        if key not in ("Escape", "Tab"):
            settle = max(settle or 0, READ_S)
        elif settle is None:
            settle = 0.3
        self.focus(window)
        time.sleep(settle)
        run(["xdotool", "key", key], env=self.env)

    def photo(self, path):
        run(["scrot", "--overwrite", path], env=self.env)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        self.log.close()


class Recorded:
    """
    The real pinentry, started through a script that keeps what it is told to
    show. Only that direction is kept: the PIN goes the other way.
    """

    def __init__(self, directory, program="pinentry-gtk-2"):
        self.record = os.path.join(directory, "prompt.record")
        self.script = os.path.join(directory, "pinentry")
        with open(self.record, "w", encoding="utf-8"):
            pass
        with open(self.script, "w", encoding="utf-8") as script:
            script.write(f"#!/bin/bash\nexec {program} \"$@\" "
                         f"< <(exec tee -a '{self.record}')\n")
        os.chmod(self.script, 0o700)

    def commands(self):
        with open(self.record, encoding="utf-8", errors="replace") as record:
            return [line.rstrip("\n") for line in record]

    def texts(self):
        """The texts of all prompts so far, as the person reads them."""
        return [urllib.parse.unquote(line.split(" ", 1)[1])
                for line in self.commands() if re.match(r"SETDESC ", line)]

    def count(self, command="GETPIN"):
        return sum(line.startswith(command) for line in self.commands())

    def too_early(self):
        """How often an answer was not believed for coming too soon."""
        return sum(urllib.parse.unquote(line).partition(" ")[2]
                   .startswith(TOO_EARLY) for line in self.commands()
                   if line.startswith("SETERROR "))

    def questions(self):
        """How often anything was asked or shown."""
        return sum(map(self.count, ("GETPIN", "CONFIRM", "MESSAGE")))

    def next_window(self, screen, asked, seconds=20):
        """
        The window of the first prompt after the one with that count(): the
        moment between the two is too short to be seen, and their windows may
        have the same number.
        """
        wait_until(lambda: self.count() > asked, seconds, "the next prompt")
        return screen.wait_window(seconds)

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The citizen in front of a pinentry: in a window or on a terminal."""

import time

from process import wait_until
from screen import READ_PIN_S, READ_S
from tmux import Tmux

COLUMNS, ROWS = 100, 45


class AtWindow:
    """pinentry-gtk-2 and pinentry-qt, on the stack's own X display."""

    x11 = True

    def __init__(self, stack):
        self.screen = stack.screen

    def is_asked(self):
        return bool(self.screen.windows())

    def wait_asked(self):
        self.screen.wait_window()

    def wait_closed(self, seconds=20):
        self.screen.wait_closed(seconds)

    def type(self, text):
        self.screen.type_line(self.screen.wait_window(), text)

    def type_at_once(self, text):
        self.screen.strike(*text, "Return")

    def hail(self):
        """20 times Return and space, 20 ms apart, as soon as it is there."""
        self.screen.strike(*["Return", "space"] * 10, delay_ms=20)

    def cancel(self):
        windows = self.screen.windows()
        if windows:
            self.screen.press(windows[-1], "Escape", settle=0.2)

    def agree(self):
        """Cancel has the focus."""
        window = self.screen.wait_window()
        self.screen.press(window, "Tab")
        self.screen.press(window, "Return")

    def stop(self):
        pass


class AtTerminal:
    """pinentry-curses in tmux; nothing of X11 is near."""

    x11 = False

    def __init__(self, stack):
        self.terminal = Tmux(stack.directory, COLUMNS, ROWS)
        env = stack.screen.env
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            env.pop(name, None)
        env.update(GPG_TTY=self.terminal.tty, TERM="screen", LC_ALL="C.UTF-8")

    def shown(self):
        return self.terminal.shown()

    def is_asked(self):
        return "Burgerprofiel" in self.shown()

    def wait_asked(self):
        wait_until(self.is_asked, 20, "the dialog", 0.005)

    def wait_closed(self, seconds=20):
        wait_until(lambda: not self.is_asked(), seconds,
                   "the dialog to go", 0.01)

    def type(self, text):
        self.wait_asked()
        time.sleep(READ_PIN_S)
        self.terminal.keys(text, "Enter")

    def type_at_once(self, text):
        self.wait_asked()
        self.terminal.keys(text, "Enter")

    def hail(self):
        self.wait_asked()
        for _ in range(10):
            self.terminal.keys("Enter", "Space")
            time.sleep(0.02)

    def cancel(self):
        """The last button: behind the PIN and the yes, or the yes alone."""
        shown = self.shown()
        if "Burgerprofiel" in shown:
            tabs = ("Tab", "Tab") if "Pincode:" in shown else ("Tab",)
            self.terminal.keys(*tabs, "Enter")
            time.sleep(0.5)

    def agree(self):
        """OK has the focus."""
        self.wait_asked()
        time.sleep(READ_S)
        self.terminal.keys("Enter")

    def stop(self):
        self.terminal.stop()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A citizen who reads a statement in the agent's windows and signs it."""

import base64
import html
import os
import re
import shlex
import subprocess

from process import wait_until
from stack import PIN


def so_far(prompt):
    """How many windows of both kinds there were: PIN, and text to read."""
    return prompt.count(), prompt.count("CONFIRM")


def read_pages(screen, prompt, before, seconds=60):
    """
    Goes on from page to page until the PIN is asked; before is what so_far()
    said. Gives the texts that the windows showed.
    """
    asked, shown = before
    wait_until(lambda: so_far(prompt) != before, seconds, "the first window")
    while prompt.count() == asked:
        shown = prompt.count("CONFIRM")
        window = screen.wait_window(seconds)
        # Return alone would cancel: the safe choice has the focus.
        screen.press(window, "Tab")
        screen.press(window, "Return", settle=0.05)
        wait_until(lambda: so_far(prompt) != (asked, shown), seconds,
                   "the next window", 0.05)
    return prompt.texts()


def read_and_sign(screen, prompt, before):
    """Reads everything, types the PIN, and tells what the windows showed."""
    shown = read_pages(screen, prompt, before)
    screen.type_line(screen.wait_window(), PIN)
    screen.wait_closed()
    return shown


def command_of(page):
    """What the portal's page tells the citizen to type."""
    return html.unescape(
        re.search(r'id="verify-command">([^<]+)<', page)[1])


def as_the_page_says(page, directory, text, signature, root):
    """
    Runs the command that the portal's page tells the citizen to type, in a
    folder with the downloaded files; the finished process.
    """
    for name, data in (("verklaring.txt", text), ("verklaring.p7s", signature),
                       ("root.pem", root)):
        with open(os.path.join(directory, name), "wb") as out:
            out.write(data)
    return subprocess.run(shlex.split(command_of(page)), cwd=directory, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)


def national_number(signature):
    """Is a holder's number in the signature: eleven digits of its subject."""
    der = base64.b64decode(signature) if isinstance(signature, str) \
        else signature
    found = re.search(rb"\x06\x03\x55\x04\x05\x13\x0b(\d{11})", der)
    return found[1].decode() if found else None

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
A headless Firefox, and the wire by which its Marionette is told what to do:
each message is its length in digits, a colon, and JSON.
"""

import json
import os
import socket

from clients_case import Failure, Program
from process import wait_until

# What a browser asks the network for by itself, and what it asks people first.
PREFERENCES = {
    "marionette.port": 0,  # one that is free
    "security.default_personal_cert": "Select Automatically",
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.http.speculative-parallel-limit": 0,
    "services.settings.server": "http://127.0.0.1:9/v1",
}

GO = """
window.gBrowser.selectedBrowser.fixupAndLoadURIString(arguments[0], {
    triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal()});
"""

# NSS asks for the PIN of a token in a window of its own, during which Marionette
# answers nothing: so whoever types there must be in the browser beforehand.
# Notes what each such window says, types the next of the PINs, and presses OK.
TYPIST = """
const pins = Array.from(arguments);
Services.prefs.setStringPref("beid.asked", "[]");
Services.obs.addObserver(dialog => dialog.setTimeout(() => {
    const of = id => dialog.document.getElementById(id);
    const said = JSON.parse(Services.prefs.getStringPref("beid.asked"));
    said.push(of("infoBody").textContent);
    Services.prefs.setStringPref("beid.asked", JSON.stringify(said));
    const field = of("password1Textbox");
    if (pins.length == 0 || field.getClientRects().length == 0) {
        of("commonDialog").cancelDialog();
        return;
    }
    field.value = pins.shift();
    field.dispatchEvent(new dialog.Event("input", {bubbles: true}));
    of("commonDialog").acceptDialog();
}), "common-dialog-loaded");
"""


class Firefox:
    """Started with a profile that exists; stopped by stop()."""

    def __init__(self, profile, env):
        with open(os.path.join(profile, "user.js"), "w",
                  encoding="utf-8") as file:
            for name, value in PREFERENCES.items():
                file.write(f"user_pref({json.dumps(name)}, "
                           f"{json.dumps(value)});\n")
        self.program = Program(
            ["firefox-esr", "--headless", "--no-remote", "--profile", profile,
             "--marionette", "--remote-allow-system-access"], env=env)
        self._number = 0
        self._socket = None
        try:
            self._connect(os.path.join(profile, "MarionetteActivePort"))
        except BaseException:
            self.stop()
            raise

    def _connect(self, port_file):
        def port():
            if self.program.process.poll() is not None:
                raise Failure(f"Firefox ended: {self.program.lines[-5:]}")
            try:
                with open(port_file, encoding="ascii") as file:
                    return int(file.read() or 0)
            except FileNotFoundError:
                return 0
        self._socket = socket.create_connection(
            ("127.0.0.1", wait_until(port, 120, "Marionette's port")), 30)
        self._stream = self._socket.makefile("rb")
        self._receive()  # who it is
        self.say("WebDriver:NewSession", {"acceptInsecureCerts": True})
        self.say("Marionette:SetContext", {"value": "chrome"})

    def _receive(self):
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            if not byte:
                raise Failure("Firefox hung up")
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))

    def say(self, command, parameters=None):
        self._number += 1
        text = json.dumps([0, self._number, command, parameters or {}])
        self._socket.sendall(f"{len(text.encode())}:{text}".encode())
        _, number, error, result = self._receive()
        if number != self._number or error is not None:
            raise Failure(f"{command}: {error}")
        return result

    def script(self, script, *arguments):
        """Runs in the browser itself, which no window of its own stops."""
        return self.say("WebDriver:ExecuteScript", {
            "script": script, "args": list(arguments)})["value"]

    def go(self, url):
        """As from the address bar; what comes of it is not waited for."""
        self.script(GO, url)

    def title(self):
        return self.script("return window.gBrowser.contentTitle;")

    def types(self, *pins):
        """Somebody who types these in the windows that ask for a password."""
        self.script(TYPIST, *pins)

    def asked(self):
        """What those windows said."""
        return json.loads(self.script(
            'return Services.prefs.getStringPref("beid.asked");'))

    def stop(self):
        if self._socket is not None:
            self._socket.close()
        self.program.stop()

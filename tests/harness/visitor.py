# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A visitor of the reference portal who needs no browser: cookies, the CSRF
token of the page, and what the page's script would post."""

import http.client
import json
import re
import ssl
import urllib.parse

from process import Failure


class Reply:
    def __init__(self, got):
        self.status = got.status
        self.headers = {name.lower(): value
                        for name, value in got.getheaders()}
        self.body = got.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        return self.headers.get("location")

    def __repr__(self):
        return f"{self.status} {self.body[:200]!r}"


class Visitor:
    def __init__(self, origin, port=None):
        """port: of the process to talk to, where several are one portal."""
        self.origin = origin
        self.port = port or urllib.parse.urlsplit(origin).port
        self.cookies = {}
        self.csrf = ""

    def send(self, method, path, body=None, headers=None):
        place = urllib.parse.urlsplit(self.origin)
        if place.scheme == "https":
            trust = ssl.create_default_context()
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=60, context=trust)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                    timeout=60)
        sent = {"Host": place.netloc, "Origin": self.origin,
                "Cookie": "; ".join(f"{name}={value}" for name, value
                                    in self.cookies.items()),
                **(headers or {})}
        try:
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            for cookie in got.headers.get_all("Set-Cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Reply(got)
        finally:
            connection.close()

    def get(self, path):
        """A page; its CSRF token is remembered."""
        reply = self.send("GET", path)
        found = re.search(rb'name="csrf" content="([0-9a-f]+)"', reply.body)
        if found:
            self.csrf = found[1].decode()
        return reply

    def form(self, path, **fields):
        """Posts a form as the browser does."""
        return self.send(
            "POST", path, urllib.parse.urlencode({"csrf": self.csrf, **fields}),
            {"Content-Type": "application/x-www-form-urlencoded"})

    def script(self, path, body):
        """Posts JSON as the page's script does."""
        return self.send("POST", path, json.dumps(body),
                         {"Content-Type": "application/json",
                          "X-CSRF-Token": self.csrf})

    def asked(self, path, name):
        """What the portal answers to a script that asks for a ceremony."""
        reply = self.script(path, {})
        if reply.status != 200:
            raise Failure(f"{path} answered {reply}")
        return reply.json[name]

    def other(self, person):
        """A login without a card."""
        self.get("/login")
        return self.form("/login/other", person=person)

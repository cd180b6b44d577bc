# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats W-03, W-05: what a page can send without asking anybody first, from
a second origin and through redirections, in Chromium."""

import json
import urllib.parse

from browser_case import BrowserCase
from process import wait_until
from run_tests import main
from stack import NONCE

BODY = json.dumps({"challengeNonce": NONCE, "waitForCard": False})
# Each way is told to have ended, well or badly.
SIMPLE = """
(async () => {
  const url = (path, mark) => `${AGENT}/v1/${path}?${mark}`;
  const ended = (item, start) => new Promise((resolve) => {
    item.onload = () => resolve("load");
    item.onerror = () => resolve("error");
    start(item);
    document.body.append(item);
  });
  const make = (tag) => document.createElement(tag);
  const frame = Object.assign(make("iframe"), { name: "target" });
  const post = (enctype, mark) => {
    const form = Object.assign(make("form"), { action: url("authenticate",
      mark), method: "post", enctype, target: "target" });
    form.append(Object.assign(make("input"), { name: BODY.slice(0, -1) + ',"',
      value: '":1}' }));
    document.body.append(form);
    return new Promise((resolve) => {
      frame.onload = () => resolve("load");
      form.submit();
    });
  };
  const quiet = (type, mark, more) => fetch(url("authenticate", mark),
    { method: "POST", mode: "no-cors", body: BODY, ...more,
      headers: { "Content-Type": type } })
    .then((answer) => answer.type, () => "error");
  const said = {
    img: await ended(make("img"), (i) => { i.src = url("status", "img"); }),
    script: await ended(make("script"), (s) => { s.src = url("status",
      "script"); }),
    style: await ended(make("link"), (l) => { l.rel = "stylesheet";
      l.href = url("status", "style"); }),
    nocors: await quiet("text/plain", "nocors"),
    urlencoded: await quiet("application/x-www-form-urlencoded", "urlencoded",
      { credentials: "include" }),
    get: await fetch(url("status", "get"), { mode: "no-cors" })
      .then((answer) => answer.type, () => "error"),
    cors: await fetch(url("authenticate", "cors"), { method: "POST",
      body: BODY }).then(() => "read", () => "error"),
    beacon: navigator.sendBeacon(url("authenticate", "beacon"),
      new Blob([BODY], { type: "text/plain" })),
  };
  document.body.append(frame);
  await new Promise((resolve) => setTimeout(resolve, 100));
  said.form = await post("text/plain", "form");
  said.multipart = await post("multipart/form-data", "multipart");
  return said;
})()
"""
SENT = ("img", "script", "style", "nocors", "urlencoded", "get", "cors",
        "beacon", "form", "multipart")
REDIRECTED = """
fetch(TO, OPTIONS).then((answer) => answer.type === "opaque" ? "opaque"
  : "read", () => "error")
"""


class Csrf(BrowserCase):
    def run_script(self, script, **names):
        for name, value in names.items():
            script = script.replace(name, json.dumps(value))
        return self.browser.call("evaluate", page="a", script=script)

    def refusals(self):
        return sum("request refused: origin_not_allowed" in line
                   for line in self.stack.agent.program.lines)

    def test_w03_simple_requests_of_a_second_origin(self):
        """Whoever visits that site has even allowed it the local network."""
        self.open(site=self.stranger)
        self.permit("granted", self.stranger)
        before = self.refusals()
        said = self.run_script(SIMPLE.replace("${AGENT}",
                                              self.stack.agent.url),
                               BODY=BODY)
        self.assertEqual(set(said), set(SENT))
        self.assertEqual(said["cors"], "error")
        self.assertEqual((said["img"], said["script"]), ("error", "error"))
        asked = {urllib.parse.urlsplit(url).query
                 for url in self.browser.call("requests", page="a")}
        # They left the browser, and came to where they are refused.
        self.assertLessEqual(set(SENT) - {"beacon"}, asked)
        wait_until(lambda: self.refusals() > before, 20, "a refusal")
        self.assert_untouched()

    def test_w05_redirections_lose_the_origin(self):
        """From the portal's own page, by way of another site: null."""
        self.open()
        self.permit("granted")
        before = self.refusals()
        for options in ({}, {"mode": "no-cors"},
                        {"method": "POST", "body": BODY},
                        {"method": "POST", "body": BODY, "mode": "no-cors"}):
            path = "authenticate" if options.get("body") else "status"
            to = (self.stranger.origin + "/redirect?to="
                  + urllib.parse.quote(f"{self.stack.agent.url}/v1/{path}"))
            said = self.run_script(REDIRECTED, TO=to, OPTIONS=options)
            self.assertNotEqual(said, "read", options)
        wait_until(lambda: self.refusals() > before, 20, "a refusal")
        self.assert_untouched()


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Frames in Chromium, where an administrator's policy gave the permission: a
permission that a test gives by itself would bypass the attribute allow.
"""

import json
import os
import subprocess
import urllib.parse

from browser_case import BrowserCase
from process import NotAllowed
from run_tests import main

# In a mount namespace of its own, so that no other Chromium sees the policy.
MOUNT = """
mount -t tmpfs none /etc/chromium
mkdir -p /etc/chromium/policies/managed
cp "$0" /etc/chromium/policies/managed/beid-agent.json
exec "$@"
"""


class Frame(BrowserCase):
    """The portal's page in a frame of a page that may call the agent."""

    @classmethod
    def wrapper(cls):
        alone = ["unshare", "--mount", "--propagation", "private", "sh", "-ec"]
        tried = subprocess.run(
            [*alone, "mount -t tmpfs none /etc/chromium"], check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if tried.returncode != 0:
            raise NotAllowed("a policy for Chromium needs a mount namespace: "
                             + tried.stdout)
        policy = os.path.join(cls.directory, "policy.json")
        with open(policy, "w", encoding="utf-8") as file:
            json.dump({"LoopbackNetworkAllowedForUrls": [cls.stranger.origin]},
                      file)
        return [*alone, MOUNT, policy]

    def in_frame(self, **attribute):
        inner = self.site.origin + "/"
        query = urllib.parse.urlencode({"src": inner, **attribute})
        self.open(path="/frame?" + query, site=self.stranger, ready=False)
        return self.browser.sdk("a", "sdk.status()", frame=inner)

    def test_the_policy_allows_the_top_page(self):
        self.open(site=self.stranger)
        state = self.browser.sdk("a", "sdk.permission()", click=False)
        self.assertEqual(state["value"]["state"], "granted")

    def test_without_allow(self):
        self.assertEqual(self.in_frame()["reason"], "permission_denied")
        self.assert_untouched()

    def test_with_another_allow(self):
        self.assertEqual(self.in_frame(allow="local-network")["reason"],
                         "permission_denied")
        self.assert_untouched()

    def test_with_allow(self):
        answer = self.in_frame(allow="loopback-network; local-network-access")
        self.assertEqual(answer["value"]["portal"]["environment"], "test")


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Frames in Chromium, where an administrator's policy gave the permission: a
permission that a test gives by itself would bypass the attribute allow.
"""

import json
import os
import shutil
import subprocess
import urllib.parse

from browser_case import BrowserCase
from process import NotAllowed
from run_tests import main
from stack import built, home_in

# In a mount namespace of its own, so that no other Chromium sees the policy.
MOUNT = """
mount -t tmpfs none /etc/chromium
mkdir -p /etc/chromium/policies/managed
cp "$0" /etc/chromium/policies/managed/beid-agent.json
exec "$@"
"""


class Managed(BrowserCase):
    """A computer whose administrator made a rule."""

    @classmethod
    def rules(cls):
        raise NotImplementedError

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
            json.dump(cls.rules(), file)
        return [*alone, MOUNT, policy]

    def state(self, site):
        self.open(site=site)
        return self.browser.sdk("a", "sdk.permission()",
                                click=False)["value"]["state"]


class Frame(Managed):
    """The portal's page in a frame of a page that may call the agent."""

    @classmethod
    def rules(cls):
        return {"LoopbackNetworkAllowedForUrls": [cls.stranger.origin]}

    def in_frame(self, **attribute):
        inner = self.site.origin + "/"
        query = urllib.parse.urlencode({"src": inner, **attribute})
        self.open(path="/frame?" + query, site=self.stranger, ready=False)
        return self.browser.sdk("a", "sdk.status()", frame=inner)

    def test_the_policy_allows_the_top_page(self):
        self.assertEqual(self.state(self.stranger), "granted")

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


class Judged(Managed):
    """`beid-agent doctor` and Chromium take a rule for the same."""

    def doctor(self):
        root = os.path.join(self.stack.directory, "root")
        managed = os.path.join(root, "etc", "chromium", "policies", "managed")
        os.makedirs(managed)
        shutil.copy(os.path.join(self.directory, "policy.json"), managed)
        done = subprocess.run(
            [built("agent", "beid-agent"), "doctor", "--json", "--root", root,
             "--portals", self.stack.agent.portals],
            env={**os.environ, **home_in(self.stack.directory)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            check=False)
        return "browser-policy" in {
            finding["finding"]
            for finding in json.loads(done.stdout)["findings"]}

    def agree(self, forbidden):
        self.assertEqual(self.state(self.site),
                         "denied" if forbidden else "prompt")
        self.assertEqual(self.doctor(), forbidden)


class Forbidden(Judged):
    @classmethod
    def rules(cls):
        return {"LoopbackNetworkBlockedForUrls": [cls.site.origin],
                "LoopbackNetworkAllowedForUrls": [cls.site.origin]}

    def test_a_blocking_rule_is_the_stronger(self):
        self.agree(True)
        answer = self.browser.sdk("a", "sdk.status()")
        self.assertEqual(answer["reason"], "permission_denied", answer)


class ForbiddenOldName(Judged):
    @classmethod
    def rules(cls):
        return {"LocalNetworkAccessBlockedForUrls": ["https://localhost"]}

    def test_the_older_name_and_any_port(self):
        self.agree(True)


class ForbiddenElsewhere(Judged):
    @classmethod
    def rules(cls):
        return {"LoopbackNetworkBlockedForUrls": [cls.stranger.origin],
                "LocalNetworkBlockedForUrls": ["*"]}

    def test_another_website_and_another_network(self):
        self.agree(False)


del Managed, Judged  # nothing to run in themselves

if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
All that can go wrong between a citizen, the card and the portal: the page
says in the citizen's language what to do next and where else to go, and the
next try begins afresh.
"""

import glob
import os
import signal
import socket
import time

from portal_case import APPLET, PIN, PortalCase, explanations, texts
from process import Program, run, wait_until
from run_tests import main
from signing import read_pages, so_far
from stack import VirtualCard

# One card and a wide window speak French, the other one and a narrow window
# Dutch.
LANGUAGES = {"1.7": ("nl",), "1.8": ("fr",)}[APPLET]
NO_RETRY = ("pin_blocked",)


def somebody_listens():
    """Is an agent of somebody else's on this machine?"""
    for port in range(24880, 24888):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
    return False


class Failures(PortalCase):
    photos = f"failures-{APPLET}"
    options = ("--readers", "1", "--responder", "0")
    checked = set()

    def setUp(self):
        self.browser.call("forget")

    def fails(self, language, *codes):
        """The page explains one of these errors; goes on after it."""
        problem = self.call("problem")
        self.assertIn(problem["code"], codes, problem)
        code = problem["code"]
        title, advice = explanations()[code]
        says = texts(language)
        self.assertEqual(
            (problem["lang"], problem["title"], problem["advice"]),
            (language, says[title], says[advice]), code)
        self.assertEqual(problem["other"], "#other")
        self.assertTrue(problem["focused"] and problem["ready"], problem)
        self.assertEqual(problem["retry"], None if code in NO_RETRY
                         else says["reload" if code == "nonce_expired"
                                   else "retry"])
        self.call("photo", name=f"{language}-{code}",
                  sizes=[1280 if language == "fr" else 360])
        if code not in self.checked:
            self.call("check", small=True)
            self.checked.add(code)
        self.screen.wait_closed()
        return problem

    # Each stands between the citizen and the portal until it is undone.
    def causes(self):
        stack, card = self.stack, self.card
        yield (("permission_denied",),
               lambda: self.browser.call("permission", setting="denied"))
        yield (("permission_dismissed", "permission_denied"),
               lambda: self.browser.call("permission", setting="prompt"))
        stop = stack.agent.stop

        def no_agent():
            self.browser.call("permission", setting="granted")
            stop()
        yield self.nobody, no_agent

        def no_reader():
            stack.card = self.empty
            stack.restart_agent()
            stack.card = card
        yield ("no_reader",), no_reader

        def no_service():
            stack.restart_agent()
            card.do("pcscd-stop")
        yield ("pcscd_unavailable",), no_service

        def foreign():
            card.do("pcscd-start")
            self.card_state("supported")
            self.put("--applet", "foreign", state="unsupported")
        yield ("unsupported_card",), foreign
        yield ("card_too_old",), lambda: self.put("--applet", "1.1")
        yield (("certificate_missing",),
               lambda: self.put("--applet", APPLET, "--person", "minor"))
        yield (("certificate_expired",),
               lambda: self.put("--applet", APPLET, "--person", "expired"))

        def blocked():
            self.put("--applet", APPLET, "--person", "adult")
            card.do("tries", "--set", "0")
        yield ("pin_blocked",), blocked

    @staticmethod
    def nobody():
        return (("agent_unreachable", "agent_not_for_this_site")
                if somebody_listens() else ("agent_unreachable",))

    # What happens while the agent's window is open.
    def accidents(self):
        def wrong_pins():
            self.screen.type_line(self.screen.wait_window(60), "9999")
            self.next_window(2)
            self.screen.type_line(self.screen.wait_window(60), "9999")
        yield ("pin_incorrect",), wrong_pins

        def last_pin():
            # Told first that it is the last one.
            read_pages(self.screen, self.stack.prompt, self.before)
            self.screen.type_line(self.screen.wait_window(60), "9999")
        yield ("pin_blocked",), last_pin

        def escape():
            self.screen.press(self.screen.wait_window(60), "Escape")
        yield ("user_cancelled",), escape

        def page_cancels():
            self.screen.wait_window(60)
            self.click("#cancel")
        yield ("aborted",), page_cancels

        def portal_gone():
            window = self.screen.wait_window(60)
            self.portal.program.stop(signal.SIGKILL)
            self.screen.type_line(window, PIN)
        yield ("portal_unreachable",), portal_gone

        def agent_gone():
            self.screen.wait_window(60)
            self.stack.agent.program.stop(signal.SIGKILL)
        yield ("agent_unreachable",), agent_gone

    def next_window(self, number):
        """The window for the next try, not the one before."""
        wait_until(lambda: self.stack.prompt.count() >= self.asked + number,
                   30, "the next prompt")

    def test_1_what_stands_in_the_way(self):
        self.empty = VirtualCard(os.path.join(self.stack.directory, "e"),
                                 start=("--readers", "0"))
        self.addCleanup(self.empty.stop)
        self.open()
        for language in LANGUAGES:
            self.browser.call("forget")
            self.go(f"/login?lang={language}")
            button = "#login"
            for codes, cause in self.causes():
                cause()
                codes = codes() if callable(codes) else codes
                self.click(button)
                self.fails(language, *codes)
                button = "#retry"
        # Without a PIN there is another way in, and this is it.
        self.click("#another-way")
        self.click("button[value=nora]")
        self.logged_in()
        self.put("--applet", APPLET, "--person", "adult")

    def test_2_what_happens_on_the_way(self):
        self.open()
        for language in LANGUAGES:
            self.browser.call("forget")
            self.go(f"/login?lang={language}")
            button = "#login"
            for codes, accident in self.accidents():
                self.asked = self.stack.prompt.count()
                self.before = so_far(self.stack.prompt)
                if codes != ("pin_blocked",):  # that takes what was left
                    self.card.do("tries", "--set", "3")
                self.click(button)
                accident()
                self.fails(language, *codes)
                button = "#login" if codes == NO_RETRY else "#retry"
                if not self.portal.program.running():
                    self.start_portal()
                if not self.stack.agent.program.running():
                    self.stack.restart_agent()
        self.click("#retry")
        self.type_pin()
        self.logged_in()

    def test_3_the_page_says_to_insert_the_card(self):
        self.open()
        for language in LANGUAGES:
            self.browser.call("forget")
            self.card.do("remove")
            self.card_state("none")
            self.go(f"/login?lang={language}")
            self.click("#login")
            self.call("text", selector="#progress",
                      text=texts(language)["progress_waiting_for_card"])
            self.asked = self.stack.prompt.count()
            self.card.do("insert")
            self.next_window(1)
            self.call("text", selector="#progress",
                      text=texts(language)["progress_pin_entry"])
            self.type_pin()
            self.logged_in()

    def test_4_no_network(self):
        language = LANGUAGES[0]
        self.open(f"/login?lang={language}", clock=True)
        self.portal.stop()
        self.click("#login")
        self.fails(language, "portal_unreachable")
        self.start_portal()
        # A portal that takes the connection and then says nothing.
        self.portal.program.process.send_signal(signal.SIGSTOP)
        try:
            self.click("#retry")
            self.call("text", selector="#progress",
                      text=texts(language)["progress_nonce"])
            self.call("later", ms=21000)
            self.fails(language, "portal_unreachable")
        finally:
            self.portal.program.process.send_signal(signal.SIGCONT)
        self.click("#retry")
        self.type_pin()
        self.logged_in()

    def test_5_a_login_that_took_too_long(self):
        self.start_portal("--nonce-lifetime", "1")
        self.open()
        for language in LANGUAGES:
            self.go(f"/login?lang={language}")
            self.click("#login")
            window = self.screen.wait_window(60)
            time.sleep(2)
            self.screen.type_line(window, PIN)
            self.fails(language, "nonce_expired")
        self.start_portal()
        self.call("evaluate", script="window.before = true")
        self.click("#retry")
        self.call("wait", selector="#problem[hidden]", state="attached")
        self.assertIsNone(self.call("evaluate", script="window.before ?? null"))
        self.click("#login")
        self.type_pin()
        self.logged_in()

    def test_6_step_up(self):
        """An old request, and somebody else's card."""
        self.open()
        for language in LANGUAGES:
            self.browser.call("forget")
            self.go(f"/login?next=/gezin&lang={language}")
            self.click("button[value=emile]")
            self.call("url", path="/gezin")
            now = int(time.time())
            self.browser.call(
                "answer", path="/step-up/request?for=%2Fgezin",
                body='{"request":"' + self.requests.request(
                    iss=self.origin, resource=self.origin + "/gezin",
                    iat=now - 300, exp=now - 180) + '"}')
            self.click("#login")
            self.fails(language, "request_expired")
            self.browser.call("unanswer")
            self.click("#retry")
            self.type_pin()
            self.fails(language, "other_person")
        # What does not need the card is open still.
        self.click("#another-way")
        self.click("#other a[href='/werk']")
        self.logged_in(path="/werk")

    def test_7_two_at_once(self):
        language = LANGUAGES[0]
        self.open(f"/login?lang={language}")
        self.open(f"/login?lang={language}", page="b")
        self.click("#login", page="b")
        window = self.screen.wait_window(60)
        self.click("#login")
        problem = self.call("problem")
        self.assertEqual((problem["code"], problem["title"]),
                         ("busy", texts(language)["t_busy"]))
        self.screen.type_line(window, PIN)
        self.logged_in("b")

    def openssl_says_revoked(self, responder):
        """OpenSSL's responder in the place of the virtual card's."""
        pki = os.path.join(self.card.directory, "pki")
        index = os.path.join(self.stack.directory, "index.txt")
        with open(index, "w", encoding="ascii") as file:
            for card in glob.glob(os.path.join(pki, "auth*.pem")):
                serial = run(["openssl", "x509", "-in", card, "-noout",
                              "-serial"]).strip().partition("=")[2]
                file.write("R\t401231235959Z\t260101000000Z\t"
                           f"{serial}\tunknown\t/CN=revoked\n")
        self.card.do("responder-stop")
        return Program(["openssl", "ocsp", "-index", index,
                        "-port", responder.rpartition(":")[2],
                        "-CA", os.path.join(pki, "ca.pem"),
                        "-rsigner", os.path.join(pki, "ca.pem"),
                        "-rkey", os.path.join(pki, "ca.key")])

    def test_8_revoked(self):
        """And a responder that is down, until it is up again."""
        responder = self.card.do("responder").split()[0]
        self.open()
        for language in LANGUAGES:
            self.browser.call("forget")
            openssl = self.openssl_says_revoked(responder)
            try:
                openssl.expect("aiting for OCSP client")
                # Without the answers that the portal remembers.
                self.start_portal("--revocation", "required",
                                  "--ocsp-prefix", responder)
                self.go(f"/login?lang={language}")
                self.click("#login")
                self.type_pin()
                self.fails(language, "certificate_revoked")
            finally:
                openssl.stop()
                self.card.do("responder-start")
            self.card.do("responder", "--set", "down")
            self.put("--applet", APPLET, "--person", "adult")
            self.click("#retry")
            self.type_pin()
            self.fails(language, "revocation_unavailable")
            self.card.do("responder", "--set", "up")
            self.click("#retry")
            self.type_pin()
            self.logged_in()


if __name__ == "__main__":
    main()

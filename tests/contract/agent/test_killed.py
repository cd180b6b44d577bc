# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Processes die at the worst moment; the card is never left open."""

import contextlib
import json
import os
import signal
import sys
import time

from agent_case import APPLET, MAX_TRIES, AgentCase, main
from kernel_without import landlock_abi
from process import Program, children_of, run, wait_until
from stack import NONCE, ORIGIN, PIN, SOURCE, Agent, Later, built

NO_TRANSACTION = built("tests", "contract", "agent", "libno_transaction.so")
CLIENT = os.path.join(SOURCE, "tests", "harness", "pcsc_client.py")
VERIFY = "0020000108"
SIGN = "002A9E9A"
HASH = {"1.7": ("01", "3031300D060960864801650304020105000420" + 32 * "5A"),
        "1.8": ("02", 48 * "5A")}


class Killed(AgentCase):
    def sign_without_pin(self):
        """A second PC/SC client asks for a signature; its status word."""
        algorithm, data = HASH[APPLET]
        out = run([sys.executable, CLIENT, "00A4080C043F00DF00",
                   f"002241B6050480{algorithm}8482",
                   f"002A9E9A{len(data) // 2:02X}{data}"],
                  env={**os.environ, **self.card.env})
        return out.split()[-1]

    def hold_at(self, apdu, how, begin=None):
        """A login that stands still (or gets a fault) at its first APDU that
        begins so."""
        self.good_login()
        self.card.do("counters-reset")
        trace = os.path.join(self.stack.directory, "trace")
        self.card.trace_to(trace)
        self.good_login()
        with open(trace, encoding="utf-8") as lines:
            sent = [line for line in lines if " > " in line]
        position = 1 + next(i for i, line in enumerate(sent)
                            if f"> {apdu}" in line)
        self.card.do("fault", "--at", str(position), "--do", how)
        login, window = (begin or self.stack.begin)()
        self.screen.type_line(window, PIN)
        if how.startswith("hold"):
            self.card.do("fault", "--wait")
        return login

    def test_worker_killed_between_verify_and_signature(self):
        login = self.hold_at(VERIFY, "hold-after")
        # After the login that counted: the card has taken this PIN too, and
        # the worker does not know yet.
        self.assertEqual(self.card.count("verify_ok"), 2)
        self.worker_killed(login)

    def test_worker_killed_while_the_card_signs(self):
        self.worker_killed(self.hold_at(SIGN, "hold"))

    def worker_killed(self, login):
        victim = self.worker()
        os.kill(victim, signal.SIGKILL)
        self.card.do("release")
        answer = login.result()
        self.assertEqual(answer.status, 500, answer)
        self.assertEqual(answer.code, "internal")
        wait_until(lambda: self.worker() not in (None, victim), 10,
                   "another worker")
        self.assertEqual(self.sign_without_pin(), "6982")
        self.good_login()
        self.assertEqual(self.tries(), MAX_TRIES)

    def closed_again(self):
        """Nobody signs without a PIN, and no try was lost."""
        self.assertEqual(self.sign_without_pin(), "6982")
        self.good_login()
        self.assertEqual(self.tries(), MAX_TRIES)

    def test_card_refuses_the_signature(self):
        """The PIN was right, the signature fails: logged off all the same."""
        login = self.hold_at(SIGN, "sw:6F00")
        self.assertEqual(login.result().code, "card_error")
        count = self.card.counters()
        self.assertEqual(count["verify_ok"], 2)  # that of the login before
        self.assertEqual(count["logoffs"] + count["resets"], 2, count)
        self.closed_again()

    def page(self):
        """A page whose connection the test can close, and its window."""
        connection = self.agent.connect()
        connection.request("POST", "/v1/authenticate",
                           json.dumps({"challengeNonce": NONCE}),
                           {"Origin": ORIGIN, "X-Beid-Agent": "1",
                            "Content-Type": "application/json"})
        return connection, self.screen.wait_window()

    def test_page_gone_between_verify_and_signature(self):
        """It ends with a log-off, or with the process and pcscd's reset."""
        self.hold_at(SIGN, "hold", self.page).close()
        self.card.do("release")
        self.screen.wait_closed()
        wait_until(lambda: not self.agent.status().json["busy"], 20,
                   "the end of the operation")
        self.closed_again()

    def test_sigterm_between_verify_and_signature(self):
        login = self.hold_at(SIGN, "hold")
        self.agent.program.process.send_signal(signal.SIGTERM)
        self.agent.program.process.wait(20)
        self.assertRaises(Exception, login.result)
        self.card.do("release")
        self.assertEqual(self.sign_without_pin(), "6982")
        type(self).agent = self.stack.restart_agent()
        self.closed_again()

    def test_negative_control(self):
        """Without a transaction the same death leaves the card open."""
        client = Program([sys.executable, CLIENT, "00A4080C043F00DF00",
                          f"002000010824{PIN}FFFFFFFFFF", "--wait"],
                         env={**os.environ, **self.card.env})
        try:
            client.expect("waiting")
            self.assertEqual(client.lines[1], "9000")
            os.kill(client.pid, signal.SIGKILL)
            client.process.wait(10)
            self.assertEqual(self.sign_without_pin()[:2], "61")
        finally:
            client.stop()
            self.card.do("reset")

    def test_negative_control_of_the_worker(self):
        """One that forgot transactions leaves the card open: what the tests
        above would find."""
        forgetful = os.path.join(self.stack.directory, "forgetful")
        with open(forgetful, "w", encoding="utf-8") as script:
            script.write("#!/bin/sh\n"
                         f"LD_PRELOAD='{NO_TRANSACTION}' exec "
                         f"'{built('agent', 'beid-agent-card')}' \"$@\"\n")
        os.chmod(forgetful, 0o755)
        former = self.stack.agent
        self.agent = self.stack.agent = Agent(
            self.stack.directory, {**self.screen.env, **self.card.env},
            self.prompt.script, options=("--card-worker", forgetful))
        try:
            login = self.hold_at(SIGN, "hold")
            os.kill(self.worker(), signal.SIGKILL)
            self.card.do("release")
            self.assertEqual(login.result().status, 500)
            self.assertEqual(self.sign_without_pin()[:2], "61")
        finally:
            self.assertEqual(self.stack.agent.stop(), 0)
            self.agent = self.stack.agent = former
            self.card.do("reset")

    def test_front_answers_while_the_worker_is_gone(self):
        victim = self.worker()
        os.kill(victim, signal.SIGKILL)
        self.assertEqual(self.agent.status().status, 200)
        wait_until(lambda: self.worker() not in (None, victim), 10,
                   "another worker")
        self.good_login()

    def test_front_killed(self):
        front = [p for p in children_of(self.agent.program.pid)
                 if p != self.worker()][0]
        os.kill(front, signal.SIGKILL)
        wait_until(lambda: len(children_of(self.agent.program.pid)) >= 2, 10,
                   "another front")
        self.good_login()

    def test_pcscd_killed_and_started_again(self):
        login, window = self.stack.begin()
        self.card.do("pcscd-kill")
        if not login.done():
            self.screen.type_line(window, PIN)
        self.assertEqual(login.result().code, "pcscd_unavailable")
        self.assertEqual(
            self.agent.authenticate(waitForCard=False).code,
            "pcscd_unavailable")
        self.card.do("pcscd-start")
        self.wait_card("supported")
        self.good_login()
        self.assertEqual(self.tries(), MAX_TRIES)

    @contextlib.contextmanager
    def pcscd_stopped(self):
        """It is there, and answers nobody."""
        with open(os.path.join(self.card.directory, "pcscd.pid"),
                  encoding="ascii") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def test_pcscd_hangs_and_the_dialog_does_not(self):
        login, window = self.stack.begin()
        with self.pcscd_stopped():
            time.sleep(1)  # the agent has looked at the card by then
            self.screen.press(window, "Escape")
            self.screen.wait_closed()
            self.assertEqual(login.result().code, "user_cancelled")
        self.wait_card("supported")
        self.good_login()

    def test_a_pin_is_not_early_because_pcscd_is_slow(self):
        login, window = self.stack.begin()
        asked = self.prompt.count()
        with self.pcscd_stopped():
            self.screen.type_line(window, PIN)
            time.sleep(0.5)
        self.assertEqual(login.result().status, 200)
        self.assertEqual(self.prompt.count(), asked)

    def test_pcscd_hangs_for_too_long(self):
        login, window = self.stack.begin()
        with self.pcscd_stopped():
            self.assertEqual(login.result().code, "pcscd_unavailable")
            self.screen.wait_closed()
        self.wait_card("supported")
        self.good_login()
        self.assertEqual(self.tries(), MAX_TRIES)

    def test_pcscd_killed_inside_the_transaction(self):
        """The held APDU dies with pcscd: there is nothing to release."""
        login = self.hold_at(SIGN, "hold")
        self.card.do("pcscd-kill")
        answer = login.result()
        self.assertEqual(answer.code, "pcscd_unavailable", answer)
        self.card.do("pcscd-start")
        self.wait_card("supported")
        self.assertEqual(self.sign_without_pin(), "6982")
        self.good_login()
        self.assertEqual(self.tries(), MAX_TRIES)

    def test_pcscd_comes_to_another_place(self):
        """The card worker may reach one directory (Landlock ABI 9): one that
        comes later, or in its stead, is found all the same."""
        place = os.path.join(self.stack.directory, "late")
        other = Agent(self.stack.directory,
                      {**self.screen.env, "PCSCLITE_CSOCK_NAME":
                       os.path.join(place, os.path.basename(self.card.socket))},
                      self.prompt.script)

        def readers():
            return [r["card"] for r in other.status().json["readers"]]

        try:
            self.assertEqual(readers(), [])
            os.symlink(os.path.dirname(self.card.socket), place)
            wait_until(lambda: readers() == ["supported"], 20, "the reader")
            workers = [line for line in other.program.lines
                       if "pcscd has a new directory" in line]
            self.assertEqual(len(workers), int(landlock_abi() >= 9))
            os.unlink(place)
            os.mkdir(place)
            self.assertIn(readers(), ([], ["supported"]))
            os.rmdir(place)
            os.symlink(os.path.dirname(self.card.socket), place)
            wait_until(lambda: readers() == ["supported"], 20, "the reader")
        finally:
            self.assertEqual(other.stop(), 0)
        self.assertNotIn("it is started again",
                         "\n".join(other.program.lines))

    def test_end_by_signal_leaves_no_process(self):
        other = Agent(self.stack.directory,
                      {**self.screen.env, **self.card.env},
                      self.prompt.script)
        members = children_of(other.program.pid)
        self.assertEqual(len(members), 2, members)
        login = Later(other.authenticate)
        self.screen.wait_window()
        members = children_of(other.program.pid)
        self.assertEqual(other.stop(), 0)
        self.screen.wait_closed(5)
        for pid in members:
            wait_until(lambda pid=pid: not os.path.exists(f"/proc/{pid}"), 5,
                       f"the end of {members[pid]}")
        try:
            login.result()
        except (ConnectionError, OSError):
            pass


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat L-08: each state of a ceremony in the card worker at each event, with
a real pcscd and virtual cards. The test is front, supervisor and the person;
BEID_WALK says which states: dialogs, keys (those of a reader), or waits."""

import contextlib
import os
import shutil
import struct
import subprocess
import tempfile

from walk import ELSE, Saying, Walk, messages_to, states_of
from faults import Plan, main
from played import CANCELLED, OTHER, Played, pin

from bench import (PROMPT_FD, PROMPT_START, PROMPT_STOP,  # noqa: E402, I100
                   PROMPT_STOPPED, SESSION, SESSION_STATE, field, packet)
from process import Failure, wait_until  # noqa: E402
from stack import VirtualCard, built  # noqa: E402

PIN = "739205"
AUTHENTICATE, STEP_UP, CERTIFICATE, SIGN, SIGN_FILE = 2, 4, 5, 6, 7
PART = os.environ.get("BEID_WALK", "dialogs")
TIME_MS = 60000

STAYS, NEXT, NOBODY, BEGINS = "stays", "next", "nobody", "begins"
FORGETS = ("exit", 3)  # the farewell is over
KILLED = ("exit", -15)
DIALOGS = ("waiting", "choosing", "reading", "last-try", "sharing", "pin",
           "pinpad", "farewell")
HOLDS = {"session": SESSION, "opening": PROMPT_START, "closing": PROMPT_STOP}


def comes_to(*errors, ends=False):
    """The operation is answered so; ends: then the process ends as well."""
    return ("answer", errors, ends)


CARD_GONE = comes_to("card-removed")


# Of itself, or because a card hangs that cannot be let go of.
ENDS = {"card": ("exit", 1), "signing": ("exit", 1), "farewell": FORGETS,
        ELSE: ("exit", 0)}


def on_screen(outcome, **others):
    """Only who is shown something can answer it."""
    return {**dict.fromkeys(DIALOGS, outcome), "farewell": FORGETS,
            ELSE: NOBODY, **others}


class WorkerWalk(Walk):
    STATES = states_of("agent", "worker", "state.c")
    TABLE = {
        "STATUS": STAYS,
        "AUTHENTICATE, STEP_UP, CERTIFICATE, SIGN, SIGN_FILE":
            {"idle": BEGINS, ELSE: STAYS},
        "CANCEL": {"idle": STAYS, "farewell": FORGETS,
                   "card": comes_to("cancelled", ends=True),
                   "signing": comes_to("cancelled", ends=True),
                   ELSE: comes_to("cancelled")},
        "CANCEL of another": STAYS,
        "PROMPT_FD": {"opening": comes_to("prompt"), ELSE: STAYS},
        "PROMPT_STOPPED": STAYS,
        "SESSION_STATE": {"session": comes_to("not-local"), ELSE: STAYS},
        "yes": on_screen(NEXT, waiting=comes_to("cancelled"),
                         pinpad=comes_to("cancelled"), sharing=comes_to("ok"),
                         pin=comes_to("ok")),
        "early yes": on_screen(NEXT, waiting=comes_to("cancelled"),
                               pinpad=comes_to("cancelled")),
        "no": on_screen(comes_to("cancelled")),
        "other": on_screen(comes_to("cancelled"), choosing=NEXT),
        "nonsense of the prompt": on_screen(comes_to("prompt")),
        "the prompt ends": on_screen(comes_to("prompt")),
        "removed": {"idle": STAYS, "waiting": NOBODY, "farewell": FORGETS,
                    "session": NEXT, "closing": STAYS, ELSE: CARD_GONE},
        "swapped": {"idle": STAYS, "waiting": NOBODY, "farewell": STAYS,
                    "session": STAYS, "closing": STAYS, ELSE: CARD_GONE},
        "inserted": {"waiting": NEXT, "session": NEXT, "choosing": NOBODY,
                     ELSE: STAYS},
        "pcscd ends": {"idle": STAYS, "farewell": FORGETS, "closing": STAYS,
                       ELSE: comes_to("no-service")},
        "time over": {"idle": STAYS, "farewell": FORGETS, "closing": STAYS,
                      "waiting": comes_to("no-card"),
                      "session": comes_to("internal"),
                      "opening": comes_to("prompt"),
                      "card": comes_to("card-mute", ends=True),
                      "signing": comes_to("card-mute", ends=True),
                      ELSE: comes_to("timeout")},
        "front ends": ENDS, "nonsense of front": ENDS,
        "the supervisor ends": ENDS, "nonsense of the supervisor": ENDS,
        "SIGTERM": KILLED,
    }

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="beid")
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.card = VirtualCard(
            os.path.join(cls.directory, "v"), "1.8",
            ("--readers", "2", "--pin", PIN,
             *(("--pinpad", "start") if PART == "keys" else ())))
        cls.addClassCleanup(cls.card.stop)
        cls.card.do("remove", "--reader", "1")
        cls.plan = Plan(cls.directory)
        cls.worker = None
        cls.begin()
        cls.addClassCleanup(lambda: cls.worker.kill())
        if PART == "waits":
            cls.at_verify = cls.find_verify()

    @classmethod
    def begin(cls, *options):
        if cls.worker is not None:
            cls.worker.kill()
        cls.plan.disarm()
        cls.worker = Held(
            built("agent", "beid-agent-card"),
            built("pkcs11", "beid-agent-pkcs11.so"),
            ("--log-level", "debug", *options), errors=subprocess.PIPE,
            env={**os.environ, **cls.card.env, **cls.plan.env})
        cls.says = Saying(cls.worker.process.stderr, "idle")

    @classmethod
    def find_verify(cls):
        """At which command of a login with a card that is known the PIN
        goes."""
        trace = os.path.join(cls.directory, "trace")
        for _ in range(2):
            cls.card.trace_to(trace)
            cls.login()
            cls.card.do("trace", "--off")
        with open(trace, encoding="utf-8") as lines:
            sent = [line for line in lines if " > " in line]
        return 1 + next(i for i, line in enumerate(sent) if "> 00200001" in
                        line and not line.rstrip().endswith("> 00200001"))

    # ---- what the person and front do ----

    @classmethod
    def read(cls, dialog):
        """The person has read the first dialog of an operation: from when it
        said that it is there, the worker's clock goes forward."""
        cls.worker.wait_event("pin-entry" if dialog == "GETPIN"
                              else "window-opened")
        looks = cls.plan.get("idle")
        cls.plan.ahead(1600)
        # It has looked twice since, and there was no answer yet.
        wait_until(lambda: cls.plan.get("idle") >= looks + 2, 20,
                   "looks at the dialog", 0.001)

    @classmethod
    def login(cls):
        def person(kind):
            if kind != "GETPIN":
                return None
            cls.read(kind)
            return pin(PIN)
        cls.worker.person = person
        operation = cls.worker.authenticate()
        if PART == "keys":
            cls.card.do("keys", "--wait", PIN, "ok")
        err = cls.worker.reply(operation)["err"]
        cls.worker.person = lambda kind: None
        if err != "ok":
            raise AssertionError(f"a login came to {err}")

    def ask(self, kind):
        base = (field("en") + field("Demo") + field("https://localhost:18443")
                + bytes([2, False])
                + field(b"A" * 44 if kind in (AUTHENTICATE, STEP_UP) else b"")
                + field(b"") + struct.pack(">I", TIME_MS)
                + bytes([True, False]))
        more = {
            AUTHENTICATE: b"", CERTIFICATE: b"",
            STEP_UP: b"\0" + field("https://localhost:18443/x")
            + field("word " * 350 + "end") + field("jti-1")
            + struct.pack(">I", 1),
            SIGN: field(b"\x30" * 100) + b"\1" + field(b"h" * 32)
            + field("a.txt"),
            SIGN_FILE: field(b"h" * 32) + field(b"h" * 48) + field("a.txt")
            + struct.pack(">II", 0, 5)}[kind]
        self.worker.events = []
        return self.worker.ask(kind, base + more)

    # ---- the states ----

    def reach(self, state):
        """The operation, or None."""
        if state == "farewell":
            return self.reach_farewell()
        del self.worker.dialogs[:]
        self.worker.hold = HOLDS.get(state)
        if state == "idle":
            return None
        if state == "waiting":
            self.card.do("remove", "--reader", "0")
        if state == "choosing":
            self.card.do("insert", "--reader", "1")
        if state == "last-try":
            self.card.do("tries", "--set", "1")
        if state == "card":
            self.card.do("swap", "--reader", "0")  # one to be read
            self.card.do("fault", "--at", "1", "--do", "hold")
        if state == "signing":
            self.login()  # with a card that is known then
            del self.worker.dialogs[:]
            self.card.do("fault", "--at", str(self.at_verify), "--do", "hold")
        operation = self.ask({"sharing": CERTIFICATE, "closing": CERTIFICATE,
                              "reading": STEP_UP}.get(state, AUTHENTICATE))
        if state in ("closing", "signing"):
            self.shown(1)
            self.read(self.worker.dialogs[0])
            self.worker.answer(b"OK\n" if state == "closing" else pin(PIN))
        if state in ("card", "signing"):
            self.card.do("fault", "--wait")
        if state == "pinpad":
            self.card.do("keys", "--wait")
        if state in DIALOGS:
            self.shown(1)
        self.says.wait(state)
        return operation

    def reach_farewell(self):
        self.begin("--kiosk")
        self.login()
        self.says.wait("farewell")
        self.shown(2)

    def shown(self, count):
        self.worker.until(lambda: len(self.worker.dialogs) >= count, 20,
                          f"dialog {count}")

    # ---- the events ----

    def happen(self, event, state):
        worker = self.worker
        if event == "AUTHENTICATE, STEP_UP, CERTIFICATE, SIGN, SIGN_FILE":
            self.all_operations(state)
        elif event == "STATUS":
            self.assertEqual(worker.status()[0], "ok")
        elif event.startswith("CANCEL"):
            worker.cancel(worker.last + (77 if "another" in event else 0))
        elif event in ("yes", "early yes", "no", "other",
                       "nonsense of the prompt", "the prompt ends"):
            self.to_the_dialog(event)
        elif event in ("removed", "swapped", "inserted"):
            self.card.do({"removed": "remove", "swapped": "swap",
                          "inserted": "insert"}[event], "--reader",
                         "1" if event == "inserted" and state != "waiting"
                         else "0")
        elif event == "pcscd ends":
            self.card.do("pcscd-kill")
        elif event == "time over":
            self.plan.ahead(TIME_MS + 2000)
            worker.cancel(worker.last + 77)  # wakes it
        elif event == "front ends":
            worker.front.shutdown(2)
        elif event == "the supervisor ends":
            worker.supervisor.shutdown(2)
        elif event == "SIGTERM":
            worker.process.terminate()
        elif event == "nonsense of front":
            worker.front.send(packet(PROMPT_STOPPED, 1))
        else:
            worker.supervisor.send({
                "PROMPT_FD": packet(PROMPT_FD, worker.last,
                                    struct.pack("b", -32)),
                "PROMPT_STOPPED": packet(PROMPT_STOPPED, worker.last),
                "SESSION_STATE": packet(SESSION_STATE, worker.last,
                                        struct.pack("b?", -34, False)
                                        + field("")),
                "nonsense of the supervisor": packet(AUTHENTICATE, 1)}[event])

    def to_the_dialog(self, event):
        dialog = self.worker.dialogs[-1]
        if event == "the prompt ends":
            self.worker.stop_prompt()
            return
        if event in ("yes", "other") and self.says.state != "farewell":
            self.read(dialog)
        self.worker.answer({"no": CANCELLED, "other": OTHER,
                            "nonsense of the prompt": b"INQUIRE what\n"}.get(
                                event, pin(PIN) if dialog == "GETPIN"
                                else b"OK\n"))

    def all_operations(self, state):
        last = self.worker.last
        for kind in (AUTHENTICATE, STEP_UP, CERTIFICATE, SIGN, SIGN_FILE):
            operation = self.ask(kind)
            if state != "idle":
                self.assertEqual(self.worker.reply(operation)["err"], "busy")
            elif kind in (SIGN, SIGN_FILE):  # not this card, not this worker
                self.assertEqual(self.worker.reply(operation)["err"],
                                 "card-mismatch" if kind == SIGN else "-8")
            else:
                wait_until(lambda: self.says.state in DIALOGS, 20, "a dialog",
                           0.002)
                self.worker.cancel(operation)
                self.assertEqual(self.worker.reply(operation)["err"],
                                 "cancelled")
            if state == "idle":
                self.says.wait("idle")
        if state != "idle":
            self.worker.last = last + 5

    # ---- what comes of them ----

    def pair(self, state, event, wanted):
        operation = self.reach(state)
        try:
            self.card.do("counters-reset")
            typed = state == "signing" or (state, event) == ("pin", "yes")
            if wanted == NOBODY:
                self.nobody(state, event)
            else:
                dialogs = len(self.worker.dialogs)
                self.happen(event, state)
                self.check(state, operation, wanted, dialogs)
            if event != "pcscd ends":
                self.assertLessEqual(self.card.counters()["verify"],
                                     int(typed))
        finally:
            self.tidy(state, event, operation)

    def nobody(self, state, event):
        """There is no dialog, or no card to be moved."""
        if event in ("removed", "swapped"):
            self.assertEqual(self.worker.status()[1][0][1], "none")
        elif event == "inserted":
            self.assertEqual(self.worker.status()[1][1][1], "supported")
        else:
            self.assertNotIn(state, DIALOGS)
            if state == "closing":
                with self.assertRaises(OSError):
                    self.worker.answer(b"OK\n")
            else:
                self.assertTrue(self.worker.screen is None
                                or self.worker.screen.fileno() < 0)

    def check(self, state, operation, wanted, dialogs):
        worker = self.worker
        if wanted == BEGINS:
            return
        if wanted[0] == "exit":
            self.assertIn(worker.process.wait(20), wanted[1:])
            return
        ends = wanted[0] == "answer" and wanted[2]
        if wanted in (comes_to("prompt"), comes_to("internal")):
            worker.held = ()  # nobody waits for it any more
        if not ends:
            self.let_go(state)
        if wanted[0] == "answer":
            self.assertIn(worker.reply(operation)["err"], wanted[1])
            if ends:
                self.assertEqual(worker.process.wait(20), 1)
            else:
                self.says.wait("idle")
        elif wanted == NEXT:
            self.shown(dialogs + 1)
            self.assertNotIn(operation, worker.replies)
        elif state in ("closing", "signing"):
            self.assertEqual(worker.reply(operation)["err"], "ok")
        elif state in ("session", "card", "opening"):
            self.says.wait("pin")
        else:
            self.assertIn(worker.status()[0], ("ok", "no-service"))
            self.assertEqual(self.says.state, state)
            self.assertEqual(len(worker.dialogs), dialogs)
            self.assertNotIn(operation, worker.replies)

    def let_go(self, state):
        self.worker.let_go()
        if state in ("card", "signing"):
            self.perhaps("release")

    def perhaps(self, *verb):
        """Where it is so already there is nothing to do."""
        with contextlib.suppress(Failure):
            self.card.do(*verb)

    def tidy(self, state, event, operation):
        """As it was; after what could leave traces a login works."""
        worker = self.worker
        for reader in "01":
            self.card.do("fault", "--off", "--reader", reader)
        self.perhaps("release")
        if event == "pcscd ends":
            self.card.do("pcscd-start")
        if state == "farewell" or worker.process.poll() is not None \
                or worker.failure:
            self.begin()
        elif operation is not None and operation not in worker.replies:
            worker.let_go()
            worker.cancel(operation)
            worker.reply(operation)
        self.worker.hold = None
        self.perhaps("remove", "--reader", "1")
        self.perhaps("insert", "--reader", "0")
        self.card.do("tries", "--set", "3")
        wait_until(lambda: [card for _, card in self.worker.status()[1]]
                   == ["supported", "none"], 20, "the card", 0.005)
        if event in ("pcscd ends", "SIGTERM", "removed"):
            self.login()
        self.says.wait("idle")

    def mine(self, state):
        part = "keys" if state == "pinpad" else \
            "dialogs" if state in DIALOGS else "waits"
        return part == PART

    def test_the_table(self):
        self.check_table(messages_to("worker"))
        self.assertFalse(set(DIALOGS) - set(self.STATES))

    def test_l08_every_state_at_every_event(self):
        self.walk(only=self.mine)


class Held(Played):
    """Its supervisor leaves one kind of question without an answer."""

    hold = None
    held = ()

    def supervise(self, kind, operation, fields):
        if kind == self.hold:
            self.hold = None
            self.held = (kind, operation, fields)
        else:
            super().supervise(kind, operation, fields)

    def let_go(self):
        with self.changed:
            held, self.held, self.hold = self.held, (), None
            if held:
                with contextlib.suppress(OSError):
                    super().supervise(*held)


if __name__ == "__main__":
    main()

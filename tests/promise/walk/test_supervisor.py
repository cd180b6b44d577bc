# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat L-08: each state of the supervisor at each event. It and front are
real; the card worker is a program that hands its sockets to the test, the
prompt one that does nothing."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from walk import ELSE, Saying, Walk, messages_to, states_of
from faults import BUILD, HEARING, Plan, field, main, packet

from process import NotAllowed, children_of, wait_until  # noqa: E402, I100

# Hands its sockets over with its process id, and ends as the test does.
WORKER = """#!{python} -I
import os, signal, socket
signal.signal(signal.SIGTERM, signal.SIG_IGN)
test = socket.socket(socket.AF_UNIX)
test.connect({place!r})
socket.send_fds(test, [str(os.getpid()).encode()], [3, 4])
os.close(3)
os.close(4)
test.recv(1)
"""
# Shows nothing, and leaves only when it is made to.
PROMPT = """#!{python} -I
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("OK", flush=True)
signal.pause()
"""
PORTAL = ("name.en=Test\nallow=authenticate\nenvironment=test\n"
          "origin=https://localhost:18443\n")
PIDFD_OPEN, PIDFD_GETFD = 434, 438
FRONT_TO_SUPERVISOR = 4  # a descriptor of front

# What it comes to, and what the worker hears, or who is new. "stays" while it
# closes a prompt means: no more than that.
STAYS = ("stays",)
NOBODY = ("nobody",)  # there is nobody whom it could happen to
WORKER_NEW, BOTH_NEW = ("ready", "new worker"), ("ready", "both new")


def of_worker(outcome, **others):
    """The worker cannot do it where there is none."""
    return {"no-worker": NOBODY, "no-front": NOBODY, ELSE: outcome, **others}


WORKER_LOST = of_worker(WORKER_NEW, starting=("starting", "new worker"),
                        stopping=STAYS)


class SupervisorWalk(Walk):
    STATES = states_of("agent", "cli", "supervisor.c")
    OWN = {
        "SIGTERM": ("stopping",),
        "SIGINT": ("stopping",),
        "SIGHUP": STAYS,
        "the worker ends": WORKER_LOST,
        "the worker hangs up": WORKER_LOST,
        "nonsense of the worker": WORKER_LOST,
        "front ends": {"starting": ("exit 1",), "stopping": STAYS,
                       "no-front": NOBODY, ELSE: BOTH_NEW},
        "the prompt ends": {"asking": ("ready",),
                            "closing": ("ready", "stopped"), ELSE: NOBODY},
        "PROMPT_START": of_worker(
            ("stays", "busy"), starting=("stays", "prompt"),
            ready=("asking", "prompt")),
        "PROMPT_STOP": of_worker(("stays", "stopped"),
                                 asking=("closing", "stopped")),
        "SESSION": of_worker(("stays", "session")),
    }
    # Before front is heard for the first time, nothing of it is heard.
    FRONT = {
        "FRONT_READY": {"no-front": NOBODY, ELSE: STAYS},
        "WORKER_STUCK": {"starting": STAYS, "stopping": STAYS,
                         "no-front": NOBODY, "no-worker": STAYS,
                         ELSE: WORKER_NEW},
        "nonsense of front": {"starting": STAYS, "stopping": STAYS,
                              "no-front": NOBODY, ELSE: BOTH_NEW},
    }
    TABLE = {**OWN, **FRONT}

    @classmethod
    def setUpClass(cls):
        # Root's agent reads what root wrote; the place is short for a socket.
        cls.directory = tempfile.mkdtemp(prefix="beid-walk-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.portals = os.path.join(cls.directory, "portals.d")
        os.mkdir(cls.portals)
        cls.write("portals.d/demo.conf", PORTAL, 0o644)
        cls.place = os.path.join(cls.directory, "socket")
        cls.write("worker", WORKER.format(python=sys.executable,
                                          place=cls.place))
        cls.write("prompt", PROMPT.format(python=sys.executable))
        cls.plan = Plan(cls.directory)

    @classmethod
    def write(cls, name, text, mode=0o755):
        path = os.path.join(cls.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    # ---- one agent ----

    def begin(self, held=False):
        self.plan.put("kinds", HEARING if held else 0)
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(self.place)
        self.door.listen(10)
        self.door.settimeout(20)
        home = {name: os.path.join(self.directory, "home") for name in
                ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME")}
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "agent", "beid-agent"), "serve",
             "--development", "--portals", self.portals, "--log-level",
             "debug", "--card-worker", os.path.join(self.directory, "worker"),
             "--pinentry", os.path.join(self.directory, "prompt"),
             "--module", os.path.join(BUILD, "pkcs11",
                                      "beid-agent-pkcs11.so")],
            env={**os.environ, **home, **self.plan.env},
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # Front has the same standard error; its states have other words.
        self.says = OwnSaying(self.process.stderr, "starting", self.STATES)
        self.workers = []
        self.meet()

    def meet(self):
        """The next worker, with its sockets to front and to the supervisor."""
        try:
            test, _ = self.door.accept()
        except TimeoutError as none:
            raise AssertionError(
                f"no worker came; of {self.process.pid}, which "
                f"{'ended' if self.process.poll() is not None else 'runs'}, "
                f"there are {children_of(self.process.pid)}, it said "
                f"{self.says.lines}") from none
        test.settimeout(20)
        pid, fds, _, _ = socket.recv_fds(test, 20, 2)
        ends = [socket.socket(fileno=fd) for fd in fds]
        for end in ends:
            end.settimeout(20)
        self.workers.append((int(pid), test, *ends))

    @property
    def worker(self):
        """The supervisor's end of the last one."""
        return self.workers[-1][3]

    def child(self, word):
        return next((pid for pid, line in children_of(
            self.process.pid).items() if word in line), None)

    def end(self):
        """With everybody else; its exit status."""
        self.door.close()  # with any worker that nobody met
        os.unlink(self.place)
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
        for one in self.workers:
            for end in one[1:]:
                end.close()
        try:
            return self.process.wait(20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait(20)
            self.says.thread.join(20)

    def worker_dies(self):
        os.kill(self.workers[-1][0], signal.SIGKILL)

    def reach(self, state):
        self.begin(held=state == "starting")
        if state == "starting":
            return
        self.says.wait("ready")
        if state == "stopping":
            self.process.send_signal(signal.SIGTERM)
        elif state in ("asking", "closing"):
            self.start_prompt()
            self.hears("prompt")
        elif state == "no-worker":
            self.worker_dies()  # the first time it is there again at once
            self.meet()
            self.says.wait("ready")
            self.worker_dies()
        elif state == "no-front":
            os.kill(self.child("--internal-front"), signal.SIGKILL)
            self.meet()
            self.says.wait("ready")
            os.kill(self.child("--internal-front"), signal.SIGKILL)
            wait_until(lambda: not children_of(self.process.pid), 20,
                       "the end of both")
        if state == "closing":
            self.says.wait("asking")
            self.worker.send(packet(0x62, 1))
        self.says.wait(state)

    def start_prompt(self):
        self.worker.send(packet(0x61, 1, field("en")))

    def hears(self, what):
        """Perhaps after what was on its way before."""
        for _ in range(3):
            got = self.heard()
            if got == what:
                return
        self.fail(f"the worker hears {got}, not {what}")

    def heard(self):
        data, fds, _, _ = socket.recv_fds(self.worker, 65536, 1)
        for fd in fds:
            with socket.socket(fileno=fd) as prompt:
                prompt.settimeout(20)
                prompt.recv(10)  # from here on it ignores SIGTERM
        if data[4:5] == b"\x71":
            return "prompt" if data[9] == 0 and fds else "busy"
        return {0x72: "stopped", 0x73: "session"}.get(data[4] if data else 0,
                                                      data)

    # ---- the events ----

    def happen(self, event):
        if event.startswith("SIG"):
            self.process.send_signal(getattr(signal, event))
        elif event == "front ends":
            os.kill(self.child("--internal-front"), signal.SIGKILL)
        elif event == "the prompt ends":
            os.kill(self.child("/prompt"), signal.SIGKILL)
        elif event == "the worker ends":
            self.worker_dies()
        elif event in self.FRONT:
            with self.front_socket() as front:
                front.send({"FRONT_READY": packet(0x91),
                            "WORKER_STUCK": packet(0x92)}.get(
                                event, packet(0x41)))
        elif event == "the worker hangs up":
            os.kill(self.workers[-1][0], 0)  # if it is there
            self.worker.close()
        elif event == "PROMPT_START":
            self.start_prompt()
        else:
            self.worker.send({
                "nonsense of the worker": packet(0x41),
                "PROMPT_STOP": packet(0x62, 1),
                "SESSION": packet(0x63, 1)}[event])

    def front_socket(self):
        """What front would say: by its own descriptor, which root may take."""
        pid = self.child("--internal-front")
        if pid is None:
            raise ProcessLookupError
        libc = ctypes.CDLL(None, use_errno=True)
        opened = libc.syscall(PIDFD_OPEN, pid, 0)
        taken = libc.syscall(PIDFD_GETFD, opened, FRONT_TO_SUPERVISOR, 0)
        failed = ctypes.get_errno()
        if opened >= 0:
            os.close(opened)
        if taken < 0:
            raise OSError(failed, os.strerror(failed))
        return socket.socket(fileno=taken)

    # ---- the walk ----

    def pair(self, state, event, wanted):
        try:
            self.reach(state)
            told = len(self.says.steps)
            self.comes(state, event, wanted)
            after = [to for _, to in self.says.steps[told:]]
        finally:
            status = self.end()
        if wanted[0] == "exit 1":
            self.assertEqual(status, 1)
        elif event in ("front ends", "nonsense of front") \
                and state in ("starting", "stopping"):
            # Whether front had ended by itself before the agent was stopped.
            self.assertIn(status, (0, 1))
        else:
            self.assertEqual(status, 0, self.says.lines[-5:])
        if wanted[0] == "stays":
            self.assertLessEqual(set(after), {state, "ready", "stopping"} if
                                 state in ("closing", "no-worker", "no-front")
                                 else {state, "stopping"})

    def comes(self, state, event, wanted):
        comes_to, what = (*wanted, None)[:2]
        if wanted == NOBODY:
            with self.assertRaises((OSError, TypeError)):
                self.happen(event)
            return
        with contextlib.suppress(*(
                (OSError, TypeError) if state == "stopping" else ())):
            self.happen(event)
        if comes_to == "exit 1":
            self.process.wait(20)
            return
        if what in ("new worker", "both new"):
            self.meet()
        elif what is not None:
            self.hears(what)
        if comes_to == "closing":  # for a moment
            wait_until(lambda: (state, "closing") in self.says.steps, 20,
                       "the prompt being closed", 0.002)
        elif comes_to != "stays":
            self.says.wait(comes_to)

    def test_the_table(self):
        self.check_table(messages_to("supervisor"))

    def test_l08_every_state_at_every_event(self):
        self.walk(events=self.OWN)

    def test_l08_what_front_may_say(self):
        self.begin()
        try:
            self.says.wait("ready")
            self.front_socket().close()
        except OSError as error:
            raise NotAllowed(f"front's descriptors: {error}") from None
        finally:
            self.end()
        self.walk(events=self.FRONT)


class OwnSaying(Saying):
    """The steps of one process among those of others."""

    def __init__(self, stream, state, states):
        self.states = states
        super().__init__(stream, state)

    def takes(self, step):
        return set(step) <= set(self.states)


if __name__ == "__main__":
    main()

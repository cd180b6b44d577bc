# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat L-08: each state of front at each event. The test is its supervisor,
its card worker and its pages."""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

from walk import ELSE, Saying, Walk, messages_to, routes, states_of
from faults import BUILD, Plan, field, main, packet

from process import wait_until  # noqa: E402, I100
from request import Requests  # noqa: E402

ORIGIN = "https://localhost:18443"
FOREIGN = "https://localhost:18444"
STATUS, AUTHENTICATE, CANCEL, STEP_UP = 0x01, 0x02, 0x03, 0x04
STUCK = 0x92
AUTH_REPLY = struct.pack(">bBI", 0, 255, 0) + field(b"\x30" * 900) \
    + b"\2" + field(b"\1" * 96) + b"\0\0"
WAITS = "waits"
GONE = "no worker"  # nobody is there to say it
BUSY = "409 busy"
LOST = "500 internal"

# What front comes to, then the answer to the event's own request, then that
# to the page that waited. Where it does not come to an end, a good request is
# answered afterwards.
STAYS = ("stays",)
ENDS, ENDS_WELL = ("exit 1",), ("exit 0",)


def keeps(answer, **others):
    """The state stays, the event's request gets this."""
    return {**{state: ("stays", other) for state, other in others.items()},
            "closed": ("stays", WAITS), ELSE: ("stays", answer)}


def starts(first="running"):
    return {"closed": ("stays", WAITS), "alone": ("stays", LOST),
            "running": ("stays", BUSY), "abandoned": ("stays", BUSY),
            "leaving": ("stays", BUSY),
            "reloading": ("stays", WAITS), ELSE: (first, WAITS)}


def breaks():
    """The worker is let go of, and its end asked for."""
    return {"alone": (GONE,), "running": ("alone", None, LOST),
            "looking": ("alone", None, "200"), "closed": ("stays, alone",),
            "reloading": ("stays, alone",), ELSE: ("alone",)}


class FrontWalk(Walk):
    STATES = states_of("agent", "http", "front.c")
    HEARD = {"AUTH_REPLY", "STATUS_REPLY"}
    TABLE = {
        "status": {"closed": ("stays", WAITS), "alone": ("stays", "200"),
                   "idle": ("looking", WAITS), ELSE: ("stays", WAITS)},
        "authenticate": starts(), "step-up": starts(),
        "signing-certificate": starts(), "sign": starts(),
        "events": keeps("200"),
        "another origin": keeps("403"),
        "nonsense of a page": keeps("400"),
        "the page closes": {"running": ("abandoned",), ELSE: STAYS},
        "EVENT": {"alone": (GONE,), ELSE: STAYS},
        "LEAVING": {"running": STAYS, "abandoned": STAYS,
                    "alone": (GONE,), "closed": ("stays, alone",),
                    "looking": ("alone", None, "200"),
                    "reloading": ("stays, alone",), ELSE: ("alone",)},
        "BEGUN": {"running": STAYS, "abandoned": STAYS,
                  "alone": (GONE,), "closed": ("stays, alone",),
                  "looking": ("alone", None, "200"),
                  "reloading": ("stays, alone",), ELSE: ("alone",)},
        "reply": {"running": ("idle", None, "200"), "abandoned": ("idle",),
                  "looking": ("idle", None, "200"), "alone": (GONE,),
                  ELSE: STAYS},
        "reply nobody waits for": breaks(),
        "DOCUMENT_REPLY": breaks(),
        "nonsense of the worker": breaks(),
        "the worker ends": breaks(),
        "WORKER_SOCKET": {"alone": ("idle",), "leaving": ("idle",), "running": ("idle", None, LOST),
                          "abandoned": ("idle",),
                          "looking": ("idle", None, "200"), ELSE: STAYS},
        "WORKER_SOCKET without one": ENDS,
        "PORTALS_BEGIN": {"closed": STAYS, ELSE: ("reloading",)},
        "RESTRICTION": {"reloading": STAYS, ELSE: ENDS},
        "PORTAL_FILE": {"reloading": STAYS, ELSE: ENDS},
        "PORTALS_END": {"closed": ENDS, "reloading": ("idle, no portals",),
                        ELSE: STAYS},
        "nonsense of the supervisor": ENDS,
        "the supervisor ends": ENDS_WELL,
        "time over": {"running": ("alone", None, "502 card_error"),
                      "abandoned": ("alone",), "leaving": ("alone",),
                      "looking": ("alone", None, "200"),
                      ELSE: STAYS},
        "SIGHUP": ("exit -1",), "SIGTERM": ("exit -15",),
    }

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="beid-walk-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.plan = Plan(cls.directory)
        cls.requests = Requests(cls.directory)
        cls.portal = os.path.join(cls.directory, "demo.conf")
        with open(cls.portal, "w", encoding="utf-8") as conf:
            conf.write(f"name.en=Test\norigin={ORIGIN}\nenvironment=test\n"
                       "allow=authenticate, step-up, signing-certificate, "
                       "sign\n" + cls.requests.portal_lines())

    # ---- one front ----

    def begin(self):
        self.listener = socket.socket()
        self.listener.setblocking(False)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(100)
        self.port = self.listener.getsockname()[1]
        self.supervisor, end = self.channel()
        self.worker, worker_end = self.channel()
        self.page = self.own = None
        self.plan.disarm()
        self.plan.forget()
        high = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 100)
                for one in (worker_end, end, self.listener)]
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", 'export LD_PRELOAD="$1"; shift; exec '
             + " ".join(f"{to}<&{one}" for to, one in enumerate(high, 3))
             + " " + " ".join(f"{one}<&-" for one in high) + ' "$@"', "begin",
             self.plan.env["LD_PRELOAD"],
             os.path.join(BUILD, "agent", "beid-agent"), "--internal-front",
             "debug", "development", "first"], pass_fds=high,
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={**os.environ, "BEID_FAULTS": self.plan.path})
        for one in (end, worker_end):
            one.close()
        for one in high:
            os.close(one)
        self.says = Saying(self.process.stderr, "closed")

    @staticmethod
    def channel():
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(20)
        return ours, theirs

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        self.says.thread.join(20)
        for one in (self.listener, self.supervisor, self.worker, self.page,
                    self.own):
            if one is not None:
                one.close()

    def order(self, kind, fields=b"", fd=None):
        fds = [] if fd is None else [fd]
        socket.send_fds(self.supervisor, [packet(kind, 0, fields)], fds)

    def portal_file(self):
        with open(self.portal, "rb") as file:
            self.order(0x83, field("demo.conf") + b"\1", file.fileno())

    def open(self):
        """The portals are told; which of the two states before does not
        matter."""
        before = self.says.state
        self.order(0x82)
        self.order(0x85, b"\0" + field(b""))
        self.portal_file()
        self.order(0x84)
        if before == "closed":
            self.assertEqual(self.supervisor.recv(100)[4], 0x91)
        wait_until(lambda: self.says.state not in ("closed", "reloading"), 20,
                   "the portals", 0.002)

    def reach(self, state):
        self.begin()
        if state == "closed":
            return
        self.open()
        if state == "reloading":
            self.order(0x82)
        elif state == "alone":
            self.worker.close()
        elif state == "looking":
            self.page = self.ask("status")
            self.expect(STATUS)
        elif state in ("running", "abandoned", "leaving"):
            self.page = self.ask("authenticate")
            self.expect(AUTHENTICATE)
        if state == "leaving":
            self.says.wait("running")
            self.worker.send(packet(0x45, self.operation))
            self.worker.send(packet(0x43, self.operation, AUTH_REPLY))
            self.assertEqual(self.answer(self.page, "200"), "200")
        if state == "abandoned":
            self.says.wait("running")
            self.page.close()
            self.page = None
            self.expect(CANCEL)
        self.says.wait(state)

    def expect(self, kind):
        """The worker hears this; what it is asked is remembered."""
        data = self.worker.recv(65536)
        self.assertEqual(data[4], kind)
        self.operation = struct.unpack_from(">I", data, 5)[0]

    # ---- pages ----

    def ask(self, what, origin=ORIGIN, request=None):
        bodies = {
            "authenticate": {"challengeNonce": "A" * 44},
            "signing-certificate": {},
            "sign": {"certificate": "MIIB", "hash": "A" * 43 + "=",
                     "hashFunction": "SHA-256", "document": {"name": "x"}},
            "nonsense": {"pin": "1234"},
        }
        if what == "step-up":
            bodies[what] = {"request": request or self.fresh_request()}
        method = "POST" if what in bodies else "GET"
        body = json.dumps(bodies[what]).encode() if what in bodies else b""
        path = "authenticate" if what == "nonsense" else what
        connection = socket.create_connection(("127.0.0.1", self.port), 20)
        connection.sendall((
            f"{method} /v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Origin: {origin}\r\nX-Beid-Agent: 1\r\n"
            f"Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body)
        return connection

    def fresh_request(self):
        """This front has only begun, and refuses what is older."""
        return self.requests.request(iat=int(time.time()) + 2)

    def answer(self, connection, wanted):
        """What came, as the table has it; a wait is believed soon."""
        connection.settimeout(0.03 if wanted == WAITS else 20)
        got = b""
        try:
            while block := connection.recv(65536):
                got += block
                if b"text/event-stream" in got:
                    break
        except socket.timeout:
            return WAITS
        except ConnectionResetError:
            pass
        if not got:
            return "closed"
        status = got.split(b" ", 2)[1].decode()
        body = got.partition(b"\r\n\r\n")[2]
        if status in ("409", "500", "502", "503"):
            status += " " + json.loads(body)["error"]["code"]
        return status

    # ---- the events ----

    def happen(self, event, state):
        if event in routes():
            self.own = self.ask(event)
        elif event == "another origin":
            self.own = self.ask("status", FOREIGN)
        elif event == "nonsense of a page":
            self.own = self.ask("nonsense")
        elif event == "the page closes":
            page = self.page or socket.create_connection(
                ("127.0.0.1", self.port), 20)
            page.close()
            self.page = None
        elif event.startswith("SIG"):
            self.process.send_signal(getattr(signal, event))
        elif event == "time over":
            self.plan.ahead(20 * 60 * 1000)
            if state != "closed":
                self.ask("status", FOREIGN).close()  # wakes it
        elif event in self.FROM_WORKER:
            self.worker.sendall(self.FROM_WORKER[event](self, state))
        elif event == "the worker ends":
            if self.worker.fileno() < 0:
                raise OSError("it has ended")
            self.worker.close()
        else:
            self.FROM_SUPERVISOR[event](self)

    def reply(self, state):
        if state in ("running", "abandoned"):
            return packet(0x43, self.operation, AUTH_REPLY)
        operation = self.operation if state == "looking" else 77
        return packet(0x41, operation, b"\0\1\0\1")

    FROM_WORKER = {
        "EVENT": lambda self, state: packet(
            0x42, self.operation if state in ("running", "abandoned") else 9,
            b"\1"),
        "reply": reply,
        "LEAVING": lambda self, state: packet(
            0x45, self.operation if state in ("running", "abandoned") else 9),
        "BEGUN": lambda self, state: packet(
            0x46, self.operation if state in ("running", "abandoned") else 9),
        "reply nobody waits for": lambda self, state: packet(
            0x43, 77, AUTH_REPLY),
        "DOCUMENT_REPLY": lambda self, state: packet(
            0x44, getattr(self, "operation", 1), AUTH_REPLY + field(b"")),
        "nonsense of the worker": lambda self, state: packet(0x61, 1,
                                                             field("nl")),
    }

    def new_worker(self):
        old = self.worker
        self.worker, theirs = self.channel()
        self.order(0x81, fd=theirs.fileno())
        theirs.close()
        old.close()

    FROM_SUPERVISOR = {
        "WORKER_SOCKET": new_worker,
        "WORKER_SOCKET without one": lambda self: self.order(0x81),
        "PORTALS_BEGIN": lambda self: self.order(0x82),
        "RESTRICTION": lambda self: self.order(0x85, b"\0" + field(b"")),
        "PORTAL_FILE": portal_file,
        "PORTALS_END": lambda self: self.order(0x84),
        "nonsense of the supervisor": lambda self: self.order(0x91),
        "the supervisor ends": lambda self: self.supervisor.shutdown(
            socket.SHUT_RDWR),
    }

    # ---- the walk ----

    def pair(self, state, event, wanted):
        try:
            self.reach(state)
            comes_to, own, page = (*wanted, None, None)[:3]
            if comes_to == GONE:
                with self.assertRaises(OSError):
                    self.happen(event, state)
                comes_to = "stays"
            else:
                self.happen(event, state)
            if comes_to.startswith("exit"):
                self.assertEqual(self.process.wait(20),
                                 int(comes_to.split()[1]))
                return
            if page is not None:
                self.assertEqual(self.answer(self.page, page), page)
            if own is not None:
                self.assertEqual(self.answer(self.own, own), own)
            self.settles(state, event, comes_to)
        finally:
            self.end()

    def settles(self, state, event, comes_to):
        self.assertIsNone(self.process.poll())
        alone = comes_to in ("alone", "stays, alone")
        if alone and event != "the worker ends":
            self.assertEqual(self.supervisor.recv(100)[4], STUCK)
        if comes_to.startswith("stays"):
            self.still(state)
        else:
            self.says.wait(comes_to.split(",")[0])
        self.serves("403" if comes_to == "idle, no portals" else "200",
                    alone or state == "alone" and event != "WORKER_SOCKET")

    def still(self, state):
        """Two foreign requests were answered, and it is where it was."""
        for _ in range(2 if state != "closed" else 0):
            with contextlib.closing(self.ask("status", FOREIGN)) as page:
                self.assertEqual(self.answer(page, "403"), "403")
        self.assertEqual(self.says.state, state)

    def serves(self, status, alone):
        """All that is left is answered, and a page of the portal as well."""
        if self.says.state in ("closed", "reloading"):
            self.open()
        if alone:
            self.new_worker()
            wait_until(lambda: self.says.state != "alone", 20, "a worker",
                       0.002)
        with contextlib.closing(self.ask("status")) as page:
            self.play(page)
            self.assertEqual(self.answer(page, status), status)

    def play(self, page):
        """The worker answers what it heard and hears, until the page has its
        answer."""
        with contextlib.suppress(OSError):
            self.worker.send(packet(0x41, getattr(self, "operation", 1),
                                    b"\0\1\0\1"))
            while page not in (ready := select.select(
                    [page, self.worker], [], [], 20)[0]):
                data = self.worker.recv(65536) if ready else b""
                if not data:
                    return
                _, kind, operation = struct.unpack_from(">IBI", data)
                if kind == STATUS:
                    self.worker.send(packet(0x41, operation, b"\0\1\0\1"))

    def test_supervisor_gone_before_the_doors_open(self):
        """All that it said is there, and nobody to be told: a good end."""
        self.begin()
        try:
            self.order(0x82)
            self.order(0x85, b"\0" + field(b""))
            self.portal_file()
            self.order(0x84)
            self.supervisor.close()
            self.assertEqual(self.process.wait(20), 0, self.says.lines)
        finally:
            self.end()

    # ---- one use of a step-up request ----

    def leave(self, request, begins, how):
        """The worker was given a request, says whether it begins it, and ends
        with a question of a page unread."""
        self.page = self.ask("step-up", request=request)
        self.expect(STEP_UP)
        self.own = self.ask("status")
        wait_until(lambda: select.select([self.worker], [], [], 0)[0], 20,
                   "the question", 0.002)
        if how == "replaced first":  # front hears of the next one before
            self.process.send_signal(signal.SIGSTOP)
        old = self.worker
        if how == "replaced first":
            self.worker, theirs = self.channel()
            self.order(0x81, fd=theirs.fileno())
            theirs.close()
        if begins:
            old.send(packet(0x46, self.operation))
        old.close()
        self.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.answer(self.page, LOST), LOST)
        if how == "ends":
            self.says.wait("alone")
            self.new_worker()
        self.assertEqual(self.answer(self.own, "200"), "200")
        self.page.close()
        self.own.close()
        self.says.wait("idle")

    def test_w10_used_once_it_has_begun(self):
        """The same request comes again until something may have been shown for
        it, and never afterwards."""
        for how in ("ends", "replaced first"):
            with self.subTest(how=how):
                try:
                    self.reach("idle")
                    request = self.fresh_request()
                    self.leave(request, False, how)
                    self.leave(request, False, how)
                    self.leave(request, True, how)
                    self.own = self.ask("step-up", request=request)
                    self.assertEqual(self.answer(self.own, ""),
                                     "409 request_replayed")
                finally:
                    self.end()

    def test_the_table(self):
        self.check_table(messages_to("front") | routes())

    def test_l08_every_state_at_every_event(self):
        self.walk()


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A small PC/SC client straight on libpcsclite, without a reader library."""

import ctypes

OK = 0
NO_SMARTCARD = 0x8010000C
PROTO_MISMATCH = 0x8010000F
NOT_TRANSACTED = 0x80100016
UNRESPONSIVE_CARD = 0x80100066
RESET_CARD = 0x80100068
REMOVED_CARD = 0x80100069
NO_SERVICE = 0x8010001D
COMM_ERROR = 0x8010002F
READER_UNAVAILABLE = 0x80100017
UNSUPPORTED_FEATURE = 0x8010001F

STATE_CHANGED = 0x0002
STATE_UNAVAILABLE = 0x0008
STATE_EMPTY = 0x0010
STATE_PRESENT = 0x0020
STATE_MUTE = 0x0200

SHARED = 2
PROTOCOL_T0 = 1
LEAVE = 0
RESET = 1


class PcscError(Exception):
    def __init__(self, call, code):
        super().__init__(f"{call}: {code:08X}")
        self.code = code


class ReaderState(ctypes.Structure):
    _fields_ = [("reader", ctypes.c_char_p), ("user", ctypes.c_void_p),
                ("current", ctypes.c_ulong), ("event", ctypes.c_ulong),
                ("atr_len", ctypes.c_ulong), ("atr", ctypes.c_ubyte * 33)]


class IoRequest(ctypes.Structure):
    _fields_ = [("protocol", ctypes.c_ulong), ("length", ctypes.c_ulong)]


def check(call, code, accept=(OK,)):
    code &= 0xFFFFFFFF
    if code not in accept:
        raise PcscError(call, code)
    return code


class Context:
    """PCSCLITE_CSOCK_NAME must be set before the first one is made."""

    def __init__(self):
        self.lib = ctypes.CDLL("libpcsclite.so.1")
        self.handle = ctypes.c_long()
        check("SCardEstablishContext", self.lib.SCardEstablishContext(
            ctypes.c_ulong(2), None, None, ctypes.byref(self.handle)))

    def readers(self):
        size = ctypes.c_ulong(1024)
        names = ctypes.create_string_buffer(1024)
        check("SCardListReaders", self.lib.SCardListReaders(
            self.handle, None, names, ctypes.byref(size)))
        return [n.decode() for n in names.raw[:size.value].split(b"\0") if n]

    def state(self, reader, current=0, timeout_ms=0):
        """(event state, ATR) of a reader; waits for a change of current."""
        item = ReaderState(reader.encode(), None, current, 0, 33)
        check("SCardGetStatusChange", self.lib.SCardGetStatusChange(
            self.handle, ctypes.c_ulong(timeout_ms), ctypes.byref(item),
            ctypes.c_ulong(1)), accept=(OK, 0x8010000A))
        return item.event, bytes(item.atr[:item.atr_len])

    def connect(self, reader):
        return Card(self, reader)

    def release(self):
        self.lib.SCardReleaseContext(self.handle)


class Card:
    def __init__(self, context, reader):
        self.lib = context.lib
        self.handle = ctypes.c_long()
        self.protocol = ctypes.c_ulong()
        check("SCardConnect", self.lib.SCardConnect(
            context.handle, reader.encode(), ctypes.c_ulong(SHARED),
            ctypes.c_ulong(PROTOCOL_T0 | 2), ctypes.byref(self.handle),
            ctypes.byref(self.protocol)))

    def send(self, command):
        """The answer in hexadecimal, the status word at its end."""
        data = bytes.fromhex(command)
        out = ctypes.create_string_buffer(300)
        size = ctypes.c_ulong(300)
        pci = IoRequest(PROTOCOL_T0, ctypes.sizeof(IoRequest))
        check("SCardTransmit", self.lib.SCardTransmit(
            self.handle, ctypes.byref(pci), data, ctypes.c_ulong(len(data)),
            None, out, ctypes.byref(size)))
        return out.raw[:size.value].hex().upper()

    def control(self, code, data=b""):
        """What the reader answers to a control request."""
        out = ctypes.create_string_buffer(300)
        size = ctypes.c_ulong()
        check("SCardControl", self.lib.SCardControl(
            self.handle, ctypes.c_ulong(code), data, ctypes.c_ulong(len(data)),
            out, ctypes.c_ulong(300), ctypes.byref(size)))
        return out.raw[:size.value]

    def attribute(self, tag):
        out = ctypes.create_string_buffer(64)
        size = ctypes.c_ulong(64)
        check("SCardGetAttrib", self.lib.SCardGetAttrib(
            self.handle, ctypes.c_ulong(tag), out, ctypes.byref(size)))
        return out.raw[:size.value]

    def sw(self, command):
        return self.send(command)[-4:]

    def begin(self):
        check("SCardBeginTransaction",
              self.lib.SCardBeginTransaction(self.handle))

    def end(self, disposition=LEAVE):
        check("SCardEndTransaction", self.lib.SCardEndTransaction(
            self.handle, ctypes.c_ulong(disposition)))

    def reconnect(self, initialisation=LEAVE):
        check("SCardReconnect", self.lib.SCardReconnect(
            self.handle, ctypes.c_ulong(SHARED), ctypes.c_ulong(PROTOCOL_T0),
            ctypes.c_ulong(initialisation), ctypes.byref(self.protocol)))

    def disconnect(self, disposition=LEAVE):
        self.lib.SCardDisconnect(self.handle, ctypes.c_ulong(disposition))

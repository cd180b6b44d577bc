# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
A second PC/SC client, independent of everything else in this tree: sends the
APDUs of its arguments (hex) to the first reader, shared and without a
transaction, and prints each answer. With --exclusive nobody else may use the
reader meanwhile; with --wait it then stays connected; with --reset it resets the card
when it leaves; with --time it prints the seconds from establishing the context
to the last answer, with --time-apdus those from the first APDU.
"""

import ctypes
import signal
import sys
import time

PROTOCOL_T0 = 1
SHARE_EXCLUSIVE = 1
SHARE_SHARED = 2
LEAVE_CARD = 0
RESET_CARD = 1


class IoRequest(ctypes.Structure):
    _fields_ = [("protocol", ctypes.c_ulong), ("length", ctypes.c_ulong)]


def check(code, what):
    if code != 0:
        sys.exit(f"{what}: {code & 0xFFFFFFFF:08X}")


def main(arguments):
    wait = "--wait" in arguments
    apdus = [a for a in arguments if not a.startswith("--")]
    pcsc = ctypes.CDLL("libpcsclite.so.1")
    for name in ("SCardEstablishContext", "SCardListReaders", "SCardConnect",
                 "SCardTransmit", "SCardDisconnect"):
        getattr(pcsc, name).restype = ctypes.c_long
    share = SHARE_EXCLUSIVE if "--exclusive" in arguments else SHARE_SHARED
    start = time.monotonic()
    context = ctypes.c_long()
    check(pcsc.SCardEstablishContext(ctypes.c_ulong(2), None, None,
                                     ctypes.byref(context)), "context")
    names = ctypes.create_string_buffer(2048)
    size = ctypes.c_ulong(len(names))
    check(pcsc.SCardListReaders(context, None, names, ctypes.byref(size)),
          "readers")
    card, protocol = ctypes.c_long(), ctypes.c_ulong()
    check(pcsc.SCardConnect(context, names, ctypes.c_ulong(share),
                            ctypes.c_ulong(PROTOCOL_T0), ctypes.byref(card),
                            ctypes.byref(protocol)), "connect")
    if "--time-apdus" in arguments:
        start = time.monotonic()
    header = IoRequest(PROTOCOL_T0, ctypes.sizeof(IoRequest))
    for apdu in apdus:
        sent = bytes.fromhex(apdu)
        answer = ctypes.create_string_buffer(300)
        length = ctypes.c_ulong(len(answer))
        check(pcsc.SCardTransmit(card, ctypes.byref(header), sent,
                                 ctypes.c_ulong(len(sent)), None, answer,
                                 ctypes.byref(length)), "transmit")
        print(answer.raw[:length.value].hex().upper(), flush=True)
    if "--time" in arguments or "--time-apdus" in arguments:
        print(time.monotonic() - start)
    if wait:
        print("waiting", flush=True)
        signal.pause()
    leave = RESET_CARD if "--reset" in arguments else LEAVE_CARD
    check(pcsc.SCardDisconnect(card, ctypes.c_ulong(leave)), "disconnect")


if __name__ == "__main__":
    main(sys.argv[1:])

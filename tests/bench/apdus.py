# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
APDUs and bytes of one authentication: ours on a fresh card and on the same
card again, and OpenSC's module on the same virtual card in the same run.
"""

import glob
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from process import Failure, run  # noqa: E402
from run_tests import script  # noqa: E402
from stack import PIN, SOURCE, Stack, built  # noqa: E402

# OpenSC 0.26 (Debian 13) does not list the ATR of applet 1.8 by itself.
OPENSC_CONF = os.path.join(SOURCE, "tests", "contract", "virtual",
                           "opensc.conf")
APPLET = os.environ.get("BEID_APPLET", "1.8")
FRESH = {"1.7": 16, "1.8": 14}
AGAIN = 9


def measured(card, work):
    card.do("counters-reset")
    work()
    count = card.counters()
    return count["apdus"], count["bytes_in"] + count["bytes_out"]


def client(module, card, folder):
    """
    A small PKCS#11 program with any module: token info, session, login, read
    the first certificate, sign with the first key. What it did not come to:
    nothing, the signature or the certificate.
    """
    # SHA256-RSA-PKCS, ECDSA. OpenSC before 0.27 refuses the latter: its count
    # is then what it needed without a signature.
    mechanism = "40" if APPLET == "1.7" else "1041"
    steps = ["slots", "token", "open", f"login {PIN}",
             f"certificate {folder}/certificate", "key", f"init {mechanism}",
             f"sign 90 48 {folder}/signature", "logout", "close"]
    out = run([built("tests", "contract", "module", "module_client"), module],
              env={**os.environ, **card.env, "HOME": folder,
                   "OPENSC_CONF": OPENSC_CONF},
              stdin="".join(f"{step}\n" for step in steps))
    said = out.splitlines()
    if not os.path.exists(os.path.join(folder, "certificate")):
        print(f"{module} did not read the certificate: {said}")
        return "certificate"
    return (None if os.path.exists(os.path.join(folder, "signature"))
            else "signature")


def opensc_module():
    found = glob.glob("/usr/lib/*/opensc-pkcs11.so")
    if not found:
        raise Failure("opensc-pkcs11.so is not installed")
    return found[0]


def main():
    lacks = []
    with Stack(APPLET) as stack, tempfile.TemporaryDirectory() as folder:
        def login():
            answer = stack.login()
            if answer.status != 200:
                raise Failure(f"the login failed: {answer}")

        rows = [("beid-agent, fresh card", *measured(stack.card, login)),
                ("beid-agent, same card again", *measured(stack.card, login)),
                ("opensc-pkcs11, cold", *measured(
                    stack.card, lambda: lacks.append(client(
                        opensc_module(), stack.card, folder))))]
    if lacks[0]:
        rows[2] = (f"{rows[2][0]}, without a {lacks[0]}", *rows[2][1:])
    print(f"| applet {APPLET} | APDUs | bytes |\n|---|---|---|")
    for row in rows:
        print("| {} | {} | {} |".format(*row))
    if lacks[0] != "certificate":
        print(f"opensc-pkcs11 needs {rows[2][1] / rows[0][1]:.1f} times the "
              "APDUs of our fresh authentication")
    if rows[0][1] > FRESH[APPLET] or rows[1][1] > AGAIN:
        print(f"over the target of {FRESH[APPLET]} fresh and {AGAIN} again")
        return 1
    return 0


if __name__ == "__main__":
    script(main)

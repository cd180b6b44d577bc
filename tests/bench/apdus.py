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
from stack import PIN, Stack  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
FRESH = {"1.7": 16, "1.8": 14}
AGAIN = 9


def measured(card, work):
    card.do("counters-reset")
    work()
    count = card.counters()
    return count["apdus"], count["bytes_in"] + count["bytes_out"]


def opensc(card, folder):
    """Log in, read the certificate and (1.7) sign, with OpenSC's module."""
    module = glob.glob("/usr/lib/*/opensc-pkcs11.so")
    if not module:
        raise Failure("opensc-pkcs11.so is not installed")
    message = os.path.join(folder, "message")
    with open(message, "wb") as out:
        out.write(b"authenticate")
    env = {**os.environ, **card.env, "HOME": folder}
    # 0.23 knows the 1.8 card's key but cannot sign with it: the count up to
    # the refusal is what it needed without a signature.
    mechanism = "SHA256-RSA-PKCS" if APPLET == "1.7" else "ECDSA-SHA384"
    run(["pkcs11-tool", "--module", module[0], "--login", "--pin", PIN,
         "--sign", "--mechanism", mechanism, "--id", "02",
         "--input-file", message, "--output-file",
         os.path.join(folder, "signature")], env=env,
        accept=(0,) if APPLET == "1.7" else (0, 1))


def main():
    with Stack(APPLET) as stack, tempfile.TemporaryDirectory() as folder:
        def login():
            answer = stack.login()
            if answer.status != 200:
                raise Failure(f"the login failed: {answer}")

        rows = [("beid-agent, fresh card", *measured(stack.card, login)),
                ("beid-agent, same card again", *measured(stack.card, login)),
                ("opensc-pkcs11, cold", *measured(
                    stack.card, lambda: opensc(stack.card, folder)))]
    print(f"| applet {APPLET} | APDUs | bytes |\n|---|---|---|")
    for row in rows:
        print("| {} | {} | {} |".format(*row))
    print(f"opensc-pkcs11 needs {rows[2][1] / rows[0][1]:.1f} times the "
          "APDUs of a fresh authentication")
    if rows[0][1] > FRESH[APPLET] or rows[1][1] > AGAIN:
        print(f"over the target of {FRESH[APPLET]} fresh and {AGAIN} again")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

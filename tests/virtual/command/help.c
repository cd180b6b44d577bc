/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "help.h"

#include "person.h"

#include <stdio.h>

static const char usage[] =
    "Usage: beid-virtual-card COMMAND --dir DIR [OPTION]...\n"
    "\n"
    "Virtual Belgian eID cards in virtual readers below a real pcscd.\n"
    "Everything lives in DIR: sockets, logs, and a test PKI in DIR/pki\n"
    "(root.pem ca.pem rrn.pem auth.pem sign.pem and their .key files;\n"
    "further cards have auth-N.pem and so on).\n"
    "\n"
    "Life\n"
    "  start            start cards, readers and pcscd in the background;\n"
    "                   prints PCSCLITE_CSOCK_NAME=... for the clients\n"
    "    --applet A     1.8 (EC, default), 1.7 (RSA), 1.1 (RSA-1024),\n"
    "                   foreign (no eID card: refuses every command)\n"
    "    --readers N    0 to 8 readers, each with its own card (1)\n"
    "    --empty        cards are outside at first\n"
    "    --person P     who the cards are made for, see below (adult)\n"
    "    --pin DIGITS   test PIN (1234); the PUK is 222222 111111\n"
    "    --no-pcscd     cards only; DIR/pcscd.d is for a pcscd of yours\n"
    "    --pcscd-default  run pcscd at its usual path, without namespaces\n"
    "    --vpcd HOST:PORT  be the cards of a vpcd instead (reader n: PORT+n)\n"
    "    --handler FILE libbeid-ifd-virtual.so, when it is elsewhere\n"
    "    --latency L    none (default), or card: answers take the time of the\n"
    "                   applet's line, 0.31 ms (1.8: 0.054 ms) for each byte;\n"
    "                   a signature 500 ms (1.8: 250 ms), which is assumed:\n"
    "                   no document tells how long a real card needs\n"
    "  stop             end pcscd and the cards\n"
    "  pcscd-stop, pcscd-kill, pcscd-start\n"
    "                   end pcscd (SIGTERM, SIGKILL), start it again;\n"
    "                   the cards keep their state\n"
    "\n"
    "Cards (--reader N, default 0)\n"
    "  insert, remove   put the card in, take it out\n"
    "  reset            the card forgets its PIN rights\n"
    "  swap             another card with keys of its own in its place\n"
    "    --applet A, --person P\n"
    "  tries            print the PIN tries left\n"
    "    --set N        0 to 3\n"
    "\n"
    "Watching\n"
    "  counters         apdus bytes_in bytes_out verify (PINs presented)\n"
    "                   verify_ok verify_empty (questions for the counter)\n"
    "                   signatures resets power_ons logoffs tries_left\n"
    "    --json         as one JSON object\n"
    "  counters-reset   set them to zero\n"
    "  trace --file F   write every APDU and event to a new file F; digits\n"
    "                   of PINs are masked\n"
    "  trace --off      stop that\n"
    "\n"
    "Faults (--reader N, default 0)\n"
    "  fault --at K --do WHAT   at the K-th APDU from now, once:\n"
    "                   remove   the card leaves before it answers\n"
    "                   mute     no answer until it is reinserted\n"
    "                            (--at 0: at once)\n"
    "                   hold     the APDU waits for 'release'\n"
    "                   hold-after  the card executes it, the answer waits\n"
    "                            for 'release'\n"
    "                   sw:XXXX  this status word instead of the card's\n"
    "  fault --wait     return when a hold is reached\n"
    "    --timeout S    give up after S seconds (60)\n"
    "  fault --off      disarm; a mute card answers again\n"
    "  release          let the held APDU go on to the card, or the held\n"
    "                   answer to the asker\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing runs in DIR or\n"
    "pcscd does not run, 4 it runs already, 5 no answer in time, 77 the\n"
    "kernel does not allow the namespaces that a private pcscd needs.\n"
    "\n"
    "People (synthetic, --person):\n";

void
help_print(void)
{
    (void)fputs(usage, stdout);
    for (unsigned i = 0; person_at(i) != NULL; i++) {
        (void)printf("  %-16s %s\n", person_at(i)->name, person_at(i)->about);
    }
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_DOCTOR_H
#define BEID_PO_TEXT_DOCTOR_H

/* What `beid-agent doctor` and `status` say; see text_list.h. */
#define BEID_TEXT_DOCTOR(TEXT)                                                 \
    TEXT(CLI_DOCTOR, "find out why the card does not work")                    \
    TEXT(CLI_STATUS, "show the agent, the readers and the cards")              \
    TEXT(CLI_ROOT, "take settings and devices from the system below this "     \
                   "folder")                                                   \
    TEXT(DOCTOR_FINE, "Everything that can be checked is in order.")           \
    TEXT(DOCTOR_CODE, "Code for the helpdesk: {code}")                         \
    TEXT(DOCTOR_NOT_INSTALLED,                                                 \
         "The smart card service is not installed. Install the package "       \
         "pcscd (on Fedora: pcsc-lite).")                                      \
    TEXT(DOCTOR_NOT_RUNNING,                                                   \
         "The smart card service does not run. Start it: sudo systemctl "      \
         "enable --now pcscd.socket")                                          \
    TEXT(DOCTOR_NOT_PERMITTED,                                                 \
         "The smart card service does not let you in. Log in at the "          \
         "computer itself, or ask its administrator for permission.")          \
    TEXT(DOCTOR_REMOTE,                                                        \
         "This is a remote session, and the smart card service serves those "  \
         "who sit at the computer. Log in at the computer itself, or ask its " \
         "administrator for a polkit rule.")                                   \
    TEXT(DOCTOR_INACTIVE,                                                      \
         "This session is not the active one on the screen. Switch to it "     \
         "and try again.")                                                     \
    TEXT(DOCTOR_NO_READER,                                                     \
         "No card reader is connected. Connect your card reader.")             \
    TEXT(DOCTOR_NO_DRIVER,                                                     \
         "A card reader is connected, but the smart card service has no "      \
         "driver for it. Install the package libccid (on Fedora: "             \
         "pcsc-lite-ccid) and connect the reader again.")                      \
    TEXT(DOCTOR_READER_BUSY,                                                   \
         "The card reader is in use by {program}. Close that program.")        \
    TEXT(DOCTOR_READER_BUSY_UNKNOWN,                                           \
         "The card reader is in use by another program. Close that program.")  \
    TEXT(DOCTOR_NO_CARD,                                                       \
         "There is no card in the card reader. Insert your eID card.")         \
    TEXT(DOCTOR_CARD_MUTE,                                                     \
         "The card does not answer. Take it out, check which way round it "    \
         "goes and insert it firmly. If that does not help, clean the chip.")  \
    TEXT(DOCTOR_NO_CERTIFICATE,                                                \
         "This card holds no certificate to log in with, as those of young "   \
         "children. Ask your municipality whether one can be put on it.")      \
    TEXT(DOCTOR_EXPIRED,                                                       \
         "The certificate on this card expired on {date}. Ask your "           \
         "municipality for a new card.")                                       \
    TEXT(DOCTOR_EXPIRING,                                                      \
         "The certificate on this card expires on {date}. Ask your "           \
         "municipality for a new card in time.")                               \
    TEXT(DOCTOR_LAST_TRY,                                                      \
         "Only one try is left for the PIN of this card. Look up your PIN "    \
         "before you use it: a wrong one blocks the card.")                    \
    TEXT(DOCTOR_BLOCKED,                                                       \
         "The PIN of this card is blocked. Ask your municipality how to "      \
         "unblock it.")                                                        \
    TEXT(DOCTOR_NO_AGENT,                                                      \
         "The agent does not run. Start it: systemctl --user enable --now "    \
         "beid-agent.service")                                                 \
    TEXT(DOCTOR_PORT_TAKEN,                                                    \
         "Port {port} of the agent is taken by {program}. Close that "         \
         "program.")                                                           \
    TEXT(DOCTOR_PORT_TAKEN_USER,                                               \
         "Port {port} of the agent is taken by a program of the user {user}. " \
         "Ask them to close it.")                                              \
    TEXT(DOCTOR_POLICY,                                                        \
         "A rule in {file} forbids {origin} to reach the agent on this "       \
         "computer. Ask the administrator to allow that website there.")       \
    TEXT(DOCTOR_CLOCK,                                                         \
         "The clock of this computer says {date}. Set the right date and "     \
         "time.")                                                              \
    TEXT(DOCTOR_CLOCK_UNSET,                                                   \
         "This computer does not set its clock by itself, and says that it "   \
         "is {date}. If it is not, set the right date and time: the "          \
         "certificate may not have expired.")                                  \
    TEXT(DOCTOR_LAYER,                                                         \
         "This system does not offer {layer}, a layer of protection of the "   \
         "agent. It works, but with less protection. Update the kernel.")      \
    TEXT(DOCTOR_JOURNAL_CHANGED,                                               \
         "The journal was changed by something else than the agent. \"beid-"   \
         "agent journal verify\" tells where.")                                \
    TEXT(DOCTOR_JOURNAL_MISSED,                                                \
         "Lines of the journal could not be written. Make room on the disk.")  \
    TEXT(DOCTOR_NO_JOURNAL,                                                    \
         "The journal cannot be opened, so that nothing is written to it. "    \
         "Make room on the disk, and see to it that the folder "               \
         ".local/state/beid-agent in your home is yours.")                     \
    TEXT(DOCTOR_SETTINGS,                                                      \
         "Line {line} of agent.conf is not valid and is passed over. Correct " \
         "it.")                                                                \
    TEXT(DOCTOR_RESTRICTIONS,                                                  \
         "Your own file portals.conf is not valid, so that all websites are "  \
         "blocked. Correct or remove it.")                                     \
    TEXT(DOCTOR_NO_PORTALS,                                                    \
         "No website may ask for your card. Install the package beid-agent "   \
         "again.")                                                             \
    TEXT(DOCTOR_NO_MODULE,                                                     \
         "The file {file} of the agent is missing. Install the package "       \
         "beid-agent again.")                                                  \
    TEXT(DOCTOR_NO_PINENTRY,                                                   \
         "The program {file}, which asks for the PIN, is missing. Install "    \
         "the package pinentry for your desktop.")                             \
    TEXT(STATUS_RUNNING, "The agent runs and listens on port {port}.")         \
    TEXT(STATUS_NOT_RUNNING, "The agent does not run.")                        \
    TEXT(STATUS_NO_READERS, "There is no card reader.")                        \
    TEXT(STATUS_NO_SERVICE, "The smart card service cannot be reached.")       \
    TEXT(STATUS_EMPTY, "Reader {number}: no card.")                            \
    TEXT(STATUS_CARD, "Reader {number}: a Belgian eID card.")                  \
    TEXT(STATUS_FOREIGN, "Reader {number}: a card that cannot be used here.")  \
    TEXT(STATUS_MUTE, "Reader {number}: a card that does not answer.")         \
    TEXT(STATUS_BUSY, "Reader {number}: in use by another program.")

#endif

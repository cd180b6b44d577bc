/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_LIST_H
#define BEID_PO_TEXT_LIST_H

#include "po/text_card.h"
#include "po/text_cli.h"
#include "po/text_doctor.h"
#include "po/text_errand.h"
#include "po/text_journal.h"
#include "po/text_pin.h"
#include "po/text_prompt.h"

/*
 * Every text that a citizen can read: TEXT(NAME, "English source"). {word} is
 * filled in by the prompt and stays as it is in every translation. After a
 * change run update.sh here and translate what it marks.
 *
 * First the messages of the API errors, one per code and named after it; they
 * say what happened and what to do next. Then the texts of the command line
 * (text_cli.h, text_card.h) and of the prompt (text_prompt.h).
 */
#define BEID_TEXT_LIST(TEXT)                                                   \
    TEXT(BAD_REQUEST,                                                          \
         "The website sent a request that the eID program does not "           \
         "understand. Reload the page. If that does not help, contact the "    \
         "website's helpdesk.")                                                \
    TEXT(NOT_FOUND,                                                            \
         "The website asked for something that your eID program does not "     \
         "offer. Update the eID program. If that does not help, contact the "  \
         "website's helpdesk.")                                                \
    TEXT(METHOD_NOT_ALLOWED,                                                   \
         "The website uses the eID program in a wrong way. Contact the "       \
         "website's helpdesk.")                                                \
    TEXT(UNSUPPORTED_MEDIA_TYPE,                                               \
         "The website sent its request in a wrong form. Contact the "          \
         "website's helpdesk.")                                                \
    TEXT(PAYLOAD_TOO_LARGE,                                                    \
         "The website's request is too large. Contact the website's "          \
         "helpdesk.")                                                          \
    TEXT(HEADERS_TOO_LARGE,                                                    \
         "Your browser sent too much data along with the request. Delete "     \
         "the cookies of 127.0.0.1 in your browser and try again.")            \
    TEXT(OPERATION_NOT_ALLOWED,                                                \
         "This website may not do this with your eID card. Contact the "       \
         "website's helpdesk.")                                                \
    TEXT(PORTAL_BLOCKED,                                                       \
         "You blocked this website in the eID program. Allow it again in "     \
         "the settings of the eID program if you want to use it.")             \
    TEXT(RATE_LIMITED,                                                         \
         "Too many requests in a short time. Wait a few minutes and try "      \
         "again.")                                                             \
    TEXT(BUSY,                                                                 \
         "Another request for your eID card is still open. Finish it or "      \
         "cancel it, then try again.")                                         \
    TEXT(PCSCD_UNAVAILABLE,                                                    \
         "The smart card service of this computer does not answer. Start "     \
         "the service pcscd or restart the computer, then try again.")         \
    TEXT(NO_READER,                                                            \
         "No card reader was found. Connect your card reader and try again.")  \
    TEXT(NO_CARD,                                                              \
         "There is no card in the card reader. Insert your eID card and try "  \
         "again.")                                                             \
    TEXT(READER_IN_USE,                                                        \
         "Another program is using the card reader. Close that program and "   \
         "try again.")                                                         \
    TEXT(UNSUPPORTED_CARD,                                                     \
         "The card in the reader is not a Belgian eID card that can be used "  \
         "here. Insert your eID card and try again.")                          \
    TEXT(CARD_TOO_OLD,                                                         \
         "This eID card is too old and has expired. Ask your municipality "    \
         "for a new card.")                                                    \
    TEXT(CARD_MUTE,                                                            \
         "The card does not answer. Take it out, check which way round it "    \
         "goes, insert it firmly and try again.")                              \
    TEXT(CARD_REMOVED,                                                         \
         "The card was taken out too early. Insert it again, leave it in "     \
         "the reader and try again.")                                          \
    TEXT(CARD_MISMATCH,                                                        \
         "This is not the card that you logged in with. Insert that card "     \
         "and try again.")                                                     \
    TEXT(CARD_ERROR,                                                           \
         "The card gave an unexpected answer. Take it out, insert it again "   \
         "and try again.")                                                     \
    TEXT(CERTIFICATE_MISSING,                                                  \
         "You cannot log in with this card: it holds no certificate for "      \
         "that. Ask your municipality whether one can be put on your card.")   \
    TEXT(CERTIFICATE_MISSING_SIGN,                                             \
         "You cannot sign with this card: it holds no certificate for "        \
         "signatures. Ask your municipality whether one can be put on your "   \
         "card.")                                                              \
    TEXT(CERTIFICATE_EXPIRED,                                                  \
         "The certificate on this card is not valid today. Check the date "    \
         "of your computer. If it is right, ask your municipality for a new "  \
         "card.")                                                              \
    TEXT(CLOCK_SKEW,                                                           \
         "The clock of this computer is wrong. Set the right date and time "   \
         "and try again.")                                                     \
    TEXT(PIN_INCORRECT,                                                        \
         "The PIN was wrong twice. Look up your PIN before you try again: "    \
         "three wrong PINs in a row block your card.")                         \
    TEXT(PIN_BLOCKED,                                                          \
         "The PIN of this card is blocked because it was entered wrongly "     \
         "too often. Ask your municipality how to unblock it.")                \
    TEXT(USER_CANCELLED,                                                       \
         "You cancelled. Start again on the website if you still want to go "  \
         "on.")                                                                \
    TEXT(USER_TIMEOUT, "It took too long. Start again on the website.")        \
    TEXT(PROMPT_UNAVAILABLE,                                                   \
         "The eID program could not open a window to ask for your PIN. "       \
         "Install the program pinentry for your desktop, log out and in "      \
         "again, and retry.")                                                  \
    TEXT(REQUEST_EXPIRED,                                                      \
         "The website's request is no longer valid. Reload the page and try "  \
         "again.")                                                             \
    TEXT(REQUEST_REPLAYED,                                                     \
         "The website's request was already used. Reload the page and try "    \
         "again.")                                                             \
    TEXT(REQUEST_KEY_UNKNOWN,                                                  \
         "The website signed its request with a key that your eID program "    \
         "does not know. Update the eID program. If that does not help, "      \
         "contact the website's helpdesk.")                                    \
    TEXT(REQUEST_SIGNATURE_INVALID,                                            \
         "The signature under the website's request is not correct, so "       \
         "nothing was done. Reload the page. If that does not help, contact "  \
         "the website's helpdesk.")                                            \
    TEXT(INTERNAL,                                                             \
         "Something went wrong in the eID program. Try again. If that does "   \
         "not help, give the helpdesk the reference of this message.")         \
    TEXT(SESSION_NOT_LOCAL,                                                    \
         "On this computer only who sits at it may use an eID card. You work " \
         "from a distance, or someone else uses the screen now.")              \
    BEID_TEXT_DOCTOR(TEXT)                                                     \
    BEID_TEXT_JOURNAL(TEXT)                                                    \
    BEID_TEXT_CLI(TEXT)                                                        \
    BEID_TEXT_CARD(TEXT)                                                       \
    BEID_TEXT_PIN(TEXT)                                                        \
    BEID_TEXT_ERRAND(TEXT)                                                     \
    BEID_TEXT_PROMPT_LIST(TEXT)

#endif

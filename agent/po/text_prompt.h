/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_PROMPT_H
#define BEID_PO_TEXT_PROMPT_H

/* The texts of the prompt; see text_list.h. */
#define BEID_TEXT_PROMPT_LIST(TEXT)                                            \
    TEXT(PROMPT_TITLE, "Belgian eID")                                          \
    TEXT(PROMPT_LOGIN, "Log in with your eID card")                            \
    TEXT(PROMPT_ACCESS, "Confirm with your eID card")                          \
    TEXT(PROMPT_STATEMENT, "Sign a statement with your eID card")              \
    TEXT(PROMPT_SIGN, "Sign a document with your eID card")                    \
    TEXT(PROMPT_CERTIFICATE, "Show your signature certificate")                \
    TEXT(PROMPT_PORTAL, "Website: {portal}")                                   \
    TEXT(PROMPT_ORIGIN, "Address: {origin}")                                   \
    TEXT(PROMPT_RESOURCE, "Page: {resource}")                                  \
    TEXT(PROMPT_SAYS, "The website writes:")                                   \
    TEXT(PROMPT_DOCUMENT, "Document: {document}")                              \
    TEXT(PROMPT_PAGE, "Read this text first. Page {page}")                     \
    TEXT(PROMPT_HOLDER, "Card of: {holder}")                                   \
    TEXT(PROMPT_CONSENT,                                                       \
         "With your PIN you tell this website who you are: it receives your "  \
         "name and your national number. Did you not ask to log in? Then "     \
         "cancel.")                                                            \
    TEXT(PROMPT_ACCESS_CONSENT,                                                \
         "With your PIN you confirm this to the website, which receives your " \
         "name and your national number. Did you not ask for this? Then "      \
         "cancel.")                                                            \
    TEXT(PROMPT_STATEMENT_CONSENT,                                             \
         "With your PIN you sign the text that you have just read. This is a " \
         "legal signature. Do you not agree with the text? Then cancel.")      \
    TEXT(PROMPT_SIGN_CONSENT,                                                  \
         "With your PIN you sign this document. This is a legal signature. "   \
         "The content is shown by the website, not by the eID program: sign "  \
         "only if you trust the website and have read the document there.")    \
    TEXT(PROMPT_CERTIFICATE_CONSENT,                                           \
         "This website wants to know your signature certificate. It receives " \
         "your name and your national number. Did you not ask to sign? Then "  \
         "cancel.")                                                            \
    TEXT(PROMPT_TRIES_MANY, "You have {tries} tries left.")                    \
    TEXT(PROMPT_TRIES_ONE,                                                     \
         "This is your last try. A wrong PIN blocks your card.")               \
    TEXT(PROMPT_LAST_TRY,                                                      \
         "You have only one try left. If the PIN is wrong, your card is "      \
         "blocked and you have to contact your municipality. Go on only if "   \
         "you are sure of your PIN.")                                          \
    TEXT(PROMPT_WRONG_PIN, "The PIN was wrong.")                               \
    TEXT(PROMPT_PIN_FORMAT, "A PIN has 4 to 12 digits.")                       \
    TEXT(PROMPT_TOO_EARLY,                                                     \
         "That came before you could read this window, so it does not count. " \
         "Please try again.")                                                  \
    TEXT(PROMPT_PHRASE, "Your own phrase: {phrase}")                           \
    TEXT(PROMPT_KEYS_SEEN,                                                     \
         "Your desktop (X11) lets your other programs read what you type "     \
         "here.")                                                              \
    TEXT(PROMPT_CONNECT_READER,                                                \
         "Connect your card reader and insert your eID card.")                 \
    TEXT(PROMPT_INSERT_CARD, "Insert your eID card in the card reader.")       \
    TEXT(PROMPT_FOREIGN_CARD,                                                  \
         "The card in the reader is not a Belgian eID card. Insert your eID "  \
         "card.")                                                              \
    TEXT(PROMPT_MUTE_CARD,                                                     \
         "The card does not answer. Take it out, check which way round it "    \
         "goes and insert it firmly.")                                         \
    TEXT(PROMPT_READER_BUSY,                                                   \
         "Another program is using the card reader. Close that program.")      \
    TEXT(PROMPT_PINPAD,                                                        \
         "Enter your PIN on the keys of the card reader and press OK there. "  \
         "To stop, press the reader's cancel key.")                            \
    TEXT(PROMPT_BANNER_TEST, "TEST: this is not the real website.")            \
    TEXT(PROMPT_BANNER_ACCEPTANCE,                                             \
         "ACCEPTANCE: this is not the real website.")                          \
    TEXT(PROMPT_BANNER_DEVELOPMENT,                                            \
         "DEVELOPMENT: only test cards are accepted.")                         \
    TEXT(PROMPT_PIN_LABEL, "PIN:")                                             \
    TEXT(PROMPT_OK, "Log in")                                                  \
    TEXT(PROMPT_CONFIRM, "Confirm")                                            \
    TEXT(PROMPT_SIGN_BUTTON, "Sign")                                           \
    TEXT(PROMPT_SHARE, "Share")                                                \
    TEXT(PROMPT_CHOOSE, "Choose this card")                                    \
    TEXT(PROMPT_OTHER_CARD,                                                    \
         "There is more than one eID card in your card readers. Do you want "  \
         "to use this one?")                                                   \
    TEXT(PROMPT_NEXT_CARD, "Next card")                                        \
    TEXT(PROMPT_TAKE_CARD, "Take your card out of the card reader.")           \
    TEXT(PROMPT_CONTINUE, "Continue")                                          \
    TEXT(PROMPT_CANCEL, "Cancel")

#endif

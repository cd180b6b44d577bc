/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_PIN_H
#define BEID_PO_TEXT_PIN_H

/* The texts of "beid-agent pin change"; see text_list.h. */
#define BEID_TEXT_PIN(TEXT)                                                    \
    TEXT(PIN_KEYBOARD,                                                         \
         "ask for the PINs on the keyboard although the reader has keys")      \
    TEXT(PIN_SEVERAL, "there are several cards; leave only the one you mean")  \
    TEXT(PIN_OLD, "Your present PIN:")                                         \
    TEXT(PIN_NEW, "Your new PIN, 4 to 12 digits:")                             \
    TEXT(PIN_AGAIN, "Your new PIN once more:")                                 \
    TEXT(PIN_NOT_THE_SAME, "The two new PINs are not the same.")               \
    TEXT(PIN_GO_ON, "Type \"{word}\" to go on:")                               \
    TEXT(PIN_YES, "yes")                                                       \
    TEXT(PIN_ON_READER,                                                        \
         "On the keys of the card reader: enter your present PIN and press "   \
         "OK, then your new PIN of 4 to 12 digits and OK, then the new PIN "   \
         "once more and OK. To stop, press the reader's cancel key.")          \
    TEXT(PIN_CHANGED, "Your PIN has been changed.")                            \
    TEXT(PIN_STOPPED, "You stopped. Your PIN is still the old one.")           \
    TEXT(PIN_TIME_UP, "The time was up. Your PIN is still the old one.")       \
    TEXT(PIN_DIFFERED,                                                         \
         "The two new PINs were not the same. Your PIN is still the old one.") \
    TEXT(PIN_BAD_LENGTH,                                                       \
         "A PIN has 4 to 12 digits. Your PIN is still the old one.")           \
    TEXT(PIN_WRONG,                                                            \
         "The present PIN was wrong. Your PIN is still the old one.")          \
    TEXT(PIN_NO_KEYS,                                                          \
         "PINs cannot be changed on the keys of this card reader; use "        \
         "--keyboard")                                                         \
    TEXT(PIN_UNSURE,                                                           \
         "It is not certain whether the PIN was changed. Try the new PIN "     \
         "first, once.")

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_CARD_H
#define BEID_PO_TEXT_CARD_H

/* The texts of "beid-agent card"; see text_list.h. */
#define BEID_TEXT_CARD(TEXT)                                                   \
    TEXT(CARD_SUMMARY, "show what is on your eID card")                        \
    TEXT(CARD_OPTION_PHOTO, "write the photo (JPEG) to this file")             \
    TEXT(CARD_OPTION_TEST, "a test card is no reason for exit status 1")       \
    TEXT(CARD_SEVERAL,                                                         \
         "there are several cards; leave only the one in whose photo you "     \
         "want")                                                               \
    TEXT(CARD_NO_MODULE, "the PKCS#11 module cannot be used")                  \
    TEXT(CARD_BAD_PHOTO,                                                       \
         "the photo is not the one that belongs to this identity; it was not " \
         "written")                                                            \
    TEXT(CARD_HEADER,                                                          \
         "Personal data of the eID card in your reader. Everyone who may use " \
         "the reader can read them without a PIN.")                            \
    TEXT(CARD_UNREADABLE, "The identity on this card cannot be read.")         \
    TEXT(CARD_ABSENT, "cannot be read")                                        \
    TEXT(CARD_IDENTITY, "IDENTITY")                                            \
    TEXT(CARD_SURNAME, "Surname: {value}")                                     \
    TEXT(CARD_GIVEN_NAMES, "Given names: {value}")                             \
    TEXT(CARD_NOBLE, "Title: {value}")                                         \
    TEXT(CARD_BORN, "Born: {date}, {place}")                                   \
    TEXT(CARD_MALE, "Sex: male")                                               \
    TEXT(CARD_FEMALE, "Sex: female")                                           \
    TEXT(CARD_NATIONALITY, "Nationality: {value}")                             \
    TEXT(CARD_NATIONAL_NUMBER, "National number: {value}")                     \
    TEXT(CARD_ADDRESS, "ADDRESS")                                              \
    TEXT(CARD_DOCUMENT, "CARD")                                                \
    TEXT(CARD_BELGIAN, "Identity card of a Belgian citizen")                   \
    TEXT(CARD_BELGIAN_CHILD, "Identity card of a Belgian child (Kids-ID)")     \
    TEXT(CARD_OFFICIAL, "Card of the authorities")                             \
    TEXT(CARD_FOREIGNER, "Card of a foreigner, type {value}")                  \
    TEXT(CARD_FOREIGN_CHILD, "Card of a foreign child, type {value}")          \
    TEXT(CARD_OTHER_TYPE, "Card of an unknown type: {value}")                  \
    TEXT(CARD_NUMBER, "Card number: {value}")                                  \
    TEXT(CARD_VALID, "Valid from {from} to {to}")                              \
    TEXT(CARD_EXPIRED, "EXPIRED: valid from {from} to {to}")                   \
    TEXT(CARD_NOT_YET, "NOT YET VALID: valid from {from} to {to}")             \
    TEXT(CARD_ISSUED, "Issued in: {value}")                                    \
    TEXT(CARD_CHIP, "Chip: {value}")                                           \
    TEXT(CARD_CERTIFICATES, "CERTIFICATES")                                    \
    TEXT(CARD_LOGGING_IN, "to log in")                                         \
    TEXT(CARD_SIGNING, "to sign")                                              \
    TEXT(CARD_CERTIFICATE, "{use}: valid until {to}")                          \
    TEXT(CARD_OLD_CERTIFICATE, "{use}: EXPIRED on {to}")                       \
    TEXT(CARD_NO_CERTIFICATE, "{use}: none on this card")                      \
    TEXT(CARD_CHECKS, "IS IT GENUINE?")                                        \
    TEXT(CARD_FROM_BELGIUM, "Issued by the Belgian state.")                    \
    TEXT(CARD_FROM_TEST, "TEST CARD: made for trials, nobody's identity.")     \
    TEXT(CARD_FROM_NOBODY,                                                     \
         "NOT ISSUED BY THE BELGIAN STATE: anyone can have made this card.")   \
    TEXT(CARD_CHECK, "{what}: {result}")                                       \
    TEXT(CARD_CHECK_IDENTITY, "signature of the identity")                     \
    TEXT(CARD_CHECK_ADDRESS, "signature of the address")                       \
    TEXT(CARD_CHECK_PHOTO, "photo of this identity")                           \
    TEXT(CARD_CHECK_NUMBER, "check digits of the national number")             \
    TEXT(CARD_CHECK_CHIP, "the chip itself, not a copy")                       \
    TEXT(CARD_GOOD, "good")                                                    \
    TEXT(CARD_WRONG, "WRONG")                                                  \
    TEXT(CARD_UNCHECKED, "NOT CHECKED, something is missing")                  \
    TEXT(CARD_CANNOT, "this kind of card cannot prove it")

#endif

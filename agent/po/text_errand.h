/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_ERRAND_H
#define BEID_PO_TEXT_ERRAND_H

/* The texts of "beid-agent authenticate" and "sign"; see text_list.h. */
#define BEID_TEXT_ERRAND(TEXT)                                                 \
    TEXT(ERRAND_AUTHENTICATE, "log in for a website and print the token")      \
    TEXT(ERRAND_ORIGIN, "the origin of a website that a portal file lists")    \
    TEXT(ERRAND_NONCE, "the website's nonce, 44 to 128 characters")            \
    TEXT(ERRAND_LANG, "language of the prompt: nl, fr, de or en")              \
    TEXT(ERRAND_CHAIN, "with the certificates of the CA and the root")         \
    TEXT(ERRAND_TIMEOUT, "30 to 900 seconds for all of it, normally 300")      \
    TEXT(ERRAND_NO_PORTAL, "no portal file lists {origin}")                    \
    TEXT(SIGN_SUMMARY, "sign a file with your eID card")                       \
    TEXT(SIGN_OUTPUT, "where the signature goes, normally FILE.p7s")           \
    TEXT(SIGN_FORCE, "replace a signature that is there")                      \
    TEXT(SIGN_UNREADABLE, "{file} cannot be read")                             \
    TEXT(SIGN_EXISTS, "{file} is there already; --force replaces it")          \
    TEXT(SIGN_UNWRITABLE, "{file} cannot be written")                          \
    TEXT(SIGN_FILE_CHANGED,                                                    \
         "{file} was changed meanwhile; nothing was written")                  \
    TEXT(SIGN_PROGRESS, "Reading the file: {percent} %")                       \
    TEXT(SIGN_DONE, "The signature is in {file}.")                             \
    TEXT(PROMPT_FILE_HEADING, "Sign a file with your eID card")                \
    TEXT(PROMPT_FILE, "File: {document}")                                      \
    TEXT(PROMPT_FILE_SIZE, "Size: {size} bytes")                               \
    TEXT(PROMPT_FILE_HASH, "SHA-256: {hash}")                                  \
    TEXT(PROMPT_FILE_CONSENT,                                                  \
         "With your PIN you sign this file. This is a legal signature, as "    \
         "binding as one by hand. Sign only if you know what is in the file. " \
         "Did you not ask for this? Then cancel.")

#endif

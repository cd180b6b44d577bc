/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_JOURNAL_H
#define BEID_PO_TEXT_JOURNAL_H

/* The texts of `beid-agent journal`; see text_list.h. */
#define BEID_TEXT_JOURNAL(TEXT)                                                \
    TEXT(JOURNAL_LINE, "{time}  {origin}")                                     \
    TEXT(JOURNAL_AUTHENTICATE, "log in: {outcome}")                            \
    TEXT(JOURNAL_ACCESS, "confirm a page: {outcome}")                          \
    TEXT(JOURNAL_STATEMENT, "sign a statement: {outcome}")                     \
    TEXT(JOURNAL_CERTIFICATE, "give the signing certificate: {outcome}")       \
    TEXT(JOURNAL_SIGN, "sign a document: {outcome}")                           \
    TEXT(JOURNAL_OTHER, "something else: {outcome}")                           \
    TEXT(JOURNAL_RESOURCE, "for: {resource}")                                  \
    TEXT(JOURNAL_LEFT, "given to the website: {left}")                         \
    TEXT(JOURNAL_NOTHING_LEFT, "nothing was given to the website")             \
    TEXT(JOURNAL_NONE, "There is no journal.")                                 \
    TEXT(JOURNAL_UNREADABLE, "the journal cannot be read")                     \
    TEXT(JOURNAL_ERASED, "The journal is empty now.")                          \
    TEXT(JOURNAL_WHOLE, "The journal is whole: {lines} lines.")                \
    TEXT(JOURNAL_LINE_CHANGED,                                                 \
         "The journal was changed: line {line} of {file} is not as it was "    \
         "written.")                                                           \
    TEXT(JOURNAL_LINES_GONE,                                                   \
         "The journal was changed: lines are missing, or were added, before "  \
         "line {line} of {file}.")                                             \
    TEXT(JOURNAL_FILE_WRONG,                                                   \
         "The journal was changed: {file} does not go on where the file "      \
         "before it ended.")                                                   \
    TEXT(JOURNAL_HEAD_GONE,                                                    \
         "The journal was changed: the file journal.head is gone or cannot "   \
         "be read.")                                                           \
    TEXT(JOURNAL_END_WRONG,                                                    \
         "The journal was changed: lines at its end are missing or were "      \
         "added.")                                                             \
    TEXT(JOURNAL_START_WRONG,                                                  \
         "The journal was changed: lines at its start are missing.")           \
    TEXT(JOURNAL_MISSED,                                                       \
         "{missed} lines could not be written, because the disk was full or "  \
         "read-only.")

#endif

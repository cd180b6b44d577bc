/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into a card worker it makes of it one that forgot PC/SC's
 * transactions, so that a test sees what they are for (threats, row L-06).
 */

/* NOLINTBEGIN(readability-identifier-naming): the names of PC/SC */
long SCardBeginTransaction(long card);
long SCardEndTransaction(long card, unsigned long disposition);

__attribute__((visibility("default"))) long
SCardBeginTransaction(long card)
{
    (void)card;
    return 0;
}

__attribute__((visibility("default"))) long
SCardEndTransaction(long card, unsigned long disposition)
{
    (void)card;
    (void)disposition;
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */

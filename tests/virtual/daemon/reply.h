/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_REPLY_H
#define BEID_VIRTUAL_REPLY_H

/*
 * What the daemon answers on its control socket, once per connection: the
 * exit code of the command in decimal, a line feed, then text, which the
 * command prints on standard output when the code is 0, else on standard
 * error. These codes are documented in --help.
 */
enum reply_code {
    REPLY_OK = 0,
    REPLY_FAILED = 1,
    REPLY_USAGE = 2,
    REPLY_NOT_RUNNING = 3,
    REPLY_RUNNING = 4,
    REPLY_TIMEOUT = 5,
    REPLY_NOT_ALLOWED = 77 /* CTest's code for "skipped" */
};

/* Sends the answer and closes the descriptor; -1 is nobody. */
void reply_send(int fd, enum reply_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif

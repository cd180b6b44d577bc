/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_TRACE_H
#define BEID_VIRTUAL_TRACE_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdio.h>

/*
 * Lines of the trace file, each with the number of the reader:
 *   0 > 00A4020C02DF00     a command
 *   0 < 9000               its answer
 *   0 insert               an event
 * Digits of a PIN or PUK are shown as '*'.
 */
struct trace {
    FILE *file; /* NULL: off */
};

/* Starts a new file (mode 0600). BEID_ERR_IO leaves an older trace on. */
enum beid_err trace_open(struct trace *trace, const char *path) BEID_NODISCARD;
void trace_close(struct trace *trace);

void trace_command(const struct trace *trace, unsigned reader,
                   struct beid_span command);
void trace_answer(const struct trace *trace, unsigned reader,
                  struct beid_span answer);
void trace_event(const struct trace *trace, unsigned reader, const char *event);

#endif

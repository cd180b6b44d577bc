/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "trace.h"

#include <fcntl.h>
#include <unistd.h>

#define HEADER_LEN 5U

enum beid_err
trace_open(struct trace *trace, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return BEID_ERR_IO;
    }
    FILE *file = fdopen(fd, "w");
    if (file == NULL) {
        (void)close(fd);
        return BEID_ERR_IO;
    }
    trace_close(trace);
    trace->file = file;
    return BEID_OK;
}

void
trace_close(struct trace *trace)
{
    if (trace->file != NULL) {
        (void)fclose(trace->file);
        trace->file = NULL;
    }
}

/* VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER of any class. */
static bool
carries_pin(struct beid_span command)
{
    return command.len > HEADER_LEN
           && (command.ptr[1] == 0x20 || command.ptr[1] == 0x24
               || command.ptr[1] == 0x2C);
}

/* The leading byte of a block tells its length and stays; fill stays too. */
static void
put_masked(FILE *file, size_t at, uint8_t byte)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned high = byte >> 4;
    unsigned low = byte & 0x0FU;
    bool lead = at % 8 == 0 && high == 2;
    (void)fputc(lead || high == 0x0F ? hex[high] : '*', file);
    (void)fputc(lead || low == 0x0F ? hex[low] : '*', file);
}

static void
put_line(const struct trace *trace, unsigned reader, char direction,
         struct beid_span bytes, bool masked)
{
    (void)fprintf(trace->file, "%u %c ", reader, direction);
    for (size_t i = 0; i < bytes.len; i++) {
        if (masked && i >= HEADER_LEN) {
            put_masked(trace->file, i - HEADER_LEN, bytes.ptr[i]);
        } else {
            (void)fprintf(trace->file, "%02X", bytes.ptr[i]);
        }
    }
    (void)fputc('\n', trace->file);
    (void)fflush(trace->file);
}

void
trace_command(const struct trace *trace, unsigned reader,
              struct beid_span command)
{
    if (trace->file != NULL) {
        put_line(trace, reader, '>', command, carries_pin(command));
    }
}

void
trace_answer(const struct trace *trace, unsigned reader,
             struct beid_span answer)
{
    if (trace->file != NULL) {
        put_line(trace, reader, '<', answer, false);
    }
}

void
trace_event(const struct trace *trace, unsigned reader, const char *event)
{
    if (trace->file != NULL) {
        (void)fprintf(trace->file, "%u %s\n", reader, event);
        (void)fflush(trace->file);
    }
}

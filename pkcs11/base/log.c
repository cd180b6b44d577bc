/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/log.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 512

static struct {
    beid_log_sink *sink;
    void *user;
    enum beid_log_level level;
} target;

void
beid_log_set(beid_log_sink *sink, void *user, enum beid_log_level level)
{
    target.sink = sink;
    target.user = user;
    target.level = level;
}

static const char *
level_name(enum beid_log_level level)
{
    switch (level) {
    case BEID_LEVEL_ERROR:
        return "error";
    case BEID_LEVEL_WARN:
        return "warning";
    case BEID_LEVEL_INFO:
        return "info";
    case BEID_LEVEL_DEBUG:
        return "debug";
    }
    return "log";
}

void
beid_log_stderr(enum beid_log_level level, const char *text, void *user)
{
    (void)user;
    (void)fprintf(stderr, "%s: %s\n", level_name(level), text);
}

/*
 * One log line stays one line, whatever the outside put into it: the controls
 * of ASCII, and U+0080 to U+009F in UTF-8, which steer some terminals.
 */
static void
defuse(char *text)
{
    unsigned char before = 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7F) {
            *text = '?';
        } else if (before == 0xC2 && byte >= 0x80 && byte < 0xA0) {
            text[-1] = '?';
            *text = '?';
        }
        before = byte;
    }
}

void
beid_log_at(enum beid_log_level level, const char *function, const char *format,
            ...)
{
    if (target.sink == NULL || level > target.level) {
        return;
    }
    char line[LINE_MAX_BYTES];
    int used = snprintf(line, sizeof line, "%s: ", function);
    if (used < 0 || (size_t)used >= sizeof line) {
        used = 0;
    }
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is above */
    int more = vsnprintf(line + used, sizeof line - (size_t)used, format, args);
    va_end(args);
    if (more < 0) {
        return;
    }
    defuse(line);
    target.sink(level, line, target.user);
}

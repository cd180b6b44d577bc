/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_LOG_H
#define BEID_LOG_H

#include <stddef.h>

enum beid_log_level {
    BEID_LEVEL_ERROR = 0,
    BEID_LEVEL_WARN = 1,
    BEID_LEVEL_INFO = 2,
    BEID_LEVEL_DEBUG = 3
};

/*
 * Receives one finished line without newline; text is borrowed for the call
 * and already free of control characters. May be called from any thread.
 */
typedef void beid_log_sink(enum beid_log_level level, const char *text,
                           void *user);

/*
 * Sets where lines go and the most talkative level that is passed on. With a
 * NULL sink (the start state, and always in the module) nothing is formatted.
 * Call it before other threads log.
 */
void beid_log_set(beid_log_sink *sink, void *user, enum beid_log_level level);

/* A sink that writes "level: text" lines to standard error. */
void beid_log_stderr(enum beid_log_level level, const char *text, void *user);

/*
 * Formats and passes on one line of at most 512 bytes; longer ones are cut.
 * Every control character becomes '?', so that no outside text forges a line.
 * Never give it a PIN, a name, a national number, a certificate or APDU data.
 */
void beid_log_at(enum beid_log_level level, const char *function,
                 const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

#define BEID_LOG_ERROR(...) beid_log_at(BEID_LEVEL_ERROR, __func__, __VA_ARGS__)
#define BEID_LOG_WARN(...) beid_log_at(BEID_LEVEL_WARN, __func__, __VA_ARGS__)
#define BEID_LOG_INFO(...) beid_log_at(BEID_LEVEL_INFO, __func__, __VA_ARGS__)
#define BEID_LOG_DEBUG(...) beid_log_at(BEID_LEVEL_DEBUG, __func__, __VA_ARGS__)

#endif

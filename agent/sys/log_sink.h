/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_LOG_SINK_H
#define BEID_SYS_LOG_SINK_H

#include <beid/log.h>

/* What systemd tells a service about its standard error (systemd.exec(5)). */
#define BEID_LOG_JOURNAL "JOURNAL_STREAM"

/*
 * Where lines go: beid_log_stderr(), or, when standard error is a stream of
 * journald, lines that begin with their priority (sd-daemon(3)), so that a
 * warning is one there as well. Before the process is shut in.
 */
beid_log_sink *beid_log_sink_find(void);

#endif

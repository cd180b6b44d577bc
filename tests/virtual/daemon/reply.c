/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void
reply_send(int fd, enum reply_code code, const char *format, ...)
{
    if (fd < 0) {
        return;
    }
    (void)dprintf(fd, "%d\n", (int)code);
    va_list values;
    va_start(values, format);
    (void)vdprintf(fd, format, values);
    va_end(values);
    (void)close(fd);
}

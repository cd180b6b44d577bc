/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_NOTIFY_H
#define BEID_SYS_NOTIFY_H

/*
 * Tells the service manager a state such as "READY=1" (sd_notify(3)) when
 * $NOTIFY_SOCKET names one; does nothing otherwise.
 */
void beid_notify(const char *state);

#endif

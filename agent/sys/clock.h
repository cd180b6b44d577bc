/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_CLOCK_H
#define BEID_SYS_CLOCK_H

#include <beid/err.h>

#include <stdint.h>

/* No deadline. */
#define BEID_NEVER INT64_MAX

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t beid_clock_ms(void);

/*
 * A non-blocking, close-on-exec timer descriptor that becomes readable at a
 * deadline; disarmed when made. BEID_ERR_IO when there is none to be had.
 */
enum beid_err beid_timer_new(int *fd) BEID_NODISCARD;

/* Arms the timer for deadline_ms of beid_clock_ms(); BEID_NEVER disarms it. */
void beid_timer_set(int fd, int64_t deadline_ms);

/* Takes an expiry off the timer, so that it is no longer readable. */
void beid_timer_read(int fd);

/* Milliseconds since 1970 by the computer's clock, which may be wrong. */
int64_t beid_clock_wall_ms(void);

/* Those of a clock that nobody can set and that also runs during sleep. */
int64_t beid_clock_boot_ms(void);

#endif

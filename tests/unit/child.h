/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_CHILD_H
#define BEID_TESTS_CHILD_H

#include "unit.h"

#include <sys/types.h>
#include <sys/wait.h>

/* Waits for a child of fork(): its exit code, -1 when a signal ended it. */
static inline int
exit_code_of(pid_t child)
{
    int status = 0;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif

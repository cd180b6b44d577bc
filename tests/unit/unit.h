/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_UNIT_H
#define BEID_TESTS_UNIT_H

/* cmocka.h does not compile without these before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

/*
 * What main() returns after a test that the machine does not allow and that
 * said so: CTest then tells of it. cmocka's own skip() would pass unseen.
 */
#define UNIT_SKIPPED 77

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_SCRATCH_H
#define BEID_TESTS_SCRATCH_H

/* A folder for one test's files; everything here fails the test on an error. */
#define SCRATCH_ROOM 64U
#define SCRATCH_PATH_ROOM 256U

/* Makes one that others can look into. */
void scratch_make(char root[SCRATCH_ROOM]);

/* Removes it with all that is in it. */
void scratch_remove(const char *root);

/* The path of name below root. */
void scratch_path(const char *root, const char *name,
                  char out[SCRATCH_PATH_ROOM]);

/* Makes the folders down to name, and name as well. */
void scratch_folder(const char *root, const char *name);

/* Writes a file; its folder is there. */
void scratch_write(const char *root, const char *name, const char *text);

#endif

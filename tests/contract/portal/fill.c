/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Puts entries into a portal's archive, as the portal would after many years:
 * portal-fill PLACE KEY-FILE NATIONAL-NUMBER KIND. Each line of standard input
 * is an entry: its name and its fields, with tabs between them. Without a
 * national number ("") the entries are nobody's.
 */
#include "archive.h"
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_SIZE 1024
#define LIFETIME 86400

static enum beid_err
put_line(struct archive *archive, const char *subject, unsigned kind,
         char *line)
{
    const char *fields[ARCHIVE_FIELDS] = {NULL};
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    const char *name = strsep(&line, "\t");
    while (line != NULL && count < ARCHIVE_FIELDS) {
        fields[count++] = strsep(&line, "\t");
    }
    const struct entry_key key = {subject, kind, name};
    time_t now = time(NULL);
    return archive_put(archive, &key, fields, count, now, now + LIFETIME);
}

static enum beid_err
fill(const char *place, const uint8_t *key, const char *number, unsigned kind)
{
    char line[LINE_SIZE];
    char subject[PSEUDONYM_SIZE] = "";
    struct archive *archive = NULL;
    enum beid_err err = archive_new(place, NULL, key, &archive);
    if (err == BEID_OK && number[0] != '\0') {
        err = pseudonym_make(key, number, subject);
    }
    while (err == BEID_OK && fgets(line, sizeof line, stdin) != NULL) {
        err = put_line(archive, subject, kind, line);
    }
    archive_free(&archive);
    return err;
}

int
main(int argc, char **argv)
{
    struct beid_buf key;
    if (argc != 5) {
        (void)fputs("portal-fill PLACE KEY-FILE NATIONAL-NUMBER KIND\n",
                    stderr);
        return 2;
    }
    enum beid_err err = file_load(NULL, argv[2], &key);
    if (err == BEID_OK && key.len != PSEUDONYM_KEY_SIZE) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        err = fill(argv[1], key.ptr, argv[3],
                   (unsigned)strtoul(argv[4], NULL, 10));
    }
    beid_buf_clear(&key);
    if (err != BEID_OK) {
        (void)fprintf(stderr, "portal-fill: %s\n", beid_err_text(err));
    }
    return err == BEID_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

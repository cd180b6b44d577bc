/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a harness without libFuzzer: over the files and folders that are
 * named, or over standard input. Files whose names begin with a dot are left
 * out.
 */
#include "bench.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX ((size_t)1 << 20)

static size_t runs;

/* From a block of exactly its size, so that a sanitizer sees its end. */
static void
run(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        bench_broken("out of memory");
    }
    memcpy(copy, bytes, len);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    runs++;
}

static int
run_stream(FILE *file)
{
    static uint8_t bytes[INPUT_MAX];
    size_t len = fread(bytes, 1, sizeof bytes, file);
    if (ferror(file) != 0) {
        return 1;
    }
    run(bytes, len);
    return 0;
}

static int
run_file(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL || run_stream(file) != 0) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    return fclose(file);
}

static int
run_folder(const char *path)
{
    struct dirent **names = NULL;
    int failed = 0;
    int count = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char name[1024];
        if (names[i]->d_name[0] != '.') {
            (void)snprintf(name, sizeof name, "%s/%s", path, names[i]->d_name);
            (void)fprintf(stderr, "%s\n", names[i]->d_name);
            failed |= run_file(name);
        }
        free(names[i]);
    }
    free(names);
    return count < 0 ? 1 : failed;
}

int
main(int argc, char **argv)
{
    int failed = argc < 2 ? run_stream(stdin) : 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        bool folder = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
        failed |= folder ? run_folder(argv[i]) : run_file(argv[i]);
    }
    (void)fprintf(stderr, "%zu inputs\n", runs);
    return runs == 0 ? 1 : failed;
}

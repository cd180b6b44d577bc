/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"
#include "cli/serve.h"
#include "http/front.h"

#include <beid/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

static const char usage[] = "Usage: beid-agent COMMAND [OPTION]...\n"
                            "Login with the Belgian eID card for web portals.\n"
                            "\n"
                            "  serve      run the agent\n"
                            "  version    print the version\n"
                            "\n"
                            "`beid-agent COMMAND --help` tells more.\n";

static int
version_main(int argc)
{
    if (argc > 1) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    (void)puts("beid-agent " BEID_VERSION);
    return EXIT_SUCCESS;
}

/* argv: the word, the log level, and how to run; from the supervisor only. */
static int
front_entry(int argc, char **argv)
{
    enum beid_log_level level = BEID_LEVEL_INFO;
    if (argc != 3 || !log_level_parse(argv[1], &level)) {
        return EXIT_USAGE;
    }
    beid_log_set(beid_log_stderr, NULL, level);
    return front_main(strcmp(argv[2], CLI_FRONT_DEVELOPMENT) == 0);
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], CLI_FRONT_WORD) == 0) {
        return front_entry(argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "serve") == 0) {
        return serve_main(argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        return version_main(argc - 1);
    }
    if (strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    (void)fprintf(stderr, "beid-agent: unknown command: %s\n", argv[1]);
    (void)fputs(usage, stderr);
    return EXIT_USAGE;
}

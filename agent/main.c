/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/serve.h"
#include "http/front.h"

#include <beid/log.h>

#include <string.h>

/* argv: the word, the log level, how to run, and in test builds perhaps an
 * attack on itself; from the supervisor only. */
static int
front_entry(int argc, char **argv)
{
    enum beid_log_level level = BEID_LEVEL_INFO;
    if (argc < 3 || argc > 4 || !log_level_parse(argv[1], &level)) {
        return CLI_USAGE;
    }
    beid_log_set(beid_log_stderr, NULL, level);
    return front_main(strcmp(argv[2], CLI_FRONT_DEVELOPMENT) == 0,
                      argc == 4 ? argv[3] : NULL);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], CLI_FRONT_WORD) == 0) {
        return front_entry(argc - 1, argv + 1);
    }
    return cli_main(argc, argv);
}

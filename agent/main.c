/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/serve.h"
#include "http/front.h"
#include "sys/log_sink.h"

#include <beid/log.h>

#include <string.h>

/* argv: the word, the log level, how to run, whether it did before, and in test
 * builds perhaps an attack on itself; from the supervisor only. */
static int
front_entry(int argc, char **argv)
{
    enum beid_log_level level = BEID_LEVEL_INFO;
    if (argc < 4 || argc > 5 || !log_level_parse(argv[1], &level)) {
        return CLI_USAGE;
    }
    beid_log_set(beid_log_sink_find(), NULL, level);
    const struct api_mode mode = {
        .development = strcmp(argv[2], CLI_FRONT_DEVELOPMENT) == 0,
        .again = strcmp(argv[3], CLI_FRONT_FIRST) != 0};
    return front_main(&mode, argc == 5 ? argv[4] : NULL);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], CLI_FRONT_WORD) == 0) {
        return front_entry(argc - 1, argv + 1);
    }
    return cli_main(argc, argv);
}

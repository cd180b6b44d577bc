/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "client.h"
#include "export.h"
#include "help.h"
#include "options.h"
#include "prompt.h"
#include "reply.h"
#include "start.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
    struct options options;
    if (prompt_named(argv[0])) {
        return prompt_run(argc, argv);
    }
    if (options_parse(argc, argv, &options) != BEID_OK) {
        (void)fputs("Try 'beid-virtual-card --help'.\n", stderr);
        return REPLY_USAGE;
    }
    if (options.help) {
        help_print();
        return REPLY_OK;
    }
    if (options.dir == NULL) {
        (void)fprintf(stderr, "beid-virtual-card: '%s' needs --dir\n",
                      options.verb);
        return REPLY_USAGE;
    }
    if (strcmp(options.verb, "trace") == 0
        && (options.file == NULL) != options.off) {
        (void)fputs("beid-virtual-card: trace --file FILE, or trace --off\n",
                    stderr);
        return REPLY_USAGE;
    }
    if (strcmp(options.verb, "start") == 0) {
        return start_run(&options);
    }
    if (strcmp(options.verb, "pki") == 0) {
        return export_run(&options);
    }
    return client_ask(&options);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include "cli.h"
#include "options.h"
#include "prompt_child.h"
#include "session.h"
#include "supervisor.h"
#include "sys/child.h"
#include "sys/harden.h"
#include "sys/listen.h"
#include "sys/log_sink.h"

#include <beid/log.h>

#include <stddef.h>

#define FIRST_FD 3

/*
 * What the processes may need of the environment: the way to the user's
 * screen or terminal for the prompt, the language of its buttons, the socket
 * of a private pcscd, the service manager.
 */
static const char *const environment[] = {PROMPT_CHILD_ENVIRONMENT,
                                          "TZ",
                                          "GPG_TTY",
                                          "XDG_CONFIG_HOME",
                                          "XDG_STATE_HOME",
                                          "PCSCLITE_CSOCK_NAME",
                                          "NOTIFY_SOCKET",
                                          BEID_LOG_JOURNAL,
                                          BEID_CHILD_KEEP_SANITIZER NULL};

void
serve_clean_environment(void)
{
    beid_harden_environment(environment);
}

static enum beid_err
open_listener(int *fd)
{
    int passed = -1;
    enum beid_err err = beid_listen_passed(&passed);
    if (err == BEID_ERR_ARGUMENT) {
        BEID_LOG_ERROR("the socket that was passed is not one listening "
                       "socket on 127.0.0.1, port %u to %u",
                       BEID_PORT_FIRST, BEID_PORT_LAST);
        return err;
    }
    if (err == BEID_OK) {
        *fd = passed;
        return beid_harden_close_from(FIRST_FD + 1);
    }
    err = beid_harden_close_from(FIRST_FD);
    if (err == BEID_OK) {
        err = beid_listen_new(fd);
    }
    if (err == BEID_ERR_BUSY) {
        BEID_LOG_ERROR("all ports from %u to %u are taken", BEID_PORT_FIRST,
                       BEID_PORT_LAST);
    }
    return err;
}

static int
serve_run(const struct cli_call *call)
{
    struct serve_options options;
    int listener = -1;
    if (!serve_options_read(call, &options)) {
        return CLI_USAGE;
    }
    beid_log_set(beid_log_sink_find(), NULL, options.level);
    if (options.scripted) {
        BEID_LOG_WARN("a program answers the prompts; no citizen is asked");
    }
    if (!session_settings_good(false, call->lang)) {
        return CLI_FAILED;
    }
    enum beid_err err = beid_harden_start();
    if (err == BEID_OK) {
        err = open_listener(&listener);
    }
    serve_clean_environment();
    if (err != BEID_OK) {
        BEID_LOG_ERROR("cannot start: %s", beid_err_text(err));
        return CLI_FAILED;
    }
    return supervisor_run(&options, listener);
}

const struct cli_command serve_command = {
    .name = "serve",
    .usage = "",
    .summary = BEID_TEXT_CLI_SERVE,
    .options = serve_option_list,
    .run = serve_run,
};

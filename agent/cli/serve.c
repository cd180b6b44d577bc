/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include "options.h"
#include "supervisor.h"
#include "sys/child.h"
#include "sys/harden.h"
#include "sys/listen.h"

#include <beid/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define FIRST_FD 3

static const char usage[] =
    "Usage: beid-agent serve [OPTION]...\n"
    "Lets the web portals of its list ask for the Belgian eID card, on\n"
    "http://127.0.0.1, first free port of 24880 to 24887.\n"
    "\n"
    "  --development        accept test cards only, and say so in prompts\n"
    "  --portals DIR        with --development: portal files of DIR as well,\n"
    "                       for origins on localhost\n"
    "  --module FILE        the PKCS#11 module\n"
    "  --card-worker FILE   the program that speaks to the card\n"
    "  --pinentry FILE      the program that asks for the PIN\n"
    "  --log-level LEVEL    error, warn, info (default) or debug\n"
    "  --help               this text\n";

/*
 * What the processes may need of the environment: the way to the user's
 * screen or terminal for the prompt, the language of its buttons, the socket
 * of a private pcscd, the service manager.
 */
static const char *const environment[] = {"PATH",
                                          "HOME",
                                          "LANG",
                                          "LANGUAGE",
                                          "LC_ALL",
                                          "LC_CTYPE",
                                          "LC_MESSAGES",
                                          "TZ",
                                          "TERM",
                                          "GPG_TTY",
                                          "DISPLAY",
                                          "WAYLAND_DISPLAY",
                                          "XAUTHORITY",
                                          "XDG_RUNTIME_DIR",
                                          "XDG_CURRENT_DESKTOP",
                                          "XDG_SESSION_TYPE",
                                          "XDG_STATE_HOME",
                                          "DBUS_SESSION_BUS_ADDRESS",
                                          "GTK_THEME",
                                          "GTK_MODULES",
                                          "GTK_IM_MODULE",
                                          "QT_IM_MODULE",
                                          "XMODIFIERS",
                                          "QT_QPA_PLATFORM",
                                          "PCSCLITE_CSOCK_NAME",
                                          "NOTIFY_SOCKET",
                                          BEID_CHILD_KEEP_SANITIZER NULL};

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

int
serve_main(int argc, char **argv)
{
    struct serve_options options;
    int listener = -1;
    if (!serve_options_read(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (options.help) {
        (void)fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    beid_log_set(beid_log_stderr, NULL, options.level);
    enum beid_err err = beid_harden_start();
    if (err == BEID_OK) {
        err = open_listener(&listener);
    }
    beid_harden_environment(environment);
    if (err != BEID_OK) {
        BEID_LOG_ERROR("cannot start: %s", beid_err_text(err));
        return EXIT_FAILURE;
    }
    return supervisor_run(&options, listener);
}

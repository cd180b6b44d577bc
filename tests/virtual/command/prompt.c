/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "prompt.h"

#include "client.h"
#include "reply.h"

#include <beid/bytes.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "prompt"
#define LINE_LEN 1024U /* Assuan: 1000, line feed included */
#define ANSWER_MAX 64U
#define READ_PIN_MS 1700
#define READ_QUESTION_MS 700

/* Of libgpg-error, with pinentry as the source. */
#define ERR_CANCELLED "ERR 83886179 Operation cancelled <Pinentry>\n"
#define ERR_NOT_CONFIRMED "ERR 83886194 Not confirmed <Pinentry>\n"
#define ERR_UNSUPPORTED "ERR 83886140 "

struct prompt {
    char *dir;
    char text[LINE_LEN]; /* of SETDESC, percent-encoded */
    char error[LINE_LEN]; /* of SETERROR */
};

bool
prompt_named(const char *self)
{
    const char *slash = strrchr(self, '/');
    return slash != NULL && strcmp(slash + 1, NAME) == 0;
}

static bool
in_development(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--development") == 0) {
            return true;
        }
    }
    return false;
}

static bool
say(const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t put = write(STDOUT_FILENO, text, len);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        text += put < 0 ? 0 : put;
        len -= put < 0 ? 0 : (size_t)put;
    }
    return true;
}

/* The rest of a line behind a command; NULL: another command. */
static const char *
behind(const char *line, const char *command)
{
    size_t len = strlen(command);
    if (strncmp(line, command, len) != 0
        || (line[len] != ' ' && line[len] != '\0')) {
        return NULL;
    }
    return line[len] == ' ' ? line + len + 1 : line + len;
}

/* Until the agent takes the dialog away. */
static void
wait_end(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte = 0;
    while (poll(&input, 1, -1) >= 0 && read(STDIN_FILENO, &byte, 1) > 0) {
        continue;
    }
}

/*
 * The agent takes no answer that nobody can have read the dialog for.
 * False: the dialog is gone.
 */
static bool
read_first(int takes_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, takes_ms) == 0;
}

/* What the card's daemon says to a dialog: digits, ok, other, cancel, wait. */
static bool
answer(const char *word)
{
    if (strcmp(word, "wait") == 0) {
        wait_end();
        return false;
    }
    if (strcmp(word, "cancel") == 0) {
        return say(ERR_CANCELLED);
    }
    bool question = strcmp(word, "other") == 0 || strcmp(word, "ok") == 0;
    if (!read_first(question ? READ_QUESTION_MS : READ_PIN_MS)) {
        return false;
    }
    if (strcmp(word, "other") == 0) {
        return say(ERR_NOT_CONFIRMED);
    }
    if (strcmp(word, "ok") == 0) {
        return say("OK\n");
    }
    return say("D ") && say(word) && say("\nOK\n");
}

static bool
ask(const struct prompt *prompt, const char *kind)
{
    char word[ANSWER_MAX];
    const struct client_word words[] = {{"kind", kind},
                                        {"text", prompt->text},
                                        {"error", prompt->error},
                                        {NULL, NULL}};
    int code =
        client_exchange(prompt->dir, "prompted", words, word, sizeof(word));
    bool more = code == REPLY_OK ? answer(word) : say(ERR_CANCELLED);
    explicit_bzero(word, sizeof(word));
    return more;
}

static void
keep(char out[LINE_LEN], const char *text)
{
    (void)snprintf(out, LINE_LEN, "%s", text);
}

/* One command; false: the dialog is over. */
static bool
obey(struct prompt *prompt, const char *line)
{
    static const struct {
        const char *command;
        const char *kind;
    } dialogs[] = {
        {"GETPIN", "pin"}, {"CONFIRM", "confirm"}, {"MESSAGE", "message"}};
    for (size_t i = 0; i < sizeof(dialogs) / sizeof(dialogs[0]); i++) {
        if (behind(line, dialogs[i].command) != NULL) {
            return ask(prompt, dialogs[i].kind);
        }
    }
    if (behind(line, "BYE") != NULL) {
        (void)say("OK\n");
        return false;
    }
    if (behind(line, "SETDESC") != NULL) {
        keep(prompt->text, behind(line, "SETDESC"));
    } else if (behind(line, "SETERROR") != NULL) {
        keep(prompt->error, behind(line, "SETERROR"));
    }
    return say("OK\n");
}

int
prompt_run(int argc, char **argv)
{
    struct prompt prompt = {.dir = argv[0]};
    char line[LINE_LEN];
    *strrchr(argv[0], '/') = '\0'; /* prompt_named() saw it */
    if (!in_development(argc, argv)) {
        (void)say(ERR_UNSUPPORTED "for development mode and test cards only\n");
        return REPLY_USAGE;
    }
    if (!client_running(prompt.dir)) {
        (void)say(ERR_UNSUPPORTED "the virtual card does not run\n");
        return REPLY_NOT_RUNNING;
    }
    bool more = say("OK at your service\n");
    while (more && fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        more = obey(&prompt, line);
    }
    return REPLY_OK;
}

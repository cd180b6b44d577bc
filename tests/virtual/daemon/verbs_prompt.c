/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the scripted prompt is to answer, and a record of what it was shown. */

#include "reply.h"
#include "verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
digits(const char *word)
{
    size_t len = strlen(word);
    return len >= 1 && len <= 32 && strspn(word, "0123456789") == len;
}

static bool
is_answer(const char *word)
{
    static const char *const words[] = {"pin",   "wrong",  "ok",
                                        "other", "cancel", "wait"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return digits(word);
}

/* Every word of a text with single blanks is an answer. */
static bool
answers_valid(const char *text)
{
    char copy[DAEMON_KEYS_LEN];
    if (strlen(text) >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, strlen(text) + 1);
    char *rest = copy;
    const char *word = NULL;
    while ((word = strsep(&rest, " ")) != NULL) {
        if (!is_answer(word)) {
            return false;
        }
    }
    return true;
}

void
verb_answer(struct daemon *daemon, struct vreader *reader,
            const struct control_request *request)
{
    const char *words = control_value(request, "keys");
    (void)reader;
    words = words == NULL ? "" : words;
    if (*words != '\0' && !answers_valid(words)) {
        reply_send(request->fd, REPLY_USAGE,
                   "answers are pin, wrong, ok, other, cancel, wait or "
                   "digits\n");
        return;
    }
    memcpy(daemon->answers, words, strlen(words) + 1);
    reply_send(request->fd, REPLY_OK, "%s", "");
}

/* Cuts the first answer off, or takes what a dialog of this kind gets. */
static void
next_answer(struct daemon *daemon, const char *kind, char out[DAEMON_KEYS_LEN])
{
    char rest[DAEMON_KEYS_LEN];
    if (daemon->answers[0] == '\0') {
        const char *usual = "ok";
        if (strcmp(kind, "pin") == 0) {
            usual = "pin";
        } else if (strcmp(kind, "message") == 0) {
            usual = "wait"; /* its button ends the operation */
        }
        (void)snprintf(out, DAEMON_KEYS_LEN, "%s", usual);
        return;
    }
    size_t len = strcspn(daemon->answers, " ");
    memcpy(out, daemon->answers, len);
    out[len] = '\0';
    const char *more = daemon->answers + len;
    (void)snprintf(rest, sizeof(rest), "%s", *more == ' ' ? more + 1 : more);
    memcpy(daemon->answers, rest, sizeof(rest));
}

/* The PIN that "start" was told, or one that is not it. */
static void
spell_pin(const struct daemon *daemon, char word[DAEMON_KEYS_LEN])
{
    bool wrong = strcmp(word, "wrong") == 0;
    if (!wrong && strcmp(word, "pin") != 0) {
        return;
    }
    (void)snprintf(word, DAEMON_KEYS_LEN, "%s", daemon->settings.pin);
    if (wrong) {
        word[0] = (char)(word[0] == '9' ? '0' : word[0] + 1);
    }
}

/* One line for each dialog; a PIN is not written. */
static void
record(const struct daemon *daemon, const char *kind, const char *word,
       const char *text)
{
    char path[DAEMON_PATH_LEN];
    (void)snprintf(path, sizeof(path), "%s/prompt.log", daemon->settings.dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)dprintf(fd, "%s %s %s\n", kind, digits(word) ? "digits" : word,
                      text == NULL ? "" : text);
        (void)close(fd);
    }
}

void
verb_prompted(struct daemon *daemon, struct vreader *reader,
              const struct control_request *request)
{
    const char *kind = control_value(request, "kind");
    char word[DAEMON_KEYS_LEN];
    (void)reader;
    if (kind == NULL) {
        reply_send(request->fd, REPLY_USAGE, "no kind\n");
        return;
    }
    next_answer(daemon, kind, word);
    record(daemon, kind, word, control_value(request, "text"));
    spell_pin(daemon, word);
    reply_send(request->fd, REPLY_OK, "%s", word);
    explicit_bzero(word, sizeof(word));
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "prompt/pinentry.h"

#include "prompt/layout.h"
#include "prompt/terminal.h"

#include <assuan.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMMANDS_MAX 16U
#define PIN_DIGITS_MIN 4U
#define PIN_DIGITS_MAX 12U

struct pinentry {
    int fd;
    bool fd_passed; /* libassuan closes it */
    assuan_context_t assuan;
    struct beid_secret *pin;
    struct beid_buf commands[COMMANDS_MAX];
    size_t count;
    size_t at; /* the command whose answer is awaited */
    bool overlong;
    bool choosing; /* a third button */
};

/* What libassuan allocates carries the PIN for a while: wipe before free. */
union block {
    size_t len;
    max_align_t align;
};

static void *
block_new(size_t len)
{
    if (len > SIZE_MAX - sizeof(union block)) {
        return NULL;
    }
    union block *block = calloc(1, sizeof *block + len);
    if (block == NULL) {
        return NULL;
    }
    block->len = len;
    return block + 1;
}

static void
block_free(void *ptr)
{
    if (ptr == NULL) {
        return;
    }
    union block *block = (union block *)ptr - 1;
    beid_wipe(ptr, block->len);
    free(block);
}

static void *
block_resize(void *ptr, size_t len)
{
    void *fresh = block_new(len);
    if (fresh == NULL || ptr == NULL) {
        return fresh;
    }
    const union block *block = (const union block *)ptr - 1;
    memcpy(fresh, ptr, block->len < len ? block->len : len);
    block_free(ptr);
    return fresh;
}

bool
pinentry_is_pin(struct beid_span digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return false;
        }
    }
    return digits.len >= PIN_DIGITS_MIN && digits.len <= PIN_DIGITS_MAX;
}

static enum beid_err
add(struct pinentry *pinentry, const char *verb, struct beid_span text)
{
    if (pinentry->count == COMMANDS_MAX) {
        return BEID_ERR_LIMIT;
    }
    struct beid_buf *command = &pinentry->commands[pinentry->count++];
    return prompt_command(command, verb, text);
}

static enum beid_err
add_option(struct pinentry *pinentry, const char *name, const char *value)
{
    if (value == NULL) {
        return BEID_OK;
    }
    struct beid_buf option;
    beid_buf_init(&option, PROMPT_COMMAND_MAX);
    beid_buf_put_str(&option, name);
    beid_buf_put_str(&option, value);
    enum beid_err err = beid_buf_status(&option);
    if (err == BEID_OK) {
        err = add(pinentry, "OPTION", beid_buf_span(&option));
    }
    beid_buf_clear(&option);
    return err;
}

static enum beid_err
add_options(struct pinentry *pinentry)
{
    struct prompt_terminal terminal = prompt_terminal_get();
    enum beid_err err = add_option(pinentry, "no-grab", "");
    if (err == BEID_OK) {
        err = add_option(pinentry, "ttyname=", terminal.name);
    }
    if (err == BEID_OK) {
        err = add_option(pinentry, "ttytype=", terminal.type);
    }
    if (err == BEID_OK) {
        err = add_option(pinentry, "lc-ctype=", terminal.character_set);
    }
    return err;
}

static enum beid_err
add_number(struct pinentry *pinentry, const char *verb, unsigned number)
{
    char digits[16];
    int len = snprintf(digits, sizeof digits, "%u", number);
    return add(pinentry, verb, beid_span_of(digits, (size_t)len));
}

static enum beid_err
add_dialog(struct pinentry *pinentry, const struct pinentry_dialog *dialog)
{
    static const char *const show[] = {
        [PINENTRY_PIN] = "GETPIN",
        [PINENTRY_CONFIRM] = "CONFIRM",
        [PINENTRY_CHOOSE] = "CONFIRM",
        [PINENTRY_CANCEL_ONLY] = "MESSAGE",
    };
    const struct {
        const char *verb;
        const char *text;
    } texts[] = {
        {"SETTITLE", dialog->title},   {"SETERROR", dialog->error},
        {"SETPROMPT", dialog->label},  {"SETOK", dialog->ok},
        {"SETCANCEL", dialog->cancel}, {"SETNOTOK", dialog->other},
    };
    enum beid_err err = add(pinentry, "SETDESC", dialog->description);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && err == BEID_OK;
         i++) {
        if (texts[i].text != NULL) {
            err = add(pinentry, texts[i].verb, beid_span_str(texts[i].text));
        }
    }
    if (err == BEID_OK) {
        err = add_number(pinentry, "SETTIMEOUT", dialog->timeout_s);
    }
    if (err == BEID_OK) {
        err = add(pinentry, show[dialog->kind], beid_span_of(NULL, 0));
    }
    return err;
}

enum beid_err
pinentry_new(int fd, const struct pinentry_dialog *dialog,
             struct beid_secret *pin, struct pinentry **out)
{
    struct pinentry *made = calloc(1, sizeof *made);
    if (made == NULL) {
        (void)close(fd);
        return BEID_ERR_MEMORY;
    }
    made->fd = fd;
    made->pin = pin;
    made->choosing = dialog->kind == PINENTRY_CHOOSE;
    for (size_t i = 0; i < COMMANDS_MAX; i++) {
        beid_buf_init(&made->commands[i], (size_t)2 * PROMPT_COMMAND_MAX);
    }
    enum beid_err err = add_options(made);
    if (err == BEID_OK) {
        err = add_dialog(made, dialog);
    }
    if (err != BEID_OK) {
        pinentry_free(&made);
        return err;
    }
    *out = made;
    return BEID_OK;
}

void
pinentry_free(struct pinentry **pinentry)
{
    struct pinentry *old = *pinentry;
    if (old == NULL) {
        return;
    }
    if (old->assuan != NULL) {
        assuan_release(old->assuan);
    }
    if (!old->fd_passed) {
        (void)close(old->fd);
    }
    for (size_t i = 0; i < COMMANDS_MAX; i++) {
        beid_buf_clear(&old->commands[i]);
    }
    free(old);
    *pinentry = NULL;
}

int
pinentry_fd(const struct pinentry *pinentry)
{
    return pinentry->fd;
}

bool
pinentry_shown(const struct pinentry *pinentry)
{
    return pinentry->assuan != NULL && pinentry->at + 1 == pinentry->count;
}

/*
 * libassuan reads a line by waiting for its end, so it is only asked when the
 * end has arrived: a pinentry that stops in the middle of a line must not
 * keep us from hearing that the page went away. A closed socket counts too.
 */
static bool
line_waits(const struct pinentry *pinentry)
{
    if (pinentry->assuan != NULL && assuan_pending_line(pinentry->assuan)) {
        return true;
    }
    char ahead[ASSUAN_LINELENGTH];
    ssize_t got =
        recv(pinentry->fd, ahead, sizeof ahead, MSG_PEEK | MSG_DONTWAIT);
    bool waits = got == 0 || got == (ssize_t)sizeof ahead
                 || (got < 0 && errno != EAGAIN && errno != EINTR)
                 || (got > 0 && memchr(ahead, '\n', (size_t)got) != NULL);
    beid_wipe(ahead, sizeof ahead);
    return waits;
}

/* The greeting has arrived: hand the descriptor to libassuan. */
static enum beid_err
greet(struct pinentry *pinentry)
{
    static struct assuan_malloc_hooks hooks = {block_new, block_resize,
                                               block_free};
    if (assuan_new_ext(&pinentry->assuan, GPG_ERR_SOURCE_DEFAULT, &hooks, NULL,
                       NULL)
        != 0) {
        return BEID_ERR_MEMORY;
    }
    assuan_set_flag(pinentry->assuan, ASSUAN_NO_LOGGING, 1);
    /* Failing, it closes the descriptor as well. */
    pinentry->fd_passed = true;
    gpg_error_t failed =
        assuan_socket_connect_fd(pinentry->assuan, pinentry->fd, 0);
    return failed == 0 ? BEID_OK : BEID_ERR_PROMPT;
}

static enum beid_err
send_command(struct pinentry *pinentry)
{
    const char *line = beid_buf_cstr(&pinentry->commands[pinentry->at]);
    if (line == NULL || assuan_write_line(pinentry->assuan, line) != 0) {
        return BEID_ERR_PROMPT;
    }
    return BEID_ERR_BUSY;
}

/* OK to one command: the next one, or the end. */
static enum beid_err
accept_ok(struct pinentry *pinentry)
{
    pinentry->at++;
    if (pinentry->at < pinentry->count) {
        return send_command(pinentry);
    }
    if (pinentry->pin == NULL) {
        return BEID_OK;
    }
    if (pinentry->overlong
        || !pinentry_is_pin(beid_secret_span(pinentry->pin))) {
        beid_secret_wipe(pinentry->pin);
        return BEID_ERR_PIN_LENGTH;
    }
    return BEID_OK;
}

static enum beid_err
accept_error(struct pinentry *pinentry, const char *line)
{
    const char *verb = beid_buf_cstr(&pinentry->commands[pinentry->at]);
    /* Not every pinentry knows every option. */
    if (verb != NULL && strncmp(verb, "OPTION ", 7) == 0) {
        return accept_ok(pinentry);
    }
    gpg_err_code_t code = gpg_err_code((gpg_error_t)strtoul(line, NULL, 10));
    if (code == GPG_ERR_NOT_CONFIRMED && pinentry->choosing) {
        return BEID_ERR_NOT_FOUND;
    }
    if (code == GPG_ERR_CANCELED || code == GPG_ERR_FULLY_CANCELED
        || code == GPG_ERR_NOT_CONFIRMED) {
        return BEID_ERR_CANCELLED;
    }
    return code == GPG_ERR_TIMEOUT ? BEID_ERR_TIMEOUT : BEID_ERR_PROMPT;
}

static void
accept_data(struct pinentry *pinentry, char *data, size_t len)
{
    if (pinentry->pin == NULL || !pinentry_shown(pinentry)
        || beid_secret_put(pinentry->pin, beid_span_of(data, len)) != BEID_OK) {
        pinentry->overlong = true;
    }
    beid_wipe(data, len);
}

/* One line from pinentry. */
static enum beid_err
read_line(struct pinentry *pinentry)
{
    char *line = NULL;
    int len = 0;
    if (assuan_client_read_response(pinentry->assuan, &line, &len) != 0) {
        return BEID_ERR_PROMPT;
    }
    assuan_response_t response = ASSUAN_RESPONSE_ERROR;
    int off = 0;
    if (assuan_client_parse_response(pinentry->assuan, line, len, &response,
                                     &off)
        != 0) {
        return BEID_ERR_PROMPT;
    }
    switch (response) {
    case ASSUAN_RESPONSE_OK:
        return accept_ok(pinentry);
    case ASSUAN_RESPONSE_ERROR:
        return accept_error(pinentry, line + off);
    case ASSUAN_RESPONSE_DATA:
        accept_data(pinentry, line + off, (size_t)(len - off));
        return BEID_ERR_BUSY;
    case ASSUAN_RESPONSE_STATUS:
    case ASSUAN_RESPONSE_COMMENT:
        return BEID_ERR_BUSY;
    default:
        return BEID_ERR_PROMPT; /* INQUIRE or END: not from a pinentry */
    }
}

enum beid_err
pinentry_step(struct pinentry *pinentry)
{
    enum beid_err err = BEID_ERR_BUSY;
    while (err == BEID_ERR_BUSY && line_waits(pinentry)) {
        if (pinentry->assuan == NULL) {
            err = greet(pinentry);
            err = err == BEID_OK ? send_command(pinentry) : err;
        } else {
            err = read_line(pinentry);
        }
    }
    if (err != BEID_OK && err != BEID_ERR_BUSY && pinentry->pin != NULL) {
        beid_secret_wipe(pinentry->pin);
    }
    return err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "person.h"
#include "prompt/pinentry.h"
#include "sys/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* A terminal that echoes nothing, and the signals that wait meanwhile. */
struct quiet {
    int terminal;
    int signals;
    struct termios before;
    sigset_t mask;
};

/*
 * SIGTSTP is among them so that nobody gets a shell without echo, SIGTTOU so
 * that the terminal can be set back in any case.
 */
static const int held[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                           SIGTSTP, SIGTTOU, SIGTTIN, SIGPIPE};

static bool
hold_signals(struct quiet *quiet)
{
    sigset_t set;
    bool good = sigemptyset(&set) == 0;
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        good = good && sigaddset(&set, held[i]) == 0;
    }
    if (!good || pthread_sigmask(SIG_BLOCK, &set, &quiet->mask) != 0) {
        return false;
    }
    quiet->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (quiet->signals < 0) {
        (void)pthread_sigmask(SIG_SETMASK, &quiet->mask, NULL);
    }
    return quiet->signals >= 0;
}

static void
let_signals(struct quiet *quiet)
{
    (void)close(quiet->signals);
    (void)pthread_sigmask(SIG_SETMASK, &quiet->mask, NULL);
}

static enum beid_err
quiet_begin(struct quiet *quiet, int terminal)
{
    quiet->terminal = terminal;
    if (tcgetattr(terminal, &quiet->before) != 0 || !hold_signals(quiet)) {
        return BEID_ERR_PROMPT;
    }
    struct termios silent = quiet->before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
    silent.c_lflag |= ECHONL | ICANON | ISIG;
    /* What was typed before the question was not meant as its answer. */
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0) {
        let_signals(quiet);
        return BEID_ERR_PROMPT;
    }
    return BEID_OK;
}

static void
quiet_end(struct quiet *quiet)
{
    /* The rest of an answer that was too long must not reach the shell. */
    (void)tcsetattr(quiet->terminal, TCSAFLUSH, &quiet->before);
    let_signals(quiet);
}

static enum beid_err
show(int terminal, const char *question)
{
    size_t len = strlen(question);
    return write(terminal, question, len) == (ssize_t)len
                   && write(terminal, " ", 1) == 1
               ? BEID_OK
               : BEID_ERR_PROMPT;
}

/* BEID_ERR_BUSY: a signal that changes nothing. */
static enum beid_err
take_signal(int signals)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != (ssize_t)sizeof info
        || info.ssi_signo == SIGTSTP || info.ssi_signo == SIGTTOU
        || info.ssi_signo == SIGPIPE) {
        return BEID_ERR_BUSY;
    }
    return BEID_ERR_CANCELLED;
}

/* Until there is a line to read. */
static enum beid_err
wait_line(const struct quiet *quiet, int64_t until_ms)
{
    for (;;) {
        struct pollfd wait[] = {{quiet->terminal, POLLIN, 0},
                                {quiet->signals, POLLIN, 0}};
        int64_t left = until_ms - beid_clock_ms();
        int ready = left > 0 ? poll(wait, 2, (int)left) : 0;
        if (ready == 0) {
            return BEID_ERR_TIMEOUT;
        }
        if (ready < 0) {
            return BEID_ERR_PROMPT;
        }
        if (wait[1].revents != 0) {
            enum beid_err err = take_signal(quiet->signals);
            if (err != BEID_ERR_BUSY) {
                return err;
            }
        } else if (wait[0].revents != 0) {
            return BEID_OK;
        }
    }
}

static enum beid_err
read_pin(const struct quiet *quiet, struct beid_secret *pin)
{
    enum beid_err err = wait_line(quiet, beid_clock_ms() + PERSON_WAIT_MS);
    if (err != BEID_OK) {
        return err;
    }
    ssize_t got = read(quiet->terminal, beid_secret_room(pin), BEID_SECRET_MAX);
    if (got < 0) {
        return BEID_ERR_PROMPT; /* the terminal is gone */
    }
    if (got == 0) {
        return BEID_ERR_CANCELLED; /* its end of file */
    }
    err = beid_secret_set_len(pin, (size_t)got);
    struct beid_span typed = beid_secret_span(pin);
    bool whole = err == BEID_OK && typed.ptr[typed.len - 1] == '\n';
    if (!whole || !pinentry_is_pin(beid_span_of(typed.ptr, typed.len - 1))) {
        return BEID_ERR_PIN_LENGTH;
    }
    return beid_secret_set_len(pin, typed.len - 1);
}

enum beid_err
person_typed_pin(int terminal, const char *question, struct beid_secret *pin)
{
    struct quiet quiet;
    enum beid_err err = quiet_begin(&quiet, terminal);
    if (err != BEID_OK) {
        return err;
    }
    err = show(terminal, question);
    if (err == BEID_OK) {
        err = read_pin(&quiet, pin);
    }
    quiet_end(&quiet);
    if (err != BEID_OK) {
        beid_secret_wipe(pin);
        if (err != BEID_ERR_PIN_LENGTH) {
            (void)!write(terminal, "\n", 1);
        }
    }
    return err;
}

enum beid_err
person_typed_line(int terminal, const char *question, struct beid_buf *line)
{
    char typed[64];
    enum beid_err err = show(terminal, question);
    if (err != BEID_OK) {
        return err;
    }
    ssize_t got = read(terminal, typed, sizeof typed);
    if (got <= 0) {
        return got == 0 ? BEID_ERR_CANCELLED : BEID_ERR_PROMPT;
    }
    size_t len = (size_t)got;
    beid_buf_put(line,
                 beid_span_of(typed, typed[len - 1] == '\n' ? len - 1 : len));
    return beid_buf_status(line);
}

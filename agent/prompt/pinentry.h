/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PROMPT_PINENTRY_H
#define BEID_PROMPT_PINENTRY_H

#include <beid/bytes.h>
#include <beid/err.h>
#include <beid/secret.h>

#include <stdbool.h>

/*
 * One dialog with one pinentry process over one end of a stream socketpair.
 * Nothing here waits: the owner polls pinentry_fd() together with whatever
 * else may end the dialog, and calls pinentry_step() when it is readable.
 * The process serves this dialog only, so that every buffer that carried the
 * PIN, in libassuan and in pinentry, is gone with it.
 *
 * The keyboard is not grabbed for the whole dialog (OPTION no-grab, GnuPG's
 * default): with a menu of the browser open, an X11 grab fails and pinentry
 * ends. pinentry-gtk-2 still grabs it while its window has the focus.
 */
struct pinentry;

enum pinentry_kind {
    PINENTRY_PIN, /* asks for the PIN */
    PINENTRY_CONFIRM, /* two buttons */
    PINENTRY_CHOOSE, /* this one, another one, or neither */
    PINENTRY_CANCEL_ONLY /* one button; a notice that can be cancelled */
};

/* Texts are borrowed until pinentry_new() returns; error may be NULL. */
struct pinentry_dialog {
    enum pinentry_kind kind;
    const char *title;
    struct beid_span description; /* from prompt_describe() */
    const char *error; /* shown in red above the field */
    const char *label; /* of the PIN field */
    const char *ok;
    const char *other; /* button of PINENTRY_CHOOSE */
    const char *cancel;
    unsigned timeout_s;
};

/*
 * Takes over fd (also on failure) and prepares the commands; sends nothing.
 * PIN digits go into pin, which stays the caller's and outlives the dialog;
 * it may be NULL for the other kinds. BEID_ERR_MEMORY, BEID_ERR_LIMIT when a
 * text is too long for one command.
 */
enum beid_err pinentry_new(int fd, const struct pinentry_dialog *dialog,
                           struct beid_secret *pin,
                           struct pinentry **out) BEID_NODISCARD;

/* Wipes and closes; pinentry ends when it sees that. Accepts NULL. */
void pinentry_free(struct pinentry **pinentry);

/* The descriptor to poll for reading. */
int pinentry_fd(const struct pinentry *pinentry);

/* Is the dialog on the screen by now? */
bool pinentry_shown(const struct pinentry *pinentry);

/*
 * Reads what has arrived and goes on. BEID_ERR_BUSY: poll again. The end:
 * BEID_OK (the PIN of 4 to 12 digits is in pin; or confirmed),
 * BEID_ERR_PIN_LENGTH (something else was entered, pin is empty; ask again),
 * BEID_ERR_NOT_FOUND (another one, of PINENTRY_CHOOSE),
 * BEID_ERR_CANCELLED, BEID_ERR_TIMEOUT, BEID_ERR_PROMPT (no window, or
 * pinentry ended).
 */
enum beid_err pinentry_step(struct pinentry *pinentry) BEID_NODISCARD;

/* Is this a PIN: 4 to 12 ASCII digits? */
bool pinentry_is_pin(struct beid_span digits);

#endif

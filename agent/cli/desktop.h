/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_DESKTOP_H
#define BEID_CLI_DESKTOP_H

#include <stdbool.h>

/* Where a dialog appears: variables of the environment, NULL: not set. */
struct desktop {
    const char *display; /* DISPLAY */
    const char *wayland; /* WAYLAND_DISPLAY */
    const char *qt; /* QT_QPA_PLATFORM */
    const char *gdk; /* GDK_BACKEND */
};

struct desktop desktop_get(void);

/*
 * May the dialog of this program be a window of X11, where every client can
 * read the keyboard? On a Wayland desktop with XWayland, which most are, that
 * is up to the program; one that is not known to keep away from X11 counts as
 * a window of it. program is its name once all links are followed. Pure.
 */
bool desktop_keys_seen(const struct desktop *desktop, const char *program);

/* The same for the program at this path, as things are now. */
bool desktop_keys_seen_by(const char *path);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "desktop.h"

#include <stdlib.h>
#include <string.h>

#define QT_PROGRAM "pinentry-qt"

struct desktop
desktop_get(void)
{
    return (struct desktop){
        .display = secure_getenv("DISPLAY"),
        .wayland = secure_getenv("WAYLAND_DISPLAY"),
        .qt = secure_getenv("QT_QPA_PLATFORM"),
        .gdk = secure_getenv("GDK_BACKEND"),
    };
}

static bool
is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

static bool
begins(const char *value, const char *with)
{
    return value != NULL && strncmp(value, with, strlen(with)) == 0;
}

bool
desktop_keys_seen(const struct desktop *desktop, const char *program)
{
    if (!is_set(desktop->display)) {
        return false;
    }
    if (!is_set(desktop->wayland)) {
        return true;
    }
    if (strcmp(program, "pinentry-curses") == 0
        || strcmp(program, "pinentry-tty") == 0) {
        return false;
    }
    /* The window is the desktop's own, or that of its prompter (GTK 3). */
    if (strcmp(program, "pinentry-gnome3") == 0) {
        return begins(desktop->gdk, "x11");
    }
    /* Which of the two Qt takes differs by version, desktop and packages. */
    if (begins(program, QT_PROGRAM)) {
        return !begins(desktop->qt, "wayland");
    }
    /* pinentry-gtk-2 is always one, and who knows what a script starts. */
    return true;
}

bool
desktop_keys_seen_by(const char *path)
{
    const struct desktop desktop = desktop_get();
    char *whole = realpath(path, NULL);
    const char *name = whole != NULL ? whole : path;
    const char *slash = strrchr(name, '/');
    bool seen = desktop_keys_seen(&desktop, slash != NULL ? slash + 1 : name);
    free(whole);
    return seen;
}

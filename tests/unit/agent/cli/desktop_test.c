/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Threats L-05: whose dialogs are windows of X11. */
#include "../../unit.h"
#include "../scratch.h"
#include "cli/desktop.h"

#include <stdlib.h>
#include <unistd.h>

static const char *const all[] = {
    "pinentry",        "pinentry-gtk-2", "pinentry-gnome3", "pinentry-qt",
    "pinentry-curses", "pinentry-tty",   "pinentry-fltk",   "ours.sh"};

#define COUNT (sizeof all / sizeof all[0])

static void
on_x11_all_are(void **state)
{
    (void)state;
    static const struct desktop desktops[] = {
        {.display = ":0"},
        {.display = ":0", .wayland = ""},
        {.display = ":0", .qt = "wayland", .gdk = "wayland"},
    };
    for (size_t i = 0; i < sizeof desktops / sizeof desktops[0]; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            assert_true(desktop_keys_seen(&desktops[i], all[j]));
        }
    }
}

static void
without_x11_none_is(void **state)
{
    (void)state;
    static const struct desktop desktops[] = {
        {.wayland = "wayland-0"},
        {.wayland = "wayland-0", .display = "", .qt = "xcb", .gdk = "x11"},
        {.display = NULL},
    };
    for (size_t i = 0; i < sizeof desktops / sizeof desktops[0]; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            assert_false(desktop_keys_seen(&desktops[i], all[j]));
        }
    }
}

static void
with_both_the_program_decides(void **state)
{
    (void)state;
    struct desktop both = {.display = ":0", .wayland = "wayland-0"};
    assert_true(desktop_keys_seen(&both, "pinentry-gtk-2"));
    assert_true(desktop_keys_seen(&both, "pinentry-fltk"));
    assert_true(desktop_keys_seen(&both, "pinentry"));
    assert_true(desktop_keys_seen(&both, "ours.sh"));
    assert_true(desktop_keys_seen(&both, "pinentry-qt"));
    assert_true(desktop_keys_seen(&both, "pinentry-qt5"));
    assert_false(desktop_keys_seen(&both, "pinentry-gnome3"));
    assert_false(desktop_keys_seen(&both, "pinentry-curses"));
    assert_false(desktop_keys_seen(&both, "pinentry-tty"));
    both.qt = "wayland;xcb";
    assert_false(desktop_keys_seen(&both, "pinentry-qt"));
    assert_true(desktop_keys_seen(&both, "pinentry-gtk-2"));
    both.qt = "xcb";
    assert_true(desktop_keys_seen(&both, "pinentry-qt"));
    both.gdk = "x11";
    assert_true(desktop_keys_seen(&both, "pinentry-gnome3"));
    both.gdk = "wayland,x11";
    assert_false(desktop_keys_seen(&both, "pinentry-gnome3"));
}

/* As Debian's alternatives are: /usr/bin/pinentry is a link to a link. */
static void
links_are_followed(void **state)
{
    (void)state;
    char folder[SCRATCH_ROOM];
    char link[SCRATCH_PATH_ROOM];
    char target[SCRATCH_PATH_ROOM];
    scratch_make(folder);
    scratch_path(folder, "pinentry", link);
    scratch_path(folder, "pinentry-gnome3", target);
    scratch_write(folder, "pinentry-gnome3", "");
    assert_int_equal(symlink(target, link), 0);
    /* NOLINTBEGIN(concurrency-mt-unsafe): one thread */
    assert_int_equal(setenv("DISPLAY", ":0", 1), 0);
    assert_int_equal(setenv("WAYLAND_DISPLAY", "wayland-0", 1), 0);
    assert_int_equal(unsetenv("GDK_BACKEND"), 0);
    /* NOLINTEND(concurrency-mt-unsafe) */
    assert_false(desktop_keys_seen_by(link));
    assert_false(desktop_keys_seen_by(target));
    assert_int_equal(unlink(target), 0);
    assert_true(desktop_keys_seen_by(link)); /* nobody knows what it is */
    scratch_remove(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_x11_all_are),
        cmocka_unit_test(without_x11_none_is),
        cmocka_unit_test(with_both_the_program_decides),
        cmocka_unit_test(links_are_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "scratch.h"
#include "sys/running.h"
#include "sys/user_file.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define REST " 00000000:00000000 00:00000000 00000000  1000        0 4711 1"

static bool
taken(const char *local, const char *state)
{
    char line[300];
    struct beid_ports ports;
    memset(&ports, 0, sizeof ports);
    (void)snprintf(line, sizeof line, "   0: %s 00000000:0000 %s%s\n", local,
                   state, REST);
    beid_ports_line(line, &ports);
    if (ports.port[1].taken) {
        assert_int_equal(ports.port[1].uid, 1000);
        assert_int_equal(ports.port[1].inode, 4711);
    }
    return ports.port[1].taken;
}

static void
listeners_that_loopback_reaches_count(void **state)
{
    (void)state;
    char loopback[64];
    (void)snprintf(loopback, sizeof loopback, "%08X:6131",
                   (unsigned int)htonl(INADDR_LOOPBACK));
    assert_true(taken(loopback, "0A"));
    assert_false(taken(loopback, "01"));
    assert_true(taken("00000000:6131", "0A"));
    assert_true(taken("00000000000000000000000000000000:6131", "0A"));
    assert_false(taken("0200007F:6131", "0A"));
    assert_false(taken("00000000:6138", "0A"));
    assert_false(taken("00000000:612F", "0A"));
    assert_false(taken("00000000", "0A"));
    struct beid_ports ports;
    memset(&ports, 0, sizeof ports);
    beid_ports_line("", &ports);
    beid_ports_line("  sl  local_address rem_address   st", &ports);
    for (size_t i = 0; i < BEID_PORT_COUNT; i++) {
        assert_false(ports.port[i].taken);
    }
}

/* A socket of our own, on whichever of the ports is free. */
static void
our_own_listener_is_found(void **state)
{
    (void)state;
    int fd = -1;
    uint16_t port = 0;
    struct beid_ports ports;
    char name[16];
    char own[16];
    assert_int_equal(beid_listen_new(&fd), BEID_OK);
    assert_int_equal(beid_listen_port(fd, &port), BEID_OK);
    assert_int_equal(beid_ports_look(&ports), BEID_OK);
    const struct beid_port_holder *holder = &ports.port[port - BEID_PORT_FIRST];
    assert_true(holder->taken);
    assert_int_equal(holder->uid, getuid());
    assert_int_equal(beid_running_socket_holder(holder->inode, name), getpid());
    assert_true(beid_running_name(getpid(), own));
    assert_string_equal(name, own);
    (void)close(fd);
    assert_int_equal(beid_running_socket_holder(holder->inode, name), 0);
}

static void
a_file_is_replaced_whole_and_private(void **state)
{
    (void)state;
    char folder[SCRATCH_ROOM];
    char file[SCRATCH_PATH_ROOM];
    struct beid_buf text;
    struct stat st;
    beid_buf_init(&text, 10);
    scratch_make(folder);
    scratch_path(folder, "a/b/file", file);
    assert_int_equal(beid_user_read(file, &text), BEID_ERR_NOT_FOUND);
    assert_int_equal(beid_user_write(file, beid_span_str("one")), BEID_OK);
    assert_int_equal(beid_user_write(file, beid_span_str("two")), BEID_OK);
    assert_int_equal(beid_user_read(file, &text), BEID_OK);
    assert_string_equal(beid_buf_cstr(&text), "two");
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    beid_buf_reset(&text);
    assert_int_equal(beid_user_write(file, beid_span_str("12345678901")),
                     BEID_OK);
    assert_int_equal(beid_user_read(file, &text), BEID_ERR_LIMIT);
    beid_buf_reset(&text);
    assert_int_equal(chmod(file, 0602), 0);
    assert_int_equal(beid_user_read(file, &text), BEID_ERR_DENIED);
    assert_int_equal(beid_user_read(folder, &text), BEID_ERR_DENIED);
    assert_int_equal(beid_user_write(folder, beid_span_str("x")), BEID_ERR_IO);
    assert_int_equal(unlink(file), 0);
    /* Nothing else was left in the folders that were made. */
    for (char *at = strrchr(file, '/'); at - file > (ptrdiff_t)strlen(folder);
         at = strrchr(file, '/')) {
        *at = '\0';
        assert_int_equal(rmdir(file), 0);
    }
    scratch_remove(folder);
    beid_buf_clear(&text);
}

static void
set(const char *name, const char *value)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    assert_int_equal(setenv(name, value, 1), 0);
}

static void
the_base_directories_come_from_the_environment(void **state)
{
    (void)state;
    struct beid_buf path;
    beid_buf_init(&path, 100);
    set("HOME", "/h");
    set("XDG_CONFIG_HOME", "/c");
    set("XDG_STATE_HOME", "");
    assert_int_equal(beid_user_path(BEID_USER_CONFIG, "x/y", &path), BEID_OK);
    assert_string_equal(beid_buf_cstr(&path), "/c/x/y");
    beid_buf_reset(&path);
    assert_int_equal(beid_user_path(BEID_USER_STATE, "x", &path), BEID_OK);
    assert_string_equal(beid_buf_cstr(&path), "/h/.local/state/x");
    beid_buf_reset(&path);
    set("XDG_CONFIG_HOME", "relative");
    assert_int_equal(beid_user_path(BEID_USER_CONFIG, "x", &path), BEID_OK);
    assert_string_equal(beid_buf_cstr(&path), "/h/.config/x");
    set("HOME", "");
    assert_int_equal(beid_user_path(BEID_USER_CONFIG, "x", &path),
                     BEID_ERR_NOT_FOUND);
    beid_buf_clear(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listeners_that_loopback_reaches_count),
        cmocka_unit_test(our_own_listener_is_found),
        cmocka_unit_test(a_file_is_replaced_whole_and_private),
        cmocka_unit_test(the_base_directories_come_from_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

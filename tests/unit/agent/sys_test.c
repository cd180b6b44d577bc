/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "sys/harden.h"
#include "sys/image.h"
#include "sys/log_limit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
packets_keep_their_borders_and_descriptors(void **state)
{
    int pair[2];
    int pipe_ends[2];
    int passed = -1;
    char read_back[4] = "";
    struct beid_buf into;
    (void)state;
    beid_buf_init(&into, 1000);
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    assert_int_equal(beid_channel_send(pair[0], beid_span_str("first"), -1),
                     BEID_OK);
    assert_int_equal(
        beid_channel_send(pair[0], beid_span_str("second!"), pipe_ends[1]),
        BEID_OK);
    assert_int_equal(beid_channel_recv(pair[1], &into, &passed), BEID_OK);
    assert_true(beid_span_same(beid_buf_span(&into), beid_span_str("first")));
    assert_int_equal(passed, -1);
    assert_int_equal(beid_channel_recv(pair[1], &into, &passed), BEID_OK);
    assert_true(beid_span_same(beid_buf_span(&into), beid_span_str("second!")));
    assert_true(passed >= 0);
    assert_true((fcntl(passed, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(write(passed, "abc", 3), 3);
    assert_int_equal(read(pipe_ends[0], read_back, 3), 3);
    assert_string_equal(read_back, "abc");
    (void)close(passed);
    (void)close(pipe_ends[0]);
    (void)close(pipe_ends[1]);
    (void)close(pair[0]);
    assert_int_equal(beid_channel_recv(pair[1], &into, &passed),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(beid_channel_send(pair[1], beid_span_str("x"), -1),
                     BEID_ERR_NOT_FOUND);
    (void)close(pair[1]);
    beid_buf_clear(&into);
}

/* Also when that side left something unread, which the system tells first. */
static void
last_words_are_heard(void **state)
{
    int pair[2];
    int passed = -1;
    struct beid_buf into;
    (void)state;
    beid_buf_init(&into, 1000);
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    assert_int_equal(beid_channel_nonblocking(pair[1]), BEID_OK);
    assert_int_equal(beid_channel_send(pair[1], beid_span_str("asked"), -1),
                     BEID_OK);
    assert_int_equal(beid_channel_send(pair[0], beid_span_str("one"), -1),
                     BEID_OK);
    assert_int_equal(beid_channel_send(pair[0], beid_span_str("two"), -1),
                     BEID_OK);
    (void)close(pair[0]);
    assert_int_equal(beid_channel_recv(pair[1], &into, &passed), BEID_OK);
    assert_true(beid_span_same(beid_buf_span(&into), beid_span_str("one")));
    assert_int_equal(beid_channel_recv(pair[1], &into, &passed), BEID_OK);
    assert_true(beid_span_same(beid_buf_span(&into), beid_span_str("two")));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(beid_channel_recv(pair[1], &into, &passed),
                         BEID_ERR_NOT_FOUND);
    }
    (void)close(pair[1]);
    beid_buf_clear(&into);
}

/* Nobody waits: not a writer whose reader sleeps, not a reader who says so. */
static void
nothing_blocks(void **state)
{
    static const char block[60000];
    int pair[2];
    int passed = -1;
    struct beid_buf into;
    enum beid_err err = BEID_OK;
    (void)state;
    beid_buf_init(&into, sizeof block);
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    for (int i = 0; i < 1000 && err == BEID_OK; i++) {
        err = beid_channel_send(pair[0], beid_span_of(block, sizeof block), -1);
    }
    assert_int_equal(err, BEID_ERR_BUSY);
    assert_int_equal(beid_channel_nonblocking(pair[1]), BEID_OK);
    do {
        err = beid_channel_recv(pair[1], &into, &passed);
    } while (err == BEID_OK);
    assert_int_equal(err, BEID_ERR_BUSY);
    assert_int_equal(beid_channel_send(pair[0], beid_span_of(NULL, 0), -1),
                     BEID_ERR_ARGUMENT);
    (void)close(pair[0]);
    (void)close(pair[1]);
    beid_buf_clear(&into);
}

static int
open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 64; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

/* A packet with two descriptors is refused, and neither stays open here. */
static void
too_long_and_too_many_are_refused(void **state)
{
    int pair[2];
    int passed = -1;
    struct beid_buf into;
    char bytes[CMSG_SPACE(3 * sizeof(int))];
    struct iovec part = {.iov_base = bytes, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    (void)state;
    beid_buf_init(&into, 10);
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    assert_int_equal(
        beid_channel_send(pair[0], beid_span_str("eleven byte"), -1), BEID_OK);
    assert_int_equal(beid_channel_recv(pair[1], &into, &passed),
                     BEID_ERR_LIMIT);
    (void)close(pair[0]);
    (void)close(pair[1]);
    for (int count = 2; count <= 3; count++) {
        const int fds[3] = {0, 1, 2};
        assert_int_equal(beid_channel_pair(pair), BEID_OK);
        int before = open_descriptors();
        memset(bytes, 0, sizeof bytes);
        message.msg_control = bytes;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(head), fds, (size_t)count * sizeof(int));
        assert_int_equal(sendmsg(pair[0], &message, 0), 1);
        assert_int_equal(beid_channel_recv(pair[1], &into, &passed),
                         BEID_ERR_FORMAT);
        assert_int_equal(passed, -1);
        assert_int_equal(open_descriptors(), before);
        (void)close(pair[0]);
        (void)close(pair[1]);
    }
    beid_buf_clear(&into);
}

static void
the_timer_wakes_once_and_rests(void **state)
{
    int fd = -1;
    (void)state;
    assert_int_equal(beid_timer_new(&fd), BEID_OK);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    beid_timer_set(fd, beid_clock_ms() + 5);
    assert_int_equal(poll(&wait, 1, 5000), 1);
    beid_timer_read(fd);
    assert_int_equal(poll(&wait, 1, 0), 0);
    beid_timer_set(fd, beid_clock_ms() - 1000); /* passed: at once */
    assert_int_equal(poll(&wait, 1, 5000), 1);
    beid_timer_set(fd, BEID_NEVER);
    assert_int_equal(poll(&wait, 1, 30), 0);
    (void)close(fd);
}

static void
lines_are_limited(void **state)
{
    struct beid_log_limit limit = {0};
    const int64_t begin = 5000;
    (void)state;
    for (int minute = 0; minute < 2; minute++) {
        int64_t now = begin + minute * (int64_t)BEID_LOG_LIMIT_WINDOW_MS;
        assert_string_equal(beid_log_limit(&limit, 3, now), "");
        assert_string_equal(beid_log_limit(&limit, 3, now + 1), "");
        assert_non_null(strstr(beid_log_limit(&limit, 3, now + 2), "no"));
        assert_null(beid_log_limit(&limit, 3, now + 3));
        assert_null(
            beid_log_limit(&limit, 3, now + BEID_LOG_LIMIT_WINDOW_MS - 1));
    }
}

/* A file that is put in its place, as an upgrade does, is another one. */
static void
a_program_is_known_again(void **state)
{
    char folder[] = "/tmp/beid-image-XXXXXX";
    char path[64];
    char fresh[72];
    struct beid_image image;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/program", folder);
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    assert_int_equal(beid_image_hold(&image, path), BEID_ERR_NOT_FOUND);
    for (int round = 0; round < 2; round++) {
        int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
        assert_true(fd >= 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(round == 0 || beid_image_stands(&image, path), true);
        assert_int_equal(rename(fresh, path), 0);
        if (round == 0) {
            assert_int_equal(beid_image_hold(&image, path), BEID_OK);
        }
    }
    assert_false(beid_image_stands(&image, path));
    assert_int_equal(unlink(path), 0);
    assert_false(beid_image_stands(&image, path));
    beid_image_close(&image);
    assert_int_equal(rmdir(folder), 0);
}

/* In a child, because none of this can be undone. */
static int
harden_in_child(void)
{
    static const char *const keep[] = {"BEID_KEEP", "BEID_ABSENT", NULL};
    static char before[] = "BEID_DROP=no";
    static char kept[] = "BEID_KEEP=yes";
    static char longer[] = "BEID_KEEPER=no";
    static char *variables[] = {before, kept, longer, NULL};
    struct rlimit limit;
    int high = fcntl(0, F_DUPFD, 40);
    environ = variables;
    if (high < 40 || beid_harden_start() != BEID_OK
        || beid_harden_close_from(40) != BEID_OK) {
        return 2;
    }
    beid_harden_environment(keep);
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0
        || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1
        || getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) {
        return 3;
    }
    if (umask(0) != 077 || fcntl(high, F_GETFD) != -1) {
        return 4;
    }
    if (environ[0] != kept || environ[1] != NULL) {
        return 5;
    }
    if (beid_harden_die_with(getppid()) != BEID_OK
        || beid_harden_die_with(getpid()) != BEID_ERR_STATE) {
        return 6;
    }
    return 0;
}

static void
a_hardened_process_is_hardened(void **state)
{
    int status = -1;
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(harden_in_child());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_keep_their_borders_and_descriptors),
        cmocka_unit_test(last_words_are_heard),
        cmocka_unit_test(nothing_blocks),
        cmocka_unit_test(too_long_and_too_many_are_refused),
        cmocka_unit_test(the_timer_wakes_once_and_rests),
        cmocka_unit_test(lines_are_limited),
        cmocka_unit_test(a_program_is_known_again),
        cmocka_unit_test(a_hardened_process_is_hardened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

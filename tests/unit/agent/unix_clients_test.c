/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "sys/unix_clients.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define INODE 7001U
#define DEVICE 26U

/* An answer of the kernel that grows. */
struct answer {
    uint8_t bytes[1024];
    size_t len;
};

static void
put(struct answer *answer, const void *bytes, size_t len)
{
    memcpy(answer->bytes + answer->len, bytes, len);
    answer->len += (len + 3U) & ~(size_t)3U;
}

static void
put_socket(struct answer *answer, uint32_t inode, uint32_t device,
           uint32_t peer)
{
    struct nlmsghdr head = {.nlmsg_type = SOCK_DIAG_BY_FAMILY};
    const struct unix_diag_msg message = {.udiag_family = AF_UNIX};
    size_t start = answer->len;
    put(answer, &head, sizeof head);
    put(answer, &message, sizeof message);
    const struct unix_diag_vfs file = {.udiag_vfs_ino = inode,
                                       .udiag_vfs_dev = device};
    const struct nlattr filed = {.nla_len = sizeof filed + sizeof file,
                                 .nla_type = UNIX_DIAG_VFS};
    const struct nlattr peered = {.nla_len = sizeof peered + sizeof peer,
                                  .nla_type = UNIX_DIAG_PEER};
    put(answer, &filed, sizeof filed);
    put(answer, &file, sizeof file);
    put(answer, &peered, sizeof peered);
    put(answer, &peer, sizeof peer);
    head.nlmsg_len = (uint32_t)(answer->len - start);
    memcpy(answer->bytes + start, &head, sizeof head);
}

static enum beid_err
parse(const struct answer *answer, size_t len, struct beid_unix_clients *out)
{
    const struct beid_unix_file service = {INODE, DEVICE};
    *out = (struct beid_unix_clients){.count = 0};
    return beid_unix_clients_parse(beid_span_of(answer->bytes, len), service,
                                   out);
}

static void
answers_are_taken_apart(void **state)
{
    (void)state;
    struct answer answer = {.len = 0};
    struct beid_unix_clients clients;
    put_socket(&answer, INODE, DEVICE, 11);
    put_socket(&answer, INODE + 1, DEVICE, 12);
    put_socket(&answer, INODE, DEVICE + 1, 13);
    put_socket(&answer, INODE, DEVICE, 14);
    assert_int_equal(parse(&answer, answer.len, &clients), BEID_ERR_BUSY);
    assert_int_equal(clients.count, 2);
    assert_int_equal(clients.inode[0], 11);
    assert_int_equal(clients.inode[1], 14);
    size_t whole = answer.len;
    const struct nlmsghdr done = {.nlmsg_len = sizeof done,
                                  .nlmsg_type = NLMSG_DONE};
    put(&answer, &done, sizeof done);
    assert_int_equal(parse(&answer, answer.len, &clients), BEID_OK);
    for (size_t len = 1; len < whole; len++) {
        enum beid_err err = parse(&answer, len, &clients);
        assert_true(err == BEID_ERR_FORMAT || err == BEID_ERR_BUSY);
        assert_true(clients.count <= 2);
    }
}

static bool nothing_to_ask; /* this kernel has no unix_diag */

static void
a_client_is_found(void **state)
{
    (void)state;
    struct beid_unix_clients clients;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[] = "/tmp/beidXXXXXX";
    struct stat st;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/s", folder);
    int service = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr *name = (const void *)&address;
    assert_int_equal(bind(service, name, sizeof address), 0);
    assert_int_equal(listen(service, 1), 0);
    enum beid_err err = beid_unix_clients(address.sun_path, &clients);
    if (err == BEID_ERR_UNSUPPORTED || err == BEID_ERR_FORMAT) {
        print_message("skipped: this kernel has no unix_diag\n");
        nothing_to_ask = true;
    } else {
        assert_int_equal(err, BEID_OK);
        assert_int_equal(clients.count, 0);
        assert_int_equal(connect(client, name, sizeof address), 0);
        int accepted = accept(service, NULL, NULL);
        assert_true(accepted >= 0);
        assert_int_equal(beid_unix_clients(address.sun_path, &clients),
                         BEID_OK);
        assert_int_equal(clients.count, 1);
        assert_int_equal(fstat(client, &st), 0);
        assert_int_equal(clients.inode[0], st.st_ino);
        (void)close(accepted);
    }
    (void)close(client);
    (void)close(service);
    (void)unlink(address.sun_path);
    (void)rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_taken_apart),
        cmocka_unit_test(a_client_is_found),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed == 0 && nothing_to_ask ? UNIT_SKIPPED : failed;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "policy/caller.h"
#include "sys/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK 0x7F000001U
#define SEQUENCE 42U

/*
 * An answer as Linux sends it (inet_diag_msg, 72 bytes behind a header of
 * 16), built by offset and not with the kernel's structs: a second opinion on
 * where things are. Numbers are native, ports and addresses big-endian.
 */
struct answer {
    uint8_t bytes[88];
};

static void
native32(uint8_t *to, uint32_t value)
{
    memcpy(to, &value, sizeof value);
}

static struct answer
example(void)
{
    struct answer answer;
    memset(&answer, 0, sizeof answer);
    uint8_t *b = answer.bytes;
    uint16_t type = 20; /* SOCK_DIAG_BY_FAMILY */
    native32(b, sizeof answer.bytes);
    memcpy(b + 4, &type, sizeof type);
    native32(b + 8, SEQUENCE);
    b[16] = 2; /* AF_INET */
    b[17] = 1; /* established */
    b[20] = 0xC0; /* source port 49153 */
    b[21] = 0x01;
    b[22] = 0x61; /* destination port 24880 */
    b[23] = 0x30;
    b[24] = 127;
    b[27] = 1;
    b[40] = 127;
    b[43] = 1;
    native32(b + 80, 1000); /* uid */
    native32(b + 84, 5555); /* inode */
    return answer;
}

static const struct beid_peer_ends ends = {.local_address = LOOPBACK,
                                           .local_port = 49153,
                                           .remote_address = LOOPBACK,
                                           .remote_port = 24880};

static enum beid_err
parse(const struct answer *answer, size_t len, struct beid_peer_info *info)
{
    return beid_peer_parse_diag(beid_span_of(answer->bytes, len), SEQUENCE,
                                &ends, info);
}

static void
a_good_answer_is_read(void **state)
{
    struct answer answer = example();
    struct beid_peer_info info = {0};
    (void)state;
    assert_int_equal(parse(&answer, sizeof answer.bytes, &info), BEID_OK);
    assert_int_equal(info.state, BEID_TCP_ESTABLISHED);
    assert_int_equal(info.uid, 1000);
    assert_int_equal(info.inode, 5555);
}

static void
a_short_or_foreign_answer_is_refused(void **state)
{
    /* Bytes that decide whose answer it is: length, type, sequence, ends. */
    static const size_t places[] = {0,  1,  4,  8,  9,  16, 20,
                                    21, 22, 23, 24, 27, 40, 43};
    struct beid_peer_info info = {.uid = 7};
    (void)state;
    for (size_t len = 0; len < sizeof(struct answer); len++) {
        struct answer answer = example();
        assert_int_equal(parse(&answer, len, &info), BEID_ERR_FORMAT);
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct answer answer = example();
        answer.bytes[places[i]] ^= 0x55;
        assert_int_not_equal(parse(&answer, sizeof answer.bytes, &info),
                             BEID_OK);
    }
    assert_int_equal(info.uid, 7);
}

static void
an_error_answer_is_no_socket(void **state)
{
    struct answer answer = example();
    struct beid_peer_info info = {0};
    uint16_t type = 2; /* NLMSG_ERROR */
    (void)state;
    memcpy(answer.bytes + 4, &type, sizeof type);
    native32(answer.bytes, 36);
    native32(answer.bytes + 16, (uint32_t)-2); /* ENOENT */
    assert_int_equal(parse(&answer, 36, &info), BEID_ERR_NOT_FOUND);
    native32(answer.bytes + 16, (uint32_t)-1);
    assert_int_equal(parse(&answer, 36, &info), BEID_ERR_IO);
    native32(answer.bytes, 20);
    assert_int_equal(parse(&answer, 20, &info), BEID_ERR_FORMAT);
}

/* An address is a word in the order of its network, read in ours. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HERE "0100007F"
#else
#define HERE "7F000001"
#endif

static const char table[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
    "retrnsmt   uid  timeout inode\n"
    "   0: " HERE ":6130 00000000:0000 0A 00000000:00000000 00:00000000 "
    "00000000  1000        0 4444 1 0 100 0 0 10 0\n"
    "   1: " HERE ":6130 " HERE ":C001 01 00000000:00000000 00:00000000 "
    "00000000  1000        0 4445 1 0 20 4 30 10 -1\n"
    "   2: " HERE ":C001 " HERE ":6130 01 00000000:00000000 00:00000000 "
    "00000000  4294967295        0 5555 1 0 20 4 30 10 -1\n";

static void
the_table_of_procfs_is_read(void **state)
{
    struct beid_peer_info info = {0};
    struct beid_span text = beid_span_str(table);
    struct beid_peer_ends other = ends;
    (void)state;
    assert_int_equal(beid_peer_parse_proc(text, &ends, &info), BEID_OK);
    assert_int_equal(info.state, BEID_TCP_ESTABLISHED);
    assert_int_equal(info.uid, UINT32_MAX);
    assert_int_equal(info.inode, 5555);
    other.local_port++;
    assert_int_equal(beid_peer_parse_proc(text, &other, &info),
                     BEID_ERR_NOT_FOUND);
    other = ends;
    other.remote_address++;
    assert_int_equal(beid_peer_parse_proc(text, &other, &info),
                     BEID_ERR_NOT_FOUND);
    assert_int_equal(beid_peer_parse_proc(beid_span_of(NULL, 0), &ends, &info),
                     BEID_ERR_NOT_FOUND);
}

static void
a_broken_line_is_no_match(void **state)
{
    struct beid_peer_info info = {.uid = 7};
    struct beid_span text = beid_span_str(table);
    (void)state;
    /* Cut anywhere before the end of the inode: never a wrong number. */
    size_t inode_end = (size_t)(strstr(table, "5555") + 4 - table);
    for (size_t len = 0; len < inode_end - 4; len++) {
        text.len = len;
        assert_int_not_equal(beid_peer_parse_proc(text, &ends, &info), BEID_OK);
    }
    assert_int_equal(info.uid, 7);
}

static void
the_rules_of_5_3(void **state)
{
    const struct policy_self self = {.uid = 1000, .overflow_uid = 65534};
    const struct policy_self root = {.uid = 0, .overflow_uid = 65534};
    const struct policy_self nobody = {.uid = 65534, .overflow_uid = 65534};
    static const struct {
        struct beid_peer_info info;
        bool to_self;
        bool to_root;
    } rows[] = {
        {{1, 1000, 5}, true, false},
        {{1, 0, 5}, false, true},
        {{1, 1001, 5}, false, false},
        {{1, 1000, 0}, false, false}, /* closed by its process */
        {{4, 1000, 0}, false, false}, /* FIN_WAIT */
        {{6, 0, 0}, false, false}, /* TIME_WAIT looks like root */
        {{1, 0, 0}, false, false},
        {{2, 1000, 5}, false, false},
        {{8, 1000, 5}, false, false}, /* CLOSE_WAIT */
        {{10, 1000, 5}, false, false},
        {{0, 1000, 5}, false, false},
        {{1, 65534, 5}, false, false},
        {{1, UINT32_MAX, 5}, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(policy_caller_allowed(&self, &rows[i].info),
                         rows[i].to_self);
        assert_int_equal(policy_caller_allowed(&root, &rows[i].info),
                         rows[i].to_root);
        assert_false(policy_caller_allowed(&nobody, &rows[i].info));
    }
}

static bool nothing_to_ask; /* the kernel offers neither source */

/* The real kernel, on a real connection, through whatever it offers. */
static void
the_kernel_knows_our_own_connection(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(LOOPBACK)};
    struct sockaddr_in from = {0};
    socklen_t len = sizeof address;
    struct beid_peer *peer = NULL;
    struct beid_peer_info info = {0};
    (void)state;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len),
                     0);
    if (beid_peer_open(listener, &peer) == BEID_ERR_UNSUPPORTED) {
        print_message("skipped: this kernel offers neither source\n");
        nothing_to_ask = true;
        (void)close(client);
        (void)close(listener);
        return;
    }
    assert_non_null(peer);
    assert_int_equal(connect(client, (struct sockaddr *)&address, len), 0);
    int server = accept(listener, (struct sockaddr *)&from, &len);
    const struct beid_peer_ends client_ends = {
        .local_address = LOOPBACK,
        .local_port = ntohs(from.sin_port),
        .remote_address = LOOPBACK,
        .remote_port = ntohs(address.sin_port)};
    assert_int_equal(beid_peer_ask(peer, &client_ends, &info), BEID_OK);
    assert_int_equal(info.state, BEID_TCP_ESTABLISHED);
    assert_int_equal(info.uid, getuid());
    assert_true(info.inode != 0);
    (void)close(client);
    info = (struct beid_peer_info){0};
    const struct policy_self self = policy_self_get();
    assert_true(beid_peer_ask(peer, &client_ends, &info) != BEID_OK
                || !policy_caller_allowed(&self, &info));
    (void)close(server);
    (void)close(listener);
    beid_peer_close(&peer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_is_read),
        cmocka_unit_test(a_short_or_foreign_answer_is_refused),
        cmocka_unit_test(an_error_answer_is_no_socket),
        cmocka_unit_test(the_table_of_procfs_is_read),
        cmocka_unit_test(a_broken_line_is_no_match),
        cmocka_unit_test(the_rules_of_5_3),
        cmocka_unit_test(the_kernel_knows_our_own_connection),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed == 0 && nothing_to_ask ? UNIT_SKIPPED : failed;
}

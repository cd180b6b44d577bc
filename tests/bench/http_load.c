/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * http-load PORT CONNECTIONS COUNT STATUS FILE: sends the request in FILE to
 * 127.0.0.1:PORT COUNT times, each on a connection of its own, CONNECTIONS at
 * a time. Prints one line: requests a second, median and 99th percentile in
 * microseconds, and how many were not answered with STATUS.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX 4096U
#define ANSWER_MAX 2048U
#define CONNECTIONS_MAX 64U

static struct {
    struct sockaddr_in server;
    char request[REQUEST_MAX];
    size_t request_len;
    char expected[32];
    long count;
    atomic_long next;
    atomic_long wrong;
    long long *spent; /* one for each request, in ns */
} load;

static long long
now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((long long)now.tv_sec * 1000000000LL) + now.tv_nsec;
}

/* Reads to the end; is it the expected answer? */
static int
answered(int fd)
{
    char answer[ANSWER_MAX];
    size_t len = 0;
    for (;;) {
        ssize_t got = recv(fd, answer + len, sizeof answer - len, 0);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        if (len == sizeof answer) {
            return 0;
        }
    }
    size_t expected = strlen(load.expected);
    return len > expected && memcmp(answer, load.expected, expected) == 0;
}

static int
exchange(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return 0;
    }
    int good =
        connect(fd, (const struct sockaddr *)&load.server, sizeof load.server)
            == 0
        && send(fd, load.request, load.request_len, MSG_NOSIGNAL)
               == (ssize_t)load.request_len
        && answered(fd);
    (void)close(fd);
    return good;
}

static void *
work(void *unused)
{
    (void)unused;
    for (;;) {
        long number = atomic_fetch_add(&load.next, 1);
        if (number >= load.count) {
            return NULL;
        }
        long long begin = now_ns();
        if (!exchange()) {
            atomic_fetch_add(&load.wrong, 1);
        }
        load.spent[number] = now_ns() - begin;
    }
}

static int
by_size(const void *one, const void *other)
{
    long long a = *(const long long *)one;
    long long b = *(const long long *)other;
    return (a > b) - (a < b);
}

static int
read_request(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return -1;
    }
    load.request_len = fread(load.request, 1, sizeof load.request, file);
    (void)fclose(file);
    return load.request_len > 0 ? 0 : -1;
}

/* Nanoseconds for all requests; 0: no threads. */
static long long
run(size_t connections)
{
    pthread_t threads[CONNECTIONS_MAX];
    long long begin = now_ns();
    for (size_t i = 0; i < connections; i++) {
        if (pthread_create(&threads[i], NULL, work, NULL) != 0) {
            return 0;
        }
    }
    for (size_t i = 0; i < connections; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return now_ns() - begin;
}

static void
tell(double seconds)
{
    long median = load.count / 2;
    long last = load.count * 99 / 100;
    qsort(load.spent, (size_t)load.count, sizeof *load.spent, by_size);
    printf("%.0f %.0f %.0f %ld\n", (double)load.count / seconds,
           (double)load.spent[median] / 1e3, (double)load.spent[last] / 1e3,
           atomic_load(&load.wrong));
}

int
main(int argc, char **argv)
{
    if (argc != 6 || read_request(argv[5]) != 0) {
        (void)fputs("usage: http-load PORT CONNECTIONS COUNT STATUS FILE\n",
                    stderr);
        return 2;
    }
    unsigned long port = strtoul(argv[1], NULL, 10);
    unsigned long connections = strtoul(argv[2], NULL, 10);
    load.count = strtol(argv[3], NULL, 10);
    if (port > 65535 || connections < 1 || connections > CONNECTIONS_MAX
        || load.count < 1) {
        return 2;
    }
    (void)snprintf(load.expected, sizeof load.expected, "HTTP/1.1 %.3s ",
                   argv[4]);
    load.server.sin_family = AF_INET;
    load.server.sin_port = htons((uint16_t)port);
    load.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    load.spent = calloc((size_t)load.count, sizeof *load.spent);
    if (load.spent == NULL) {
        return 1;
    }
    long long all = run((size_t)connections);
    if (all == 0) {
        return 1;
    }
    tell((double)all / 1e9);
    free(load.spent);
    return 0;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * portal-load logins ORIGIN COUNT PORT[,PORT]... KEY BEFORE AFTER
 * portal-load people ORIGIN COUNT PORT[,PORT]...
 *
 * Citizens at beid-portal, each with a session of their own, over plain HTTP
 * with eight connections that stay open. "logins" opens the login page, asks a
 * nonce, posts the token and opens the profile; the tokens are signed with KEY
 * between the second step and the third, while no clock runs. BEFORE and AFTER
 * are files with what stands around the signature. "people" logs in without a
 * card. Prints one line: how many per second, the seconds of the steps before
 * the signatures and after them, and how many citizens did not get in.
 */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 8U
#define PORTS_MAX 8U
#define ANSWER_MAX ((size_t)256 * 1024)
#define REQUEST_MAX ((size_t)32 * 1024)
#define TOKEN_LENGTH 44U
#define HASH_SIZE 48U
#define NUMBER_SIZE 48
#define DER_MAX 160U

struct citizen {
    char cookie[TOKEN_LENGTH + 1];
    char csrf[TOKEN_LENGTH + 1];
    char nonce[TOKEN_LENGTH + 1];
    char signature[2 * NUMBER_SIZE * 4 / 3 + 1];
    bool in;
};

static struct {
    const char *origin;
    in_port_t ports[PORTS_MAX];
    size_t port_count;
    struct citizen *citizens;
    long count;
    atomic_long next;
    EVP_PKEY *key;
    unsigned char origin_hash[HASH_SIZE];
    char before[REQUEST_MAX / 2];
    char after[REQUEST_MAX / 2];
} load;

/* One connection and what came back on it last. */
struct wire {
    int fd;
    char *answer;
    char request[REQUEST_MAX];
};

typedef bool step(struct wire *wire, struct citizen *citizen);

/* Reads one answer to its end: the length that its headers tell. */
static bool
answer_read(struct wire *wire)
{
    size_t len = 0;
    size_t want = 0;
    while (want == 0 || len < want) {
        ssize_t got =
            recv(wire->fd, wire->answer + len, ANSWER_MAX - 1 - len, 0);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        wire->answer[len] = '\0';
        const char *end = strstr(wire->answer, "\r\n\r\n");
        const char *told = strstr(wire->answer, "Content-Length: ");
        if (want == 0 && end != NULL && told != NULL && told < end) {
            want = (size_t)(end + 4 - wire->answer)
                   + strtoul(told + strlen("Content-Length: "), NULL, 10);
        }
    }
    return len == want;
}

/* Sends what is in wire->request; is the answer this one? */
static bool
exchange(struct wire *wire, int len, const char *status)
{
    return len > 0 && (size_t)len < REQUEST_MAX
           && send(wire->fd, wire->request, (size_t)len, MSG_NOSIGNAL) == len
           && answer_read(wire)
           && strncmp(wire->answer + strlen("HTTP/1.1 "), status, 3) == 0;
}

static bool
get(struct wire *wire, const struct citizen *citizen, const char *path,
    const char *status)
{
    int len = snprintf(wire->request, REQUEST_MAX,
                       "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                       "Cookie: portal=%s\r\n\r\n",
                       path, citizen->cookie);
    return exchange(wire, len, status);
}

static bool
post(struct wire *wire, const struct citizen *citizen, const char *path,
     const char *type, const char *const body[3], const char *status)
{
    int len =
        snprintf(wire->request, REQUEST_MAX,
                 "POST %s HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\n"
                 "Cookie: portal=%s\r\nX-CSRF-Token: %s\r\nContent-Type: %s\r\n"
                 "Content-Length: %zu\r\n\r\n%s%s%s",
                 path, load.origin, citizen->cookie, citizen->csrf, type,
                 strlen(body[0]) + strlen(body[1]) + strlen(body[2]), body[0],
                 body[1], body[2]);
    return exchange(wire, len, status);
}

/* What follows a mark in the answer, as long as all tokens are. */
static bool
find(const struct wire *wire, const char *mark, char out[TOKEN_LENGTH + 1])
{
    const char *at = strstr(wire->answer, mark);
    if (at == NULL || strlen(at + strlen(mark)) < TOKEN_LENGTH) {
        return false;
    }
    memcpy(out, at + strlen(mark), TOKEN_LENGTH);
    out[TOKEN_LENGTH] = '\0';
    return true;
}

static bool
open_login(struct wire *wire, struct citizen *citizen)
{
    return get(wire, citizen, "/login", "200")
           && find(wire, "Set-Cookie: portal=", citizen->cookie)
           && find(wire, "name=\"csrf\" content=\"", citizen->csrf);
}

static bool
ask_nonce(struct wire *wire, struct citizen *citizen)
{
    static const char *const body[3] = {"{}", "", ""};
    return open_login(wire, citizen)
           && post(wire, citizen, "/login/nonce", "application/json", body,
                   "200")
           && find(wire, "\"nonce\":\"", citizen->nonce);
}

static bool
post_token(struct wire *wire, struct citizen *citizen)
{
    const char *const body[3] = {load.before, citizen->signature, load.after};
    citizen->in =
        post(wire, citizen, "/login/token", "application/json", body, "200")
        && find(wire, "Set-Cookie: portal=", citizen->cookie)
        && get(wire, citizen, "/profile", "200");
    return citizen->in;
}

static bool
post_person(struct wire *wire, struct citizen *citizen)
{
    const char *const body[3] = {"person=nora&csrf=", citizen->csrf, ""};
    citizen->in = post(wire, citizen, "/login/other",
                       "application/x-www-form-urlencoded", body, "303")
                  && find(wire, "Set-Cookie: portal=", citizen->cookie);
    return citizen->in;
}

/* A DER signature as r and s of fixed length, in base64. */
static bool
put_raw(const unsigned char *der, size_t len, char *out)
{
    unsigned char raw[2 * NUMBER_SIZE];
    ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool good =
        parts != NULL
        && BN_bn2binpad(ECDSA_SIG_get0_r(parts), raw, NUMBER_SIZE)
               == NUMBER_SIZE
        && BN_bn2binpad(ECDSA_SIG_get0_s(parts), raw + NUMBER_SIZE, NUMBER_SIZE)
               == NUMBER_SIZE;
    ECDSA_SIG_free(parts);
    (void)EVP_EncodeBlock((unsigned char *)out, raw, sizeof raw);
    return good;
}

/* As the card does: SHA-384 over the hashes of origin and nonce. */
static bool
sign(struct wire *wire, struct citizen *citizen)
{
    unsigned char message[2 * HASH_SIZE];
    unsigned char der[DER_MAX];
    size_t len = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    (void)wire;
    memcpy(message, load.origin_hash, HASH_SIZE);
    bool good =
        context != NULL
        && EVP_Digest(citizen->nonce, strlen(citizen->nonce),
                      message + HASH_SIZE, NULL, EVP_sha384(), NULL)
               == 1
        && EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, load.key) == 1
        && EVP_DigestSign(context, der, &len, message, sizeof message) == 1
        && put_raw(der, len, citizen->signature);
    EVP_MD_CTX_free(context);
    return good;
}

static int
connect_to(in_port_t port)
{
    const struct sockaddr_in server = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0
        || connect(fd, (const struct sockaddr *)&server, sizeof server) != 0
        || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        return -1;
    }
    return fd;
}

struct worker {
    pthread_t thread;
    size_t number;
    step *step;
};

static void *
work(void *argument)
{
    const struct worker *worker = argument;
    struct wire *wire = calloc(1, sizeof *wire);
    char *answer = malloc(ANSWER_MAX);
    if (wire == NULL || answer == NULL) {
        abort();
    }
    wire->answer = answer;
    wire->fd = connect_to(load.ports[worker->number % load.port_count]);
    for (;;) {
        long number = atomic_fetch_add(&load.next, 1);
        if (number >= load.count || wire->fd < 0) {
            break;
        }
        if (!worker->step(wire, &load.citizens[number])) {
            (void)fprintf(stderr, "citizen %ld: %.200s\n", number,
                          wire->answer);
            break;
        }
    }
    (void)close(wire->fd);
    free(answer);
    free(wire);
    return NULL;
}

/* Lets every citizen take this step; gives the seconds of all. */
static double
take(step *what)
{
    struct worker workers[CONNECTIONS];
    struct timespec begin;
    struct timespec end;
    atomic_store(&load.next, 0);
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        workers[i].number = i;
        workers[i].step = what;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            abort();
        }
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        (void)pthread_join(workers[i].thread, NULL);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - begin.tv_sec)
           + ((double)(end.tv_nsec - begin.tv_nsec) / 1e9);
}

static bool
file_read(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    size_t len = fread(out, 1, size - 1, file);
    (void)fclose(file);
    out[len] = '\0';
    return len > 0 && len < size - 1;
}

static bool
key_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    load.key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    (void)fclose(file);
    return load.key != NULL
           && EVP_Digest(load.origin, strlen(load.origin), load.origin_hash,
                         NULL, EVP_sha384(), NULL)
                  == 1;
}

static bool
ports_read(char *text)
{
    char *word = NULL;
    while ((word = strsep(&text, ",")) != NULL && load.port_count < PORTS_MAX) {
        load.ports[load.port_count++] = (in_port_t)strtoul(word, NULL, 10);
    }
    return load.port_count > 0;
}

int
main(int argc, char **argv)
{
    bool logins = argc == 8 && strcmp(argv[1], "logins") == 0;
    if (!logins && !(argc == 5 && strcmp(argv[1], "people") == 0)) {
        (void)fputs("portal-load: wrong arguments\n", stderr);
        return 2;
    }
    load.origin = argv[2];
    load.count = strtol(argv[3], NULL, 10);
    load.citizens = calloc((size_t)load.count, sizeof *load.citizens);
    if (load.citizens == NULL || !ports_read(argv[4])
        || (logins
            && !(key_read(argv[5])
                 && file_read(argv[6], load.before, sizeof load.before)
                 && file_read(argv[7], load.after, sizeof load.after)))) {
        (void)fputs("portal-load: cannot use an argument\n", stderr);
        return 2;
    }
    double before = take(logins ? ask_nonce : open_login);
    if (logins) {
        (void)take(sign);
    }
    double after = take(logins ? post_token : post_person);
    long missed = 0;
    for (long i = 0; i < load.count; i++) {
        missed += load.citizens[i].in ? 0 : 1;
    }
    (void)printf("%.0f %.3f %.3f %ld\n", (double)load.count / (before + after),
                 before, after, missed);
    free(load.citizens);
    EVP_PKEY_free(load.key);
    return 0;
}

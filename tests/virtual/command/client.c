/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "client.h"

#include "reply.h"

#include <beid/bytes.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX 4096U
#define ANSWER_MAX 8192U
#define TIMEOUT_DEFAULT_S 60
#define END_MS 10000

static int
connect_to(const char *dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof(address.sun_path),
                       "%s/control.sock", dir);
    if (len < 0 || (size_t)len >= sizeof(address.sun_path)) {
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0
        && connect(fd, (const struct sockaddr *)&address, sizeof(address))
               != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

bool
client_running(const char *dir)
{
    int fd = connect_to(dir);
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

static void
put_word(struct beid_buf *out, const char *name, const char *value)
{
    if (value != NULL) {
        beid_buf_put_str(out, name);
        beid_buf_put_str(out, "=");
        beid_buf_put_str(out, value);
        beid_buf_put_u8(out, 0);
    }
}

static void
put_request(struct beid_buf *out, const struct options *options,
            const char *file)
{
    beid_buf_put_str(out, options->verb);
    beid_buf_put_u8(out, 0);
    put_word(out, "reader", options->reader);
    put_word(out, "applet", options->applet);
    put_word(out, "person", options->person);
    put_word(out, "file", file);
    put_word(out, "set", options->set);
    put_word(out, "at", options->at);
    put_word(out, "do", options->what);
    put_word(out, "keys", options->keys[0] == '\0' ? NULL : options->keys);
    put_word(out, "json", options->json ? "1" : NULL);
    put_word(out, "off", options->off ? "1" : NULL);
    put_word(out, "wait", options->wait ? "1" : NULL);
}

static void
read_answer(int fd, struct beid_buf *in)
{
    uint8_t chunk[512];
    ssize_t got = 0;
    beid_buf_init(in, ANSWER_MAX);
    while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
        beid_buf_put(in, beid_span_of(chunk, (size_t)got));
    }
}

int
client_print(int fd)
{
    struct beid_buf in;
    read_answer(fd, &in);
    const char *text = beid_buf_cstr(&in);
    if (text == NULL || in.len == 0) {
        (void)fputs("beid-virtual-card: the card daemon ended early, see"
                    " card.log\n",
                    stderr);
        beid_buf_clear(&in);
        return REPLY_FAILED;
    }
    char *rest = NULL;
    long code = strtol(text, &rest, 10);
    rest += *rest == '\n' ? 1 : 0;
    if (code == REPLY_OK) {
        (void)fputs(rest, stdout);
    } else {
        (void)fprintf(stderr, "beid-virtual-card: %s", rest);
    }
    beid_buf_clear(&in);
    return (int)code;
}

/* The daemon has another working directory. */
static enum beid_err
file_resolve(const char *file, char **out)
{
    *out = NULL;
    if (file == NULL) {
        return BEID_OK;
    }
    char *cwd = file[0] == '/' ? NULL : getcwd(NULL, 0);
    const char *base = cwd == NULL ? "" : cwd;
    int len = asprintf(out, "%s%s%s", base, cwd == NULL ? "" : "/", file);
    free(cwd);
    return len < 0 ? BEID_ERR_MEMORY : BEID_OK;
}

static bool
send_request(int fd, const struct beid_buf *request)
{
    return beid_buf_status(request) == BEID_OK
           && send(fd, request->ptr, request->len, MSG_NOSIGNAL)
                  == (ssize_t)request->len
           && shutdown(fd, SHUT_WR) == 0;
}

static int
exchange(int fd, const struct options *options, const char *file)
{
    struct beid_buf request;
    beid_buf_init(&request, REQUEST_MAX);
    put_request(&request, options, file);
    bool good = send_request(fd, &request);
    beid_buf_clear(&request);
    if (!good) {
        (void)fputs("beid-virtual-card: the request cannot be sent\n", stderr);
        return REPLY_FAILED;
    }
    long seconds = TIMEOUT_DEFAULT_S;
    if (options->timeout != NULL) {
        seconds = strtol(options->timeout, NULL, 10);
    }
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    if (poll(&answer, 1, (int)(seconds * 1000)) == 0) {
        (void)fprintf(stderr, "beid-virtual-card: no answer within %ld s\n",
                      seconds);
        return REPLY_TIMEOUT;
    }
    return client_print(fd);
}

/* A descriptor of the daemon's process; -1 when the kernel has none. */
static int
process_of(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        return -1;
    }
    return pidfd_open(peer.pid, 0);
}

/* After "stop" nothing of it may be left, not even on its way out. */
static void
wait_end(int process)
{
    struct pollfd ended = {.fd = process, .events = POLLIN};
    (void)poll(&ended, 1, END_MS);
}

int
client_ask(const struct options *options)
{
    int fd = connect_to(options->dir);
    if (fd < 0) {
        (void)fprintf(stderr, "beid-virtual-card: nothing runs in %s\n",
                      options->dir);
        return REPLY_NOT_RUNNING;
    }
    int process = strcmp(options->verb, "stop") == 0 ? process_of(fd) : -1;
    char *file = NULL;
    int code = REPLY_FAILED;
    if (file_resolve(options->file, &file) == BEID_OK) {
        code = exchange(fd, options, file);
    }
    free(file);
    (void)close(fd);
    if (process >= 0) {
        wait_end(process);
        (void)close(process);
    }
    return code;
}

int
client_exchange(const char *dir, const char *verb,
                const struct client_word *words, char *out, size_t size)
{
    int fd = connect_to(dir);
    if (fd < 0) {
        return REPLY_NOT_RUNNING;
    }
    struct beid_buf request;
    struct beid_buf in;
    int code = REPLY_FAILED;
    beid_buf_init(&request, REQUEST_MAX);
    beid_buf_put_str(&request, verb);
    beid_buf_put_u8(&request, 0);
    for (size_t i = 0; words[i].name != NULL; i++) {
        put_word(&request, words[i].name, words[i].value);
    }
    if (send_request(fd, &request)) {
        read_answer(fd, &in);
        const char *text = beid_buf_cstr(&in);
        const char *line = text == NULL ? NULL : strchr(text, '\n');
        if (line != NULL && strlen(line + 1) < size) {
            code = (int)strtol(text, NULL, 10);
            memcpy(out, line + 1, strlen(line + 1) + 1);
        }
        beid_buf_clear(&in);
    }
    beid_buf_clear(&request);
    (void)close(fd);
    return code;
}

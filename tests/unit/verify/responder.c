/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "responder.h"

#include <openssl/ocsp.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_SIZE 3072U
#define DAY 86400

/* A test that cannot build its world must not look as if it passed. */
static void
need(bool good)
{
    if (!good) {
        (void)fprintf(stderr, "the test's responder cannot go on\n");
        abort();
    }
}

static ASN1_TIME *
time_after(const struct responder *responder, long seconds)
{
    time_t at = (time_t)atomic_load(&responder->at);
    ASN1_TIME *made =
        ASN1_TIME_adj(NULL, at == 0 ? time(NULL) : at, 0, seconds);
    need(made != NULL);
    return made;
}

static ASN1_TIME *
next_update(const struct responder *responder)
{
    long lasts = atomic_load(&responder->lasts_s);
    return lasts < 0 ? NULL : time_after(responder, lasts == 0 ? DAY : lasts);
}

/* The list of now in DER, which the caller frees. */
static size_t
crl_make(const struct responder *responder, unsigned char **out)
{
    X509_CRL *crl = X509_CRL_new();
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_TIME *now = time_after(responder, -1);
    ASN1_TIME *next = next_update(responder);
    need(crl != NULL && entry != NULL && serial != NULL
         && ASN1_INTEGER_set(serial, atomic_load(&responder->revoked)) == 1
         && X509_REVOKED_set_serialNumber(entry, serial) == 1
         && X509_REVOKED_set_revocationDate(entry, now) == 1
         && X509_CRL_set_version(crl, 1) == 1
         && X509_CRL_set_issuer_name(crl, X509_get_subject_name(responder->ca))
                == 1
         && X509_CRL_set1_lastUpdate(crl, now) == 1
         && X509_CRL_set1_nextUpdate(crl, next) == 1
         && X509_CRL_add0_revoked(crl, entry) == 1
         && X509_CRL_sign(crl, responder->key, EVP_sha384()) > 0);
    int len = i2d_X509_CRL(crl, out);
    need(len > 0);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    X509_CRL_free(crl);
    return (size_t)len;
}

/* The signed answer in DER, which the caller frees. */
static size_t
answer_make(const struct responder *responder, const unsigned char *body,
            size_t len, unsigned char **out)
{
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &body, (long)len);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    ASN1_TIME *now = time_after(responder, 0);
    ASN1_TIME *next = next_update(responder);
    need(request != NULL && basic != NULL
         && OCSP_request_onereq_count(request) == 1);
    OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
    ASN1_INTEGER *serial = NULL;
    need(OCSP_id_get0_info(NULL, NULL, NULL, &serial, id) == 1);
    bool gone = ASN1_INTEGER_get(serial) == atomic_load(&responder->revoked);
    need(OCSP_basic_add1_status(basic, id,
                                gone ? V_OCSP_CERTSTATUS_REVOKED
                                     : V_OCSP_CERTSTATUS_GOOD,
                                0, gone ? now : NULL, now, next)
             != NULL
         && OCSP_copy_nonce(basic, request) == 1
         && OCSP_basic_sign(basic, responder->ca, responder->key, EVP_sha384(),
                            NULL, 0)
                == 1);
    OCSP_RESPONSE *response =
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int der = response == NULL ? 0 : i2d_OCSP_RESPONSE(response, out);
    need(der > 0);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_REQUEST_free(request);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    return (size_t)der;
}

static void
write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t done = send(fd, at, len, MSG_NOSIGNAL);
        if (done <= 0) {
            return; /* the client's own matter */
        }
        at += done;
        len -= (size_t)done;
    }
}

/* Head and body of a request; the body's length is what the head says. */
static const char *
request_read(int fd, char room[REQUEST_SIZE], size_t *body_len)
{
    size_t len = 0;
    *body_len = 0;
    while (len < REQUEST_SIZE - 1) {
        ssize_t got = read(fd, room + len, REQUEST_SIZE - 1 - len);
        if (got <= 0) {
            return NULL;
        }
        len += (size_t)got;
        room[len] = '\0';
        char *end = memmem(room, len, "\r\n\r\n", 4);
        const char *length = strcasestr(room, "Content-Length:");
        if (end == NULL) {
            continue;
        }
        if (length != NULL && length < end) {
            *body_len = strtoul(length + strlen("Content-Length:"), NULL, 10);
        }
        if (len >= (size_t)(end + 4 - room) + *body_len) {
            return end + 4;
        }
    }
    return NULL;
}

static void
serve_one(struct responder *responder, int fd)
{
    char room[REQUEST_SIZE];
    char head[128];
    size_t body_len = 0;
    const char *body = request_read(fd, room, &body_len);
    if (body == NULL || atomic_load(&responder->silent)) {
        return;
    }
    unsigned char *made = NULL;
    size_t len = 0;
    if (body_len > 0) {
        len = answer_make(responder, (const unsigned char *)body, body_len,
                          &made);
        atomic_fetch_add(&responder->asked, 1U);
    } else {
        len = crl_make(responder, &made);
        atomic_fetch_add(&responder->fetched, 1U);
    }
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
                        "Connection: close\r\n\r\n",
                        len);
    write_all(fd, head, (size_t)size);
    write_all(fd, made, len);
    OPENSSL_free(made);
}

static void *
serve(void *user)
{
    struct responder *responder = user;
    int fd = -1;
    while ((fd = accept(responder->socket, NULL, NULL)) >= 0) {
        serve_one(responder, fd);
        (void)close(fd);
    }
    return NULL;
}

void
responder_start(struct responder *responder)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    responder->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(responder->socket >= 0
         && bind(responder->socket, (struct sockaddr *)&address, len) == 0
         && listen(responder->socket, 64) == 0
         && getsockname(responder->socket, (struct sockaddr *)&address, &len)
                == 0);
    (void)snprintf(responder->url, sizeof responder->url, "http://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    need(pthread_create(&responder->thread, NULL, serve, responder) == 0);
}

void
responder_stop(struct responder *responder)
{
    (void)shutdown(responder->socket, SHUT_RDWR);
    (void)pthread_join(responder->thread, NULL);
    (void)close(responder->socket);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "responder.h"

#include "answers.h"
#include "certificate.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK 200U
#define NOT_FOUND 404U
#define FAILED 500U
#define UNAVAILABLE 503U
#define NAME_LEN 64U

static const struct {
    enum vcard_applet applet;
    const char *word;
} applets[] = {
    {VCARD_APPLET_1_1, "1.1"},
    {VCARD_APPLET_1_7, "1.7"},
    {VCARD_APPLET_1_8, "1.8"},
};

#define APPLET_COUNT (sizeof(applets) / sizeof(applets[0]))

static const char *const modes[] = {
    [RESPONDER_UP] = "up",
    [RESPONDER_OCSP_DOWN] = "ocsp-down",
    [RESPONDER_CRL_DOWN] = "crl-down",
    [RESPONDER_DOWN] = "down",
};

bool
responder_mode_parse(const char *word, enum responder_mode *out)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(modes[i], word) == 0) {
            *out = (enum responder_mode)i;
            return true;
        }
    }
    return false;
}

const char *
responder_mode_word(enum responder_mode mode)
{
    return modes[mode];
}

void
responder_init(struct responder *responder, struct loop *loop, const char *dir,
               enum vcard_applet applet)
{
    *responder = (struct responder){.loop = loop, .dir = dir, .applet = applet};
}

void
responder_pki_dir(const struct responder *responder, enum vcard_applet applet,
                  char out[RESPONDER_PATH_LEN])
{
    const char *below = "";
    for (size_t i = 0; i < APPLET_COUNT; i++) {
        if (applets[i].applet == applet && applet != responder->applet) {
            below = applets[i].word;
        }
    }
    (void)snprintf(out, RESPONDER_PATH_LEN, "%s/pki%s%s", responder->dir,
                   *below == '\0' ? "" : "/", below);
}

void
responder_url(const struct responder *responder, char out[RESPONDER_URL_LEN])
{
    (void)snprintf(out, RESPONDER_URL_LEN, "http://127.0.0.1:%u",
                   responder->port);
}

const char *
responder_base(const struct responder *responder, enum vcard_applet applet,
               char out[RESPONDER_URL_LEN])
{
    for (size_t i = 0; responder->port != 0 && i < APPLET_COUNT; i++) {
        if (applets[i].applet == applet) {
            (void)snprintf(out, RESPONDER_URL_LEN, "http://127.0.0.1:%u/%s",
                           responder->port, applets[i].word);
            return out;
        }
    }
    return NULL;
}

/* Does it begin so? Then *rest is what follows. */
static bool
skip(const char *text, const char *head, const char **rest)
{
    size_t len = strlen(head);
    bool same = strncmp(text, head, len) == 0;
    if (same) {
        *rest = text + len;
    }
    return same;
}

/* "/1.8" and the PKI directory that is meant. */
static bool
take_applet(const struct responder *responder, const char **path,
            char dir[RESPONDER_PATH_LEN])
{
    for (size_t i = 0; i < APPLET_COUNT; i++) {
        const char *rest = NULL;
        if (skip(*path, "/", &rest) && skip(rest, applets[i].word, &rest)
            && *rest == '/') {
            responder_pki_dir(responder, applets[i].applet, dir);
            *path = rest;
            return true;
        }
    }
    return false;
}

/* The issuer that files are named after: belgiumrs4, brca6, eidc202601. */
static const char *
issuer_named(const char *name)
{
    const char *rest = NULL;
    if (skip(name, "eidc", &rest)) {
        return "ca";
    }
    if (skip(name, "eidf", &rest)) {
        return "foreigner-ca";
    }
    return skip(name, "belgium", &rest) || skip(name, "brca", &rest) ? "root"
                                                                     : NULL;
}

/* RFC 6960 §A.1: the request is in the path, in base64. */
static enum beid_err
ocsp_in_path(const char *path, struct beid_buf *request)
{
    const char *text = *path == '/' ? path + 1 : path;
    const char *slash = strchr(text, '/');
    if (slash != NULL && issuer_named(text) != NULL) {
        text = slash + 1;
    }
    size_t len = strlen(text);
    if (len == 0 || len % 4 != 0 || len > WEB_BODY_MAX) {
        return BEID_ERR_FORMAT;
    }
    uint8_t *bytes = beid_buf_extend(request, len / 4 * 3);
    int got =
        bytes == NULL
            ? -1
            : EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    size_t padding = text[len - 1] != '=' ? 0 : text[len - 2] != '=' ? 1 : 2;
    return got < 0 ? BEID_ERR_FORMAT
                   : beid_buf_truncate(request, (size_t)got - padding);
}

static void
serve_ocsp(const char *dir, const char *path, const struct web_request *request,
           struct web_answer *answer)
{
    struct beid_buf asked;
    struct beid_span der = request->body;
    enum beid_err err = BEID_OK;
    beid_buf_init(&asked, WEB_BODY_MAX);
    if (!request->post) {
        err = ocsp_in_path(path, &asked);
        der = beid_buf_span(&asked);
    }
    answer->type = "application/ocsp-response";
    if (err == BEID_OK) {
        err = answers_ocsp(dir, der, &answer->body);
    }
    answer->status = err == BEID_OK ? OK : FAILED;
    answer->status = err == BEID_ERR_FORMAT ? NOT_FOUND : answer->status;
    beid_buf_clear(&asked);
}

/* NAME.crl or NAME.crt of an issuer. */
static void
serve_file(const char *dir, const char *path, bool crl,
           struct web_answer *answer)
{
    struct authority authority;
    const char *suffix = crl ? ".crl" : ".crt";
    const char *name = issuer_named(path);
    size_t len = strlen(path);
    if (name == NULL || len < strlen(suffix) || len > NAME_LEN
        || strcmp(path + len - strlen(suffix), suffix) != 0
        || authority_open(dir, name, &authority) != BEID_OK) {
        answer->status = NOT_FOUND;
        return;
    }
    enum beid_err err =
        crl ? answers_crl(&authority, &answer->body)
            : certificate_put(authority.issuer.cert, &answer->body);
    answer->type = crl ? "application/pkix-crl" : "application/pkix-cert";
    answer->status = err == BEID_OK ? OK : FAILED;
    authority_close(&authority);
}

static void
serve(void *ctx, const struct web_request *request, struct web_answer *answer)
{
    const struct responder *responder = ctx;
    enum responder_mode mode = responder->mode;
    const char *path = request->path;
    char dir[RESPONDER_PATH_LEN];
    answer->status = NOT_FOUND;
    if (!take_applet(responder, &path, dir)) {
        return;
    }
    if (skip(path, "/ocsp", &path) && (*path == '\0' || *path == '/')) {
        if (mode == RESPONDER_OCSP_DOWN || mode == RESPONDER_DOWN) {
            answer->status = UNAVAILABLE;
        } else {
            serve_ocsp(dir, path, request, answer);
        }
    } else if (!request->post && skip(path, "/crl/", &path)) {
        if (mode == RESPONDER_CRL_DOWN || mode == RESPONDER_DOWN) {
            answer->status = UNAVAILABLE;
        } else {
            serve_file(dir, path, true, answer);
        }
    } else if (!request->post && skip(path, "/crt/", &path)) {
        serve_file(dir, path, false, answer);
    }
}

static void
turn(void *ctx)
{
    struct responder *responder = ctx;
    if (responder->web == NULL) {
        return;
    }
    int wait_ms = web_turn(responder->web);
    loop_cancel(responder->loop, turn, responder);
    if (wait_ms >= 0
        && loop_after(responder->loop, wait_ms + 1, turn, responder)
               != BEID_OK) {
        responder_stop(responder);
    }
}

/* The port of the last time, which certificates may name; 0: none. */
static unsigned
port_kept(const char *path)
{
    unsigned long port = 0;
    char line[16] = "";
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(line, sizeof(line), file) != NULL) {
            port = strtoul(line, NULL, 10);
        }
        (void)fclose(file);
    }
    return port < 65536 ? (unsigned)port : 0;
}

static enum beid_err
port_keep(const char *path, unsigned port)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return BEID_ERR_IO;
    }
    int len = fprintf(file, "%u\n", port);
    return fclose(file) == 0 && len > 0 ? BEID_OK : BEID_ERR_IO;
}

enum beid_err
responder_start(struct responder *responder, unsigned port)
{
    char path[RESPONDER_PATH_LEN];
    enum beid_err err = BEID_ERR_IO;
    if (responder->web != NULL) {
        return BEID_ERR_STATE;
    }
    (void)snprintf(path, sizeof(path), "%s/responder.port", responder->dir);
    unsigned kept = responder->port != 0 ? responder->port : port_kept(path);
    if (port == 0 && kept != 0) {
        err = web_start(kept, serve, responder, &responder->web);
    }
    /* Certificates that are on the cards name the first port. */
    if (err != BEID_OK && responder->port == 0) {
        err = web_start(port, serve, responder, &responder->web);
    }
    if (err == BEID_OK) {
        responder->port = web_port(responder->web);
        err = port_keep(path, responder->port);
    }
    if (err == BEID_OK) {
        err = loop_watch(responder->loop, web_fd(responder->web), turn,
                         responder);
    }
    if (err != BEID_OK) {
        web_stop(&responder->web);
    }
    return err;
}

void
responder_stop(struct responder *responder)
{
    if (responder->web != NULL) {
        loop_cancel(responder->loop, turn, responder);
        loop_forget(responder->loop, web_fd(responder->web));
        web_stop(&responder->web);
    }
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_RESPONDER_H
#define BEID_VIRTUAL_RESPONDER_H

#include "authority.h"
#include "loop.h"
#include "vcard.h"
#include "web.h"

#define RESPONDER_PATH_LEN 160U
#define RESPONDER_URL_LEN 48U

/* Which services answer; the others say 503. */
enum responder_mode {
    RESPONDER_UP,
    RESPONDER_OCSP_DOWN,
    RESPONDER_CRL_DOWN,
    RESPONDER_DOWN
};

/*
 * The OCSP and CRL server of the test PKI, on 127.0.0.1. Each generation of
 * cards has its own URLs, http://127.0.0.1:PORT/1.8 and so on; the directory
 * of the generation that the daemon was started with is DIR/pki, the others'
 * are below it.
 */
struct responder {
    struct loop *loop;
    const char *dir;
    enum vcard_applet applet;
    unsigned port; /* 0: certificates name no server */
    struct web *web; /* NULL: stopped */
    enum responder_mode mode;
};

void responder_init(struct responder *responder, struct loop *loop,
                    const char *dir, enum vcard_applet applet);

/*
 * Starts on this port; with 0 on the one of the last time when it is free,
 * else on any. A later start takes the port of the first. BEID_ERR_IO: the
 * port is taken; BEID_ERR_STATE: it runs.
 */
enum beid_err responder_start(struct responder *responder,
                              unsigned port) BEID_NODISCARD;
void responder_stop(struct responder *responder);

/* "http://127.0.0.1:PORT". */
void responder_url(const struct responder *responder,
                   char out[RESPONDER_URL_LEN]);

/* The base of an applet's URLs; NULL, and out untouched, without a port. */
const char *responder_base(const struct responder *responder,
                           enum vcard_applet applet,
                           char out[RESPONDER_URL_LEN]);

/* "up", "ocsp-down", "crl-down" or "down"; false on another word. */
bool responder_mode_parse(const char *word, enum responder_mode *out);
const char *responder_mode_word(enum responder_mode mode);

/* The PKI directory of an applet. */
void responder_pki_dir(const struct responder *responder,
                       enum vcard_applet applet, char out[RESPONDER_PATH_LEN]);

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_VERIFY_RESPONDER_H
#define BEID_TESTS_VERIFY_RESPONDER_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/* A CA's own OCSP responder (POST) and CRL server (GET) on this machine. */
struct responder {
    X509 *ca;
    EVP_PKEY *key;
    atomic_long revoked; /* the one serial number that it calls revoked */
    atomic_llong at; /* its clock; 0: the real one */
    atomic_long lasts_s; /* until nextUpdate; 0: a day, -1: OCSP says none */
    atomic_bool silent; /* it takes requests and answers nothing */
    atomic_uint asked; /* OCSP requests that it answered */
    atomic_uint fetched; /* times that the CRL was */
    char url[64];
    int socket;
    pthread_t thread;
};

/* Starts to serve; ca, key and revoked are set. Aborts when it cannot. */
void responder_start(struct responder *responder);
void responder_stop(struct responder *responder);

#endif

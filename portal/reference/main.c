/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "feedback.h"
#include "options.h"
#include "policy.h"
#include "source.h"
#include "town.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <openssl/rand.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NONCE_SECONDS 300U
#define MAX_AGE_SECONDS 300U
/* Browsers keep six open: 32 of them behind one address at the same moment. */
#define PER_ADDRESS 192U
#define STEP_SECONDS 30U
#define SESSIONS_MAX 100000U

/* Serves until a signal asks to end. Signals are blocked since main(). */
static enum beid_err
serve(struct site *site, const struct options *options, const char *cert,
      const char *key)
{
    const struct http_options http = {
        .address = options->address,
        .port = options->port,
        .per_address = options->per_address,
        .seconds = options->request_seconds,
        .tls_cert = cert,
        .tls_key = key,
        .fields = site->fields,
        .handler = site->portal == NULL ? site_handle : town_handle,
        .user = site};
    struct http_server *server = NULL;
    enum beid_err err = http_start(&http, &server);
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot listen on %s:%u%s\n",
                      options->address, (unsigned)options->port,
                      cert != NULL ? " with this certificate and key" : "");
        return err;
    }
    (void)printf("listening on %s\n", site->origin);
    (void)fflush(stdout);
    sigset_t ending;
    int got = 0;
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    (void)sigwait(&ending, &got);
    http_stop(&server);
    return BEID_OK;
}

/* Reads certificate and key, when there are any, and serves. */
static enum beid_err
serve_tls(struct site *site, const struct options *options)
{
    struct beid_buf cert;
    struct beid_buf key;
    beid_buf_init(&cert, FILE_MAX);
    beid_buf_init(&key, FILE_MAX);
    enum beid_err err = BEID_OK;
    if (options->tls_cert != NULL) {
        err = file_load(NULL, options->tls_cert, &cert);
        if (err == BEID_OK) {
            err = file_load(NULL, options->tls_key, &key);
        }
        if (err != BEID_OK) {
            (void)fprintf(stderr, "beid-portal: cannot read the TLS files\n");
        }
    }
    if (err == BEID_OK) {
        bool tls = options->tls_cert != NULL;
        err = serve(site, options, tls ? beid_buf_cstr(&cert) : NULL,
                    tls ? beid_buf_cstr(&key) : NULL);
    }
    beid_buf_clear(&key);
    beid_buf_clear(&cert);
    return err;
}

/* 32 bytes from the file, or random ones. */
static enum beid_err
pseudonym_key_load(struct site *site, const char *path)
{
    struct beid_buf file;
    if (path == NULL) {
        return RAND_bytes(site->pseudonym_key, PSEUDONYM_KEY_SIZE) == 1
                   ? BEID_OK
                   : BEID_ERR_INTERNAL;
    }
    enum beid_err err = file_load(NULL, path, &file);
    if (err == BEID_OK && file.len != PSEUDONYM_KEY_SIZE) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        memcpy(site->pseudonym_key, file.ptr, PSEUDONYM_KEY_SIZE);
    }
    beid_buf_clear(&file);
    return err;
}

static enum beid_err
request_key_load(struct site *site, const struct options *options)
{
    struct beid_buf file;
    enum beid_err err = file_load(NULL, options->request_key, &file);
    if (err == BEID_OK) {
        err = request_key_new(beid_buf_span(&file), options->request_kid,
                              &site->request_key);
    }
    beid_buf_clear(&file);
    return err;
}

/* One line; it is compared as text. */
static enum beid_err
source_key_load(struct site *site, const char *path)
{
    enum beid_err err = file_load(NULL, path, &site->source_file);
    char *text = err == BEID_OK ? (char *)site->source_file.ptr : NULL;
    if (text != NULL && beid_buf_cstr(&site->source_file) != NULL) {
        text[strcspn(text, "\r\n")] = '\0';
    }
    if (text == NULL || strlen(text) < SOURCE_KEY_MIN) {
        return err == BEID_OK ? BEID_ERR_FORMAT : err;
    }
    site->source_key = text;
    return BEID_OK;
}

/* What is not named is called as the pages call it. */
static void
names_default(struct site *site)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        if (site->names[i] == NULL) {
            site->names[i] = texts_find(&site->texts[i], "site_name");
        }
    }
}

/* Says which file it was when one cannot be used. */
static enum beid_err
files_load(struct site *site, const struct options *options)
{
    const char *path = options->pseudonym_key;
    enum beid_err err = pseudonym_key_load(site, path);
    if (err == BEID_OK && options->request_key != NULL) {
        path = options->request_key;
        err = request_key_load(site, options);
    }
    if (err == BEID_OK && options->people != NULL) {
        path = options->people;
        err = people_load(path, site->pseudonym_key, &site->people);
    }
    if (err == BEID_OK && options->source_key != NULL) {
        path = options->source_key;
        err = source_key_load(site, path);
    }
    if (err == BEID_OK && options->audit != NULL) {
        path = options->audit;
        site->audit_fd =
            open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        err = site->audit_fd < 0 ? BEID_ERR_IO : BEID_OK;
    }
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot use %s: %s\n",
                      path == NULL ? "random numbers" : path,
                      beid_err_text(err));
    }
    return err;
}

/*
 * Sessions, and what is kept longer: in the same place, unless another one is
 * named for it.
 */
static enum beid_err
places_open(struct site *site, const struct options *options,
            const char *password)
{
    const char *kept =
        options->archive == NULL ? options->store : options->archive;
    enum beid_err err =
        archive_new(kept, store_is_server(kept) ? password : NULL,
                    site->pseudonym_key, &site->archive);
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot keep anything in %s\n",
                      kept == NULL ? "memory" : kept);
        return err;
    }
    if (options->show_feedback) {
        return BEID_OK;
    }
    /* Only the archive may be a server; a password for nobody is refused. */
    if (store_is_server(kept) && !store_is_server(options->store)) {
        password = NULL;
    }
    err = store_new(options->store, password, SESSIONS_MAX, &site->store);
    if (err != BEID_OK) {
        (void)fprintf(stderr, "beid-portal: cannot keep sessions in %s\n",
                      options->store == NULL ? "memory" : options->store);
    }
    return err;
}

/* With the password of the file, if there is one. */
static enum beid_err
stores_open(struct site *site, const struct options *options)
{
    struct beid_buf file;
    if (options->store_password == NULL) {
        return places_open(site, options, NULL);
    }
    enum beid_err err = file_load(NULL, options->store_password, &file);
    char *password = err == BEID_OK ? (char *)file.ptr : NULL;
    if (password != NULL && beid_buf_cstr(&file) != NULL) {
        password[strcspn(password, "\r\n")] = '\0';
        err = places_open(site, options, password);
    } else {
        (void)fprintf(stderr, "beid-portal: cannot use %s\n",
                      options->store_password);
        err = err == BEID_OK ? BEID_ERR_FORMAT : err;
    }
    beid_buf_clear(&file);
    return err;
}

static enum beid_err
run(int argc, char **argv, struct site *site)
{
    struct options options = {.www = BEID_PORTAL_WWW,
                              .sdk = BEID_PORTAL_SDK,
                              .per_address = PER_ADDRESS,
                              .request_seconds = STEP_SECONDS};
    const char *missing = "";
    enum beid_err err = options_parse(argc, argv, site, &options);
    if (err != BEID_OK) {
        return err;
    }
    err = site_load(site, options.www, options.sdk, &missing);
    if (err != BEID_OK) {
        (void)fprintf(stderr,
                      "beid-portal: cannot use %s: %s; --www is %s, "
                      "--sdk is %s\n",
                      missing, beid_err_text(err), options.www, options.sdk);
        return BEID_ERR_IO;
    }
    err = files_load(site, &options);
    if (err != BEID_OK) {
        return BEID_ERR_IO;
    }
    err = policy_make(site);
    if (err != BEID_OK) {
        return err;
    }
    names_default(site);
    err = stores_open(site, &options);
    if (err == BEID_OK) {
        err = options.show_feedback ? feedback_print(site->archive, time(NULL))
                                    : serve_tls(site, &options);
    }
    store_free(&site->store);
    archive_free(&site->archive);
    return err;
}

static enum beid_err
verifiers_new(struct site *site)
{
    for (size_t i = 0; i < VERIFIERS; i++) {
        if (beid_verify_new(&site->verifiers[i]) != BEID_VERIFY_OK) {
            return BEID_ERR_INTERNAL;
        }
    }
    return BEID_OK;
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage_text, stdout);
            return EXIT_SUCCESS;
        }
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)puts("beid-portal " BEID_VERSION);
        return EXIT_SUCCESS;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
    (void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    /* Blocked before the server's thread starts, so that sigwait() gets them. */
    sigset_t ending;
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ending, NULL);
    /* A server that went away is an error of the call, not our end. */
    (void)signal(SIGPIPE, SIG_IGN);
    beid_log_set(beid_log_stderr, NULL, BEID_LEVEL_INFO);

    struct site *site = calloc(1, sizeof *site);
    enum beid_err err = BEID_ERR_MEMORY;
    if (site != NULL) {
        site->nonce_lifetime = NONCE_SECONDS;
        site->max_age = MAX_AGE_SECONDS;
        site->audit_fd = -1;
        err = verifiers_new(site);
        if (err == BEID_OK) {
            err = run(argc, argv, site);
        }
        site_clear(site);
        people_clear(&site->people);
        beid_buf_clear(&site->source_file);
        request_key_free(&site->request_key);
        if (site->audit_fd >= 0) {
            (void)close(site->audit_fd);
        }
        beid_wipe(site->pseudonym_key, sizeof site->pseudonym_key);
        for (size_t i = 0; i < VERIFIERS; i++) {
            beid_verify_free(&site->verifiers[i]);
        }
        free(site);
    }
    if (err == BEID_ERR_ARGUMENT || err == BEID_ERR_FORMAT) {
        return 2;
    }
    return err == BEID_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

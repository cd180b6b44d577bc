/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "town_link.h"

#include <beid/log.h>

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

#define URL_SIZE 400U
#define BODY_SIZE 600U
#define PATIENCE_MS 5000L

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode ready = CURLE_FAILED_INIT;

/* Before any thread makes a handle. */
static void
initialise(void)
{
    ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static CURL *
handle_new(void)
{
    return pthread_once(&once, initialise) == 0 && ready == CURLE_OK
               ? curl_easy_init()
               : NULL;
}

/* Fewer bytes than were given end the transfer. */
static size_t
receive(char *bytes, size_t size, size_t count, void *context)
{
    struct beid_buf *out = context;
    beid_buf_put(out, beid_span_of(bytes, size * count));
    return beid_buf_status(out) == BEID_OK ? size * count : 0;
}

/* The portal itself and nobody that it points to, over what its origin says. */
static bool
request_set(CURL *curl, const struct site *site, const char *url,
            const char *body, struct beid_buf *out)
{
    bool https = site->portal[4] == 's';
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                               https ? "https" : "http")
                  == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, PATIENCE_MS)
                  == CURLE_OK
           && (site->portal_ca == NULL
               || curl_easy_setopt(curl, CURLOPT_CAINFO, site->portal_ca)
                      == CURLE_OK)
           && curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_WRITEDATA, out) == CURLE_OK;
}

/* The status of the answer; 0: there was none. */
static long
ask(const struct site *site, const char *body, struct beid_buf *out)
{
    char url[URL_SIZE];
    long status = 0;
    CURL *curl = handle_new();
    (void)snprintf(url, sizeof url, "%s/sso/redeem", site->portal);
    if (curl != NULL && request_set(curl, site, url, body, out)) {
        CURLcode done = curl_easy_perform(curl);
        if (done != CURLE_OK
            || curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status)
                   != CURLE_OK) {
            BEID_LOG_ERROR("the portal cannot be asked: %s",
                           curl_easy_strerror(done));
            status = 0;
        }
    }
    curl_easy_cleanup(curl);
    return status;
}

enum beid_err
town_redeem(const struct site *site, const char *code, const char *state,
            const char *verifier, struct identity *out)
{
    char body[BODY_SIZE];
    struct beid_buf answer;
    beid_buf_init(&answer, IDENTITY_MAX);
    (void)snprintf(body, sizeof body, "client=%s&state=%s&code=%s&verifier=%s",
                   site->origin, state, code, verifier);
    long status = ask(site, body, &answer);
    enum beid_err err = status == 400 ? BEID_ERR_DENIED : BEID_ERR_IO;
    if (status == 200) {
        err = identity_parse(beid_buf_span(&answer), out);
    }
    beid_buf_clear(&answer);
    return err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"

#include <curl/curl.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode ready = CURLE_FAILED_INIT;

static void
initialise(void)
{
    ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool
fetch_ready(void)
{
    return pthread_once(&once, initialise) == 0 && ready == CURLE_OK;
}

/* Fewer bytes than were given end the transfer. */
static size_t
receive(char *bytes, size_t size, size_t count, void *context)
{
    struct beid_buf *out = context;
    beid_buf_put(out, beid_span_of(bytes, size * count));
    return beid_buf_status(out) == BEID_OK ? size * count : 0;
}

static bool
limits_set(CURL *curl, const struct fetch *what, struct beid_buf *out)
{
    return curl_easy_setopt(curl, CURLOPT_URL, what->url) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, what->timeout_ms)
                  == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                               what->timeout_ms)
                  == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_WRITEDATA, out) == CURLE_OK;
}

static bool
body_set(CURL *curl, const struct fetch *what, struct curl_slist **headers)
{
    if (what->body.len == 0) {
        return true;
    }
    *headers = curl_slist_append(NULL, what->type);
    return *headers != NULL
           && curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
                               (long)what->body.len)
                  == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                               (const char *)what->body.ptr)
                  == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

enum beid_err
fetch_url(const struct fetch *what, struct beid_buf *out)
{
    struct curl_slist *headers = NULL;
    long status = 0;
    CURL *curl = fetch_ready() ? curl_easy_init() : NULL;
    bool good =
        curl != NULL && limits_set(curl, what, out)
        && body_set(curl, what, &headers) && curl_easy_perform(curl) == CURLE_OK
        && curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK
        && status == 200;
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return good && beid_buf_status(out) == BEID_OK ? BEID_OK : BEID_ERR_IO;
}

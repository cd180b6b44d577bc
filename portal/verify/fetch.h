/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_FETCH_H
#define BEID_VERIFY_FETCH_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

/* One HTTP exchange. body is posted as type when it is not empty. */
struct fetch {
    const char *url;
    struct beid_span body;
    const char *type;
    long timeout_ms; /* for all of it */
};

/* Makes the library ready, once per process; false when it cannot be. */
bool fetch_ready(void);

/*
 * Appends the body of the answer to out, whose maximum bounds it. Plain HTTP
 * only, no redirects: what is fetched is signed by itself. BEID_ERR_IO for
 * everything but a whole answer with status 200.
 */
enum beid_err fetch_url(const struct fetch *what,
                        struct beid_buf *out) BEID_NODISCARD;

#endif

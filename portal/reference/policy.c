/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#define CSP_MAX ((size_t)8 * 1024)

/* threats.md and browsers: the page may call this origin and the agent. */
#define AGENT(port) " http://127.0.0.1:" port
#define AGENT_PORTS                                                            \
    AGENT("24880")                                                             \
    AGENT("24881")                                                             \
    AGENT("24882")                                                             \
    AGENT("24883")                                                             \
    AGENT("24884")                                                             \
    AGENT("24885")                                                             \
    AGENT("24886")                                                             \
    AGENT("24887")

#define PERMISSIONS                                                            \
    ", camera=(), microphone=(), geolocation=(), payment=(), usb=()"

static void
put_towns(struct beid_buf *out, const struct site *site)
{
    for (size_t i = 0; i < site->town_count; i++) {
        beid_buf_put_u8(out, ' ');
        beid_buf_put_str(out, site->towns[i]);
    }
}

/* The portal's own pages: in no frame, and forms lead to who sent people. */
static void
put_portal(struct beid_buf *out, const struct site *site)
{
    beid_buf_put_str(
        out, "default-src 'none'; script-src 'self'; style-src 'self'; "
             "img-src 'self'; connect-src 'self'" AGENT_PORTS
             "; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
    put_towns(out, site);
}

/* The panel: no script at all, and in frames of municipalities only. */
static void
put_panel(struct beid_buf *out, const struct site *site)
{
    beid_buf_put_str(out, "default-src 'none'; style-src 'self'; "
                          "img-src 'self'; base-uri 'none'; "
                          "form-action 'none'; frame-ancestors");
    if (site->town_count == 0) {
        beid_buf_put_str(out, " 'none'");
    }
    put_towns(out, site);
}

/*
 * A municipality: it frames the panel, never calls the agent, and logging out
 * leads to the portal.
 */
static void
put_town(struct beid_buf *out, const struct site *site)
{
    beid_buf_put_str(out, "default-src 'none'; script-src 'self'; "
                          "style-src 'self'; img-src 'self'; "
                          "base-uri 'none'; frame-ancestors 'none'; "
                          "form-action 'self' ");
    beid_buf_put_str(out, site->portal);
    beid_buf_put_str(out, "; frame-src ");
    beid_buf_put_str(out, site->portal);
}

static void
fields_fill(struct http_field *fields, const char *csp, const char *permissions,
            bool framed)
{
    const struct http_field all[] = {
        {"Content-Security-Policy", csp},
        {"Permissions-Policy", permissions},
        {"X-Content-Type-Options", "nosniff"},
        /* "no-referrer" would turn the Origin of form posts into null. */
        {"Referrer-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {framed ? NULL : "X-Frame-Options", "DENY"},
        {NULL, NULL}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fields[i] = all[i];
    }
}

enum beid_err
policy_make(struct site *site)
{
    static const char portal[] =
        "loopback-network=(self), local-network-access=(self)" PERMISSIONS;
    static const char town[] =
        "loopback-network=(), local-network-access=()" PERMISSIONS;
    for (size_t i = 0; i < POLICIES; i++) {
        beid_buf_init(&site->csp[i], CSP_MAX);
    }
    if (site->portal != NULL) {
        put_town(&site->csp[POLICY_PAGE], site);
    } else {
        put_portal(&site->csp[POLICY_PAGE], site);
    }
    put_panel(&site->csp[POLICY_PANEL], site);
    for (size_t i = 0; i < POLICIES; i++) {
        const char *csp = beid_buf_cstr(&site->csp[i]);
        if (csp == NULL) {
            return BEID_ERR_LIMIT;
        }
        bool framed = i == POLICY_PANEL;
        fields_fill(site->fields[i], csp,
                    framed || site->portal != NULL ? town : portal, framed);
    }
    return BEID_OK;
}

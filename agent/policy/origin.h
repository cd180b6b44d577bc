/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_ORIGIN_H
#define BEID_POLICY_ORIGIN_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stdint.h>

#define POLICY_ORIGIN_MAX 255U
#define POLICY_RESOURCE_MAX 255U

/*
 * May this origin stand in a portal file? Only the ASCII serialisation that
 * a browser puts into the Origin header (RFC 6454 §6.2) is accepted, because
 * it is compared byte for byte: https, a lower-case DNS name of at least two
 * labels (so no address), and a port only when it is not 443. No wildcard,
 * user, path, or trailing dot exists in this grammar.
 */
bool policy_origin_portal(struct beid_span origin);

/*
 * The origins of a development directory: http://localhost:PORT or
 * https://localhost:PORT, with a port that is not the scheme's own.
 */
bool policy_origin_development(struct beid_span origin);

/*
 * Is this an absolute URL of at most POLICY_RESOURCE_MAX bytes whose origin,
 * byte for byte, is the one given, followed by a path? Only characters that
 * RFC 3986 allows in a path or query, no fragment, and no segment of dots that
 * a browser would take away.
 */
bool policy_resource_below(struct beid_span resource, struct beid_span origin);

/*
 * Is this Host header exactly 127.0.0.1:PORT? (Threats W-01: a page that
 * rebinds its name to this machine sends that name.)
 */
bool policy_host_ours(struct beid_span host, uint16_t port);

#endif

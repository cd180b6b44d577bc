/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_JSON_SCAN_H
#define BEID_API_JSON_SCAN_H

#include <beid/bytes.h>
#include <beid/err.h>

#define JSON_DEPTH_MAX 4U

/*
 * Is this one JSON text (RFC 8259) as the API accepts it? Beyond the grammar:
 * strict UTF-8, at most JSON_DEPTH_MAX nested containers, no escaped zero
 * character or lone surrogate, numbers are integers of at most 15 digits, and
 * nothing follows. BEID_ERR_FORMAT, or BEID_ERR_LIMIT for the depth.
 */
enum beid_err json_scan(struct beid_span text) BEID_NODISCARD;

#endif

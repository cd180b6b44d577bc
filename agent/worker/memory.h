/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_MEMORY_H
#define BEID_WORKER_MEMORY_H

#include <beid/err.h>

/*
 * libp11 and libcrypto do not survive each lack of memory: among others,
 * libp11 0.4.12 reads a slot or half a signature that was not allocated, and
 * UI_dup_input_string() of OpenSSL 3.0 frees its copy of the prompt twice. So
 * neither learns of one in this process: it ends, with
 * BEID_WIRE_EXIT_MEMORY, before damaged memory can do anything beside a PIN.
 * Both allocate through libcrypto. BEID_ERR_STATE when libcrypto was called
 * before.
 */
enum beid_err memory_guard(void) BEID_NODISCARD;

#endif

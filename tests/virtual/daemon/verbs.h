/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_VERBS_H
#define BEID_VIRTUAL_VERBS_H

#include "daemon.h"

/* What one command does; it answers the request, at once or later. */
typedef void verb_fn(struct daemon *daemon, struct vreader *reader,
                     const struct control_request *request);

/* About the test PKI and its responder (verbs_pki.c). */
verb_fn verb_certificate;
verb_fn verb_responder;
verb_fn verb_responder_start;
verb_fn verb_responder_stop;

/* About the scripted prompt (verbs_prompt.c). */
verb_fn verb_answer;
verb_fn verb_prompted;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Commands about the test PKI: what its responder says, and whether. */

#include "reply.h"
#include "verbs.h"

#include <string.h>
#include <time.h>

/* "auth" or "sign", perhaps a blank and a state. */
static bool
certificate_parse(const char *words, const struct vcard_image *image,
                  const EVP_PKEY **key, const char **state)
{
    const char *blank = words == NULL ? NULL : strchr(words, ' ');
    size_t len = words == NULL ? 0 : strlen(words);
    len = blank == NULL ? len : (size_t)(blank - words);
    if (len != 4
        || (memcmp(words, "auth", 4) != 0 && memcmp(words, "sign", 4) != 0)) {
        return false;
    }
    *key = words[0] == 'a' ? image->auth : image->sign;
    *state = blank == NULL ? NULL : blank + 1;
    return *key != NULL;
}

void
verb_certificate(struct daemon *daemon, struct vreader *reader,
                 const struct control_request *request)
{
    const struct vcard_image *image = vcard_image_of(reader->card);
    const EVP_PKEY *key = NULL;
    const char *word = NULL;
    struct authority_status status = {AUTHORITY_GOOD, (int64_t)time(NULL)};
    char dir[RESPONDER_PATH_LEN];
    if (!certificate_parse(control_value(request, "keys"), image, &key, &word)
        || (word != NULL && !authority_state_parse(word, &status.state))) {
        reply_send(request->fd, REPLY_USAGE,
                   "certificate auth|sign [good|revoked|unknown]\n");
        return;
    }
    responder_pki_dir(&daemon->responder, image->applet, dir);
    enum beid_err err = word != NULL ? authority_state_set(dir, key, status)
                                     : authority_state_of(dir, key, &status);
    if (err != BEID_OK) {
        reply_send(request->fd, REPLY_FAILED, "%s\n", beid_err_text(err));
    } else if (word != NULL) {
        reply_send(request->fd, REPLY_OK, "%s", "");
    } else {
        reply_send(request->fd, REPLY_OK, "%s\n",
                   authority_state_word(status.state));
    }
}

/* Answers the request when there is none. */
static bool
has_responder(const struct daemon *daemon,
              const struct control_request *request)
{
    if (!daemon->settings.responder) {
        reply_send(request->fd, REPLY_FAILED, "started without --responder\n");
    }
    return daemon->settings.responder;
}

void
verb_responder(struct daemon *daemon, struct vreader *reader,
               const struct control_request *request)
{
    struct responder *responder = &daemon->responder;
    const char *word = control_value(request, "set");
    char url[RESPONDER_URL_LEN];
    (void)reader;
    if (!has_responder(daemon, request)) {
        return;
    }
    if (word != NULL && !responder_mode_parse(word, &responder->mode)) {
        reply_send(request->fd, REPLY_USAGE,
                   "--set up, ocsp-down, crl-down or down\n");
    } else if (word != NULL) {
        reply_send(request->fd, REPLY_OK, "%s", "");
    } else {
        responder_url(responder, url);
        reply_send(request->fd, REPLY_OK, "%s %s\n", url,
                   responder->web == NULL
                       ? "stopped"
                       : responder_mode_word(responder->mode));
    }
}

void
verb_responder_start(struct daemon *daemon, struct vreader *reader,
                     const struct control_request *request)
{
    (void)reader;
    if (!has_responder(daemon, request)) {
        return;
    }
    enum beid_err err = responder_start(&daemon->responder, 0);
    if (err == BEID_ERR_STATE) {
        reply_send(request->fd, REPLY_RUNNING, "the responder runs already\n");
    } else if (err != BEID_OK) {
        reply_send(request->fd, REPLY_FAILED,
                   "the port that certificates name is taken\n");
    } else {
        reply_send(request->fd, REPLY_OK, "%s", "");
    }
}

void
verb_responder_stop(struct daemon *daemon, struct vreader *reader,
                    const struct control_request *request)
{
    (void)reader;
    if (!has_responder(daemon, request)) {
        return;
    }
    if (daemon->responder.web == NULL) {
        reply_send(request->fd, REPLY_NOT_RUNNING,
                   "the responder does not run\n");
        return;
    }
    responder_stop(&daemon->responder);
    reply_send(request->fd, REPLY_OK, "%s", "");
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "internal.h"
#include "json_write.h"

#define APP_VERSION "https://beid-agent.example/releases/" BEID_VERSION

static const char *
algorithm_word(enum beid_wire_algorithm algorithm)
{
    switch (algorithm) {
    case BEID_ALGORITHM_RS256:
        return "RS256";
    case BEID_ALGORITHM_ES384:
        return "ES384";
    case BEID_ALGORITHM_NONE:
        break;
    }
    return "none";
}

void
api_put_evidence(struct beid_buf *out, const struct beid_wire_auth_reply *reply)
{
    bool pinpad = reply->pin_entry == BEID_PIN_ENTRY_PINPAD;
    beid_buf_put_str(out, ",\"unverifiedEvidence\":{\"pinEntry\":\"");
    beid_buf_put_str(out, pinpad ? "pinpad\"" : "keyboard\"");
    if (reply->chain_count > 0) {
        beid_buf_put_str(out, ",\"chain\":[");
        for (size_t i = 0; i < reply->chain_count; i++) {
            beid_buf_put_str(out, i == 0 ? "" : ",");
            json_write_base64(out, reply->chain[i]);
        }
        beid_buf_put_str(out, "]");
    }
    beid_buf_put_str(out, "}");
}

void
api_token_write(struct beid_buf *out, const struct beid_wire_auth_reply *reply)
{
    beid_buf_put_str(out, "{\"token\":{\"unverifiedCertificate\":");
    json_write_base64(out, reply->certificate);
    beid_buf_put_str(out, ",\"algorithm\":\"");
    beid_buf_put_str(out, algorithm_word(reply->algorithm));
    beid_buf_put_str(out, "\",\"signature\":");
    json_write_base64(out, reply->signature);
    beid_buf_put_str(
        out, ",\"format\":\"web-eid:1.0\",\"appVersion\":\"" APP_VERSION "\"}");
    api_put_evidence(out, reply);
    beid_buf_put_str(out, "}");
}

void
api_put_token(struct beid_buf *out, const struct beid_wire_auth_reply *reply,
              const struct api_running *asked)
{
    (void)asked;
    api_token_write(out, reply);
}

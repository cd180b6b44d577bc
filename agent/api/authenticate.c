/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"
#include "policy/step_up.h"

enum member {
    NONCE = API_MEMBER_COUNT,
    CERTIFICATE,
    CHAIN,
    MEMBER_COUNT
};

static bool
is_nonce(struct beid_span text)
{
    if (text.len < BEID_WIRE_NONCE_MIN || text.len > BEID_WIRE_NONCE_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

/* The language first, so that errors are told in it. */
static enum beid_err
take(const struct json_member *in, struct api_wish *wish,
     uint8_t certificate[POLICY_SHA256_LEN], struct json_fault *fault)
{
    struct beid_wire_authenticate *base = &wish->message.base;
    enum beid_err err = api_wish_take(wish, in, fault);
    if (err != BEID_OK) {
        return err;
    }
    if (!is_nonce(in[NONCE].text)) {
        return api_blame(fault, in[NONCE].name);
    }
    base->nonce = in[NONCE].text;
    if (in[CERTIFICATE].present) {
        if (!policy_sha256_parse(in[CERTIFICATE].text, certificate)) {
            return api_blame(fault, in[CERTIFICATE].name);
        }
        base->certificate_sha256 = beid_span_of(certificate, POLICY_SHA256_LEN);
    }
    base->chain = in[CHAIN].present && in[CHAIN].flag;
    return BEID_OK;
}

enum api_outcome
api_authenticate_start(struct api *api, const struct api_call *call,
                       struct api_reply *reply)
{
    struct json_member members[MEMBER_COUNT] = {
        API_COMMON_MEMBERS,
        [NONCE] = {"challengeNonce", JSON_TEXT, .required = true},
        [CERTIFICATE] = {"certificateSha256", JSON_TEXT, .required = false},
        [CHAIN] = {"chain", JSON_FLAG, .required = false}};
    uint8_t certificate[POLICY_SHA256_LEN];
    struct api_wish wish;
    struct json_document *document = NULL;
    struct json_fault fault = {.reason = "", .member = ""};
    api_wish_init(&wish, POLICY_AUTHENTICATE, BEID_WIRE_AUTHENTICATE);
    wish.put = api_put_token;
    enum beid_err err =
        json_read(call->body, members, MEMBER_COUNT, &document, &fault);
    if (err == BEID_OK) {
        err = take(members, &wish, certificate, &fault);
    }
    enum api_outcome outcome =
        err == BEID_OK ? api_run(api, call, &wish, reply)
                       : api_bad_request(api, &wish, err, &fault, reply);
    json_free(&document);
    return outcome;
}

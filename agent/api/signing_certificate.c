/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"
#include "json_write.h"

/* Both kinds of card sign any of these hashes. */
static void
put_algorithms(struct beid_buf *out, enum beid_wire_algorithm algorithm)
{
    beid_buf_put_str(out, ",\"supportedSignatureAlgorithms\":[");
    for (int hash = BEID_HASH_SHA256; hash <= BEID_HASH_SHA512; hash++) {
        beid_buf_put_str(out, hash == BEID_HASH_SHA256 ? "" : ",");
        api_put_algorithm(out, algorithm, (enum beid_wire_hash)hash);
    }
    beid_buf_put_str(out, "]");
}

static void
put_answer(struct beid_buf *out, const struct beid_wire_auth_reply *reply,
           const struct api_running *asked)
{
    (void)asked;
    beid_buf_put_str(out, "{\"certificate\":");
    json_write_base64(out, reply->certificate);
    put_algorithms(out, reply->algorithm);
    beid_buf_put_str(out, ",\"chain\":[");
    for (size_t i = 0; i < reply->chain_count; i++) {
        beid_buf_put_str(out, i == 0 ? "" : ",");
        json_write_base64(out, reply->chain[i]);
    }
    beid_buf_put_str(out, "]}");
}

enum api_outcome
api_signing_certificate_start(struct api *api, const struct api_call *call,
                              struct api_reply *reply)
{
    struct json_member members[API_MEMBER_COUNT] = {API_COMMON_MEMBERS};
    struct api_wish wish;
    struct json_document *document = NULL;
    struct json_fault fault = {.reason = "", .member = ""};
    api_wish_init(&wish, POLICY_SIGNING_CERTIFICATE, BEID_WIRE_CERTIFICATE);
    wish.put = put_answer;
    wish.message.base.chain = true;
    enum beid_err err =
        json_read(call->body, members, API_MEMBER_COUNT, &document, &fault);
    if (err == BEID_OK) {
        err = api_wish_take(&wish, members, &fault);
    }
    enum api_outcome outcome =
        err == BEID_OK ? api_run(api, call, &wish, reply)
                       : api_bad_request(api, &wish, err, &fault, reply);
    json_free(&document);
    return outcome;
}

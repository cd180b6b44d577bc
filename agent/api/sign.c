/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "internal.h"
#include "json_write.h"
#include "policy/shown.h"

enum member {
    CERTIFICATE = API_MEMBER_COUNT,
    HASH,
    HASH_FUNCTION,
    DOCUMENT,
    MEMBER_COUNT
};

/* web-eid.js's names; in the order of enum beid_wire_hash. */
static const struct {
    const char *name;
    size_t len;
} functions[] = {[BEID_HASH_NONE] = {"", 0},
                 [BEID_HASH_SHA256] = {"SHA-256", 32},
                 [BEID_HASH_SHA384] = {"SHA-384", 48},
                 [BEID_HASH_SHA512] = {"SHA-512", 64}};

#define FUNCTION_COUNT (sizeof functions / sizeof functions[0])

/* What the spans of the message borrow from. */
struct parts {
    struct beid_buf certificate;
    struct beid_buf hash;
};

void
api_put_algorithm(struct beid_buf *out, enum beid_wire_algorithm algorithm,
                  enum beid_wire_hash hash)
{
    bool ec = algorithm == BEID_ALGORITHM_ES384;
    beid_buf_put_str(out, "{\"cryptoAlgorithm\":\"");
    beid_buf_put_str(out, ec ? "ECC" : "RSA");
    beid_buf_put_str(out, "\",\"hashFunction\":\"");
    beid_buf_put_str(out, functions[hash].name);
    beid_buf_put_str(out, "\",\"paddingScheme\":\"");
    beid_buf_put_str(out, ec ? "NONE\"}" : "PKCS1.5\"}");
}

static void
put_answer(struct beid_buf *out, const struct beid_wire_auth_reply *reply,
           const struct api_running *asked)
{
    beid_buf_put_str(out, "{\"signature\":");
    json_write_base64(out, reply->signature);
    beid_buf_put_str(out, ",\"signatureAlgorithm\":");
    api_put_algorithm(out, reply->algorithm, asked->hash);
    beid_buf_put_str(out, "}");
}

static enum beid_err
take(const struct json_member *in, const struct json_member *name,
     struct api_wish *wish, struct parts *parts, struct json_fault *fault)
{
    struct beid_wire_operation *message = &wish->message;
    enum beid_err err = api_wish_take(wish, in, fault);
    if (err != BEID_OK) {
        return err;
    }
    if (base64_read(in[CERTIFICATE].text, &parts->certificate) != BEID_OK) {
        return api_blame(fault, in[CERTIFICATE].name);
    }
    for (size_t i = 1; i < FUNCTION_COUNT; i++) {
        if (beid_span_same(in[HASH_FUNCTION].text,
                           beid_span_str(functions[i].name))) {
            message->hash_function = (enum beid_wire_hash)i;
        }
    }
    if (message->hash_function == BEID_HASH_NONE) {
        return api_blame(fault, in[HASH_FUNCTION].name);
    }
    if (base64_read(in[HASH].text, &parts->hash) != BEID_OK
        || parts->hash.len != functions[message->hash_function].len) {
        return api_blame(fault, in[HASH].name);
    }
    if (in[DOCUMENT].present
        && (!policy_text_shown(name->text)
            || name->text.len > BEID_WIRE_NAME_MAX)) {
        return api_blame(fault, name->name);
    }
    message->certificate = beid_buf_span(&parts->certificate);
    message->hash = beid_buf_span(&parts->hash);
    message->document = name->text;
    return BEID_OK;
}

enum api_outcome
api_sign_start(struct api *api, const struct api_call *call,
               struct api_reply *reply)
{
    struct json_member name = {"name", JSON_TEXT, .required = true};
    struct json_member members[MEMBER_COUNT] = {
        API_COMMON_MEMBERS,
        [CERTIFICATE] = {"certificate", JSON_TEXT, .required = true},
        [HASH] = {"hash", JSON_TEXT, .required = true},
        [HASH_FUNCTION] = {"hashFunction", JSON_TEXT, .required = true},
        [DOCUMENT] = {"document", JSON_OBJECT, .required = false,
                      .members = &name, .member_count = 1}};
    struct api_wish wish;
    struct parts parts;
    struct json_document *document = NULL;
    struct json_fault fault = {.reason = "", .member = ""};
    beid_buf_init(&parts.certificate, BEID_WIRE_CERT_MAX);
    beid_buf_init(&parts.hash, BEID_WIRE_HASH_MAX);
    api_wish_init(&wish, POLICY_SIGN, BEID_WIRE_SIGN);
    wish.put = put_answer;
    enum beid_err err =
        json_read(call->body, members, MEMBER_COUNT, &document, &fault);
    if (err == BEID_OK) {
        err = take(members, &name, &wish, &parts, &fault);
    }
    enum api_outcome outcome =
        err == BEID_OK ? api_run(api, call, &wish, reply)
                       : api_bad_request(api, &wish, err, &fault, reply);
    json_free(&document);
    beid_buf_clear(&parts.certificate);
    beid_buf_clear(&parts.hash);
    return outcome;
}

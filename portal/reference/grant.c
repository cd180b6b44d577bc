/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "grant.h"

#include "session.h"

#include <beid/secret.h>

#include <openssl/evp.h>

#include <string.h>

#define TEXT_MAX ((size_t)1024)

static const char hex_digits[] = "0123456789abcdef";
static const char base64url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_";

/* SHA-256 over one, a line feed, and other. */
static enum beid_err
hash_texts(const char *one, const char *other, uint8_t out[SESSION_KEY_SIZE])
{
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    beid_buf_put_str(&text, one);
    beid_buf_put_u8(&text, '\n');
    beid_buf_put_str(&text, other);
    enum beid_err err = beid_buf_status(&text);
    if (err == BEID_OK
        && EVP_Digest(text.ptr, text.len, out, NULL, EVP_sha256(), NULL) != 1) {
        err = BEID_ERR_INTERNAL;
    }
    beid_buf_clear(&text);
    return err;
}

/* Never the key of a session: those are made of the cookie alone. */
static enum beid_err
key_of(enum grant_kind kind, const char *code, uint8_t out[SESSION_KEY_SIZE])
{
    static const char *const kinds[] = {
        [GRANT_ASK] = "ask", [GRANT_LOGIN] = "login", [GRANT_PANEL] = "panel"};
    return hash_texts(kinds[kind], code, out);
}

enum beid_err
grant_put(struct visit *visit, enum grant_kind kind, const struct session *what,
          char code[SESSION_TOKEN_SIZE])
{
    uint8_t key[SESSION_KEY_SIZE];
    enum beid_err err = session_random_hex(code);
    if (err == BEID_OK) {
        err = key_of(kind, code, key);
    }
    return err == BEID_OK
               ? store_create(visit->site->store, key, what, visit->now)
               : err;
}

typedef enum beid_err get_call(struct store *store, const uint8_t *key,
                               time_t now, struct session *out);

static enum beid_err
grant_get(struct visit *visit, enum grant_kind kind, const char *code,
          get_call *get, struct session *out)
{
    uint8_t key[SESSION_KEY_SIZE];
    if (!grant_code_good(code)) {
        return BEID_ERR_NOT_FOUND;
    }
    enum beid_err err = key_of(kind, code, key);
    return err == BEID_OK ? get(visit->site->store, key, visit->now, out) : err;
}

enum beid_err
grant_take(struct visit *visit, enum grant_kind kind, const char *code,
           struct session *out)
{
    return grant_get(visit, kind, code, store_take, out);
}

enum beid_err
grant_look(struct visit *visit, enum grant_kind kind, const char *code,
           struct session *out)
{
    return grant_get(visit, kind, code, store_load, out);
}

static bool
made_of(const char *text, const char *digits, size_t len)
{
    return text != NULL && strlen(text) == len && strspn(text, digits) == len;
}

bool
grant_code_good(const char *text)
{
    return made_of(text, hex_digits, GRANT_CODE_LENGTH);
}

bool
grant_challenge_good(const char *text)
{
    return made_of(text, base64url_digits, GRANT_CHALLENGE_LENGTH);
}

enum beid_err
grant_challenge(const char *verifier, char out[SESSION_TOKEN_SIZE])
{
    uint8_t hash[SESSION_KEY_SIZE];
    if (EVP_Digest(verifier, strlen(verifier), hash, NULL, EVP_sha256(), NULL)
        != 1) {
        return BEID_ERR_INTERNAL;
    }
    (void)EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
    for (size_t i = 0; i < GRANT_CHALLENGE_LENGTH; i++) {
        if (out[i] == '+') {
            out[i] = '-';
        } else if (out[i] == '/') {
            out[i] = '_';
        }
    }
    out[GRANT_CHALLENGE_LENGTH] = '\0';
    return BEID_OK;
}

enum beid_err
grant_bind(const char *one, const char *other, char out[SESSION_HEX_SIZE])
{
    uint8_t hash[SESSION_KEY_SIZE];
    enum beid_err err = hash_texts(one, other, hash);
    if (err == BEID_OK) {
        pseudonym_hex(hash, sizeof hash, out);
    }
    return err;
}

enum beid_err
grant_state(const char *verifier, char out[SESSION_TOKEN_SIZE])
{
    char hex[SESSION_HEX_SIZE];
    enum beid_err err = grant_bind("state", verifier, hex);
    if (err == BEID_OK) {
        memcpy(out, hex, GRANT_CODE_LENGTH);
        out[GRANT_CODE_LENGTH] = '\0';
    }
    return err;
}

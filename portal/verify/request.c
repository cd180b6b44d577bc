/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"
#include "json.h"
#include "statement.h"

#include <string.h>

#define REQUEST_MAX 16384U

/* One part of a JWS: base64url without padding. */
static enum beid_err
base64url_decode(struct beid_span part, struct beid_buf *out)
{
    struct beid_buf text;
    beid_buf_init(&text, REQUEST_MAX + 4);
    for (size_t i = 0; i < part.len; i++) {
        uint8_t c = part.ptr[i];
        if (c == '-' || c == '_') {
            c = c == '-' ? '+' : '/';
        } else if (c == '+' || c == '/' || c == '=') {
            c = '!'; /* of the other alphabet */
        }
        beid_buf_put_u8(&text, c);
    }
    while (text.len % 4 != 0 && beid_buf_status(&text) == BEID_OK) {
        beid_buf_put_u8(&text, '=');
    }
    const char *padded = beid_buf_cstr(&text);
    enum beid_err err =
        padded == NULL ? BEID_ERR_FORMAT : base64_decode(padded, out);
    beid_buf_clear(&text);
    return err;
}

static bool
part_read(struct beid_span part, void **tree)
{
    struct beid_buf json;
    beid_buf_init(&json, REQUEST_MAX);
    bool good = base64url_decode(part, &json) == BEID_OK
                && json_read(beid_buf_span(&json), tree) == BEID_VERIFY_OK;
    beid_buf_clear(&json);
    return good;
}

/* One line of the document: a line break inside would make two of it. */
static bool
line(const char *text)
{
    if (text == NULL || *text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool
header_good(struct beid_span part)
{
    void *tree = NULL;
    bool good = part_read(part, &tree);
    const char *type = good ? json_text(tree, "typ") : NULL;
    good = type != NULL && strcmp(type, "beid-step-up+jws") == 0;
    json_free(tree);
    return good;
}

static bool
claims_read(struct request *out)
{
    const char *kind = json_text(out->tree, "kind");
    out->iss = json_text(out->tree, "iss");
    out->jti = json_text(out->tree, "jti");
    out->resource = json_text(out->tree, "resource");
    out->certificate = json_text(out->tree, "certificateSha256");
    return kind != NULL && strcmp(kind, "statement") == 0 && line(out->iss)
           && line(out->jti) && line(out->resource)
           && json_time(out->tree, "iat", &out->iat)
           && json_member(out->tree, "text") != NULL;
}

enum beid_verify_result
request_parse(struct beid_span jws, struct request *out)
{
    *out = (struct request){0};
    const uint8_t *end = jws.ptr + jws.len;
    const uint8_t *one = jws.len > 0 ? memchr(jws.ptr, '.', jws.len) : NULL;
    const uint8_t *two =
        one == NULL ? NULL : memchr(one + 1, '.', (size_t)(end - one) - 1);
    if (two == NULL || jws.len > REQUEST_MAX
        || memchr(two + 1, '.', (size_t)(end - two) - 1) != NULL
        || !header_good(beid_span_of(jws.ptr, (size_t)(one - jws.ptr)))
        || !part_read(beid_span_of(one + 1, (size_t)(two - one) - 1),
                      &out->tree)
        || !claims_read(out)) {
        request_clear(out);
        return BEID_VERIFY_REQUEST;
    }
    return BEID_VERIFY_OK;
}

void
request_clear(struct request *request)
{
    json_free(request->tree);
    *request = (struct request){0};
}

/* The same words as the agent's, in agent/worker/STATEMENT.md. */
static const struct words {
    const char *code;
    const char *title;
    const char *language;
    const char *portal;
    const char *origin;
    const char *resource;
    const char *jti;
    const char *issued;
    const char *form;
} words[LANGUAGE_COUNT] = {
    {"nl", "Verklaring", "Taal: ", "Website: ", "Adres: ", "Pagina: ",
     "Kenmerk: ", "Opgemaakt op: ", "Vorm: "},
    {"fr", "Déclaration", "Langue : ", "Site web : ", "Adresse : ", "Page : ",
     "Référence : ", "Établie le : ", "Forme : "},
    {"de", "Erklärung", "Sprache: ", "Website: ", "Adresse: ", "Seite: ",
     "Kennzeichen: ", "Erstellt am: ", "Form: "},
    {"en", "Statement", "Language: ", "Website: ", "Address: ", "Page: ",
     "Reference: ", "Issued at: ", "Form: "},
};

const char *
statement_language(size_t index)
{
    return words[index].code;
}

static void
put_line(struct beid_buf *out, const char *label, const char *value)
{
    beid_buf_put_str(out, label);
    beid_buf_put_str(out, value);
    beid_buf_put_u8(out, '\n');
}

enum beid_err
statement_text(const struct request *request, size_t language,
               const char *portal_name, struct beid_buf *out)
{
    const struct words *in = &words[language];
    const char *text = json_text(json_member(request->tree, "text"), in->code);
    char issued[RFC3339_SIZE];
    if (!line(text) || !line(portal_name)) {
        return BEID_ERR_NOT_FOUND;
    }
    rfc3339_format(request->iat, issued);
    put_line(out, in->title, "");
    put_line(out, in->language, in->code);
    put_line(out, in->portal, portal_name);
    put_line(out, in->origin, request->iss);
    put_line(out, "", "");
    put_line(out, "", text);
    put_line(out, "", "");
    put_line(out, in->resource, request->resource);
    put_line(out, in->jti, request->jti);
    put_line(out, in->issued, issued);
    put_line(out, in->form, "beid-statement-1");
    return beid_buf_status(out);
}

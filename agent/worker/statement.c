/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/statement.h"

#include "prompt/describe.h"

#include <time.h>

#define FORM "beid-statement-1"

/* Not in po/: a translation may be improved, these may not. */
static const struct words {
    const char *title;
    const char *language;
    const char *portal;
    const char *origin;
    const char *resource;
    const char *jti;
    const char *issued;
    const char *form;
} words[BEID_LANG_COUNT] = {
    [BEID_LANG_NL] = {"Verklaring", "Taal: ", "Website: ", "Adres: ",
                      "Pagina: ", "Kenmerk: ", "Opgemaakt op: ", "Vorm: "},
    [BEID_LANG_FR] = {"D\xC3\xA9"
                      "claration",
                      "Langue : ", "Site web : ", "Adresse : ", "Page : ",
                      "R\xC3\xA9"
                      "f\xC3\xA9rence : ",
                      "\xC3\x89tablie le : ", "Forme : "},
    [BEID_LANG_DE] = {"Erkl\xC3\xA4rung", "Sprache: ", "Website: ", "Adresse: ",
                      "Seite: ", "Kennzeichen: ", "Erstellt am: ", "Form: "},
    [BEID_LANG_EN] = {"Statement", "Language: ", "Website: ", "Address: ",
                      "Page: ", "Reference: ", "Issued at: ", "Form: "},
};

static void
put_line(struct beid_buf *out, const char *label, struct beid_span value)
{
    beid_buf_put_str(out, label);
    beid_buf_put(out, value);
    beid_buf_put_u8(out, '\n');
}

/* 2026-11-25T18:12:30Z */
static enum beid_err
put_time(struct beid_buf *out, const char *label, uint32_t seconds)
{
    char text[sizeof "2106-02-07T06:28:15Z"];
    struct tm parts;
    time_t when = (time_t)seconds;
    if (gmtime_r(&when, &parts) == NULL
        || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)
               != sizeof text - 1) {
        return BEID_ERR_INTERNAL;
    }
    put_line(out, label, beid_span_str(text));
    return BEID_OK;
}

enum beid_err
statement_write(struct beid_buf *out, enum beid_lang lang,
                const struct beid_wire_operation *asked)
{
    const struct words *in = &words[lang];
    beid_buf_reset(out);
    if (!prompt_shows(asked->base.portal_name)
        || !prompt_shows(asked->base.origin) || !prompt_shows(asked->text)
        || !prompt_shows(asked->resource) || !prompt_shows(asked->jti)) {
        return BEID_ERR_FORMAT;
    }
    put_line(out, in->title, beid_span_of(NULL, 0));
    put_line(out, in->language, beid_span_str(beid_lang_code(lang)));
    put_line(out, in->portal, asked->base.portal_name);
    put_line(out, in->origin, asked->base.origin);
    put_line(out, "", beid_span_of(NULL, 0));
    put_line(out, "", asked->text);
    put_line(out, "", beid_span_of(NULL, 0));
    put_line(out, in->resource, asked->resource);
    put_line(out, in->jti, asked->jti);
    enum beid_err err = put_time(out, in->issued, asked->issued);
    put_line(out, in->form, beid_span_str(FORM));
    return err == BEID_OK ? beid_buf_status(out) : err;
}

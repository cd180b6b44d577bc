/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "complain.h"

#include "api/errors.h"
#include "cli.h"
#include "json_say.h"
#include "say.h"

#define MESSAGE_MAX 4096U

int
complain_status(enum beid_err err)
{
    static const struct {
        enum beid_err err;
        int status;
    } table[] = {
        {BEID_OK, CLI_DONE},
        {BEID_ERR_NO_SERVICE, CLI_NO_CARD},
        {BEID_ERR_NO_READER, CLI_NO_CARD},
        {BEID_ERR_READER_BUSY, CLI_NO_CARD},
        {BEID_ERR_NO_CARD, CLI_NO_CARD},
        {BEID_ERR_CARD_REMOVED, CLI_NO_CARD},
        {BEID_ERR_CARD_MUTE, CLI_NO_CARD},
        {BEID_ERR_CARD_UNKNOWN, CLI_NO_CARD},
        {BEID_ERR_CARD_TOO_OLD, CLI_NO_CARD},
        {BEID_ERR_NO_CERTIFICATE, CLI_NO_CARD},
        {BEID_ERR_CANCELLED, CLI_CANCELLED},
        {BEID_ERR_TIMEOUT, CLI_CANCELLED},
        {BEID_ERR_PIN_WRONG, CLI_PIN},
        {BEID_ERR_PIN_BLOCKED, CLI_PIN},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].err == err) {
            return table[i].status;
        }
    }
    return CLI_FAILED;
}

static void
put_error(bool json, enum beid_lang lang, const struct complaint *complaint,
          const struct say_word *words)
{
    struct json_say out;
    struct beid_buf message;
    if (!json) {
        say_error(lang, complaint->text, words);
        return;
    }
    beid_buf_init(&message, MESSAGE_MAX);
    say_fill(&message, lang, complaint->text, words);
    json_say_init(&out);
    json_say_open(&out, NULL, '{');
    json_say_open(&out, "error", '{');
    json_say_text(&out, "code", beid_span_str(complaint->code));
    json_say_text(&out, "message", beid_buf_span(&message));
    json_say_close(&out, '}');
    json_say_close(&out, '}');
    (void)json_say_print(&out);
    beid_buf_clear(&message);
}

int
complain_as(bool json, enum beid_lang lang, enum beid_err err)
{
    const struct api_error_info *info = api_error_info(api_error_of(err));
    const struct complaint complaint = {info->code, info->text};
    put_error(json, lang, &complaint, NULL);
    return complain_status(err);
}

int
complain_own(bool json, enum beid_lang lang, const struct complaint *complaint,
             const struct say_word *words)
{
    put_error(json, lang, complaint, words);
    return CLI_FAILED;
}

int
complain(enum beid_lang lang, enum beid_err err)
{
    return complain_as(false, lang, err);
}

bool
complain_by(const struct complain_row *table, size_t count, enum beid_lang lang,
            enum beid_err err, int *status)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].err == err) {
            say_error(lang, table[i].text, NULL);
            *status = table[i].status;
            return true;
        }
    }
    return false;
}

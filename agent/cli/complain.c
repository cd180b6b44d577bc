/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "complain.h"

#include "api/errors.h"
#include "cli.h"
#include "say.h"

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

int
complain(enum beid_lang lang, enum beid_err err)
{
    say_error(lang, api_error_info(api_error_of(err))->text, NULL);
    return complain_status(err);
}

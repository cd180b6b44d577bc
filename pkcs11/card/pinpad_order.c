/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/pinpad_order.h"

#include "card/pin.h"

#include <stddef.h>
#include <string.h>

/* bmFormatString: units are bytes, the digits start at byte 1, left, BCD. */
#define FORMAT 0x89U
#define FORMAT_OLD_SPR 0x01U
/* bmPINBlockString: four bits of length, seven bytes of digits. */
#define BLOCK_STRING 0x47U
/* bmPINLengthFormat: the length is at bit 4. */
#define LENGTH_FORMAT 0x04U
#define VALIDATION_KEY 0x02U
#define CONFIRM_AND_OLD 0x03U
#define BLOCK_LEN 8U
#define WAIT_MS 100U
#define WAIT_DELL_MS 250U

/* A block to be filled in: 2 and the length, which the reader puts in. */
static const uint8_t block[BLOCK_LEN] = {0x20, 0xFF, 0xFF, 0xFF,
                                         0xFF, 0xFF, 0xFF, 0xFF};

static const struct {
    const char *name; /* what the reader's name begins with */
    uint16_t older_than; /* only firmware that is known and older; 0: all */
    bool refused;
    bool pseudo;
    uint8_t format;
    uint8_t verify_messages;
    uint8_t modify_messages;
    unsigned wait_ms;
} table[] = {
    /* Sends an empty VERIFY of its own and takes no more than 8 digits. */
    {"Gemplus GemPC Pinpad", 0, true, false, FORMAT, 1, 1, WAIT_MS},
    {"Vega Alpha", 0, false, false, FORMAT, 1, 1, WAIT_MS},
    {"SPRx32 USB", 0x0506, false, false, FORMAT_OLD_SPR, 1, 3, WAIT_MS},
    /* The same three by the names that libccid gives them. */
    {"Gemalto USB GemPCPinpad", 0, true, false, FORMAT, 1, 1, WAIT_MS},
    {"COVADIS VEGA-ALPHA", 0, false, false, FORMAT, 1, 1, WAIT_MS},
    {"SCM Microsystems Inc. SPR 532", 0x0506, false, false, FORMAT_OLD_SPR, 1,
     3, WAIT_MS},
    {"Dell", 0, false, false, FORMAT, 0, 0, WAIT_DELL_MS},
    {"VASCO DIGIPASS 840", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"VASCO DIGIPASS 870", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"VASCO DIGIPASS 875", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"VASCO DIGIPASS 876", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"VASCO DIGIPASS 920", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"Gemalto ING Shield Pro", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"ETSWW eKrypto PINPhab", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"ETSWW eKrypto PINPad", 0, false, true, FORMAT, 1, 3, WAIT_MS},
    {"DIOSS pinpad", 0, false, true, FORMAT, 1, 3, WAIT_MS},
};

struct pinpad_habits
pinpad_habits_of(const char *name, uint16_t firmware)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint16_t limit = table[i].older_than;
        bool is_old = firmware != 0 && firmware < limit;
        if (strncmp(name, table[i].name, strlen(table[i].name)) == 0
            && (limit == 0 || is_old)) {
            return (struct pinpad_habits){
                .refused = table[i].refused,
                .pseudo = table[i].pseudo,
                .format = table[i].format,
                .verify_messages = table[i].verify_messages,
                .modify_messages = table[i].modify_messages,
                .wait_ms = table[i].wait_ms,
            };
        }
    }
    return (struct pinpad_habits){
        .format = FORMAT,
        .verify_messages = 1,
        .modify_messages = 3,
        .wait_ms = WAIT_MS,
    };
}

/* The first fields of both structures. */
static void
put_head(struct beid_buf *out, const struct pinpad_habits *habits)
{
    beid_buf_reset(out);
    beid_buf_put_u8(out, PINPAD_SECONDS);
    beid_buf_put_u8(out, PINPAD_SECONDS);
    beid_buf_put_u8(out, habits->format);
    beid_buf_put_u8(out, BLOCK_STRING);
    beid_buf_put_u8(out, LENGTH_FORMAT);
}

/* wPINMaxExtraDigit, little endian. */
static void
put_limits(struct beid_buf *out)
{
    beid_buf_put_u8(out, PIN_DIGITS_MAX);
    beid_buf_put_u8(out, PIN_DIGITS_MIN);
}

static void
put_language(struct beid_buf *out, uint16_t language)
{
    beid_buf_put_u8(out, (uint8_t)(language & 0xFFU));
    beid_buf_put_u8(out, (uint8_t)(language >> 8));
}

/* bTeoPrologue, of no use for T=0, then ulDataLength and abData. */
static void
put_command(struct beid_buf *out, uint8_t instruction, uint8_t blocks)
{
    uint8_t len = (uint8_t)(blocks * BLOCK_LEN);
    beid_buf_put_u8(out, 0);
    beid_buf_put_u16(out, 0);
    beid_buf_put_u8(out, (uint8_t)(5 + len));
    beid_buf_put_u8(out, 0);
    beid_buf_put_u16(out, 0);
    beid_buf_put_u8(out, 0x00);
    beid_buf_put_u8(out, instruction);
    beid_buf_put_u16(out, 0x0001);
    beid_buf_put_u8(out, len);
    for (uint8_t i = 0; i < blocks; i++) {
        beid_buf_put(out, beid_span_of(block, sizeof block));
    }
}

void
pinpad_order_verify(struct beid_buf *out, const struct pinpad_habits *habits,
                    uint16_t language)
{
    put_head(out, habits);
    put_limits(out);
    beid_buf_put_u8(out, VALIDATION_KEY);
    beid_buf_put_u8(out, habits->verify_messages);
    put_language(out, language);
    beid_buf_put_u8(out, 0); /* bMsgIndex */
    put_command(out, 0x20, 1);
}

void
pinpad_order_modify(struct beid_buf *out, const struct pinpad_habits *habits,
                    uint16_t language)
{
    put_head(out, habits);
    beid_buf_put_u8(out, 0); /* where the old block is */
    beid_buf_put_u8(out, BLOCK_LEN); /* and the new one */
    put_limits(out);
    beid_buf_put_u8(out, CONFIRM_AND_OLD);
    beid_buf_put_u8(out, VALIDATION_KEY);
    beid_buf_put_u8(out, habits->modify_messages);
    put_language(out, language);
    for (uint8_t i = 0; i < 3; i++) {
        beid_buf_put_u8(out, i); /* bMsgIndex1 to 3 */
    }
    put_command(out, 0x24, 2);
}

uint16_t
pinpad_language(const char *locale)
{
    static const struct {
        char code[3];
        uint16_t language;
    } languages[] = {
        {"nl", PINPAD_DUTCH},
        {"fr", PINPAD_FRENCH},
        {"de", PINPAD_GERMAN},
        {"en", PINPAD_ENGLISH},
    };
    for (size_t i = 0;
         locale != NULL && i < sizeof languages / sizeof languages[0]; i++) {
        if (strncmp(locale, languages[i].code, 2) == 0
            && (locale[2] == '\0' || strchr("_.@", locale[2]) != NULL)) {
            return languages[i].language;
        }
    }
    return PINPAD_DUTCH;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/pinpad.h"

#include "card/apdu.h"
#include "card/status.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

/* CM_IOCTL_GET_FEATURE_REQUEST of pcsc-lite (facts §6.1). */
#define GET_FEATURE_REQUEST 0x42000D48U
#define FEATURE_LEN 6U
#define POLL_MS 200U
/* A reader that has told no key for so many polls is done: its own time for
 * one is over. */
#define IDLE_MAX ((PINPAD_SECONDS + 5U) * 1000U / POLL_MS)
/* Keys that one entry can be worth listening to. */
#define KEYS_MAX 1000U
#define MILLISECOND_NS 1000000L

/* FEATURE_ tags of PC/SC part 10 §2.3. */
enum {
    TAG_VERIFY_START = 0x01,
    TAG_VERIFY_FINISH = 0x02,
    TAG_MODIFY_START = 0x03,
    TAG_MODIFY_FINISH = 0x04,
    TAG_KEY_PRESSED = 0x05,
    TAG_VERIFY_DIRECT = 0x06,
    TAG_MODIFY_DIRECT = 0x07,
    TAG_ABORT = 0x0B
};

/* What GET_KEY_PRESSED says at the end of an entry (facts §6.3). */
enum {
    KEY_OK = 0x0D,
    KEY_CANCEL = 0x1B,
    KEY_ABORTED = 0x40
};

/* What the reader answers when the card got nothing (facts §6.3). */
enum {
    SW_TIMEOUT = 0x6400,
    SW_CANCELLED = 0x6401,
    SW_DIFFERENT = 0x6402,
    SW_LENGTH = 0x6403,
    SW_STRUCTURE = 0x6B80
};

/* One of the two operations, in its three forms. */
struct operation {
    uint32_t direct;
    uint32_t start;
    uint32_t finish;
    unsigned pins; /* each ends with the OK key */
};

bool
pinpad_is_pseudo(const char *name)
{
    return pinpad_habits_of(name, 0).pseudo;
}

void
pinpad_read_features(struct beid_span list, const char *name,
                     struct pinpad *out)
{
    *out = (struct pinpad){.habits = pinpad_habits_of(name, 0)};
    if (list.len % FEATURE_LEN != 0) {
        return;
    }
    while (list.len > 0) {
        uint8_t tag = 0;
        uint8_t len = 0;
        uint32_t code = 0;
        if (beid_span_take_u8(&list, &tag) != BEID_OK
            || beid_span_take_u8(&list, &len) != BEID_OK || len != 4
            || beid_span_take_u32(&list, &code) != BEID_OK) {
            memset(out->code, 0, sizeof out->code);
            return;
        }
        if (tag < PINPAD_TAGS) {
            out->code[tag] = code;
        }
    }
}

/* A plain list of tags (facts §6.4). */
static enum beid_err
ask_pseudo(const struct transport *transport, struct pinpad *out)
{
    static const uint8_t command[] = {0xFF, 0xC2, 0x01, 0x00, 0x00};
    struct beid_buf tags;
    uint16_t sw = 0;
    beid_buf_init(&tags, TRANSPORT_ANSWER_MAX);
    enum beid_err err = apdu_exchange(
        transport, beid_span_of(command, sizeof command), &tags, &sw);
    for (size_t i = 0; err == BEID_OK && sw == 0x9000 && i < tags.len; i++) {
        if (tags.ptr[i] < PINPAD_TAGS) {
            out->code[tags.ptr[i]] = tags.ptr[i];
            out->pseudo = true;
        }
    }
    beid_buf_clear(&tags);
    return err;
}

enum beid_err
pinpad_discover(const struct transport *transport, const char *name,
                struct pinpad *out)
{
    uint8_t answer[TRANSPORT_ANSWER_MAX] = {0};
    size_t len = 0;
    uint16_t firmware = 0;
    pinpad_read_features(beid_span_of(NULL, 0), name, out);
    if (transport->ops->control == NULL) {
        return BEID_OK;
    }
    enum beid_err err =
        transport->ops->control(transport->self, GET_FEATURE_REQUEST,
                                beid_span_of(NULL, 0), answer, &len);
    if (err == BEID_OK && len <= sizeof answer) {
        pinpad_read_features(beid_span_of(answer, len), name, out);
    } else if (err == BEID_ERR_UNSUPPORTED) {
        err = BEID_OK; /* a reader that knows no features has none */
    }
    if (err == BEID_OK && out->habits.pseudo && !pinpad_can_verify(out)) {
        err = ask_pseudo(transport, out);
    }
    if (err == BEID_OK && pinpad_can_verify(out)
        && transport->ops->firmware != NULL
        && transport->ops->firmware(transport->self, &firmware) == BEID_OK) {
        out->habits = pinpad_habits_of(name, firmware);
    }
    return err;
}

static bool
can(const struct pinpad *pinpad, size_t direct, size_t start, size_t finish)
{
    return !pinpad->habits.refused
           && (pinpad->code[direct] != 0
               || (pinpad->code[start] != 0 && pinpad->code[finish] != 0));
}

bool
pinpad_can_verify(const struct pinpad *pinpad)
{
    return can(pinpad, TAG_VERIFY_DIRECT, TAG_VERIFY_START, TAG_VERIFY_FINISH);
}

bool
pinpad_can_modify(const struct pinpad *pinpad)
{
    return can(pinpad, TAG_MODIFY_DIRECT, TAG_MODIFY_START, TAG_MODIFY_FINISH);
}

static void
wait_ms(unsigned milliseconds)
{
    struct timespec pause = {.tv_nsec = (long)milliseconds * MILLISECOND_NS};
    (void)nanosleep(&pause, NULL);
}

static bool
withdrawn(const struct pinpad_person *person)
{
    return person->withdrawn != NULL && person->withdrawn(person->ctx);
}

/* One request to the reader's keys; never repeated. */
static enum beid_err
request(const struct card *card, const struct pinpad *pinpad, uint32_t code,
        struct beid_span data, uint8_t answer[TRANSPORT_ANSWER_MAX],
        size_t *len)
{
    const struct transport *transport = &card->transport;
    if (!pinpad->pseudo) {
        return transport->ops->control(transport->self, code, data, answer,
                                       len);
    }
    uint8_t bytes[5 + PINPAD_ORDER_MAX] = {0xFF, 0xC2, 0x01, (uint8_t)code,
                                           (uint8_t)data.len};
    if (data.len > PINPAD_ORDER_MAX) {
        return BEID_ERR_LIMIT;
    }
    if (data.len > 0) {
        memcpy(bytes + 5, data.ptr, data.len);
    }
    return transport->ops->transmit(
        transport->self, beid_span_of(bytes, 5 + data.len), answer, len);
}

/* A request whose answer is a status word and nothing else. */
static enum beid_err
request_sw(const struct card *card, const struct pinpad *pinpad, uint32_t code,
           struct beid_span data, uint16_t *sw)
{
    uint8_t answer[TRANSPORT_ANSWER_MAX] = {0};
    size_t len = 0;
    enum beid_err err = request(card, pinpad, code, data, answer, &len);
    if (err == BEID_OK && len != 2) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        *sw = (uint16_t)((answer[0] << 8) | answer[1]);
    }
    return err;
}

/* Breaks a started entry off; the finish request then says so. */
static enum beid_err
abort_entry(const struct card *card, const struct pinpad *pinpad)
{
    uint16_t sw = 0;
    return request_sw(card, pinpad, pinpad->code[TAG_ABORT],
                      beid_span_of(NULL, 0), &sw);
}

/*
 * Waits for the end of a started entry. Only how it ends counts; a reader that
 * cannot be polled waits in the finish request itself.
 */
static enum beid_err
poll_keys(const struct card *card, const struct pinpad *pinpad,
          const struct pinpad_person *person, unsigned pins)
{
    uint32_t code = pinpad->code[TAG_KEY_PRESSED];
    size_t idle = 0;
    for (size_t keys = 0; code != 0 && keys < KEYS_MAX && idle < IDLE_MAX;) {
        uint8_t answer[TRANSPORT_ANSWER_MAX] = {0};
        size_t len = 0;
        enum beid_err err =
            request(card, pinpad, code, beid_span_of(NULL, 0), answer, &len);
        if (err != BEID_OK) {
            return err;
        }
        uint8_t key = len == 0 ? 0 : answer[0];
        pins -= key == KEY_OK ? 1 : 0;
        if (pins == 0 || key == KEY_CANCEL || key == KEY_ABORTED) {
            break;
        }
        if (pinpad->code[TAG_ABORT] != 0 && withdrawn(person)) {
            return abort_entry(card, pinpad);
        }
        if (key == 0) {
            idle++;
            wait_ms(POLL_MS);
        } else {
            idle = 0;
            keys++;
        }
    }
    return BEID_OK;
}

static enum beid_err
run_entry(const struct card *card, const struct pinpad *pinpad,
          const struct pinpad_person *person, const struct operation *op,
          struct beid_span order, struct pinpad_outcome *out)
{
    uint32_t direct = pinpad->code[op->direct];
    if (direct != 0) {
        return request_sw(card, pinpad, direct, order, &out->sw);
    }
    uint8_t answer[TRANSPORT_ANSWER_MAX] = {0};
    size_t len = 0;
    enum beid_err err =
        request(card, pinpad, pinpad->code[op->start], order, answer, &len);
    if (err == BEID_OK && len == 2) {
        out->sw = (uint16_t)((answer[0] << 8) | answer[1]);
        if (out->sw != 0x9000) {
            return BEID_OK;
        }
    }
    if (err == BEID_OK) {
        err = poll_keys(card, pinpad, person, op->pins);
    }
    out->sw = 0;
    return err == BEID_OK ? request_sw(card, pinpad, pinpad->code[op->finish],
                                       beid_span_of(NULL, 0), &out->sw)
                          : err;
}

/* The reader's own words; BEID_ERR_BUSY: the card's. */
static enum beid_err
reader_err(uint16_t sw)
{
    switch (sw) {
    case SW_TIMEOUT:
        return BEID_ERR_TIMEOUT;
    case SW_CANCELLED:
        return BEID_ERR_CANCELLED;
    case SW_DIFFERENT:
        return BEID_ERR_ARGUMENT;
    case SW_LENGTH:
        return BEID_ERR_PIN_LENGTH;
    case SW_STRUCTURE:
        return BEID_ERR_READER;
    default:
        return BEID_ERR_BUSY;
    }
}

static enum beid_err
enter(struct card *card, const struct pinpad *pinpad,
      const struct pinpad_person *person, const struct operation *op,
      struct beid_span order, struct pinpad_outcome *out)
{
    *out = (struct pinpad_outcome){0};
    wait_ms(pinpad->habits.wait_ms);
    if (withdrawn(person)) {
        return BEID_ERR_CANCELLED;
    }
    int tries = card->tries;
    /* From here on the counter may change without our hearing of it. */
    card->tries = CARD_TRIES_UNKNOWN;
    out->sent = true;
    enum beid_err err = run_entry(card, pinpad, person, op, order, out);
    if (err != BEID_OK) {
        return err;
    }
    err = reader_err(out->sw);
    if (err != BEID_ERR_BUSY) {
        card->tries = tries;
        out->sent = false;
        return err;
    }
    return status_verify_err(out->sw, &card->tries);
}

enum beid_err
pinpad_verify(struct card *card, const struct pinpad *pinpad,
              const struct pinpad_person *person, struct pinpad_outcome *out)
{
    static const struct operation verify = {TAG_VERIFY_DIRECT, TAG_VERIFY_START,
                                            TAG_VERIFY_FINISH, 1};
    struct beid_buf order;
    beid_buf_init(&order, PINPAD_ORDER_MAX);
    pinpad_order_verify(&order, &pinpad->habits, person->language);
    enum beid_err err = beid_buf_status(&order);
    if (err == BEID_OK) {
        err = enter(card, pinpad, person, &verify, beid_buf_span(&order), out);
    }
    beid_buf_clear(&order);
    return err;
}

enum beid_err
pinpad_change(struct card *card, const struct pinpad *pinpad,
              const struct pinpad_person *person, struct pinpad_outcome *out)
{
    static const struct operation modify = {TAG_MODIFY_DIRECT, TAG_MODIFY_START,
                                            TAG_MODIFY_FINISH, 3};
    struct beid_buf order;
    beid_buf_init(&order, PINPAD_ORDER_MAX);
    pinpad_order_modify(&order, &pinpad->habits, person->language);
    enum beid_err err = beid_buf_status(&order);
    if (err == BEID_OK) {
        err = enter(card, pinpad, person, &modify, beid_buf_span(&order), out);
    }
    beid_buf_clear(&order);
    return err;
}

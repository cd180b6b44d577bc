/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What programs ask of the keys. */

#include "pinpad_entry.h"

#include <string.h>

#define CODE_FEATURES 0x42000D48U /* CM_IOCTL_GET_FEATURE_REQUEST */
#define CODE_BASE 0x42330000U /* ours: this and the feature's tag */
#define PIN_MIN 4U
#define PIN_MAX 12U

/* FEATURE_ tags of PC/SC part 10. */
enum {
    TAG_VERIFY_START = 0x01,
    TAG_VERIFY_FINISH = 0x02,
    TAG_MODIFY_START = 0x03,
    TAG_MODIFY_FINISH = 0x04,
    TAG_KEY_PRESSED = 0x05,
    TAG_VERIFY_DIRECT = 0x06,
    TAG_MODIFY_DIRECT = 0x07,
    TAG_PIN_PROPERTIES = 0x0A,
    TAG_ABORT = 0x0B,
    TAG_TLV_PROPERTIES = 0x12
};

static void
answer_sw(vreader_reply *reply, void *ctx, uint16_t sw)
{
    uint8_t bytes[2] = {(uint8_t)(sw >> 8), (uint8_t)(sw & 0xFFU)};
    reply(ctx, VREADER_ANSWER, beid_span_of(bytes, sizeof(bytes)));
}

/* An order for an entry; direct ones wait for its end. */
static void
take_order(struct vpad *pad, struct beid_span data, bool modify, bool direct,
           vreader_reply *reply, void *ctx)
{
    /* A started one that nobody finished is forgotten when it is over. */
    if (pad->active || pad->reply != NULL || pad->sent) {
        answer_sw(reply, ctx, SW_STATE);
        return;
    }
    if (!pad->reader->inserted || !pad->reader->powered) {
        reply(ctx, VREADER_NO_CARD, beid_span_of(NULL, 0));
        return;
    }
    if (!pin_order_read(data, modify, pad->model, &pad->order)) {
        vpad_tell(pad, "bad structure");
        answer_sw(reply, ctx, SW_STRUCTURE);
        return;
    }
    if (direct) {
        pad->reply = reply;
        pad->reply_ctx = ctx;
        vpad_entry_begin(pad);
        return;
    }
    pad->started = true;
    vpad_entry_begin(pad);
    answer_sw(reply, ctx, SW_OK);
}

/* Waits for the end of an entry that was started. */
static void
finish(struct vpad *pad, bool modify, vreader_reply *reply, void *ctx)
{
    if (!pad->started || pad->reply != NULL || pad->order.modify != modify) {
        answer_sw(reply, ctx, SW_STATE);
        return;
    }
    pad->reply = reply;
    pad->reply_ctx = ctx;
    if (!pad->active) {
        vpad_entry_conclude(pad);
    }
}

static void
key_pressed(struct vpad *pad, vreader_reply *reply, void *ctx)
{
    uint8_t code = 0;
    if (pad->key_count > 0) {
        code = pad->keys[0];
        pad->key_count--;
        memmove(pad->keys, pad->keys + 1, pad->key_count);
    }
    reply(ctx, VREADER_ANSWER, beid_span_of(&code, 1));
}

/* PIN_PROPERTIES_STRUCTURE, and the same as TLVs: no display. */
static void
properties(const struct vpad *pad, bool tlv, vreader_reply *reply, void *ctx)
{
    static const uint8_t plain[] = {0x00, 0x00, 0x07, 0x00};
    unsigned most =
        pad->model->digits_max == 0 ? PIN_MAX : pad->model->digits_max;
    uint8_t tagged[] = {
        0x01, 0x02, 0x00,
        0x00, /* wLcdLayout */
        0x02, 0x01, 0x07, /* bEntryValidationCondition */
        0x03, 0x01, 0x00, /* bTimeOut2 */
        0x06, 0x01, (uint8_t)PIN_MIN, /* bMinPINSize */
        0x07, 0x01, (uint8_t)most, /* bMaxPINSize */
        0x09, 0x01, 0x00, /* bPPDUSupport */
    };
    if (pad->form == VPAD_PPDU) {
        tagged[sizeof(tagged) - 1] = 0x02; /* through SCardTransmit */
    }
    reply(ctx, VREADER_ANSWER,
          tlv ? beid_span_of(tagged, sizeof(tagged))
              : beid_span_of(plain, sizeof(plain)));
}

static void
abort_entry(struct vpad *pad, vreader_reply *reply, void *ctx)
{
    if (!pad->active) {
        answer_sw(reply, ctx, SW_STATE);
        return;
    }
    vpad_entry_cancel(pad, KEY_ABORTED);
    answer_sw(reply, ctx, SW_OK);
}

static const uint8_t tags_direct[] = {TAG_VERIFY_DIRECT, TAG_MODIFY_DIRECT,
                                      TAG_PIN_PROPERTIES, TAG_TLV_PROPERTIES};
static const uint8_t tags_start[] = {
    TAG_VERIFY_START, TAG_VERIFY_FINISH,  TAG_MODIFY_START, TAG_MODIFY_FINISH,
    TAG_KEY_PRESSED,  TAG_PIN_PROPERTIES, TAG_ABORT,        TAG_TLV_PROPERTIES};
static const uint8_t tags_ppdu[] = {TAG_VERIFY_DIRECT, TAG_MODIFY_DIRECT};

static struct beid_span
tags_of(const struct vpad *pad)
{
    switch (pad->form) {
    case VPAD_DIRECT:
        return beid_span_of(tags_direct, sizeof(tags_direct));
    case VPAD_START:
        return beid_span_of(tags_start, sizeof(tags_start));
    case VPAD_PPDU:
        return beid_span_of(tags_ppdu, sizeof(tags_ppdu));
    case VPAD_NONE:
        break;
    }
    return beid_span_of(NULL, 0);
}

/* One feature of those in tags_of(). */
static void
feature(struct vpad *pad, uint8_t tag, struct beid_span data,
        vreader_reply *reply, void *ctx)
{
    switch (tag) {
    case TAG_VERIFY_DIRECT:
    case TAG_MODIFY_DIRECT:
        take_order(pad, data, tag == TAG_MODIFY_DIRECT, true, reply, ctx);
        break;
    case TAG_VERIFY_START:
    case TAG_MODIFY_START:
        take_order(pad, data, tag == TAG_MODIFY_START, false, reply, ctx);
        break;
    case TAG_VERIFY_FINISH:
    case TAG_MODIFY_FINISH:
        finish(pad, tag == TAG_MODIFY_FINISH, reply, ctx);
        break;
    case TAG_KEY_PRESSED:
        key_pressed(pad, reply, ctx);
        break;
    case TAG_ABORT:
        abort_entry(pad, reply, ctx);
        break;
    default:
        properties(pad, tag == TAG_TLV_PROPERTIES, reply, ctx);
        break;
    }
}

static bool
has_tag(const struct vpad *pad, uint32_t tag)
{
    struct beid_span tags = tags_of(pad);
    return tag <= 0xFFU && tags.len > 0
           && memchr(tags.ptr, (int)tag, tags.len) != NULL;
}

/* Tag, length 4, control code in big endian, for each feature. */
static void
list_features(const struct vpad *pad, vreader_reply *reply, void *ctx)
{
    struct beid_span tags =
        pad->form == VPAD_PPDU ? beid_span_of(NULL, 0) : tags_of(pad);
    struct beid_buf list;
    beid_buf_init(&list, 6 * sizeof(tags_start));
    for (size_t i = 0; i < tags.len; i++) {
        beid_buf_put_u8(&list, tags.ptr[i]);
        beid_buf_put_u8(&list, 4);
        beid_buf_put_u32(&list, CODE_BASE + tags.ptr[i]);
    }
    reply(ctx, VREADER_ANSWER, beid_buf_span(&list));
    beid_buf_clear(&list);
}

void
vpad_control(struct vpad *pad, uint32_t code, struct beid_span data,
             vreader_reply *reply, void *ctx)
{
    uint32_t tag = code - CODE_BASE;
    if (code == CODE_FEATURES) {
        list_features(pad, reply, ctx);
    } else if (pad->form != VPAD_PPDU && has_tag(pad, tag)) {
        feature(pad, (uint8_t)tag, data, reply, ctx);
    } else {
        reply(ctx, VREADER_REFUSED, beid_span_of(NULL, 0));
    }
}

/* FF C2 01 TAG: a command for the reader, not for the card. */
static bool
pseudo_apdu(void *ctx, struct beid_span command, vreader_reply *reply,
            void *reply_ctx)
{
    static const uint8_t prefix[] = {0xFF, 0xC2, 0x01};
    struct vpad *pad = ctx;
    if (pad->form != VPAD_PPDU || command.len < 5
        || memcmp(command.ptr, prefix, sizeof(prefix)) != 0) {
        return false;
    }
    uint8_t tag = command.ptr[3];
    struct beid_span data = beid_span_of(command.ptr + 5, command.len - 5);
    if (tag == 0) {
        const uint8_t list[] = {TAG_VERIFY_DIRECT, TAG_MODIFY_DIRECT, 0x90,
                                0x00};
        reply(reply_ctx, VREADER_ANSWER, beid_span_of(list, sizeof(list)));
    } else if (!has_tag(pad, tag) || data.len != command.ptr[4]) {
        answer_sw(reply, reply_ctx, SW_STRUCTURE);
    } else {
        feature(pad, tag, data, reply, reply_ctx);
    }
    return true;
}

/* The card left: so did the reason for typing. */
static void
card_left(void *ctx)
{
    struct vpad *pad = ctx;
    if (!pad->active) {
        return;
    }
    pad->active = false;
    loop_cancel(pad->loop, vpad_entry_timed_out, pad);
    vpad_tell(pad, "no card");
    if (pad->reply == NULL) {
        vpad_entry_key(pad, KEY_ABORTED);
        pad->lost = true;
    } else {
        vpad_entry_deliver(pad, VREADER_NO_CARD, beid_span_of(NULL, 0));
    }
}

void
vpad_init(struct vpad *pad, enum vpad_form form, const char *name,
          uint16_t firmware, struct vreader *reader, struct loop *loop)
{
    memset(pad, 0, sizeof(*pad));
    pad->form = form;
    pad->model = pad_model_find(name, firmware);
    pad->reader = reader;
    pad->loop = loop;
    if (form != VPAD_NONE) {
        reader->intercept = pseudo_apdu;
        reader->left = card_left;
        reader->pad_ctx = pad;
    }
}

void
vpad_clear(struct vpad *pad)
{
    if (pad->loop != NULL) {
        loop_cancel(pad->loop, vpad_entry_timed_out, pad);
    }
    pad->reply = NULL;
    vpad_entry_forget(pad);
}

void
vpad_abandon(struct vpad *pad, const void *ctx)
{
    if (pad->reply != NULL && pad->reply_ctx == ctx) {
        pad->reply = vpad_entry_unheard;
    }
}

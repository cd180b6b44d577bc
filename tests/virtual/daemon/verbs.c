/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the control socket can be asked. */

#include "verbs.h"

#include "reply.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void
done(const struct control_request *request, enum beid_err err, const char *text)
{
    if (err == BEID_OK) {
        reply_send(request->fd, REPLY_OK, "%s", "");
    } else {
        reply_send(request->fd, REPLY_FAILED, "%s\n", text);
    }
}

/* The answer of a command that moves the card. */
static void
came_or_went(struct daemon *daemon, const struct vreader *reader,
             const struct control_request *request, enum beid_err err,
             const char *text)
{
    if (err == BEID_OK) {
        daemon_settle(daemon, reader->number, request->fd);
    } else {
        done(request, err, text);
    }
}

static void
verb_insert(struct daemon *daemon, struct vreader *reader,
            const struct control_request *request)
{
    came_or_went(daemon, reader, request, vreader_insert(reader),
                 "the card is in the reader already");
}

static void
verb_remove(struct daemon *daemon, struct vreader *reader,
            const struct control_request *request)
{
    came_or_went(daemon, reader, request, vreader_remove(reader),
                 "no card is in the reader");
}

static bool
is_ours(const struct daemon *daemon, const struct control_request *request)
{
    if (daemon->settings.vpcd_address != NULL) {
        reply_send(request->fd, REPLY_FAILED, "the readers are vpcd's\n");
        return false;
    }
    return true;
}

static void
verb_plug(struct daemon *daemon, struct vreader *reader,
          const struct control_request *request)
{
    if (is_ours(daemon, request)) {
        came_or_went(daemon, reader, request,
                     daemon_plug(daemon, reader->number),
                     "the reader is plugged in already");
    }
}

static void
verb_unplug(struct daemon *daemon, struct vreader *reader,
            const struct control_request *request)
{
    if (is_ours(daemon, request)) {
        done(request, daemon_unplug(daemon, reader->number),
             "the reader is unplugged already");
    }
}

static void
verb_reset(struct daemon *daemon, struct vreader *reader,
           const struct control_request *request)
{
    (void)daemon;
    struct beid_span atr;
    enum vreader_result result = vreader_reset(reader, &atr);
    done(request, result == VREADER_ANSWER ? BEID_OK : BEID_ERR_STATE,
         "no card that answers is in the reader");
}

static void
verb_swap(struct daemon *daemon, struct vreader *reader,
          const struct control_request *request)
{
    enum vcard_applet applet = vcard_image_of(reader->card)->applet;
    const char *applet_text = control_value(request, "applet");
    const char *person_text = control_value(request, "person");
    const struct person *person = daemon->settings.person;
    if (applet_text != NULL
        && daemon_applet_parse(applet_text, &applet) != BEID_OK) {
        reply_send(request->fd, REPLY_USAGE, "unknown applet\n");
        return;
    }
    if (person_text != NULL) {
        person = person_find(person_text);
    }
    if (person == NULL) {
        reply_send(request->fd, REPLY_USAGE, "unknown person\n");
        return;
    }
    struct vcard *card = NULL;
    const char *why = "";
    enum beid_err err = daemon_card_make(daemon, applet, person, &card, &why);
    if (err == BEID_OK) {
        vreader_swap(reader, card);
    }
    came_or_went(daemon, reader, request, err, why);
}

static void
verb_counters(struct daemon *daemon, struct vreader *reader,
              const struct control_request *request)
{
    const struct vpad_counts *pad = &daemon->pads[reader->number].counts;
    struct vcard_counts card = vcard_counts_of(reader->card);
    const struct vreader_counts *slot = &reader->counts;
    const char *format = control_value(request, "json") != NULL
                             ? "{\"reader\": %u, \"apdus\": %lu, "
                               "\"bytes_in\": %lu, \"bytes_out\": %lu, "
                               "\"verify\": %lu, \"verify_ok\": %lu, "
                               "\"verify_empty\": %lu, "
                               "\"signatures\": %lu, \"resets\": %lu, "
                               "\"power_ons\": %lu, \"logoffs\": %lu, "
                               "\"tries_left\": %u, \"pin_entries\": %lu, "
                               "\"pin_cancelled\": %lu, "
                               "\"pin_timeouts\": %lu}\n"
                             : "reader %u\napdus %lu\nbytes_in %lu\n"
                               "bytes_out %lu\nverify %lu\nverify_ok %lu\n"
                               "verify_empty %lu\nsignatures %lu\n"
                               "resets %lu\npower_ons %lu\nlogoffs %lu\n"
                               "tries_left %u\npin_entries %lu\n"
                               "pin_cancelled %lu\npin_timeouts %lu\n";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the two above */
    reply_send(request->fd, REPLY_OK, format, reader->number, slot->apdus,
               slot->bytes_in, slot->bytes_out, card.verify, card.verify_ok,
               card.verify_empty, card.signatures, slot->resets,
               slot->power_ons, card.logoffs, vcard_tries(reader->card),
               pad->entries, pad->cancelled, pad->timeouts);
#pragma GCC diagnostic pop
}

static void
verb_counters_reset(struct daemon *daemon, struct vreader *reader,
                    const struct control_request *request)
{
    daemon->pads[reader->number].counts = (struct vpad_counts){0};
    vreader_counts_reset(reader);
    done(request, BEID_OK, "");
}

static void
verb_tries(struct daemon *daemon, struct vreader *reader,
           const struct control_request *request)
{
    (void)daemon;
    unsigned tries = 0;
    if (control_value(request, "set") == NULL) {
        reply_send(request->fd, REPLY_OK, "%u\n", vcard_tries(reader->card));
    } else if (control_number(request, "set", VCARD_PIN_TRIES, &tries)
               == BEID_OK) {
        vcard_tries_set(reader->card, tries);
        done(request, BEID_OK, "");
    } else {
        reply_send(request->fd, REPLY_USAGE, "tries are 0 to %u\n",
                   VCARD_PIN_TRIES);
    }
}

static void
verb_trace(struct daemon *daemon, struct vreader *reader,
           const struct control_request *request)
{
    (void)reader;
    const char *path = control_value(request, "file");
    if (path == NULL) {
        trace_close(&daemon->trace);
        done(request, BEID_OK, "");
    } else {
        done(request, trace_open(&daemon->trace, path),
             "the trace file cannot be written");
    }
}

static void
hold_reached(void *ctx)
{
    int *waiter = ctx;
    reply_send(*waiter, REPLY_OK, "%s", "");
    *waiter = -1;
}

static void
verb_fault_wait(struct daemon *daemon, struct vreader *reader,
                const struct control_request *request)
{
    int *waiter = &daemon->hold_waiters[reader->number];
    if (reader->held) {
        done(request, BEID_OK, "");
    } else if (reader->fault != VREADER_FAULT_HOLD
               && reader->fault != VREADER_FAULT_HOLD_AFTER) {
        reply_send(request->fd, REPLY_FAILED, "no hold is armed\n");
    } else if (*waiter >= 0) {
        reply_send(request->fd, REPLY_FAILED, "somebody waits already\n");
    } else {
        *waiter = request->fd;
        reader->hold_reached = hold_reached;
        reader->hold_ctx = waiter;
    }
}

/* "remove", "mute", "lose", "hold", "hold-after" or "sw:XXXX". */
static enum beid_err
fault_parse(const char *text, enum vreader_fault *fault, uint16_t *sw)
{
    *sw = 0;
    if (strcmp(text, "remove") == 0) {
        *fault = VREADER_FAULT_REMOVE;
    } else if (strcmp(text, "mute") == 0) {
        *fault = VREADER_FAULT_MUTE;
    } else if (strcmp(text, "lose") == 0) {
        *fault = VREADER_FAULT_LOSE;
    } else if (strcmp(text, "hold") == 0) {
        *fault = VREADER_FAULT_HOLD;
    } else if (strcmp(text, "hold-after") == 0) {
        *fault = VREADER_FAULT_HOLD_AFTER;
    } else if (strncmp(text, "sw:", 3) == 0 && strlen(text) == 7
               && strspn(text + 3, "0123456789abcdefABCDEF") == 4) {
        *fault = VREADER_FAULT_SW;
        *sw = (uint16_t)strtoul(text + 3, NULL, 16);
    } else {
        return BEID_ERR_FORMAT;
    }
    return BEID_OK;
}

/* "answer:" and bytes in hexadecimal, perhaps none. */
static enum beid_err
answer_parse(const char *text, uint8_t bytes[VCARD_ANSWER_MAX], size_t *len)
{
    static const char head[] = "answer:";
    if (strncmp(text, head, sizeof(head) - 1) != 0) {
        return BEID_ERR_NOT_FOUND;
    }
    const char *hex = text + sizeof(head) - 1;
    size_t digits = strlen(hex);
    if (digits % 2 != 0 || digits / 2 > VCARD_ANSWER_MAX
        || strspn(hex, "0123456789abcdefABCDEF") != digits) {
        return BEID_ERR_FORMAT;
    }
    for (size_t i = 0; i < digits / 2; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    *len = digits / 2;
    return BEID_OK;
}

static void
verb_fault(struct daemon *daemon, struct vreader *reader,
           const struct control_request *request)
{
    if (control_value(request, "wait") != NULL) {
        verb_fault_wait(daemon, reader, request);
        return;
    }
    if (control_value(request, "off") != NULL) {
        int *waiter = &daemon->hold_waiters[reader->number];
        vreader_fault_off(reader);
        reply_send(*waiter, REPLY_FAILED, "the fault was switched off\n");
        *waiter = -1;
        done(request, BEID_OK, "");
        return;
    }
    const char *what = control_value(request, "do");
    enum vreader_fault fault = VREADER_FAULT_NONE;
    uint16_t sw = 0;
    unsigned at = 0;
    uint8_t bytes[VCARD_ANSWER_MAX];
    size_t len = 0;
    enum beid_err answers =
        what == NULL ? BEID_ERR_FORMAT : answer_parse(what, bytes, &len);
    if ((answers != BEID_OK
         && (answers != BEID_ERR_NOT_FOUND
             || fault_parse(what, &fault, &sw) != BEID_OK))
        || control_number(request, "at", 1000000, &at) != BEID_OK
        || (at == 0 && fault != VREADER_FAULT_MUTE)) {
        reply_send(request->fd, REPLY_USAGE,
                   "fault: --at 1.. --do remove|mute|lose|hold|"
                   "hold-after|"
                   "sw:XXXX|answer:HEX\n");
        return;
    }
    if (answers == BEID_OK) {
        vreader_fault_answer(reader, at, beid_span_of(bytes, len));
    } else {
        vreader_fault_set(reader, fault, at, sw);
    }
    done(request, BEID_OK, "");
}

static void
verb_release(struct daemon *daemon, struct vreader *reader,
             const struct control_request *request)
{
    (void)daemon;
    done(request, vreader_release(reader), "no command is held");
}

/* Types, and answers fd. */
static void
type_keys(struct vpad *pad, const char *keys, int fd)
{
    enum beid_err err = vpad_type(pad, keys);
    if (err == BEID_OK) {
        reply_send(fd, REPLY_OK, "%s", "");
    } else if (err == BEID_ERR_FORMAT) {
        reply_send(fd, REPLY_USAGE,
                   "keys are digits, ok, cancel, clear, back and timeout\n");
    } else {
        reply_send(fd, REPLY_FAILED, "no PIN entry is going on\n");
    }
}

/* An entry began: who waited for that types now. */
static void
entry_begun(void *ctx)
{
    struct daemon *daemon = ctx;
    for (unsigned i = 0; i < daemon->reader_count; i++) {
        int waiter = daemon->pad_waiters[i];
        if (waiter >= 0 && daemon->pads[i].active) {
            daemon->pad_waiters[i] = -1;
            type_keys(&daemon->pads[i], daemon->pad_keys[i], waiter);
            explicit_bzero(daemon->pad_keys[i], sizeof(daemon->pad_keys[i]));
        }
    }
}

static void
verb_keys(struct daemon *daemon, struct vreader *reader,
          const struct control_request *request)
{
    const char *keys = control_value(request, "keys");
    struct vpad *pad = &daemon->pads[reader->number];
    int *waiter = &daemon->pad_waiters[reader->number];
    keys = keys == NULL ? "" : keys;
    if (pad->form == VPAD_NONE) {
        reply_send(request->fd, REPLY_FAILED, "started without --pinpad\n");
    } else if (pad->active || control_value(request, "wait") == NULL) {
        type_keys(pad, keys, request->fd);
    } else if (*waiter >= 0 || strlen(keys) >= DAEMON_KEYS_LEN) {
        reply_send(request->fd, REPLY_FAILED, "somebody waits already\n");
    } else {
        memcpy(daemon->pad_keys[reader->number], keys, strlen(keys) + 1);
        *waiter = request->fd;
        pad->begun = entry_begun;
        pad->begun_ctx = daemon;
    }
}

static void
verb_pcscd_start(struct daemon *daemon, struct vreader *reader,
                 const struct control_request *request)
{
    (void)reader;
    if (daemon->settings.pcscd == SETTINGS_PCSCD_NONE) {
        reply_send(request->fd, REPLY_FAILED, "started with --no-pcscd\n");
        return;
    }
    pcscd_start(&daemon->pcscd, request->fd);
}

static void
verb_pcscd_stop(struct daemon *daemon, struct vreader *reader,
                const struct control_request *request)
{
    (void)reader;
    pcscd_stop(&daemon->pcscd, SIGTERM, request->fd);
}

static void
verb_pcscd_kill(struct daemon *daemon, struct vreader *reader,
                const struct control_request *request)
{
    (void)reader;
    pcscd_stop(&daemon->pcscd, SIGKILL, request->fd);
}

static void
verb_stop(struct daemon *daemon, struct vreader *reader,
          const struct control_request *request)
{
    (void)reader;
    daemon_quit(daemon, request->fd);
}

static const struct {
    const char *name;
    verb_fn *fn;
    bool without_reader;
} verbs[] = {
    {"insert", verb_insert, false},
    {"remove", verb_remove, false},
    {"plug", verb_plug, false},
    {"unplug", verb_unplug, false},
    {"reset", verb_reset, false},
    {"swap", verb_swap, false},
    {"counters", verb_counters, false},
    {"counters-reset", verb_counters_reset, false},
    {"tries", verb_tries, false},
    {"trace", verb_trace, true},
    {"fault", verb_fault, false},
    {"release", verb_release, false},
    {"keys", verb_keys, false},
    {"certificate", verb_certificate, false},
    {"responder", verb_responder, true},
    {"responder-start", verb_responder_start, true},
    {"responder-stop", verb_responder_stop, true},
    {"answer", verb_answer, true},
    {"prompted", verb_prompted, true}, /* by the prompt itself */
    {"pcscd-start", verb_pcscd_start, true},
    {"pcscd-stop", verb_pcscd_stop, true},
    {"pcscd-kill", verb_pcscd_kill, true},
    {"stop", verb_stop, true},
};

void
daemon_verb(void *ctx, const struct control_request *request)
{
    struct daemon *daemon = ctx;
    unsigned number = 0;
    if (control_value(request, "reader") != NULL
        && (control_number(request, "reader", SETTINGS_READERS_MAX, &number)
                != BEID_OK
            || number >= daemon->reader_count)) {
        reply_send(request->fd, REPLY_USAGE, "no such reader: there are %u\n",
                   daemon->reader_count);
        return;
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, control_verb(request)) == 0) {
            if (daemon->reader_count == 0 && !verbs[i].without_reader) {
                reply_send(request->fd, REPLY_USAGE,
                           "started without readers\n");
                return;
            }
            verbs[i].fn(daemon, &daemon->readers[number], request);
            return;
        }
    }
    reply_send(request->fd, REPLY_USAGE, "unknown command\n");
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The calls that pcsc.c makes; the library's own are not reached. */
#include "bench.h"
#include "state.h"

#include <winscard.h>

#include <string.h>
#include <time.h>

#define COMMAND_MAX 300U
#define INS_VERIFY 0x20
#define INS_CHANGE 0x24
/* PC/SC part 10: the request for the features, and the features' codes. */
#define FEATURE_REQUEST ((DWORD)0x42000D48)
#define FEATURE_BASE ((DWORD)0x42330000)
#define FEATURE_VERIFY (FEATURE_BASE | 0x06)
#define FEATURE_MODIFY (FEATURE_BASE | 0x07)

/* clang-format off */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,readability-function-size): the library's prototypes */
/* clang-format on */

static bool
fails(const struct pcscd_action *action, bool after)
{
    return action->what == (after ? PCSCD_FAIL_AFTER : PCSCD_FAIL);
}

static LONG
result(const struct pcscd_action *action, LONG rv)
{
    return fails(action, true) ? (LONG)action->code : rv;
}

static LONG
check_card(const struct handle *handle)
{
    const struct reader *reader = &pcscd_state.readers[handle->reader];
    if (pcscd_state.handles[handle->context].kind != HANDLE_CONTEXT) {
        return SCARD_E_INVALID_HANDLE;
    }
    if (!reader->full || reader->events != handle->events) {
        return SCARD_W_REMOVED_CARD;
    }
    return reader->resets == handle->resets ? SCARD_S_SUCCESS
                                            : SCARD_W_RESET_CARD;
}

LONG
SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT context)
{
    (void)scope;
    (void)a;
    (void)b;
    struct pcscd_action action = pcscd_ask(PCSCD_ESTABLISH);
    if (fails(&action, false) || fails(&action, true)) {
        return (LONG)action.code;
    }
    *context = pcscd_open((struct handle){.kind = HANDLE_CONTEXT});
    return *context == 0 ? SCARD_E_NO_MEMORY : SCARD_S_SUCCESS;
}

LONG
SCardReleaseContext(SCARDCONTEXT context)
{
    struct pcscd_action action = pcscd_ask(PCSCD_RELEASE);
    pcscd_find(context, HANDLE_CONTEXT)->kind = HANDLE_CLOSED;
    return fails(&action, false) ? (LONG)action.code
                                 : result(&action, SCARD_S_SUCCESS);
}

LONG
SCardIsValidContext(SCARDCONTEXT context)
{
    struct pcscd_action action = pcscd_ask(PCSCD_OTHER);
    (void)pcscd_find(context, HANDLE_CONTEXT);
    return fails(&action, false) ? (LONG)action.code : SCARD_S_SUCCESS;
}

LONG
SCardCancel(SCARDCONTEXT context)
{
    return SCardIsValidContext(context);
}

LONG
SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR names, LPDWORD len)
{
    char own[PCSCD_READERS_MAX * NAME_SIZE + 1];
    (void)groups;
    struct pcscd_action action = pcscd_ask(PCSCD_LIST);
    (void)pcscd_find(context, HANDLE_CONTEXT);
    if (fails(&action, false)) {
        return (LONG)action.code;
    }
    struct beid_span all = beid_span_of(own, pcscd_names(own));
    if (action.what == PCSCD_SAY) {
        all = action.bytes;
    } else if (pcscd_state.reader_count == 0) {
        return SCARD_E_NO_READERS_AVAILABLE;
    }
    if (names != NULL && all.len > 0) {
        memcpy(names, all.ptr, all.len < *len ? all.len : *len);
    }
    *len = action.claimed != 0 ? action.claimed : all.len;
    return result(&action, SCARD_S_SUCCESS);
}

static void
look(SCARD_READERSTATE *out, const struct pcscd_action *action)
{
    size_t number = 0;
    const struct reader *reader = pcscd_reader(out->szReader, &number);
    struct beid_span atr = beid_span_of(NULL, 0);
    out->dwEventState = SCARD_STATE_UNKNOWN;
    if (reader != NULL) {
        out->dwEventState =
            ((DWORD)reader->events << 16)
            | (reader->full ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY);
        atr = reader->full ? still_card_atr(&reader->card) : atr;
    }
    if (action->what == PCSCD_STATE) {
        out->dwEventState = action->code;
    }
    if (action->what == PCSCD_SAY) {
        atr = action->bytes;
    }
    const DWORD changed = SCARD_STATE_CHANGED;
    if (((out->dwEventState ^ out->dwCurrentState) & ~changed) != 0) {
        out->dwEventState |= changed;
    }
    out->cbAtr = action->what == PCSCD_SAY && action->claimed != 0
                     ? action->claimed
                     : atr.len;
    if (atr.len > 0) {
        memcpy(out->rgbAtr, atr.ptr,
               atr.len < sizeof out->rgbAtr ? atr.len : sizeof out->rgbAtr);
    }
}

/* pcsc.c gives pcscd time now and then; here nothing takes time. */
int
nanosleep(const struct timespec *wanted, struct timespec *left)
{
    (void)wanted;
    (void)left;
    return 0;
}

/* Never waits: what would wait is a time-out at once. */
LONG
SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout,
                     SCARD_READERSTATE *states, DWORD count)
{
    bool changed = false;
    struct pcscd_action action = pcscd_ask(PCSCD_STATUS_CHANGE);
    (void)pcscd_find(context, HANDLE_CONTEXT);
    if (fails(&action, false)) {
        return (LONG)action.code;
    }
    for (DWORD i = 0; i < count; i++) {
        look(&states[i], &action);
        changed = changed || (states[i].dwEventState & SCARD_STATE_CHANGED);
    }
    LONG quiet = timeout == INFINITE ? SCARD_E_CANCELLED : SCARD_E_TIMEOUT;
    return result(&action, changed ? SCARD_S_SUCCESS : quiet);
}

LONG
SCardConnect(SCARDCONTEXT context, LPCSTR name, DWORD share, DWORD protocols,
             LPSCARDHANDLE card, LPDWORD protocol)
{
    size_t number = 0;
    (void)share;
    (void)protocols;
    struct pcscd_action action = pcscd_ask(PCSCD_CONNECT);
    (void)pcscd_find(context, HANDLE_CONTEXT);
    if (fails(&action, false) || fails(&action, true)) {
        return (LONG)action.code;
    }
    const struct reader *reader = pcscd_reader(name, &number);
    if (reader == NULL) {
        return SCARD_E_UNKNOWN_READER;
    }
    if (!reader->full) {
        return SCARD_E_NO_SMARTCARD;
    }
    *protocol = SCARD_PROTOCOL_T0;
    *card = pcscd_open((struct handle){.kind = HANDLE_CARD,
                                       .context = context,
                                       .reader = number,
                                       .events = reader->events,
                                       .resets = reader->resets});
    return *card == 0 ? SCARD_E_NO_MEMORY : SCARD_S_SUCCESS;
}

static void
reset_reader(struct handle *handle)
{
    struct reader *reader = &pcscd_state.readers[handle->reader];
    if (check_card(handle) == SCARD_S_SUCCESS) {
        still_card_reset(&reader->card);
        reader->resets++;
    }
}

LONG
SCardReconnect(SCARDHANDLE card, DWORD share, DWORD protocols, DWORD init,
               LPDWORD protocol)
{
    (void)share;
    (void)protocols;
    struct pcscd_action action = pcscd_ask(PCSCD_RECONNECT);
    struct handle *handle = pcscd_find(card, HANDLE_CARD);
    if (fails(&action, false)) {
        return (LONG)action.code;
    }
    if (init == SCARD_RESET_CARD) {
        reset_reader(handle);
    }
    handle->resets = pcscd_state.readers[handle->reader].resets;
    *protocol = SCARD_PROTOCOL_T0;
    return result(&action, check_card(handle));
}

LONG
SCardDisconnect(SCARDHANDLE card, DWORD disposition)
{
    struct pcscd_action action = pcscd_ask(PCSCD_DISCONNECT);
    struct handle *handle = pcscd_find(card, HANDLE_CARD);
    if (!fails(&action, false) && disposition == SCARD_RESET_CARD) {
        reset_reader(handle);
    }
    handle->kind = HANDLE_CLOSED;
    return fails(&action, false) ? (LONG)action.code
                                 : result(&action, SCARD_S_SUCCESS);
}

LONG
SCardBeginTransaction(SCARDHANDLE card)
{
    struct pcscd_action action = pcscd_ask(PCSCD_BEGIN);
    struct handle *handle = pcscd_find(card, HANDLE_CARD);
    if (fails(&action, false)) {
        return (LONG)action.code;
    }
    LONG rv = check_card(handle);
    if (rv == SCARD_S_SUCCESS && fails(&action, true)) {
        handle->loose = true;
    } else if (rv == SCARD_S_SUCCESS) {
        handle->transactions++;
    }
    return result(&action, rv);
}

LONG
SCardEndTransaction(SCARDHANDLE card, DWORD disposition)
{
    struct pcscd_action action = pcscd_ask(PCSCD_END);
    struct handle *handle = pcscd_find(card, HANDLE_CARD);
    if (handle->transactions == 0 && !handle->loose) {
        bench_broken("a transaction that was not begun");
    }
    handle->transactions = 0;
    if (fails(&action, false)) {
        handle->loose = true;
        return (LONG)action.code;
    }
    LONG rv = check_card(handle);
    if (disposition == SCARD_RESET_CARD) {
        reset_reader(handle);
    }
    return result(&action, rv);
}

LONG
SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE send,
              DWORD send_len, SCARD_IO_REQUEST *receive_pci, LPBYTE receive,
              LPDWORD receive_len)
{
    uint8_t command[COMMAND_MAX];
    uint8_t answer[STILL_ANSWER_MAX];
    (void)send_pci;
    (void)receive_pci;
    bool pin = send_len > 5 && send[0] == 0x00
               && (send[1] == INS_VERIFY || send[1] == INS_CHANGE);
    if (pin) {
        pcscd_count_pin();
    }
    struct pcscd_action action = pcscd_ask(PCSCD_TRANSMIT);
    const struct handle *handle = pcscd_find(card, HANDLE_CARD);
    LONG rv = fails(&action, false) ? (LONG)action.code : check_card(handle);
    if (rv != SCARD_S_SUCCESS) {
        return rv;
    }
    if (send_len > sizeof command) {
        bench_broken("a command longer than a short APDU");
    }
    memcpy(command, send, send_len);
    size_t len = still_card_transmit(&pcscd_state.readers[handle->reader].card,
                                     beid_span_of(command, send_len), answer);
    memset(command, 0, sizeof command);
    len = pcscd_change(&action, answer, len);
    memcpy(receive, answer, len < *receive_len ? len : *receive_len);
    *receive_len = action.claimed != 0 ? action.claimed : len;
    return result(&action, SCARD_S_SUCCESS);
}

/* A pinpad on which the citizen types the right PIN. */
LONG
SCardControl(SCARDHANDLE card, DWORD code, LPCVOID send, DWORD send_len,
             LPVOID receive, DWORD room, LPDWORD got)
{
    static const uint8_t features[] = {0x06, 0x04, 0x42, 0x33, 0x00, 0x06,
                                       0x07, 0x04, 0x42, 0x33, 0x00, 0x07};
    static const uint8_t done[] = {0x90, 0x00};
    uint8_t answer[STILL_ANSWER_MAX] = {0};
    size_t len = 0;
    (void)send;
    (void)send_len;
    if (code == FEATURE_VERIFY || code == FEATURE_MODIFY) {
        pcscd_count_pin();
    }
    struct pcscd_action action = pcscd_ask(PCSCD_CONTROL);
    const struct handle *handle = pcscd_find(card, HANDLE_CARD);
    LONG rv = fails(&action, false) ? (LONG)action.code : check_card(handle);
    if (rv == SCARD_S_SUCCESS && !pcscd_state.pinpad
        && action.what != PCSCD_SAY) {
        rv = SCARD_E_UNSUPPORTED_FEATURE;
    }
    if (rv != SCARD_S_SUCCESS) {
        return rv;
    }
    if (code == FEATURE_REQUEST) {
        len = sizeof features;
        memcpy(answer, features, len);
    } else if (code == FEATURE_VERIFY || code == FEATURE_MODIFY) {
        pcscd_state.readers[handle->reader].card.open = true;
        len = sizeof done;
        memcpy(answer, done, len);
    }
    len = len >= 2 || action.what == PCSCD_SAY
              ? pcscd_change(&action, answer, len)
              : len;
    memcpy(receive, answer, len < room ? len : room);
    *got = action.claimed != 0 ? action.claimed : len;
    return result(&action, SCARD_S_SUCCESS);
}

/* clang-format off */
/* NOLINTEND(readability-inconsistent-declaration-parameter-name,readability-function-size) */
/* clang-format on */

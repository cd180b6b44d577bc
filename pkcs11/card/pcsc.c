/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/pcsc.h"

#include "card/names.h"
#include "card/pcsc_card.h"
#include "card/pcsc_fork.h"
#include "card/scard.h"

#include <stdlib.h>
#include <string.h>

/* Room for the longest list we believe: 32 names and their terminators. */
#define READER_BYTES_MAX ((DWORD)8192)

/* How many readers pcscd can have, and one call can ask for. */
#define STATES_MAX ((DWORD)PCSCLITE_MAX_READERS_CONTEXTS)
/* How long one wait may take. */
#define WAIT_MS ((DWORD)1000)
/* Where the count of insertions and removals begins in a reader's state. */
#define EVENTS_SHIFT 16

struct pcsc_context {
    SCARDCONTEXT handle;
};

_Static_assert(sizeof(SCARDCONTEXT) == sizeof(long)
                   && sizeof(LONG) == sizeof(long),
               "as pcsc_card.h has them");

static enum beid_err
service_open(void **self)
{
    struct pcsc_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return BEID_ERR_MEMORY;
    }
    pcsc_fork_prepare();
    LONG rv = PCSC_BRIEF(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
                                               &context->handle));
    if (rv != SCARD_S_SUCCESS) {
        free(context);
        return pcsc_err(rv);
    }
    *self = context;
    return BEID_OK;
}

static void
service_close(void *self)
{
    struct pcsc_context *context = self;
    (void)PCSC_BRIEF(SCardReleaseContext(context->handle));
    free(context);
}

static enum beid_err
list_readers(const struct pcsc_context *context, struct reader_scan *out)
{
    DWORD len = READER_BYTES_MAX;
    char *names = calloc(1, READER_BYTES_MAX);
    if (names == NULL) {
        return BEID_ERR_MEMORY;
    }
    LONG rv = PCSC_BRIEF(SCardListReaders(context->handle, NULL, names, &len));
    enum beid_err err = pcsc_err(rv);
    if (rv == SCARD_S_SUCCESS && len <= READER_BYTES_MAX) {
        names_split(names, len, out);
    } else if (rv == SCARD_E_NO_READERS_AVAILABLE) {
        out->count = 0;
        err = BEID_OK;
    } else if (rv == SCARD_S_SUCCESS) {
        err = BEID_ERR_READER;
    }
    free(names);
    return err;
}

/* What pcscd says of a reader; false when the reader is not there. */
static bool
take_state(const SCARD_READERSTATE *from, struct reader_state *out)
{
    DWORD event = from->dwEventState;
    if ((event & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0) {
        return false;
    }
    *out = (struct reader_state){
        .attached = true,
        .present = (event & SCARD_STATE_PRESENT) != 0,
        .mute = (event & SCARD_STATE_MUTE) != 0,
        .exclusive = (event & SCARD_STATE_EXCLUSIVE) != 0,
        .events = (uint32_t)(event >> EVENTS_SHIFT) & 0xFFFFU,
    };
    if (out->present && from->cbAtr <= sizeof out->atr) {
        memcpy(out->atr, from->rgbAtr, from->cbAtr);
        out->atr_len = from->cbAtr;
    }
    return true;
}

static enum beid_err
service_state(void *self, const char *name, struct reader_state *out)
{
    const struct pcsc_context *context = self;
    SCARD_READERSTATE state = {.szReader = name};
    LONG rv = PCSC_BRIEF(SCardGetStatusChange(context->handle, 0, &state, 1));
    if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT) {
        return pcsc_err(rv);
    }
    return take_state(&state, out) ? BEID_OK : BEID_ERR_NO_READER;
}

/* The states of the readers in *io; the ones that are gone leave the list. */
static enum beid_err
ask_states(const struct pcsc_context *context, struct reader_scan *io)
{
    SCARD_READERSTATE states[PCSCLITE_MAX_READERS_CONTEXTS] = {0};
    size_t count = io->count < STATES_MAX ? io->count : STATES_MAX;
    for (size_t i = 0; i < count; i++) {
        states[i].szReader = io->readers[i].name;
    }
    LONG rv = PCSC_BRIEF(
        SCardGetStatusChange(context->handle, 0, states, (DWORD)count));
    if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT) {
        return pcsc_err(rv);
    }
    io->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct reader_state state;
        if (take_state(&states[i], &state)) {
            memmove(io->readers[io->count].name, io->readers[i].name,
                    TRANSPORT_NAME_MAX);
            io->readers[io->count++].state = state;
        }
    }
    return BEID_OK;
}

static enum beid_err
service_scan(void *self, struct reader_scan *out)
{
    enum beid_err err = BEID_ERR_NO_READER;
    /* A reader that leaves between the list and its state: once more. */
    for (int i = 0; i < 2 && err == BEID_ERR_NO_READER; i++) {
        err = list_readers(self, out);
        if (err == BEID_OK && out->count > 0) {
            err = ask_states(self, out);
        }
    }
    return err;
}

/*
 * pcsc-lite compares the count of events as well, so that a card that came and
 * went since *seen ends the wait at once, as does a reader that left. Of readers
 * that come pcsc-lite 1.9 only compares how many there are with how many there
 * were when the wait began. One that comes between the look that *seen is from
 * and the wait is among the latter: nothing in the call can tell that it was not
 * seen. No order of calls closes that gap, so each wait ends after a second, and
 * whoever waits looks again. Nobody is woken but who is in C_WaitForSlotEvent.
 */
static enum beid_err
service_wait(void *self, const struct reader_scan *seen)
{
    const struct pcsc_context *context = self;
    SCARD_READERSTATE states[PCSCLITE_MAX_READERS_CONTEXTS] = {0};
    DWORD count = 0;
    for (size_t i = 0; i < seen->count && count < STATES_MAX; i++) {
        const struct reader_state *state = &seen->readers[i].state;
        states[count].szReader = seen->readers[i].name;
        states[count++].dwCurrentState =
            (DWORD)state->events << EVENTS_SHIFT
            | (state->present ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY)
            | (state->present && state->mute ? SCARD_STATE_MUTE : 0);
    }
    /* With all of them, none can come. */
    if (count < STATES_MAX) {
        states[count++].szReader = "\\\\?PnP?\\Notification";
    }
    LONG rv = PCSC_LASTING(
        SCardGetStatusChange(context->handle, WAIT_MS, states, count));
    return rv == SCARD_E_TIMEOUT ? BEID_OK : pcsc_err(rv);
}

static void
service_cancel(void *self)
{
    const struct pcsc_context *context = self;
    (void)PCSC_BRIEF(SCardCancel(context->handle));
}

static enum beid_err
service_features(void *self, const char *name, uint8_t *answer, size_t *len)
{
    const struct pcsc_context *context = self;
    return pcsc_card_features(context->handle, name, answer, len);
}

static enum beid_err
service_connect(void *self, const char *name, struct transport *out)
{
    const struct pcsc_context *context = self;
    return pcsc_card_connect(context->handle, name, out);
}

const struct service_ops pcsc_service = {
    .open = service_open,
    .close = service_close,
    .scan = service_scan,
    .state = service_state,
    .wait = service_wait,
    .cancel = service_cancel,
    .features = service_features,
    .connect = service_connect,
};

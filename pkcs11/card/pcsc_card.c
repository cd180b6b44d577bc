/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/pcsc_card.h"

#include "card/pcsc_fork.h"
#include "card/scard.h"
#include "card/steady.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a failed exchange may take to turn out to be a removal: pcscd
 * looks at its readers every 400 ms. */
#define REMOVAL_WAIT_MS ((DWORD)800)
/* How long pcscd may take to reset a card. */
#define RESET_WAIT_NS 300000000L

struct pcsc_card {
    SCARDCONTEXT context;
    SCARDHANDLE handle;
    char name[TRANSPORT_NAME_MAX];
    bool held; /* in a transaction */
    struct steady steady;
};

/* PC/SC part 3, §3.2 return codes as pcsc-lite gives them. */
enum beid_err
pcsc_err(long rv)
{
    switch (rv) {
    case SCARD_S_SUCCESS:
        return BEID_OK;
    case SCARD_E_NO_MEMORY:
        return BEID_ERR_MEMORY;
    case SCARD_E_TIMEOUT:
        return BEID_ERR_TIMEOUT;
    case SCARD_E_CANCELLED:
        return BEID_ERR_CANCELLED;
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
    case SCARD_E_INVALID_HANDLE:
    case SCARD_F_COMM_ERROR:
    case SCARD_W_SECURITY_VIOLATION:
        return BEID_ERR_NO_SERVICE;
    case SCARD_E_NO_READERS_AVAILABLE:
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
        return BEID_ERR_NO_READER;
    case SCARD_E_COMM_DATA_LOST:
    case SCARD_E_NOT_TRANSACTED:
        return BEID_ERR_IO;
    case SCARD_E_SHARING_VIOLATION:
        return BEID_ERR_READER_BUSY;
    case SCARD_E_NO_SMARTCARD:
        return BEID_ERR_NO_CARD;
    case SCARD_W_REMOVED_CARD:
        return BEID_ERR_CARD_REMOVED;
    case SCARD_W_RESET_CARD:
        return BEID_ERR_CARD_RESET;
    case SCARD_W_UNRESPONSIVE_CARD:
    case SCARD_W_UNPOWERED_CARD:
        return BEID_ERR_CARD_MUTE;
    case SCARD_E_PROTO_MISMATCH:
    case SCARD_W_UNSUPPORTED_CARD:
        return BEID_ERR_CARD_UNKNOWN;
    default:
        return BEID_ERR_READER;
    }
}

/*
 * A card pulled out in the middle of an exchange first shows as a failed
 * exchange. Waits for pcscd to notice, so that the caller gets the real cause.
 */
static enum beid_err
cause_of(const struct pcsc_card *card, enum beid_err err)
{
    if (err == BEID_ERR_NO_CARD) {
        return BEID_ERR_CARD_REMOVED; /* we were connected to one */
    }
    if (err != BEID_ERR_READER && err != BEID_ERR_IO) {
        return err;
    }
    SCARD_READERSTATE state = {.szReader = card->name};
    state.dwCurrentState = SCARD_STATE_UNAWARE;
    LONG rv = PCSC_BRIEF(SCardGetStatusChange(card->context, 0, &state, 1));
    if (rv == SCARD_S_SUCCESS
        && (state.dwEventState & SCARD_STATE_PRESENT) != 0) {
        state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        rv = PCSC_LASTING(
            SCardGetStatusChange(card->context, REMOVAL_WAIT_MS, &state, 1));
    }
    if (rv == SCARD_S_SUCCESS
        && (state.dwEventState & SCARD_STATE_PRESENT) == 0) {
        return BEID_ERR_CARD_REMOVED;
    }
    return err;
}

static enum beid_err
transmit(void *self, struct beid_span command, uint8_t *answer, size_t *len)
{
    const struct pcsc_card *card = self;
    DWORD got = TRANSPORT_ANSWER_MAX;
    LONG rv =
        PCSC_LASTING(SCardTransmit(card->handle, SCARD_PCI_T0, command.ptr,
                                   (DWORD)command.len, NULL, answer, &got));
    if (rv != SCARD_S_SUCCESS) {
        return cause_of(card, pcsc_err(rv));
    }
    if (got > TRANSPORT_ANSWER_MAX) {
        return BEID_ERR_READER;
    }
    *len = got;
    return BEID_OK;
}

/* One request to the reader, connected with or without a card. */
static LONG
control_once(SCARDHANDLE handle, uint32_t code, struct beid_span data,
             uint8_t *answer, size_t *len)
{
    DWORD got = 0;
    /* A reader may tell of more bytes than it wrote. */
    memset(answer, 0, *len);
    LONG rv = PCSC_LASTING(SCardControl(handle, code, data.ptr, (DWORD)data.len,
                                        answer, (DWORD)*len, &got));
    if (rv == SCARD_S_SUCCESS && got > *len) {
        return SCARD_F_INTERNAL_ERROR;
    }
    *len = got;
    return rv;
}

static enum beid_err
card_control(void *self, uint32_t code, struct beid_span data, uint8_t *answer,
             size_t *len)
{
    struct pcsc_card *card = self;
    *len = TRANSPORT_ANSWER_MAX;
    LONG rv = control_once(card->handle, code, data, answer, len);
    enum beid_err err = rv == SCARD_E_UNSUPPORTED_FEATURE
                            ? BEID_ERR_UNSUPPORTED
                            : cause_of(card, pcsc_err(rv));
    /* A PIN entered there opens a right, as VERIFY does. */
    steady_note_control(&card->steady, err == BEID_OK, answer, *len);
    return err;
}

/* SCARD_ATTR_VENDOR_IFD_VERSION is 0xMMmmbbbb. */
static enum beid_err
card_firmware(void *self, uint16_t *out)
{
    const struct pcsc_card *card = self;
    uint32_t version = 0;
    DWORD len = sizeof version;
    LONG rv = PCSC_BRIEF(SCardGetAttrib(
        card->handle, SCARD_ATTR_VENDOR_IFD_VERSION, (LPBYTE)&version, &len));
    if (rv == SCARD_S_SUCCESS && len != sizeof version) {
        return BEID_ERR_FORMAT;
    }
    *out = (uint16_t)(version >> 16);
    return pcsc_err(rv);
}

/*
 * While pcscd resets a card, as it does when a client dies in a transaction,
 * it knows no protocol of it and refuses connections. Waits for the end of
 * that; false when rv says something else.
 */
static bool
waited_for_reset(LONG rv)
{
    const struct timespec pause = {.tv_nsec = RESET_WAIT_NS};
    if (rv != SCARD_E_PROTO_MISMATCH && rv != SCARD_W_UNRESPONSIVE_CARD) {
        return false;
    }
    (void)nanosleep(&pause, NULL);
    return true;
}

static LONG
reconnect_once(const struct pcsc_card *card, DWORD initialisation)
{
    DWORD protocol = 0;
    return PCSC_LASTING(SCardReconnect(card->handle, SCARD_SHARE_SHARED,
                                       SCARD_PROTOCOL_T0, initialisation,
                                       &protocol));
}

static enum beid_err
reconnect(const struct pcsc_card *card, DWORD initialisation)
{
    LONG rv = reconnect_once(card, initialisation);
    return pcsc_err(waited_for_reset(rv) ? reconnect_once(card, initialisation)
                                         : rv);
}

static enum beid_err
card_reconnect(void *self)
{
    return reconnect(self, SCARD_LEAVE_CARD);
}

/* A reset takes the card its time. */
static LONG
end_transaction(const struct pcsc_card *card, bool reset)
{
    return reset ? PCSC_LASTING(
               SCardEndTransaction(card->handle, SCARD_RESET_CARD))
                 : PCSC_BRIEF(
                     SCardEndTransaction(card->handle, SCARD_LEAVE_CARD));
}

/* A transaction is begun anew, and pcscd must not count it twice. When that
 * fails there is none, which card_end() tells. It ends with a reset: whoever is
 * next would find a PIN right that a VERIFY of ours has opened. */
static enum beid_err
restart(void *self)
{
    struct pcsc_card *card = self;
    bool held = card->held;
    card->held = false;
    bool reset = held && end_transaction(card, true) == SCARD_S_SUCCESS;
    enum beid_err err =
        reconnect(card, reset ? SCARD_LEAVE_CARD : SCARD_RESET_CARD);
    if (err == BEID_OK && held) {
        err = pcsc_err(PCSC_LASTING(SCardBeginTransaction(card->handle)));
        card->held = err == BEID_OK;
    }
    return err;
}

static enum beid_err
card_transmit(void *self, struct beid_span command, uint8_t *answer,
              size_t *len)
{
    static const struct steady_line line = {
        .transmit = transmit,
        .restart = restart,
    };
    struct pcsc_card *card = self;
    return steady_transmit(&card->steady, &line, self, command, answer, len);
}

static enum beid_err
card_begin(void *self)
{
    struct pcsc_card *card = self;
    if (steady_take_restart(&card->steady)) {
        return BEID_ERR_CARD_RESET;
    }
    enum beid_err err =
        pcsc_err(PCSC_LASTING(SCardBeginTransaction(card->handle)));
    card->held = err == BEID_OK;
    return err;
}

static enum beid_err
card_end(void *self, bool reset)
{
    struct pcsc_card *card = self;
    if (!card->held) {
        return BEID_ERR_IO;
    }
    card->held = false;
    return pcsc_err(end_transaction(card, reset));
}

static void
card_close(void *self, bool reset)
{
    struct pcsc_card *card = self;
    (void)PCSC_ALONE(SCardDisconnect(card->handle, reset ? SCARD_RESET_CARD
                                                         : SCARD_LEAVE_CARD));
    free(card);
}

static const struct transport_ops card_ops = {
    .transmit = card_transmit,
    .control = card_control,
    .firmware = card_firmware,
    .begin = card_begin,
    .end = card_end,
    .reconnect = card_reconnect,
    .close = card_close,
};

/* Both families of Belgian cards speak T=0 only (facts §1.4). */
static LONG
connect_once(struct pcsc_card *card)
{
    DWORD protocol = 0;
    return PCSC_ALONE(SCardConnect(card->context, card->name,
                                   SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0,
                                   &card->handle, &protocol));
}

enum beid_err
pcsc_card_connect(long context, const char *name, struct transport *out)
{
    size_t size = strnlen(name, TRANSPORT_NAME_MAX);
    if (size == TRANSPORT_NAME_MAX) {
        return BEID_ERR_ARGUMENT;
    }
    struct pcsc_card *card = calloc(1, sizeof *card);
    if (card == NULL) {
        return BEID_ERR_MEMORY;
    }
    card->context = context;
    memcpy(card->name, name, size);
    LONG rv = connect_once(card);
    if (waited_for_reset(rv)) {
        rv = connect_once(card);
    }
    if (rv != SCARD_S_SUCCESS) {
        free(card);
        return pcsc_err(rv);
    }
    out->ops = &card_ops;
    out->self = card;
    return BEID_OK;
}

/* Without the card: a direct connection does not power it up. */
enum beid_err
pcsc_card_features(long context, const char *name, uint8_t *answer, size_t *len)
{
    SCARDHANDLE handle = 0;
    DWORD protocol = 0;
    LONG rv = PCSC_ALONE(
        SCardConnect(context, name, SCARD_SHARE_DIRECT, 0, &handle, &protocol));
    if (rv == SCARD_S_SUCCESS) {
        rv = control_once(handle, CM_IOCTL_GET_FEATURE_REQUEST,
                          beid_span_of(NULL, 0), answer, len);
        (void)PCSC_ALONE(SCardDisconnect(handle, SCARD_LEAVE_CARD));
    }
    return pcsc_err(rv);
}

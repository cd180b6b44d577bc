/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The reader driver that pcscd loads. It keeps no card state: everything is
 * asked of the card daemon, so that a killed pcscd loses nothing.
 */

#include "link.h"
#include "wire.h"

#include <ifdhandler.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define READERS_MAX 16U
#define ATR_MAX 33U
#define ANSWER_MAX 258U
#define PROTOCOL_T0 1U
#define CONTROL_MAX (LINK_FRAME_MAX - 1U)
/* SCARD_ATTR_VENDOR_IFD_VERSION: 0xMMmm0000. */
#define TAG_VERSION 0x00010102U

struct reader {
    int link;
    int events; /* -1 until the polling thread asks */
    int wake; /* ends a wait of the polling thread */
    uint8_t atr[ATR_MAX];
    size_t atr_len;
    _Atomic uint8_t generation; /* of the last presence */
    char path[108];
};

static struct reader readers[READERS_MAX];
static _Atomic unsigned in_use; /* bit mask */

static struct reader *
reader_of(DWORD lun)
{
    size_t index = (lun >> 16) % READERS_MAX;
    return (in_use & (1U << index)) != 0 ? &readers[index] : NULL;
}

static RESPONSECODE
to_response(uint8_t status)
{
    switch (status) {
    case LINK_OK:
        return IFD_SUCCESS;
    case LINK_NO_CARD:
        return IFD_ICC_NOT_PRESENT;
    case LINK_MUTE:
        return IFD_RESPONSE_TIMEOUT;
    case LINK_REFUSED:
        return IFD_ERROR_NOT_SUPPORTED;
    default:
        return IFD_COMMUNICATION_ERROR;
    }
}

/* One question and its answer; *len is room on entry. */
static RESPONSECODE
ask(const struct reader *reader, uint8_t operation, const uint8_t *data,
    size_t data_len, uint8_t *answer, size_t *len)
{
    uint8_t status = LINK_BAD;
    if (!wire_send(reader->link, operation, data, data_len)
        || !wire_receive(reader->link, &status, answer, len)) {
        return IFD_NO_SUCH_DEVICE;
    }
    return to_response(status);
}

/*
 * The socket of a reader: its name in reader.conf. A reader that pcscd takes
 * for one on USB (usb:VVVV/PPPP:libudev:0:/dev/bus/usb/BUS/NUMBER) has the
 * socket of that number in the directory that the environment tells.
 */
static bool
find_socket(const char *name, char *path, size_t size)
{
    int len = 0;
    if (strncmp(name, "usb:", 4) != 0) {
        len = snprintf(path, size, "%s", name);
    } else {
        const char *dir = secure_getenv("BEID_VIRTUAL_USB");
        const char *number = strrchr(name, '/');
        if (dir == NULL || number == NULL) {
            return false;
        }
        len = snprintf(path, size, "%s/reader%lu.sock", dir,
                       strtoul(number + 1, NULL, 10));
    }
    return len > 0 && (size_t)len < size;
}

/* NOLINTBEGIN(readability-non-const-parameter,readability-function-size):
 * the signatures are those of ifdhandler.h */
EXPORT RESPONSECODE
IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
    size_t index = (Lun >> 16) % READERS_MAX;
    struct reader *reader = &readers[index];
    memset(reader, 0, sizeof(*reader));
    if (!find_socket(DeviceName, reader->path, sizeof(reader->path))) {
        return IFD_COMMUNICATION_ERROR;
    }
    reader->events = -1;
    reader->link = wire_connect(reader->path);
    if (reader->link < 0) {
        return IFD_NO_SUCH_DEVICE;
    }
    reader->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reader->wake < 0) {
        (void)close(reader->link);
        return IFD_COMMUNICATION_ERROR;
    }
    in_use |= 1U << index;
    return IFD_SUCCESS;
}

EXPORT RESPONSECODE
IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
    (void)Lun;
    (void)Channel;
    return IFD_NO_SUCH_DEVICE; /* reader.conf must name the socket */
}

EXPORT RESPONSECODE
IFDHCloseChannel(DWORD Lun)
{
    struct reader *reader = reader_of(Lun);
    if (reader == NULL) {
        return IFD_COMMUNICATION_ERROR;
    }
    in_use &= ~(1U << ((Lun >> 16) % READERS_MAX));
    (void)close(reader->link);
    (void)close(reader->wake);
    if (reader->events >= 0) {
        (void)close(reader->events);
    }
    return IFD_SUCCESS;
}

/* The polling thread connects anew when it waits next. */
static RESPONSECODE
unplugged(struct reader *reader)
{
    if (reader->events >= 0) {
        (void)close(reader->events);
        reader->events = -1;
    }
    return IFD_NO_SUCH_DEVICE;
}

/* The polling thread: returns when a card came or went, when pcscd wants it
 * back, or after timeout ms. */
static RESPONSECODE
wait_change(DWORD lun, int timeout)
{
    struct reader *reader = reader_of(lun);
    if (reader == NULL) {
        return IFD_COMMUNICATION_ERROR;
    }
    if (reader->events < 0) {
        reader->events = wire_connect(reader->path);
    }
    uint8_t generation = reader->generation;
    if (reader->events < 0
        || !wire_send(reader->events, LINK_EVENTS, &generation, 1)) {
        return unplugged(reader);
    }
    struct pollfd fds[2] = {{.fd = reader->events, .events = POLLIN},
                            {.fd = reader->wake, .events = POLLIN}};
    int ready = poll(fds, 2, timeout);
    if (ready <= 0) {
        return ready == 0 || errno == EINTR ? IFD_SUCCESS
                                            : IFD_COMMUNICATION_ERROR;
    }
    if (fds[1].revents != 0) {
        uint64_t count = 0;
        (void)!read(reader->wake, &count, sizeof(count));
    }
    if (fds[0].revents != 0) {
        uint8_t status = LINK_BAD;
        uint8_t none = 0;
        size_t len = 0;
        if (!wire_receive(reader->events, &status, &none, &len)) {
            return unplugged(reader);
        }
    }
    return IFD_SUCCESS;
}

static RESPONSECODE
wait_stop(DWORD lun)
{
    struct reader *reader = reader_of(lun);
    uint64_t one = 1;
    if (reader == NULL
        || write(reader->wake, &one, sizeof(one)) != sizeof(one)) {
        return IFD_COMMUNICATION_ERROR;
    }
    return IFD_SUCCESS;
}

static RESPONSECODE
give(const void *from, size_t len, PDWORD length, PUCHAR value)
{
    if (*length < len) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    memcpy(value, from, len);
    *length = len;
    return IFD_SUCCESS;
}

static RESPONSECODE
give_version(const struct reader *reader, PDWORD length, PUCHAR value)
{
    uint8_t version[2] = {0, 0};
    size_t len = sizeof(version);
    if (reader == NULL) {
        return IFD_COMMUNICATION_ERROR;
    }
    RESPONSECODE code = ask(reader, LINK_VERSION, NULL, 0, version, &len);
    uint32_t number =
        ((uint32_t)version[0] << 24) | ((uint32_t)version[1] << 16);
    return code == IFD_SUCCESS ? give(&number, sizeof(number), length, value)
                               : code;
}

EXPORT RESPONSECODE
IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value)
{
    RESPONSECODE (*wait)(DWORD, int) = wait_change;
    RESPONSECODE (*stop)(DWORD) = wait_stop;
    const struct reader *reader = reader_of(Lun);
    unsigned char byte = 1;
    switch (Tag) {
    case TAG_IFD_ATR:
        return reader == NULL
                   ? IFD_COMMUNICATION_ERROR
                   : give(reader->atr, reader->atr_len, Length, Value);
    case TAG_IFD_SIMULTANEOUS_ACCESS:
        byte = READERS_MAX;
        return give(&byte, 1, Length, Value);
    case TAG_IFD_THREAD_SAFE:
    case TAG_IFD_SLOTS_NUMBER:
        return give(&byte, 1, Length, Value);
    case TAG_IFD_SLOT_THREAD_SAFE:
    case TAG_IFD_POLLING_THREAD_KILLABLE:
        byte = 0;
        return give(&byte, 1, Length, Value);
    case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
        return give(&wait, sizeof(wait), Length, Value);
    case TAG_IFD_STOP_POLLING_THREAD:
        return give(&stop, sizeof(stop), Length, Value);
    case TAG_VERSION:
        return give_version(reader, Length, Value);
    default:
        return IFD_ERROR_TAG;
    }
}

EXPORT RESPONSECODE
IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value)
{
    (void)Lun;
    (void)Tag;
    (void)Length;
    (void)Value;
    return IFD_ERROR_TAG;
}

EXPORT RESPONSECODE
IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1,
                          UCHAR PTS2, UCHAR PTS3)
{
    (void)Lun;
    (void)Flags;
    (void)PTS1;
    (void)PTS2;
    (void)PTS3;
    return Protocol == PROTOCOL_T0 ? IFD_SUCCESS : IFD_PROTOCOL_NOT_SUPPORTED;
}

EXPORT RESPONSECODE
IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
    struct reader *reader = reader_of(Lun);
    size_t len = ATR_MAX;
    RESPONSECODE code = IFD_NOT_SUPPORTED;
    *AtrLength = 0;
    if (reader == NULL) {
        return IFD_COMMUNICATION_ERROR;
    }
    reader->atr_len = 0;
    if (Action == IFD_POWER_DOWN) {
        uint8_t none = 0;
        len = 0;
        return ask(reader, LINK_POWER_DOWN, NULL, 0, &none, &len);
    }
    if (Action == IFD_POWER_UP || Action == IFD_RESET) {
        uint8_t operation = Action == IFD_RESET ? LINK_RESET : LINK_POWER_UP;
        code = ask(reader, operation, NULL, 0, reader->atr, &len);
    }
    if (code != IFD_SUCCESS) {
        return code == IFD_NO_SUCH_DEVICE ? code : IFD_ERROR_POWER_ACTION;
    }
    reader->atr_len = len;
    memcpy(Atr, reader->atr, len);
    *AtrLength = len;
    return IFD_SUCCESS;
}

EXPORT RESPONSECODE
IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer,
                  DWORD TxLength, PUCHAR RxBuffer, PDWORD RxLength,
                  PSCARD_IO_HEADER RecvPci)
{
    const struct reader *reader = reader_of(Lun);
    uint8_t answer[ANSWER_MAX];
    size_t len = sizeof(answer);
    DWORD room = *RxLength;
    *RxLength = 0;
    if (reader == NULL || SendPci.Protocol != 0) {
        return IFD_COMMUNICATION_ERROR;
    }
    RESPONSECODE code =
        ask(reader, LINK_TRANSMIT, TxBuffer, TxLength, answer, &len);
    if (code != IFD_SUCCESS) {
        return code;
    }
    if (len > room) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    memcpy(RxBuffer, answer, len);
    *RxLength = len;
    RecvPci->Protocol = 0;
    return IFD_SUCCESS;
}

EXPORT RESPONSECODE
IFDHControl(DWORD Lun, DWORD dwControlCode, PUCHAR TxBuffer, DWORD TxLength,
            PUCHAR RxBuffer, DWORD RxLength, LPDWORD pdwBytesReturned)
{
    const struct reader *reader = reader_of(Lun);
    uint8_t request[CONTROL_MAX];
    uint8_t answer[ANSWER_MAX];
    size_t len = sizeof(answer);
    *pdwBytesReturned = 0;
    if (reader == NULL || TxLength > sizeof(request) - 4) {
        return IFD_COMMUNICATION_ERROR;
    }
    for (unsigned i = 0; i < 4; i++) {
        request[i] = (uint8_t)((dwControlCode >> (24 - 8 * i)) & 0xFFU);
    }
    if (TxLength > 0) {
        memcpy(request + 4, TxBuffer, TxLength);
    }
    RESPONSECODE code =
        ask(reader, LINK_CONTROL, request, TxLength + 4, answer, &len);
    if (code != IFD_SUCCESS) {
        return code;
    }
    if (len > RxLength) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    memcpy(RxBuffer, answer, len);
    *pdwBytesReturned = len;
    return IFD_SUCCESS;
}

/* pcscd keeps a reader of its configuration that does not answer, and asks on:
 * it has a cable, which may be plugged in again. */
static bool
plugged_again(struct reader *reader)
{
    int link = wire_connect(reader->path);
    if (link < 0) {
        return false;
    }
    (void)close(reader->link);
    reader->link = link;
    return true;
}

EXPORT RESPONSECODE
IFDHICCPresence(DWORD Lun)
{
    struct reader *reader = reader_of(Lun);
    uint8_t present[2] = {0, 0};
    size_t len = sizeof(present);
    if (reader == NULL) {
        return IFD_COMMUNICATION_ERROR;
    }
    RESPONSECODE code = ask(reader, LINK_PRESENCE, NULL, 0, present, &len);
    if (code == IFD_NO_SUCH_DEVICE && plugged_again(reader)) {
        len = sizeof(present);
        code = ask(reader, LINK_PRESENCE, NULL, 0, present, &len);
    }
    if (code != IFD_SUCCESS || len != sizeof(present)) {
        /* Plugged in this moment, it must not be waited for with what was told
         * before: pcscd would never ask again. */
        reader->generation = LINK_UNTOLD;
        return code == IFD_SUCCESS ? IFD_COMMUNICATION_ERROR : code;
    }
    reader->generation = present[1];
    return present[0] == 1 ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}
/* NOLINTEND(readability-non-const-parameter,readability-function-size) */

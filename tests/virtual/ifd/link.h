/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_LINK_H
#define BEID_VIRTUAL_LINK_H

/*
 * What the handler inside pcscd and the card daemon say to each other, over
 * one Unix stream socket per reader. Both directions are frames: two bytes of
 * big-endian length, then that many bytes. A request is one operation byte
 * and its data, an answer one status byte and its data.
 *
 * A connection that carried LINK_EVENTS carries nothing else: the handler says
 * LINK_EVENTS each time it begins to wait for news, with the generation of the
 * last presence it was told; the daemon sends an empty LINK_OK frame whenever
 * presence should be asked again. The generation counts comings and goings, so
 * that the daemon knows what pcscd has acted on; LINK_UNTOLD is none of them.
 */
#define LINK_FRAME_MAX 300U
#define LINK_UNTOLD 0U

enum link_operation {
    LINK_PRESENCE = 'S', /* answer: 1 when a card is there, generation */
    LINK_POWER_UP = 'U', /* answer: ATR */
    LINK_POWER_DOWN = 'D',
    LINK_RESET = 'R', /* answer: ATR */
    LINK_TRANSMIT = 'T', /* command APDU; answer: response APDU */
    LINK_CONTROL = 'C', /* four bytes of code, data; answer: data */
    LINK_VERSION = 'V', /* answer: major, minor of the reader's firmware */
    LINK_EVENTS = 'E' /* generation; no answer */
};

enum link_status {
    LINK_OK = 0,
    LINK_NO_CARD = 1,
    LINK_MUTE = 2, /* the card does not answer */
    LINK_BAD = 3, /* the request makes no sense */
    LINK_REFUSED = 4 /* the reader knows no such control code */
};

#endif

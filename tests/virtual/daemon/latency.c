/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "latency.h"

#define CLOCK_KHZ 3571U
#define ETU_PER_BYTE 12U
#define HEADER_LEN 5U
#define INS_OFFSET 1U
#define INS_SIGN 0x2AU
#define INS_INTERNAL_AUTHENTICATE 0x88U

/* Clock cycles of one etu, Fi / Di of the ATR (facts §1.1). */
static unsigned
cycles_per_etu(enum vcard_applet applet)
{
    return applet == VCARD_APPLET_1_8 ? 512U / 32U : 372U / 4U;
}

static bool
signs(struct beid_span command, struct beid_span answer)
{
    uint8_t ins = command.len > INS_OFFSET ? command.ptr[INS_OFFSET] : 0;
    uint8_t sw1 = answer.len < 2 ? 0 : answer.ptr[answer.len - 2];
    return (ins == INS_SIGN || ins == INS_INTERNAL_AUTHENTICATE)
           && (sw1 == 0x61U || sw1 == 0x90U);
}

unsigned
latency_us(enum vcard_applet applet, struct beid_span command,
           struct beid_span answer)
{
    /* T=0: five bytes of header go even when P3 was left out, and the card
     * sends a procedure byte before data in either direction. */
    size_t bytes = command.len < HEADER_LEN ? HEADER_LEN : command.len;
    bytes += answer.len;
    bytes += command.len > HEADER_LEN || answer.len > 2 ? 1U : 0U;
    unsigned cycles = (unsigned)bytes * ETU_PER_BYTE * cycles_per_etu(applet);
    unsigned line = (unsigned)((uint64_t)cycles * 1000U / CLOCK_KHZ);
    if (!signs(command, answer)) {
        return line;
    }
    return line
           + (applet == VCARD_APPLET_1_8 ? LATENCY_SIGN_18_US
                                         : LATENCY_SIGN_17_US);
}

static void
due(void *ctx)
{
    vreader_due(ctx);
}

/* Without a free timer the answer is early, which nobody can miss. */
static void
delay(void *ctx, struct beid_span command, struct beid_span answer)
{
    const struct latency *latency = ctx;
    enum vcard_applet applet = vcard_image_of(latency->reader->card)->applet;
    if (loop_after_us(latency->loop, latency_us(applet, command, answer), due,
                      latency->reader)
        != BEID_OK) {
        vreader_due(latency->reader);
    }
}

void
latency_open(struct latency *latency, struct loop *loop, struct vreader *reader)
{
    latency->loop = loop;
    latency->reader = reader;
    reader->delay = delay;
    reader->delay_ctx = latency;
}

void
latency_close(struct latency *latency)
{
    if (latency->reader != NULL) {
        latency->reader->delay = NULL;
        loop_cancel(latency->loop, due, latency->reader);
        latency->reader = NULL;
    }
}

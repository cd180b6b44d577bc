/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/state.h"

#include "worker/worker.h"

#include <beid/log.h>

#include <stdint.h>

#define TO(state) (1U << (unsigned)(state))

static const struct {
    const char *word;
    uint32_t next;
} states[WORKER_STATES] = {
    [WORKER_IDLE] = {"idle", TO(WORKER_SESSION)},
    [WORKER_SESSION] = {"session", TO(WORKER_CARD)},
    [WORKER_CARD] = {"card", TO(WORKER_OPENING) | TO(WORKER_IDLE)},
    [WORKER_OPENING] = {"opening", TO(WORKER_WAITING) | TO(WORKER_CHOOSING)
                                       | TO(WORKER_READING)
                                       | TO(WORKER_LAST_TRY)
                                       | TO(WORKER_SHARING) | TO(WORKER_PIN)
                                       | TO(WORKER_PINPAD) | TO(WORKER_FAREWELL)
                                       | TO(WORKER_CLOSING)},
    [WORKER_WAITING] = {"waiting", TO(WORKER_CLOSING)},
    [WORKER_CHOOSING] = {"choosing", TO(WORKER_CLOSING)},
    [WORKER_READING] = {"reading", TO(WORKER_CLOSING)},
    [WORKER_LAST_TRY] = {"last-try", TO(WORKER_CLOSING)},
    [WORKER_SHARING] = {"sharing", TO(WORKER_CLOSING)},
    [WORKER_PIN] = {"pin", TO(WORKER_CLOSING) | TO(WORKER_SIGNING)},
    [WORKER_PINPAD] = {"pinpad", TO(WORKER_CLOSING)},
    [WORKER_FAREWELL] = {"farewell", TO(WORKER_CLOSING)},
    [WORKER_CLOSING] = {"closing", TO(WORKER_CARD)},
    [WORKER_SIGNING] = {"signing", TO(WORKER_CARD)},
};

void
state_enter(struct worker *worker, enum worker_state next)
{
    enum worker_state now = worker->state;
    if (next == now) {
        return;
    }
    if ((states[now].next & TO(next)) == 0) {
        BEID_LOG_ERROR("no way from %s to %s", states[now].word,
                       states[next].word);
        worker->link.ended = true;
        return;
    }
    BEID_LOG_DEBUG("from %s to %s", states[now].word, states[next].word);
    worker->state = next;
}

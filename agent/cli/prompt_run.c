/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "crew.h"
#include "prompt_child.h"
#include "session.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "wire/wire.h"

#include <beid/log.h>

#include <signal.h>
#include <unistd.h>

/* How long a prompt may take to go when it is asked to. */
#define TERM_MS 300

static enum beid_err
answer_start(const struct crew *crew, uint32_t operation, enum beid_err result,
             int pass)
{
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err = beid_wire_put_prompt_fd(&packet, operation, result);
    if (err == BEID_OK) {
        err = beid_channel_send(crew->worker.channel, beid_buf_span(&packet),
                                pass);
    }
    beid_buf_clear(&packet);
    return err;
}

static enum beid_err
start_prompt(struct crew *crew, const struct beid_wire_message *message)
{
    char lang[3];
    int end = -1;
    enum beid_err err = beid_wire_get_prompt_start(message, lang);
    if (err != BEID_OK) {
        return err;
    }
    if (crew->prompt.pid != 0 || crew->leaving) {
        return answer_start(crew, message->operation, BEID_ERR_BUSY, -1);
    }
    const struct serve_options *options = crew->options;
    enum beid_err result = BEID_ERR_PROMPT;
    if (!options->scripted || options->development) {
        result = prompt_child_start(options->pinentry, options->scripted, &end,
                                    &crew->prompt.pid);
    }
    if (result == BEID_OK) {
        err = answer_start(crew, message->operation, BEID_OK, end);
    } else {
        BEID_LOG_ERROR("the prompt cannot be started");
        err = answer_start(crew, message->operation, BEID_ERR_PROMPT, -1);
    }
    if (end >= 0) {
        (void)close(end);
    }
    return err;
}

static enum beid_err
answer_stop(const struct crew *crew, uint32_t operation)
{
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_wire_put_empty(&packet, BEID_WIRE_PROMPT_STOPPED, operation);
    if (err == BEID_OK) {
        err =
            beid_channel_send(crew->worker.channel, beid_buf_span(&packet), -1);
    }
    beid_buf_clear(&packet);
    return err;
}

void
crew_prompt_end(struct crew *crew)
{
    if (crew->prompt.pid != 0 && !crew->prompt.stopping) {
        (void)kill(crew->prompt.pid, SIGTERM);
        crew->prompt.stopping = true;
        crew->prompt.kill_ms = beid_clock_ms() + TERM_MS;
    }
}

void
crew_prompt_tick(struct crew *crew, int64_t now_ms)
{
    if (crew->prompt.pid != 0 && now_ms >= crew->prompt.kill_ms) {
        (void)kill(crew->prompt.pid, SIGKILL);
        crew->prompt.kill_ms = BEID_NEVER;
    }
}

void
crew_prompt_ended(struct crew *crew)
{
    uint32_t operation = crew->prompt.operation;
    bool asked = crew->prompt.asked;
    crew->prompt = (struct crew_prompt){.kill_ms = BEID_NEVER};
    if (asked && crew->worker.channel >= 0
        && answer_stop(crew, operation) != BEID_OK) {
        BEID_LOG_DEBUG("the card worker does not listen");
    }
}

static enum beid_err
stop_prompt(struct crew *crew, uint32_t operation)
{
    if (crew->prompt.pid == 0) {
        return answer_stop(crew, operation);
    }
    crew_prompt_end(crew);
    crew->prompt.asked = true;
    crew->prompt.operation = operation;
    return BEID_OK;
}

static enum beid_err
answer_session(const struct crew *crew, uint32_t operation)
{
    struct beid_buf packet;
    const struct journal_settings settings =
        journal_settings_read(BEID_CONFIG_ADMIN);
    const struct beid_wire_session session =
        session_look(&settings, crew->options->pinentry);
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err = beid_wire_put_session(&packet, operation, &session);
    if (err == BEID_OK) {
        err =
            beid_channel_send(crew->worker.channel, beid_buf_span(&packet), -1);
    }
    beid_buf_clear(&packet);
    return err;
}

enum beid_err
crew_worker_says(struct crew *crew)
{
    struct beid_buf packet;
    struct beid_wire_message message;
    int passed = -1;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_channel_recv(crew->worker.channel, &packet, &passed);
    if (err == BEID_OK && passed >= 0) {
        (void)close(passed);
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        err = beid_wire_open(beid_buf_span(&packet), &message);
    }
    if (err == BEID_OK && message.type == BEID_WIRE_PROMPT_START) {
        err = start_prompt(crew, &message);
    } else if (err == BEID_OK && message.type == BEID_WIRE_PROMPT_STOP) {
        err = beid_wire_get_empty(&message);
        err = err == BEID_OK ? stop_prompt(crew, message.operation) : err;
    } else if (err == BEID_OK && message.type == BEID_WIRE_SESSION) {
        err = beid_wire_get_empty(&message);
        err = err == BEID_OK ? answer_session(crew, message.operation) : err;
    } else if (err == BEID_OK) {
        err = BEID_ERR_FORMAT;
    }
    beid_buf_clear(&packet);
    return err;
}

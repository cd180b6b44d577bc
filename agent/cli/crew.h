/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_CREW_H
#define BEID_CLI_CREW_H

#include "options.h"

#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One of the two long-lived children. */
struct crew_member {
    pid_t pid; /* 0: not running */
    int channel; /* the supervisor's end; -1: none */
    int64_t started_ms;
    unsigned int short_lives; /* in a row */
};

/* The prompt, for as long as there is one. */
struct crew_prompt {
    pid_t pid; /* 0: none */
    bool stopping; /* SIGTERM was sent */
    bool asked; /* a PROMPT_STOP waits for its answer */
    uint32_t operation; /* of that PROMPT_STOP */
    int64_t kill_ms; /* when SIGKILL follows; BEID_NEVER: not */
};

struct crew {
    const struct serve_options *options;
    int listener;
    bool local; /* the worker signs files and does nothing else */
    bool leaving; /* no prompt is started any more */
    struct crew_member front;
    struct crew_member worker;
    struct crew_prompt prompt;
    int journal_lock; /* held while a worker may write the journal; -1 */
};

/* Starts front and a worker, connected to each other. */
enum beid_err crew_start_both(struct crew *crew) BEID_NODISCARD;

/* Starts a worker alone; *front is front's end of the socket to it. */
enum beid_err crew_start_alone(struct crew *crew, int *front) BEID_NODISCARD;

/* Starts a worker and hands front the socket to it. */
enum beid_err crew_start_worker(struct crew *crew) BEID_NODISCARD;

/* Sends a signal to a running member. */
void crew_signal(const struct crew_member *member, int signal);

/* Closes the channel to a member, which makes it end by itself. */
void crew_dismiss(struct crew_member *member);

/* Forgets a member that ended. */
void crew_forget(struct crew_member *member);

/* Opens the portal files and sends them to front. */
enum beid_err crew_send_portals(struct crew *crew) BEID_NODISCARD;

/* One message of the worker: PROMPT_START, PROMPT_STOP or SESSION. */
enum beid_err crew_worker_says(struct crew *crew) BEID_NODISCARD;

/* The prompt ended and was reaped. */
void crew_prompt_ended(struct crew *crew);

/* Ends the prompt: SIGTERM now, SIGKILL at prompt.kill_ms. */
void crew_prompt_end(struct crew *crew);
void crew_prompt_tick(struct crew *crew, int64_t now_ms);

#endif

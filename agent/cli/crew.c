/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "crew.h"

#include "journal/settings.h"
#include "journal/store.h"
#include "policy/restriction.h"
#include "serve.h"
#include "sys/channel.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/log_sink.h"
#include "sys/portal_dir.h"
#include "sys/user_file.h"
#include "wire/wire.h"

#include <beid/log.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define WORDS_MAX 14U

/* argv of a child. */
struct words {
    const char *list[WORDS_MAX];
    size_t count;
};

static void
word(struct words *words, const char *text)
{
    if (words->count + 1 < WORDS_MAX) {
        words->list[words->count] = text;
        words->count++;
    }
}

#if defined(BEID_SELF_ATTACK)
/*
 * Appends the attack that is meant for this process, if any; before it the
 * option that brings it, unless that is NULL.
 */
static void
attack_words(const struct crew *crew, const char *process, const char *option,
             struct words *argv)
{
    const char *attack = crew->options->self_attack;
    size_t len = strlen(process);
    if (attack != NULL && strncmp(attack, process, len) == 0) {
        if (option != NULL) {
            word(argv, option);
        }
        word(argv, attack + len);
    }
}
#endif

static void
drop(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

static enum beid_err
start_front(struct crew *crew, int worker_end)
{
    static const char *const keep[] = {"TZ", BEID_LOG_JOURNAL,
                                       BEID_CHILD_KEEP_SANITIZER NULL};
    struct words argv = {.count = 0};
    int pair[2] = {-1, -1};
    enum beid_err err = beid_channel_pair(pair);
    if (err != BEID_OK) {
        return err;
    }
    word(&argv, "beid-agent");
    word(&argv, CLI_FRONT_WORD);
    word(&argv, log_level_word(crew->options->level));
    word(&argv,
         crew->options->development ? CLI_FRONT_DEVELOPMENT : CLI_FRONT_PLAIN);
    word(&argv,
         crew->front.started_ms == 0 ? CLI_FRONT_FIRST : CLI_FRONT_AGAIN);
#if defined(BEID_SELF_ATTACK)
    attack_words(crew, "front:", NULL, &argv);
#endif
    const struct beid_child_plan plan = {
        .program = SELF,
        .argv = argv.list,
        .keep = keep,
        .fds = {worker_end, pair[1], crew->listener, -1},
        .stdio = -1,
        .own_group = true};
    err = beid_child_start(&plan, &crew->front.pid);
    drop(&pair[1]);
    if (err != BEID_OK) {
        drop(&pair[0]);
        return err;
    }
    crew->front.channel = pair[0];
    crew->front.started_ms = beid_clock_ms();
    return BEID_OK;
}

/*
 * The journal, unless the settings say that none is kept. One that cannot be
 * opened holds no login up, but is told in the log and by doctor.
 */
static struct journal
open_journal(struct crew *crew, const struct journal_settings *settings)
{
    struct journal journal = {.file = -1, .head = -1};
    drop(&crew->journal_lock);
    if (settings->kept) {
        enum beid_err err = journal_open(&journal, &crew->journal_lock);
        if (err != BEID_OK) {
            BEID_LOG_ERROR("the journal cannot be opened: %s",
                           beid_err_text(err));
        }
    }
    return journal;
}

static void
worker_words(const struct crew *crew, const struct journal *journal,
             const struct journal_settings *settings, struct words *argv)
{
    word(argv, "beid-agent-card");
    word(argv, "--module");
    word(argv, crew->options->module);
    word(argv, "--log-level");
    word(argv, log_level_word(crew->options->level));
    if (crew->options->development) {
        word(argv, "--development");
    }
    if (journal->file >= 0) {
        word(argv, "--journal");
    }
    if (crew->local) {
        word(argv, "--local");
    }
    if (settings->kiosk) {
        word(argv, "--kiosk");
    }
#if defined(BEID_SELF_ATTACK)
    attack_words(crew, "card:", "--self-attack", argv);
#endif
}

static enum beid_err
start_worker(struct crew *crew, int front_end)
{
    /* The worker tells pinentry which terminal and which characters. */
    static const char *const keep[] = {"PCSCLITE_CSOCK_NAME",
                                       "TZ",
                                       BEID_LOG_JOURNAL,
                                       "HOME",
                                       "XDG_STATE_HOME",
                                       "GPG_TTY",
                                       "TERM",
                                       "LANG",
                                       "LC_ALL",
                                       "LC_CTYPE",
                                       BEID_CHILD_KEEP_SANITIZER NULL};
    struct words argv = {.count = 0};
    int pair[2] = {-1, -1};
    enum beid_err err = beid_channel_pair(pair);
    if (err != BEID_OK) {
        return err;
    }
    struct journal_settings settings = journal_settings_read(BEID_CONFIG_ADMIN);
    if (settings.unreadable) {
        /* This process may live on when the file can be read again. */
        settings.kiosk = true;
        settings.kept = false;
    }
    struct journal journal = open_journal(crew, &settings);
    worker_words(crew, &journal, &settings, &argv);
    const struct beid_child_plan plan = {
        .program = crew->options->worker,
        .argv = argv.list,
        .keep = keep,
        .fds = {front_end, pair[1], journal.file, journal.head},
        .stdio = -1,
        .own_group = true};
    err = beid_child_start(&plan, &crew->worker.pid);
    drop(&pair[1]);
    drop(&journal.file);
    drop(&journal.head);
    if (err != BEID_OK) {
        drop(&pair[0]);
        return err;
    }
    crew->worker.channel = pair[0];
    crew->worker.started_ms = beid_clock_ms();
    return BEID_OK;
}

enum beid_err
crew_start_both(struct crew *crew)
{
    int pair[2] = {-1, -1};
    enum beid_err err = beid_channel_pair(pair);
    if (err != BEID_OK) {
        return err;
    }
    err = start_front(crew, pair[0]);
    if (err == BEID_OK) {
        err = start_worker(crew, pair[1]);
    }
    drop(&pair[0]);
    drop(&pair[1]);
    return err;
}

enum beid_err
crew_start_alone(struct crew *crew, int *front)
{
    int pair[2] = {-1, -1};
    enum beid_err err = beid_channel_pair(pair);
    if (err != BEID_OK) {
        return err;
    }
    err = start_worker(crew, pair[1]);
    drop(&pair[1]);
    if (err != BEID_OK) {
        drop(&pair[0]);
    }
    *front = pair[0];
    return err;
}

/* Sends one message without fields, perhaps with a descriptor. */
static enum beid_err
say(int channel, enum beid_wire_type type, uint32_t operation, int pass)
{
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err = beid_wire_put_empty(&packet, type, operation);
    if (err == BEID_OK) {
        err = beid_channel_send(channel, beid_buf_span(&packet), pass);
    }
    beid_buf_clear(&packet);
    return err;
}

enum beid_err
crew_start_worker(struct crew *crew)
{
    int pair[2] = {-1, -1};
    enum beid_err err = beid_channel_pair(pair);
    if (err != BEID_OK) {
        return err;
    }
    err = start_worker(crew, pair[1]);
    if (err == BEID_OK) {
        err = say(crew->front.channel, BEID_WIRE_WORKER_SOCKET, 0, pair[0]);
    }
    drop(&pair[0]);
    drop(&pair[1]);
    return err;
}

void
crew_signal(const struct crew_member *member, int signal)
{
    if (member->pid > 0) {
        (void)kill(member->pid, signal);
    }
}

void
crew_dismiss(struct crew_member *member)
{
    drop(&member->channel);
}

void
crew_forget(struct crew_member *member)
{
    member->pid = 0;
    drop(&member->channel);
}

static enum beid_err
send_portal(const char *name, bool development, int fd, void *user)
{
    const struct crew *crew = user;
    const struct beid_wire_portal_file file = {.name = beid_span_str(name),
                                               .development = development};
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err = beid_wire_put_portal_file(&packet, &file);
    if (err == BEID_OK) {
        err =
            beid_channel_send(crew->front.channel, beid_buf_span(&packet), fd);
    }
    beid_buf_clear(&packet);
    return err;
}

/* The citizen's own file; front is the one that reads it. */
static enum beid_err
send_restriction(const struct crew *crew)
{
    struct beid_buf path;
    struct beid_buf text;
    struct beid_buf packet;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    beid_buf_init(&text, BEID_WIRE_RESTRICTION_MAX);
    beid_buf_init(&packet, BEID_WIRE_MAX);
    enum beid_err err =
        beid_user_path(BEID_USER_CONFIG, POLICY_RESTRICTION_FILE, &path);
    const char *name = err == BEID_OK ? beid_buf_cstr(&path) : NULL;
    if (name != NULL) {
        err = beid_user_read(name, &text);
    }
    struct beid_wire_restriction what = {
        .unreadable = err != BEID_OK && err != BEID_ERR_NOT_FOUND};
    if (what.unreadable) {
        BEID_LOG_WARN("the file of blocked portals cannot be read (%s): all "
                      "portals are blocked",
                      beid_err_text(err));
    } else {
        what.text = beid_buf_span(&text);
    }
    err = beid_wire_put_restriction(&packet, &what);
    if (err == BEID_OK) {
        err =
            beid_channel_send(crew->front.channel, beid_buf_span(&packet), -1);
    }
    beid_buf_clear(&path);
    beid_buf_clear(&text);
    beid_buf_clear(&packet);
    return err;
}

enum beid_err
crew_send_portals(struct crew *crew)
{
    const char *user_dir = crew->options->portals;
    enum beid_err err =
        say(crew->front.channel, BEID_WIRE_PORTALS_BEGIN, 0, -1);
    if (err == BEID_OK) {
        err = send_restriction(crew);
    }
    if (err == BEID_OK) {
        err = beid_portal_dir_system(BEID_PORTALS_VENDOR, BEID_PORTALS_ADMIN,
                                     send_portal, crew);
    }
    if (err == BEID_OK && user_dir != NULL) {
        err = beid_portal_dir_user(user_dir, send_portal, crew);
        if (err != BEID_OK) {
            BEID_LOG_ERROR("portal directory %s: %s%s", user_dir,
                           beid_err_text(err),
                           err == BEID_ERR_DENIED
                               ? "; it has to be yours, and closed to others' "
                                 "writing (chmod o-w)"
                               : "");
        }
    }
    if (err == BEID_OK) {
        err = say(crew->front.channel, BEID_WIRE_PORTALS_END, 0, -1);
    }
    return err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "sys/lines.h"
#include "sys/user_file.h"
#include "sys/whole.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum whose {
    ADMIN,
    USER,
    USER_FORCED /* whose phrase counts, and nothing else */
};

struct words {
    bool on;
    bool kiosk;
    bool force;
    bool local_seat;
    char phrase[JOURNAL_PHRASE_MAX + 1];
    unsigned int bad_line;
};

static bool
is(struct beid_span text, const char *word)
{
    return beid_span_same(text, beid_span_str(word));
}

/* "yes" or "no", or another pair of words. */
static bool
choose(struct beid_span value, const char *yes, const char *no, bool *out)
{
    if (!is(value, yes) && !is(value, no)) {
        return false;
    }
    *out = is(value, yes);
    return true;
}

static bool
take_phrase(struct words *words, struct beid_span value)
{
    if (value.len == 0 || value.len > JOURNAL_PHRASE_MAX) {
        return false;
    }
    memcpy(words->phrase, value.ptr, value.len);
    words->phrase[value.len] = '\0';
    return true;
}

/*
 * One of two words. What the administrator wrote and cannot be understood is
 * taken for the stricter, which yes is.
 */
static bool
choose_for(enum whose whose, struct beid_span value, bool *yes)
{
    bool good = choose(value, "yes", "no", yes);
    *yes = *yes || (whose == ADMIN && !good);
    return good;
}

static bool
take_journal(enum whose whose, struct beid_span value, bool *on)
{
    bool good = choose(value, "on", "off", on);
    *on = *on && (whose != ADMIN || good);
    return good;
}

static bool
take(struct words *words, struct beid_span key, struct beid_span value,
     enum whose whose)
{
    if (key.len == 0) {
        return true;
    }
    if (is(key, "phrase")) {
        return whose != ADMIN && take_phrase(words, value);
    }
    if (whose == USER_FORCED) {
        return true;
    }
    if (is(key, "require_local_seat")) {
        bool wanted = words->local_seat;
        bool good = choose(value, "yes", "no", &wanted);
        /* What cannot be understood is taken for the stricter. */
        words->local_seat = words->local_seat || wanted || !good;
        return good;
    }
    if (is(key, "journal")) {
        return take_journal(whose, value, &words->on);
    }
    if (is(key, "kiosk")) {
        return choose_for(whose, value, &words->kiosk);
    }
    return whose == ADMIN && is(key, "force")
           && choose_for(whose, value, &words->force);
}

static void
parse(struct words *words, struct beid_span text, enum whose whose)
{
    struct beid_span line;
    struct beid_span key;
    struct beid_span value;
    unsigned int number = 0;
    while (beid_lines_take(&text, &line)) {
        number++;
        if ((!beid_lines_pair(line, &key, &value)
             || !take(words, key, value, whose))
            && words->bad_line == 0) {
            words->bad_line = number;
        }
    }
}

struct journal_settings
journal_settings_parse(struct beid_span admin, struct beid_span user)
{
    struct words words = {.on = true};
    parse(&words, admin, ADMIN);
    parse(&words, user, words.force ? USER_FORCED : USER);
    struct journal_settings settings = {.kept = words.on && !words.kiosk,
                                        .kiosk = words.kiosk,
                                        .local_seat = words.local_seat,
                                        .bad_line = words.bad_line};
    memcpy(settings.phrase, words.phrase, sizeof settings.phrase);
    return settings;
}

/*
 * False: it is there, but what the administrator decided is not known, since it
 * cannot be read or others could have written it.
 */
static bool
read_admin(const char *path, struct beid_buf *out)
{
    struct stat st;
    bool good = true;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        good = errno == ENOENT || errno == ENOTDIR;
    } else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != 0
               || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        BEID_LOG_ERROR("%s is not root's alone", path);
        good = false;
    } else {
        good = beid_whole_read(fd, out) == BEID_OK;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!good) {
        BEID_LOG_ERROR("%s is there but cannot be used", path);
        beid_buf_reset(out);
    }
    return good;
}

/* A phrase that others can read proves nothing. */
static void
check_phrase(const char *path, struct journal_settings *settings)
{
    struct stat st;
    if (settings->phrase[0] != '\0'
        && (path == NULL || stat(path, &st) != 0
            || (st.st_mode & (S_IRGRP | S_IROTH)) != 0)) {
        BEID_LOG_WARN("the phrase in agent.conf is not shown: others can read "
                      "the file");
        beid_wipe(settings->phrase, sizeof settings->phrase);
    }
}

struct journal_settings
journal_settings_read(const char *admin)
{
    struct beid_buf path;
    struct beid_buf ours;
    struct beid_buf theirs;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    beid_buf_init(&ours, JOURNAL_SETTINGS_MAX);
    beid_buf_init(&theirs, JOURNAL_SETTINGS_MAX);
    bool readable = read_admin(admin, &ours);
    if (beid_user_path(BEID_USER_CONFIG, JOURNAL_SETTINGS_FILE, &path)
        == BEID_OK) {
        enum beid_err err = beid_user_read(beid_buf_cstr(&path), &theirs);
        if (err != BEID_OK && err != BEID_ERR_NOT_FOUND) {
            BEID_LOG_WARN("the user's agent.conf is ignored: %s",
                          beid_err_text(err));
            beid_buf_reset(&theirs);
        }
    }
    struct journal_settings settings =
        journal_settings_parse(beid_buf_span(&ours), beid_buf_span(&theirs));
    settings.unreadable = !readable;
    check_phrase(beid_buf_cstr(&path), &settings);
    if (settings.bad_line != 0) {
        BEID_LOG_WARN("agent.conf: line %u is not valid", settings.bad_line);
    }
    beid_buf_clear(&path);
    beid_buf_clear(&ours);
    beid_buf_clear(&theirs);
    return settings;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "seat.h"

#include "lines.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SESSIONS "/run/systemd/sessions"
#define PATH_ROOM 512U
#define TEXT_MAX 2048U
#define UID_ROOM 16U

struct session {
    bool user;
    bool active;
    bool here; /* not remote */
    bool seat;
    bool person;
};

static bool
is(struct beid_span text, const char *word)
{
    return beid_span_same(text, beid_span_str(word));
}

static void
take(struct session *session, struct beid_span key, struct beid_span value,
     const char *uid)
{
    if (is(key, "UID")) {
        session->user = is(value, uid);
    } else if (is(key, "ACTIVE")) {
        session->active = is(value, "1");
    } else if (is(key, "REMOTE")) {
        session->here = is(value, "0");
    } else if (is(key, "SEAT")) {
        session->seat = value.len > 0;
    } else if (is(key, "CLASS")) {
        session->person = is(value, "user") || is(value, "user-early");
    }
}

bool
beid_seat_session_is_local(struct beid_span text, uid_t uid)
{
    struct session session = {0};
    struct beid_span line;
    struct beid_span key;
    struct beid_span value;
    char number[UID_ROOM];
    (void)snprintf(number, sizeof number, "%u", (unsigned int)uid);
    while (beid_lines_take(&text, &line)) {
        if (beid_lines_pair(line, &key, &value)) {
            take(&session, key, value, number);
        }
    }
    return session.user && session.active && session.here && session.seat
           && session.person;
}

/* logind writes such a file anew and renames it: one read gets it whole. */
static bool
read_session(int folder, const char *name, uid_t uid)
{
    struct stat st;
    char text[TEXT_MAX];
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t got = fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
                      ? read(fd, text, sizeof text)
                      : -1;
    (void)close(fd);
    return got > 0
           && beid_seat_session_is_local(beid_span_of(text, (size_t)got), uid);
}

bool
beid_seat_is_local(const char *root, uid_t uid)
{
    char path[PATH_ROOM];
    int len = snprintf(path, sizeof path, "%s%s", root, SESSIONS);
    DIR *folder = len > 0 && (size_t)len < sizeof path ? opendir(path) : NULL;
    bool local = false;
    while (folder != NULL && !local) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, own stream */
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            break;
        }
        local = entry->d_name[0] != '.'
                && read_session(dirfd(folder), entry->d_name, uid);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return local;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATH_ROOM 512U
#define SERVICE_SOCKET "/run/pcscd/pcscd.comm"
#define USB_DEVICES "/sys/bus/usb/devices"
#define USB_SMART_CARD "0b"
#define TEXT_MAX 65536U
#define TIME_NOTED "/var/lib/systemd/timesync/clock"
#define CLOCK_SLACK 3600
#define DAY_SECONDS 86400

static bool
join(char out[PATH_ROOM], const char *root, const char *folder,
     const char *name, const char *file)
{
    int len = snprintf(out, PATH_ROOM, "%s%s%s%s%s%s", root, folder,
                       name[0] != '\0' ? "/" : "", name,
                       file[0] != '\0' ? "/" : "", file);
    return len > 0 && (size_t)len < PATH_ROOM;
}

char *
doctor_load(const char *path)
{
    char *text = calloc(1, TEXT_MAX);
    FILE *file = text == NULL ? NULL : fopen(path, "re");
    if (file != NULL) {
        text[fread(text, 1, TEXT_MAX - 1, file)] = '\0';
        (void)fclose(file);
    }
    return text;
}

static bool
file_holds(const char *path, const char *text)
{
    char *content = doctor_load(path);
    bool holds = content != NULL && strstr(content, text) != NULL;
    free(content);
    return holds;
}

const char *
doctor_service_socket(void)
{
    const char *own = secure_getenv("PCSCLITE_CSOCK_NAME");
    return own != NULL ? own : SERVICE_SOCKET;
}

static enum doctor_service
look_service(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = doctor_service_socket();
    if (strlen(path) >= sizeof address.sun_path) {
        return DOCTOR_SERVICE_ABSENT;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return DOCTOR_SERVICE_ABSENT;
    }
    const struct sockaddr *name = (const void *)&address;
    enum doctor_service service = DOCTOR_SERVICE_ANSWERS;
    if (connect(fd, name, sizeof address) != 0) {
        service = errno == EACCES || errno == EPERM ? DOCTOR_SERVICE_REFUSES
                                                    : DOCTOR_SERVICE_ABSENT;
    }
    (void)close(fd);
    return service;
}

/* Calls each for every name in a folder. */
typedef void name_fn(const char *root, const char *folder, const char *name,
                     struct doctor_facts *out);

static void
walk(const char *root, const char *folder, name_fn *each,
     struct doctor_facts *out)
{
    char path[PATH_ROOM];
    DIR *dir = join(path, root, folder, "", "") ? opendir(path) : NULL;
    if (dir == NULL) {
        return;
    }
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, own stream */
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] != '.') {
            each(root, folder, entry->d_name, out);
        }
    }
    (void)closedir(dir);
}

static void
take_usb(const char *root, const char *folder, const char *name,
         struct doctor_facts *out)
{
    char path[PATH_ROOM];
    if (join(path, root, folder, name, "bInterfaceClass")
        && file_holds(path, USB_SMART_CARD "\n")) {
        out->usb_readers++;
    }
}

static bool
is_there(const char *root, const char *path)
{
    char whole[PATH_ROOM];
    return join(whole, root, path, "", "") && access(whole, F_OK) == 0;
}

static void
put_date(int64_t when, char out[11])
{
    struct tm parts;
    time_t seconds = (time_t)when;
    if (gmtime_r(&seconds, &parts) == NULL
        || strftime(out, 11, "%Y-%m-%d", &parts) != 10) {
        out[0] = '\0';
    }
}

/* systemd notes the time whenever it is sure of it. */
void
doctor_look_clock(const char *root, struct doctor_facts *out)
{
    char path[PATH_ROOM];
    struct stat noted;
    struct timex kept = {.modes = 0};
    int64_t now = (int64_t)time(NULL);
    put_date(now, out->today);
    put_date(now + ((int64_t)DOCTOR_EXPIRING_DAYS * DAY_SECONDS), out->soon);
    memcpy(out->released, BEID_RELEASED, sizeof out->released);
    out->went_back = join(path, root, TIME_NOTED, "", "")
                     && stat(path, &noted) == 0
                     && (int64_t)noted.st_mtim.tv_sec > now + CLOCK_SLACK;
    out->unset = adjtimex(&kept) == TIME_ERROR
                 || ((unsigned int)kept.status & STA_UNSYNC) != 0;
}

void
doctor_look_system(const char *root, struct doctor_facts *out)
{
    out->service = look_service();
    out->installed = is_there(root, "/usr/sbin/pcscd");
    walk(root, USB_DEVICES, take_usb, out);
}

/* The value of a line NAME=value, without its end; "" when there is none. */
static void
take_value(const char *text, const char *name, char *out, size_t room)
{
    const char *at = strstr(text, name);
    out[0] = '\0';
    if (at != NULL) {
        at += strlen(name);
        (void)snprintf(out, room, "%.*s", (int)strcspn(at, "\n"), at);
    }
}

/*
 * The session of this process, as the environment has it; a program that the
 * user's systemd started has none, and polkit takes the user's on a display.
 */
static void
session_of(const char *root, char out[DOCTOR_NAME_MAX])
{
    char path[PATH_ROOM];
    char number[16];
    const char *own = secure_getenv("XDG_SESSION_ID");
    out[0] = '\0';
    if (own != NULL && own[0] != '\0') {
        (void)snprintf(out, DOCTOR_NAME_MAX, "%s", own);
        return;
    }
    (void)snprintf(number, sizeof number, "%u", (unsigned int)getuid());
    char *text = join(path, root, "/run/systemd/users", number, "")
                     ? doctor_load(path)
                     : NULL;
    if (text != NULL) {
        take_value(text, "\nDISPLAY=", out, DOCTOR_NAME_MAX);
    }
    free(text);
}

/*
 * What logind keeps about the session, readable by all. For polkit a session
 * is at the computer when it has a seat, which a remote desktop has not.
 */
void
doctor_look_session(const char *root, struct doctor_facts *out)
{
    char path[PATH_ROOM];
    char session[DOCTOR_NAME_MAX];
    out->remote = secure_getenv("SSH_CONNECTION") != NULL;
    session_of(root, session);
    if (session[0] == '\0' || strchr(session, '/') != NULL
        || !join(path, root, "/run/systemd/sessions", session, "")) {
        return;
    }
    char *text = doctor_load(path);
    if (text != NULL && text[0] != '\0') {
        out->remote = out->remote || strstr(text, "\nREMOTE=1\n") != NULL
                      || strstr(text, "\nSEAT=") == NULL;
        out->inactive = strstr(text, "\nACTIVE=0\n") != NULL;
    }
    free(text);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATH_ROOM 512U
#define SERVICE_SOCKET "/run/pcscd/pcscd.comm"
#define USB_DEVICES "/sys/bus/usb/devices"
#define USB_SMART_CARD "0b"
#define TEXT_MAX 65536U

static bool
join(char out[PATH_ROOM], const char *root, const char *folder,
     const char *name, const char *file)
{
    int len = snprintf(out, PATH_ROOM, "%s%s%s%s%s%s", root, folder,
                       name[0] != '\0' ? "/" : "", name,
                       file[0] != '\0' ? "/" : "", file);
    return len > 0 && (size_t)len < PATH_ROOM;
}

/* The beginning of a file as a string; "" when there is none. */
static char *
load(const char *path)
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
    char *content = load(path);
    bool holds = content != NULL && strstr(content, text) != NULL;
    free(content);
    return holds;
}

static enum doctor_service
look_service(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *own = secure_getenv("PCSCLITE_CSOCK_NAME");
    const char *path = own != NULL ? own : SERVICE_SOCKET;
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

/* Rules that forbid, and those that grant to others only (browsers.md). */
static void
take_policy(const char *root, const char *folder, const char *name,
            struct doctor_facts *out)
{
    static const char *const rules[] = {
        "LoopbackNetworkBlockedForUrls", "LocalNetworkAccessBlockedForUrls",
        "LocalNetworkBlockedForUrls", "\"LocalNetworkAccess\""};
    char path[PATH_ROOM];
    if (out->policy[0] != '\0' || !join(path, root, folder, name, "")) {
        return;
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (file_holds(path, rules[i])) {
            (void)snprintf(out->policy, sizeof out->policy, "%.60s/%.60s",
                           folder, name);
            return;
        }
    }
}

static bool
is_there(const char *root, const char *path)
{
    char whole[PATH_ROOM];
    return join(whole, root, path, "", "") && access(whole, F_OK) == 0;
}

void
doctor_look_system(const char *root, struct doctor_facts *out)
{
    static const char *const policies[] = {
        "/etc/chromium/policies/managed", "/etc/opt/chrome/policies/managed",
        "/etc/opt/edge/policies/managed", "/etc/firefox/policies",
        "/usr/lib/firefox/distribution",  "/usr/lib/firefox-esr/distribution"};
    out->service = look_service();
    out->installed = is_there(root, "/usr/sbin/pcscd");
    walk(root, USB_DEVICES, take_usb, out);
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        walk(root, policies[i], take_policy, out);
    }
}

/* What logind keeps about the session, readable by all. */
void
doctor_look_session(const char *root, struct doctor_facts *out)
{
    char path[PATH_ROOM];
    const char *session = secure_getenv("XDG_SESSION_ID");
    if (secure_getenv("SSH_CONNECTION") != NULL) {
        out->remote = true;
    }
    if (session == NULL || session[0] == '\0' || strchr(session, '/') != NULL
        || !join(path, root, "/run/systemd/sessions", session, "")) {
        return;
    }
    out->remote = out->remote || file_holds(path, "\nREMOTE=1\n");
    out->inactive = file_holds(path, "\nACTIVE=0\n");
}

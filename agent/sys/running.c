/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "running.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Columns of /proc/net/tcp and tcp6, counted from 0 (proc(5)). */
#define COLUMN_LOCAL 1U
#define COLUMN_STATE 3U
#define COLUMN_UID 7U
#define COLUMN_INODE 9U
#define COLUMN_COUNT 10U
#define COLUMN_MAX 48U
#define LINE_MAX_LEN 512
#define STATE_LISTEN "0A"
#define NAME_LEN 16U
#define DECIMAL 10
#define HEXADECIMAL 16

static bool
take_columns(const char *line, char columns[COLUMN_COUNT][COLUMN_MAX])
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        line += strspn(line, " \t");
        size_t len = strcspn(line, " \t\n");
        if (len == 0 || len >= COLUMN_MAX) {
            return false;
        }
        memcpy(columns[i], line, len);
        columns[i][len] = '\0';
        line += len;
    }
    return true;
}

/* Does a socket bound to this address receive what is for 127.0.0.1? */
static bool
covers_loopback(const char *address)
{
    char loopback[NAME_LEN];
    (void)snprintf(loopback, sizeof loopback, "%08X",
                   (unsigned int)htonl(INADDR_LOOPBACK));
    size_t len = strlen(address);
    if (strspn(address, "0") == len) {
        return true; /* any address, of IPv4 or of both */
    }
    return len >= strlen(loopback)
           && strcmp(address + len - strlen(loopback), loopback) == 0;
}

void
beid_ports_line(const char *line, struct beid_ports *out)
{
    char columns[COLUMN_COUNT][COLUMN_MAX];
    if (!take_columns(line, columns)
        || strcmp(columns[COLUMN_STATE], STATE_LISTEN) != 0) {
        return;
    }
    char *colon = strchr(columns[COLUMN_LOCAL], ':');
    if (colon == NULL) {
        return;
    }
    *colon = '\0';
    unsigned long port = strtoul(colon + 1, NULL, HEXADECIMAL);
    if (port < BEID_PORT_FIRST || port > BEID_PORT_LAST
        || !covers_loopback(columns[COLUMN_LOCAL])) {
        return;
    }
    out->port[port - BEID_PORT_FIRST] = (struct beid_port_holder){
        .taken = true,
        .uid = (uid_t)strtoul(columns[COLUMN_UID], NULL, DECIMAL),
        .inode = strtoul(columns[COLUMN_INODE], NULL, DECIMAL)};
}

static bool
read_table(const char *path, struct beid_ports *out)
{
    char line[LINE_MAX_LEN];
    FILE *table = fopen(path, "re");
    if (table == NULL) {
        return false;
    }
    while (fgets(line, sizeof line, table) != NULL) {
        beid_ports_line(line, out);
    }
    bool good = ferror(table) == 0;
    (void)fclose(table);
    return good;
}

enum beid_err
beid_ports_look(struct beid_ports *out)
{
    struct beid_ports ports;
    memset(&ports, 0, sizeof ports);
    if (!read_table("/proc/net/tcp", &ports)) {
        return BEID_ERR_IO;
    }
    (void)read_table("/proc/net/tcp6", &ports); /* absent without IPv6 */
    *out = ports;
    return BEID_OK;
}

/* Reads a small file of /proc/PID; the count of bytes, 0 when there are none. */
static size_t
read_small(pid_t pid, const char *file, char *into, size_t room)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t got = read(fd, into, room - 1);
    (void)close(fd);
    size_t len = got > 0 ? (size_t)got : 0;
    into[len] = '\0';
    return len;
}

bool
beid_running_name(pid_t pid, char name[NAME_LEN])
{
    char text[NAME_LEN + 1]; /* with its line feed */
    if (read_small(pid, "comm", text, sizeof text) < 2) {
        return false;
    }
    size_t len = strcspn(text, "\n");
    len = len < NAME_LEN ? len : NAME_LEN - 1;
    memcpy(name, text, len);
    name[len] = '\0';
    return true;
}

/* The owner of /proc/PID is root for a process that is not dumpable. */
static bool
runs_as_us(pid_t pid)
{
    char text[2048];
    const char *uid = NULL;
    if (read_small(pid, "status", text, sizeof text) > 0) {
        uid = strstr(text, "\nUid:");
    }
    if (uid == NULL) {
        return false;
    }
    return (uid_t)strtoul(uid + strlen("\nUid:"), NULL, DECIMAL) == getuid();
}

static bool
is_serve(pid_t pid)
{
    char name[NAME_LEN];
    char words[256];
    if (!beid_running_name(pid, name) || strcmp(name, "beid-agent") != 0
        || !runs_as_us(pid)) {
        return false;
    }
    size_t len = read_small(pid, "cmdline", words, sizeof words);
    size_t first = strnlen(words, len) + 1;
    return first < len && strcmp(words + first, "serve") == 0;
}

/* Calls each for all numbers in a folder of /proc until it answers true. */
typedef bool number_fn(pid_t number, void *user);

static void
walk(const char *path, number_fn *each, void *user)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return;
    }
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, own stream */
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            break;
        }
        if (isdigit((unsigned char)entry->d_name[0]) == 0) {
            continue;
        }
        if (each((pid_t)strtol(entry->d_name, NULL, DECIMAL), user)) {
            break;
        }
    }
    (void)closedir(dir);
}

static bool
take_serve(pid_t pid, void *user)
{
    struct beid_running *running = user;
    if (is_serve(pid)) {
        running->pid[running->count++] = pid;
    }
    return running->count == BEID_RUNNING_MAX;
}

void
beid_running_find(struct beid_running *out)
{
    *out = (struct beid_running){.count = 0};
    walk("/proc", take_serve, out);
}

struct search {
    char target[40];
    pid_t pid; /* being looked at */
    bool found;
};

static bool
is_target(pid_t fd, void *user)
{
    struct search *search = user;
    char path[64];
    char target[sizeof search->target];
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)search->pid,
                   (int)fd);
    ssize_t len = readlink(path, target, sizeof target - 1);
    target[len > 0 ? len : 0] = '\0';
    search->found = strcmp(target, search->target) == 0;
    return search->found;
}

static bool
holds(pid_t pid, void *user)
{
    struct search *search = user;
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    search->pid = pid;
    walk(path, is_target, search);
    return search->found;
}

pid_t
beid_running_socket_holder(unsigned long inode, char name[NAME_LEN])
{
    struct search search = {.found = false};
    (void)snprintf(search.target, sizeof search.target, "socket:[%lu]", inode);
    walk("/proc", holds, &search);
    if (!search.found || !beid_running_name(search.pid, name)) {
        return 0;
    }
    return search.pid;
}

struct mapping {
    const char *library;
    pid_t pid; /* found; 0: not yet */
};

/* Only what is ours to look into opens at all. */
static bool
has_mapped(pid_t pid, void *user)
{
    struct mapping *mapping = user;
    char line[LINE_MAX_LEN];
    (void)snprintf(line, sizeof line, "/proc/%d/maps", (int)pid);
    FILE *maps = pid == getpid() ? NULL : fopen(line, "re");
    if (maps == NULL) {
        return false;
    }
    while (mapping->pid == 0 && fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, mapping->library) != NULL) {
            mapping->pid = pid;
        }
    }
    (void)fclose(maps);
    return mapping->pid != 0;
}

pid_t
beid_running_maps(const char *library, char name[NAME_LEN])
{
    struct mapping mapping = {.library = library};
    walk("/proc", has_mapped, &mapping);
    if (mapping.pid == 0 || !beid_running_name(mapping.pid, name)) {
        return 0;
    }
    return mapping.pid;
}

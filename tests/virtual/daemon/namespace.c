/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_LEN 64U
#define FD_PATH_LEN 32U

/* Where distributions keep the drivers of USB readers. */
static const char *const driver_dirs[] = {
    "/usr/lib/pcsc/drivers",
    "/usr/lib64/pcsc/drivers",
};

static bool
write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    size_t len = strlen(text);
    bool good = write(fd, text, len) == (ssize_t)len;
    return close(fd) == 0 && good;
}

static bool
map_ids(unsigned uid, unsigned gid)
{
    char users[LINE_LEN];
    char groups[LINE_LEN];
    (void)snprintf(users, sizeof(users), "0 %u 1", uid);
    (void)snprintf(groups, sizeof(groups), "0 %u 1", gid);
    return write_text("/proc/self/setgroups", "deny")
           && write_text("/proc/self/uid_map", users)
           && write_text("/proc/self/gid_map", groups);
}

static bool
unshare_mounts(void)
{
    if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0) {
        return true;
    }
    unsigned uid = geteuid();
    unsigned gid = getegid();
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && map_ids(uid, gid);
}

static bool
is_dir(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The directory may not exist; we must not leave it behind outside. */
static bool
usual_dir_make(void)
{
    return is_dir(NAMESPACE_USUAL_DIR)
           || (mount("none", "/run", "tmpfs", 0, "mode=755") == 0
               && mkdir(NAMESPACE_USUAL_DIR, 0755) == 0);
}

static bool
bind_fd(int fd, const char *target)
{
    char source[FD_PATH_LEN];
    (void)snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
    return mount(source, target, NULL, MS_BIND, NULL) == 0;
}

static bool
drivers_hide(const char *empty_dir)
{
    for (size_t i = 0; i < sizeof(driver_dirs) / sizeof(driver_dirs[0]); i++) {
        if (is_dir(driver_dirs[i])
            && mount(empty_dir, driver_dirs[i], NULL, MS_BIND, NULL) != 0) {
            return false;
        }
    }
    return true;
}

/* Opened in the new namespace, and before /run may be covered. */
static bool
mounts_make(const char *run_dir, const char *empty_dir, const char **step)
{
    *step = "hide the drivers of real readers";
    if (!drivers_hide(empty_dir)) {
        return false;
    }
    *step = "mount the socket directory";
    int fd = open(run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool good = usual_dir_make() && bind_fd(fd, NAMESPACE_USUAL_DIR);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return good;
}

enum beid_err
namespace_enter(const char *run_dir, const char *empty_dir, const char **step)
{
    *step = "make a mount namespace";
    if (!unshare_mounts()) {
        return BEID_ERR_DENIED;
    }
    *step = "make mounts private";
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        return BEID_ERR_DENIED;
    }
    return mounts_make(run_dir, empty_dir, step) ? BEID_OK : BEID_ERR_IO;
}

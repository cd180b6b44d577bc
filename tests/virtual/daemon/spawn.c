/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "spawn.h"

#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN 160U
#define SETUP_FAILED 126
#define POLKIT_OPTION "disable-polkit"

static const char *const places[] = {
    "/usr/local/sbin/pcscd",
    "/usr/sbin/pcscd",
    "/usr/local/bin/pcscd",
    "/usr/bin/pcscd",
};

static const char *
pcscd_find(void)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (access(places[i], X_OK) == 0) {
            return places[i];
        }
    }
    return NULL;
}

/*
 * pcscd 2 asks polkit about every client unless it is told not to; one that
 * was built without polkit refuses the option, and does not hold its name.
 */
static bool
knows_polkit_option(const char *program)
{
    struct stat about;
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool found = false;
    if (fstat(fd, &about) == 0 && about.st_size > 0) {
        size_t size = (size_t)about.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            found = memmem(bytes, size, POLKIT_OPTION, strlen(POLKIT_OPTION))
                    != NULL;
            (void)munmap(bytes, size);
        }
    }
    (void)close(fd);
    return found;
}

static void
output_to_log(const char *dir)
{
    char path[PATH_LEN];
    (void)snprintf(path, sizeof(path), "%s/pcscd.log", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)dup2(fd, STDOUT_FILENO);
        (void)dup2(fd, STDERR_FILENO);
    }
}

static void
enter_or_end(const struct settings *settings, int error_fd)
{
    char run[PATH_LEN];
    char empty[PATH_LEN];
    const char *step = "";
    (void)snprintf(run, sizeof(run), "%s/run", settings->dir);
    (void)snprintf(empty, sizeof(empty), "%s/empty", settings->dir);
    enum beid_err err = namespace_enter(run, empty, &step);
    if (err == BEID_ERR_DENIED) {
        (void)dprintf(error_fd,
                      "ncannot %s: %m (in a container --pcscd-default may"
                      " help)",
                      step);
    } else if (err != BEID_OK) {
        (void)dprintf(error_fd, "fcannot %s: %m", step);
    }
    if (err != BEID_OK) {
        _exit(SETUP_FAILED);
    }
}

void
spawn_pcscd(const struct settings *settings, int error_fd)
{
    char name[] = "pcscd";
    char foreground[] = "--foreground";
    char config[] = "--config";
    char conf_dir[PATH_LEN];
    char polkit[] = "--" POLKIT_OPTION;
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *arguments[] = {name, foreground, config, conf_dir, NULL, NULL};
    char *environment[] = {path, NULL};
    sigset_t none;
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    output_to_log(settings->dir);
    (void)snprintf(conf_dir, sizeof(conf_dir), "%s/pcscd.d", settings->dir);
    const char *program = pcscd_find();
    if (program == NULL) {
        (void)dprintf(error_fd, "fpcscd is not installed");
        _exit(SETUP_FAILED);
    }
    if (knows_polkit_option(program)) {
        arguments[4] = polkit;
    }
    if (settings->pcscd == SETTINGS_PCSCD_PRIVATE) {
        enter_or_end(settings, error_fd);
    }
    (void)execve(program, arguments, environment);
    (void)dprintf(error_fd, "fcannot run %s: %m", program);
    _exit(SETUP_FAILED);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* "start": checks, the directory, the daemon in the background. */

#include "start.h"

#include "client.h"
#include "daemon.h"
#include "reply.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HANDLER_NAME "libbeid-ifd-virtual.so"

static int
refuse(const char *what, const char *detail)
{
    (void)fprintf(stderr, "beid-virtual-card: %s%s%s\n", what,
                  detail == NULL ? "" : ": ", detail == NULL ? "" : detail);
    return REPLY_USAGE;
}

/* A system call failed, errno says how. */
static int
fail(const char *what)
{
    (void)fprintf(stderr, "beid-virtual-card: %s: %m\n", what);
    return REPLY_FAILED;
}

/* HOST:PORT, in place. */
static bool
vpcd_parse(const char *text, struct settings *settings)
{
    static char address[64];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text
        || (size_t)(colon - text) >= sizeof(address)) {
        return false;
    }
    memcpy(address, text, (size_t)(colon - text));
    char *end = NULL;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || port == 0 || port > 65535) {
        return false;
    }
    settings->vpcd_address = address;
    settings->vpcd_port = (unsigned)port;
    return true;
}

static bool
readers_parse(const char *text, struct settings *settings)
{
    char *end = NULL;
    unsigned long readers = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || readers > SETTINGS_READERS_MAX) {
        return false;
    }
    settings->readers = (unsigned)readers;
    return true;
}

static bool
port_parse(const char *text, struct settings *settings)
{
    char *end = NULL;
    unsigned long port = strtoul(text, &end, 10);
    settings->responder = true;
    settings->responder_port = (unsigned)port;
    return end != text && *end == '\0' && port <= 65535;
}

static bool
pinpad_parse(const char *text, struct settings *settings)
{
    static const struct {
        const char *word;
        enum vpad_form form;
    } forms[] = {
        {"none", VPAD_NONE},
        {"direct", VPAD_DIRECT},
        {"start", VPAD_START},
        {"ppdu", VPAD_PPDU},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].word, text) == 0) {
            settings->pinpad = forms[i].form;
            return true;
        }
    }
    return false;
}

/* MAJOR.MINOR in hexadecimal, as readers count: 5.06 is 0506. */
static bool
firmware_parse(const char *text, struct settings *settings)
{
    char *end = NULL;
    unsigned long major = strtoul(text, &end, 16);
    if (end == text || *end != '.' || major > 0xFF) {
        return false;
    }
    const char *from = end + 1;
    unsigned long minor = strtoul(from, &end, 16);
    settings->firmware = (uint16_t)((major << 8) | minor);
    return end != from && *end == '\0' && minor <= 0xFF;
}

/* It goes between the quotes of reader.conf. */
static bool
name_parse(const char *text, struct settings *settings)
{
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof(settings->name)
        || strpbrk(text, "\"\\\n\t") != NULL) {
        return false;
    }
    memcpy(settings->name, text, len + 1);
    return true;
}

/* The options about the reader itself, and the responder. */
static int
settings_reader(const struct options *options, struct settings *settings)
{
    if (options->pinpad != NULL && !pinpad_parse(options->pinpad, settings)) {
        return refuse("--pinpad is none, direct, start or ppdu",
                      options->pinpad);
    }
    if (options->name != NULL && !name_parse(options->name, settings)) {
        return refuse("--name is 1 to 63 characters, no quotes", NULL);
    }
    if (options->firmware != NULL
        && !firmware_parse(options->firmware, settings)) {
        return refuse("--firmware is MAJOR.MINOR", options->firmware);
    }
    if (options->responder != NULL
        && !port_parse(options->responder, settings)) {
        return refuse("--responder is a port, or 0 for any",
                      options->responder);
    }
    if (settings->pinpad != VPAD_NONE && options->vpcd != NULL) {
        return refuse("--pinpad and --vpcd exclude each other", NULL);
    }
    return REPLY_OK;
}

static int
settings_values(const struct options *options, struct settings *settings)
{
    uint8_t block[VCARD_PIN_BLOCK_LEN];
    settings->applet = VCARD_APPLET_1_8;
    settings->readers = 1;
    settings->pin = options->pin == NULL ? "1234" : options->pin;
    settings->person =
        person_find(options->person == NULL ? "adult" : options->person);
    settings->empty = options->empty;
    if (options->applet != NULL
        && daemon_applet_parse(options->applet, &settings->applet) != BEID_OK) {
        return refuse("--applet is 1.7, 1.8, 1.1 or foreign", options->applet);
    }
    if (options->readers != NULL
        && !readers_parse(options->readers, settings)) {
        return refuse("--readers is 0 to 16", options->readers);
    }
    if (settings->person == NULL) {
        return refuse("unknown --person, see --help", options->person);
    }
    if (vcard_pin_block(settings->pin, block) != BEID_OK) {
        return refuse("--pin is 4 to 12 digits", NULL);
    }
    if (options->latency != NULL) {
        settings->latency = strcmp(options->latency, "card") == 0;
        if (!settings->latency && strcmp(options->latency, "none") != 0) {
            return refuse("--latency is none or card", options->latency);
        }
    }
    if (options->vpcd != NULL && !vpcd_parse(options->vpcd, settings)) {
        return refuse("--vpcd is HOST:PORT", options->vpcd);
    }
    if (options->no_pcscd || options->vpcd != NULL) {
        settings->pcscd = SETTINGS_PCSCD_NONE;
    } else if (options->pcscd_default) {
        settings->pcscd = SETTINGS_PCSCD_DEFAULT;
    }
    return REPLY_OK;
}

/* Made if need be; absolute, short enough for sockets, ours alone. */
static int
settings_dir(const struct options *options, struct settings *settings)
{
    struct stat about;
    if (mkdir(options->dir, 0700) != 0 && errno != EEXIST) {
        return fail(options->dir);
    }
    char *path = realpath(options->dir, NULL);
    if (path == NULL || stat(path, &about) != 0) {
        free(path);
        return fail(options->dir);
    }
    int len = snprintf(settings->dir, sizeof(settings->dir), "%s", path);
    int code = REPLY_OK;
    if (len < 0 || (size_t)len >= sizeof(settings->dir)) {
        code = refuse("--dir is too long for Unix sockets (91 bytes)", path);
    } else if (strpbrk(path, " \t\n\"#:") != NULL) {
        code = refuse("--dir must not hold blanks, '#', ':' or quotes"
                      " (reader.conf)",
                      path);
    } else if (!S_ISDIR(about.st_mode) || about.st_uid != geteuid()
               || chmod(path, 0700) != 0) {
        code = refuse("--dir must be a directory of yours", path);
    }
    free(path);
    return code;
}

/* Beside this program, or where it is installed. */
static int
settings_handler(const struct options *options, struct settings *settings)
{
    char self[SETTINGS_PATH_LEN];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[len < 0 ? 0 : len] = '\0';
    memcpy(settings->self, self, sizeof(self));
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    static const char *const places[] = {
        "%s/" HANDLER_NAME, "%s/" BEID_HANDLER_BELOW "/" HANDLER_NAME,
        BEID_HANDLER_DIR "/" HANDLER_NAME};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *format = options->handler == NULL ? places[i] : "%s";
        const char *value = options->handler == NULL ? self : options->handler;
        char path[2 * SETTINGS_PATH_LEN];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* from the table above */
        (void)snprintf(path, sizeof(path), format, value);
#pragma GCC diagnostic pop
        char *real = realpath(path, NULL);
        if (real != NULL && strlen(real) < sizeof(settings->handler)) {
            memcpy(settings->handler, real, strlen(real) + 1);
            free(real);
            return REPLY_OK;
        }
        free(real);
    }
    return refuse(HANDLER_NAME " not found, see --handler", NULL);
}

/* The daemon's own output goes to card.log; it leaves the terminal. */
static void
detach(const struct settings *settings)
{
    char path[DAEMON_PATH_LEN];
    (void)snprintf(path, sizeof(path), "%s/card.log", settings->dir);
    (void)setsid();
    (void)umask(077);
    if (chdir("/") != 0) {
        (void)fputs("cannot leave the working directory\n", stderr);
    }
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(log >= 0 ? log : null, STDOUT_FILENO);
        (void)dup2(log >= 0 ? log : null, STDERR_FILENO);
    }
}

static int
launch(const struct settings *settings, int lock)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return fail("pipe");
    }
    pid_t pid = fork();
    if (pid < 0) {
        return fail("fork");
    }
    if (pid == 0) {
        (void)close(pipe_fds[0]);
        (void)close(lock);
        detach(settings);
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        exit(daemon_run(settings, pipe_fds[1]));
    }
    (void)close(pipe_fds[1]);
    int code = client_print(pipe_fds[0]);
    (void)close(pipe_fds[0]);
    return code;
}

/* Who starts here at the same time waits, and then finds what runs. */
static int
dir_lock(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

int
start_run(const struct options *options)
{
    static struct settings settings;
    int code = settings_values(options, &settings);
    if (code == REPLY_OK) {
        code = settings_reader(options, &settings);
    }
    if (code == REPLY_OK) {
        code = settings_dir(options, &settings);
    }
    if (code == REPLY_OK) {
        code = settings_handler(options, &settings);
    }
    if (code != REPLY_OK) {
        return code;
    }
    int lock = dir_lock(settings.dir);
    if (lock < 0) {
        return fail(settings.dir);
    }
    if (client_running(settings.dir)) {
        (void)fprintf(stderr, "beid-virtual-card: already running in %s\n",
                      settings.dir);
        (void)close(lock);
        return REPLY_RUNNING;
    }
    code = launch(&settings, lock);
    (void)close(lock);
    if (code != REPLY_OK && client_running(settings.dir)) {
        struct options stop = {.verb = "stop", .dir = settings.dir};
        (void)client_ask(&stop); /* cards without pcscd are of no use */
    }
    return code;
}

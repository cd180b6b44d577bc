/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* New cards for the daemon, and where their PKI is kept. */

#include "daemon.h"
#include "personalise.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum beid_err
daemon_applet_parse(const char *text, enum vcard_applet *out)
{
    if (strcmp(text, "1.1") == 0) {
        *out = VCARD_APPLET_1_1;
    } else if (strcmp(text, "1.7") == 0) {
        *out = VCARD_APPLET_1_7;
    } else if (strcmp(text, "1.8") == 0) {
        *out = VCARD_APPLET_1_8;
    } else if (strcmp(text, "foreign") == 0) {
        *out = VCARD_FOREIGN;
    } else {
        return BEID_ERR_FORMAT;
    }
    return BEID_OK;
}

/* The applet that the daemon was started with lives in pki itself, a swapped
 * card of another one in a directory below. */
static enum beid_err
pki_dir(const struct daemon *daemon, enum vcard_applet applet,
        char out[DAEMON_PATH_LEN])
{
    const enum vcard_applet applets[] = {daemon->settings.applet, applet};
    for (size_t i = 0; i < sizeof(applets) / sizeof(applets[0]); i++) {
        responder_pki_dir(&daemon->responder, applets[i], out);
        if (mkdir(out, 0700) != 0 && errno != EEXIST) {
            return BEID_ERR_IO;
        }
    }
    return BEID_OK;
}

/* Files of another generation are from an earlier start: make them anew. */
static void
pki_forget(const char *dir)
{
    DIR *listing = opendir(dir);
    if (listing == NULL) {
        return;
    }
    const struct dirent *entry = NULL;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while ((entry = readdir(listing)) != NULL) {
        const char *suffix = strrchr(entry->d_name, '.');
        if (suffix != NULL
            && (strcmp(suffix, ".pem") == 0 || strcmp(suffix, ".key") == 0)) {
            (void)unlinkat(dirfd(listing), entry->d_name, 0);
        }
    }
    (void)closedir(listing);
}

enum beid_err
daemon_card_make(struct daemon *daemon, enum vcard_applet applet,
                 const struct person *person, struct vcard **out,
                 const char **why)
{
    char dir[DAEMON_PATH_LEN];
    if (applet == VCARD_FOREIGN) {
        struct vcard_image image = {.applet = VCARD_FOREIGN};
        *why = "the card cannot be made";
        return vcard_new(&image, out);
    }
    *why = "the test PKI directory cannot be made";
    enum beid_err err = pki_dir(daemon, applet, dir);
    if (err != BEID_OK) {
        return err;
    }
    *why = "the test PKI or the card cannot be made";
    char base[RESPONDER_URL_LEN];
    struct personalise order = {
        .applet = applet,
        .person = person,
        .pin = daemon->settings.pin,
        .pki_dir = dir,
        .number = daemon->cards_made,
        .servers = responder_base(&daemon->responder, applet, base),
    };
    err = personalise(&order, out);
    if (err == BEID_ERR_FORMAT) {
        pki_forget(dir);
        err = personalise(&order, out);
    }
    if (err == BEID_OK) {
        daemon->cards_made++;
    }
    return err;
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_SETTINGS_H
#define BEID_VIRTUAL_SETTINGS_H

#include "person.h"
#include "pinpad.h"
#include "vcard.h"

#include <stdbool.h>

#define SETTINGS_READERS_MAX 16U /* as pcscd */
#define SETTINGS_DIR_LEN 92U /* leaves room for /run/pcscd.comm in sun_path */
#define SETTINGS_PATH_LEN 1024U
#define SETTINGS_NAME_LEN 64U

/* How pcscd is run. */
enum settings_pcscd {
    SETTINGS_PCSCD_PRIVATE, /* in a mount namespace of its own */
    SETTINGS_PCSCD_DEFAULT, /* at its usual path, no namespaces */
    SETTINGS_PCSCD_NONE
};

/* What "start" asks for. */
struct settings {
    char dir[SETTINGS_DIR_LEN]; /* absolute */
    enum vcard_applet applet;
    const struct person *person;
    const char *pin;
    unsigned readers;
    bool empty;
    bool latency; /* answer at the speed of a real card */
    enum vpad_form pinpad;
    char name[SETTINGS_NAME_LEN]; /* of the readers; empty: ours */
    uint16_t firmware; /* major, minor */
    enum settings_pcscd pcscd;
    const char *vpcd_address; /* NULL: no vpcd */
    unsigned vpcd_port;
    bool responder; /* with an OCSP and CRL server */
    unsigned responder_port; /* 0: any */
    char self[SETTINGS_PATH_LEN]; /* this program */
    char handler[SETTINGS_PATH_LEN]; /* libbeid-ifd-virtual.so */
};

#endif

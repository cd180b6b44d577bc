/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "card_case.h"

#include "../unit.h"
#include "personalise.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMMAND_MAX 300U
#define PATH_LEN 96U

static char root[] = "/tmp/beid-virtual-XXXXXX";

int
case_setup(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int
remove_entry(const char *path, const struct stat *about, int flag,
             struct FTW *where)
{
    (void)about;
    (void)flag;
    (void)where;
    return remove(path);
}

int
case_teardown(void **state)
{
    (void)state;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

struct vcard *
case_card_of(enum vcard_applet applet, const char *person)
{
    char dir[PATH_LEN];
    (void)snprintf(dir, sizeof(dir), "%s/%s", root, person);
    (void)mkdir(dir, 0700);
    (void)snprintf(dir, sizeof(dir), "%s/%s/%x", root, person,
                   (unsigned)applet);
    (void)mkdir(dir, 0700);
    struct personalise order = {.applet = applet,
                                .person = person_find(person),
                                .pin = "1234",
                                .pki_dir = dir};
    assert_non_null(order.person);
    struct vcard *card = NULL;
    assert_int_equal(personalise(&order, &card), BEID_OK);
    return card;
}

const char *
case_pki(enum vcard_applet applet)
{
    static char dir[PATH_LEN];
    (void)snprintf(dir, sizeof(dir), "%s/adult/%x", root, (unsigned)applet);
    return dir;
}

struct vcard *
case_card(enum vcard_applet applet)
{
    return case_card_of(applet, "adult");
}

static unsigned
nibble(char digit)
{
    const char *digits = "0123456789ABCDEF";
    const char *at = strchr(digits, digit);
    assert_non_null(at);
    return (unsigned)(at - digits);
}

size_t
case_hex(const char *hex, uint8_t *out, size_t max)
{
    size_t len = 0;
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ') {
            continue;
        }
        assert_true(len < max);
        out[len] = (uint8_t)((nibble(hex[0]) << 4) | nibble(hex[1]));
        len++;
        hex++;
    }
    return len;
}

unsigned
case_ask(struct vcard *card, const char *command, struct vcard_answer *answer)
{
    uint8_t bytes[COMMAND_MAX];
    size_t len = case_hex(command, bytes, sizeof(bytes));
    vcard_transmit(card, beid_span_of(bytes, len), answer);
    assert_true(answer->len >= 2);
    answer->len -= 2;
    return ((unsigned)answer->bytes[answer->len] << 8)
           | answer->bytes[answer->len + 1];
}

unsigned
case_sw(struct vcard *card, const char *command)
{
    struct vcard_answer answer;
    return case_ask(card, command, &answer);
}

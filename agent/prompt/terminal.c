/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "prompt/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX 128U

static char name[VALUE_MAX];
static char type[VALUE_MAX];
static char character_set[VALUE_MAX];

/* A value that does not fit is as good as none. */
static void
keep(char to[VALUE_MAX], const char *value)
{
    size_t len = value != NULL ? strlen(value) : 0;
    if (len > 0 && len < VALUE_MAX) {
        memcpy(to, value, len + 1);
    }
}

static const char *
variable(const char *which)
{
    const char *value = secure_getenv(which);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

void
prompt_terminal_find(void)
{
    keep(name, variable("GPG_TTY"));
    if (name[0] == '\0' && ttyname_r(STDERR_FILENO, name, sizeof name) != 0) {
        name[0] = '\0';
    }
    keep(type, variable("TERM"));
    static const char *const order[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0;
         i < sizeof order / sizeof order[0] && character_set[0] == '\0'; i++) {
        keep(character_set, variable(order[i]));
    }
    /* Our texts are UTF-8 whatever the language of the desktop. */
    if (character_set[0] == '\0') {
        keep(character_set, "C.UTF-8");
    }
}

struct prompt_terminal
prompt_terminal_get(void)
{
    return (struct prompt_terminal){
        .name = name[0] != '\0' ? name : NULL,
        .type = type[0] != '\0' ? type : NULL,
        .character_set = character_set[0] != '\0' ? character_set : NULL,
    };
}

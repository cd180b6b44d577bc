/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* One letter per option; a verb lists those it takes. */
static const struct option table[] = {
    {"dir", required_argument, NULL, 'd'},
    {"applet", required_argument, NULL, 'a'},
    {"readers", required_argument, NULL, 'n'},
    {"person", required_argument, NULL, 'p'},
    {"pin", required_argument, NULL, 'P'},
    {"vpcd", required_argument, NULL, 'v'},
    {"handler", required_argument, NULL, 'H'},
    {"latency", required_argument, NULL, 'l'},
    {"empty", no_argument, NULL, 'e'},
    {"no-pcscd", no_argument, NULL, 'N'},
    {"pcscd-default", no_argument, NULL, 'D'},
    {"reader", required_argument, NULL, 'r'},
    {"file", required_argument, NULL, 'f'},
    {"off", no_argument, NULL, 'o'},
    {"set", required_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"at", required_argument, NULL, 'A'},
    {"do", required_argument, NULL, 'w'},
    {"wait", no_argument, NULL, 'W'},
    {"timeout", required_argument, NULL, 't'},
    {"pinpad", required_argument, NULL, 'k'},
    {"name", required_argument, NULL, 'm'},
    {"firmware", required_argument, NULL, 'F'},
    {"responder", required_argument, NULL, 'R'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const struct {
    const char *name;
    const char *takes;
} verbs[] = {
    {"start", "danpPvHleNDkmFR"},
    {"stop", "d"},
    {"insert", "dr"},
    {"remove", "dr"},
    {"plug", "dr"},
    {"unplug", "dr"},
    {"reset", "dr"},
    {"swap", "drap"},
    {"counters", "drj"},
    {"counters-reset", "dr"},
    {"tries", "drs"},
    {"trace", "dfo"},
    {"fault", "drAwWot"},
    {"release", "dr"},
    {"pcscd-start", "d"},
    {"pcscd-stop", "d"},
    {"pcscd-kill", "d"},
    {"keys", "drWt*"},
    {"certificate", "dr*"},
    {"responder", "ds"},
    {"responder-start", "d"},
    {"responder-stop", "d"},
    {"pki", "d*"},
    {"answer", "d*"},
};

static const char *
taken_by(const char *verb)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, verb) == 0) {
            return verbs[i].takes;
        }
    }
    return NULL;
}

/* Where the value of a letter goes; NULL for the ones without value. */
static const char **
value_of(struct options *options, int letter)
{
    const struct {
        int letter;
        const char **value;
    } places[] = {
        {'d', &options->dir},      {'a', &options->applet},
        {'n', &options->readers},  {'p', &options->person},
        {'P', &options->pin},      {'v', &options->vpcd},
        {'H', &options->handler},  {'r', &options->reader},
        {'f', &options->file},     {'s', &options->set},
        {'A', &options->at},       {'w', &options->what},
        {'t', &options->timeout},  {'l', &options->latency},
        {'k', &options->pinpad},   {'m', &options->name},
        {'F', &options->firmware}, {'R', &options->responder},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (places[i].letter == letter) {
            return places[i].value;
        }
    }
    return NULL;
}

static bool *
switch_of(struct options *options, int letter)
{
    switch (letter) {
    case 'e':
        return &options->empty;
    case 'N':
        return &options->no_pcscd;
    case 'D':
        return &options->pcscd_default;
    case 'j':
        return &options->json;
    case 'o':
        return &options->off;
    case 'W':
        return &options->wait;
    default:
        return &options->help;
    }
}

/* The words that are not options. */
static enum beid_err
join_words(int argc, char **argv, struct options *options, struct options *out)
{
    size_t at = 0;
    for (int i = optind; i < argc; i++) {
        int len = snprintf(options->keys + at, sizeof(options->keys) - at,
                           "%s%s", at == 0 ? "" : " ", argv[i]);
        if (len < 0 || (size_t)len >= sizeof(options->keys) - at) {
            (void)fputs("beid-virtual-card: too many words\n", stderr);
            return BEID_ERR_ARGUMENT;
        }
        at += (size_t)len;
    }
    *out = *options;
    return BEID_OK;
}

enum beid_err
options_parse(int argc, char **argv, struct options *out)
{
    struct options options = {.verb = argc > 1 ? argv[1] : "--help"};
    if (strcmp(options.verb, "--help") == 0
        || strcmp(options.verb, "help") == 0) {
        options.help = true;
        *out = options;
        return BEID_OK;
    }
    const char *takes = taken_by(options.verb);
    if (takes == NULL) {
        (void)fprintf(stderr, "beid-virtual-card: unknown command '%s'\n",
                      options.verb);
        return BEID_ERR_ARGUMENT;
    }
    int letter = 0;
    optind = 2;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while ((letter = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (letter == '?') {
            return BEID_ERR_ARGUMENT; /* getopt said why */
        }
        if (letter != 'h' && strchr(takes, letter) == NULL) {
            (void)fprintf(stderr,
                          "beid-virtual-card: '%s' does not take '%s'\n",
                          options.verb, argv[optind - 1]);
            return BEID_ERR_ARGUMENT;
        }
        const char **value = value_of(&options, letter);
        if (value != NULL) {
            *value = optarg;
        } else {
            *switch_of(&options, letter) = true;
        }
    }
    if (strchr(takes, '*') != NULL) {
        return join_words(argc, argv, &options, out);
    }
    if (optind < argc) {
        (void)fprintf(stderr, "beid-virtual-card: '%s' is not an option\n",
                      argv[optind]);
        return BEID_ERR_ARGUMENT;
    }
    *out = options;
    return BEID_OK;
}

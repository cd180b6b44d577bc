/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Calls Cryptoki functions as its standard input says, one command a line, and
 * answers each with one line: the return value in hexadecimal, then what the
 * command has to tell.
 *
 *   usage: module_client MODULE [OPTION-STRING]
 *   slots | pick N | token | slot | open [rw|ro [FILE]] | close |
 *   login [PIN] | context [PIN] | logout | certificate FILE | key |
 *   init MECHANISM | sign BYTE LENGTH FILE | session | setpin | event | wait |
 *   finalize | initialize | seat N | start COMMAND | join
 *
 * Without PIN, and for setpin, NULL is given. FILE is one whose existence
 * breaks an entry on the reader off. A seat is a slot, a session and a key, and
 * has a thread for "start"; join answers what that thread's command did.
 * "slots" picks the first slot.
 */
#include <p11-kit/pkcs11.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORD_MAX 256
#define DATA_MAX 256

static CK_FUNCTION_LIST *list;
static CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

struct seat {
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_SLOT_ID changed; /* what "wait" got */
    pthread_t thread;
    char line[4 * WORD_MAX]; /* of that thread, and what it came to */
    CK_RV rv;
};

static struct seat seats[2];
static _Thread_local struct seat *seat = seats;

/* The arguments of a command, empty when there are fewer. */
struct words {
    char word[4][WORD_MAX];
};

static CK_RV
find(CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_ULONG count = 0;
    CK_RV rv = list->C_FindObjectsInit(seat->session, &wanted, 1);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = list->C_FindObjects(seat->session, out, 1, &count);
    (void)list->C_FindObjectsFinal(seat->session);
    return rv == CKR_OK && count == 0 ? CKR_OBJECT_HANDLE_INVALID : rv;
}

static bool
save(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    bool good = fwrite(data, 1, len, file) == len;
    return fclose(file) == 0 && good;
}

static CK_RV
do_slots(const struct words *words)
{
    CK_SLOT_ID slots[16] = {0};
    CK_ULONG count = 0;
    (void)words;
    CK_RV rv = list->C_GetSlotList(CK_FALSE, NULL, &count);
    if (rv == CKR_OK && count <= 16) {
        rv = list->C_GetSlotList(CK_FALSE, slots, &count);
    }
    if (rv == CKR_OK && count > 0) {
        seat->slot = slots[0];
    }
    printf("%lu ", count);
    return rv;
}

static CK_RV
do_slot(const struct words *words)
{
    CK_SLOT_INFO info = {0};
    (void)words;
    CK_RV rv = list->C_GetSlotInfo(seat->slot, &info);
    printf("%lx ", info.flags);
    return rv;
}

static CK_RV
do_token(const struct words *words)
{
    CK_TOKEN_INFO info = {0};
    (void)words;
    CK_RV rv = list->C_GetTokenInfo(seat->slot, &info);
    printf("%lx ", info.flags);
    return rv;
}

/* Breaks an entry on the reader off as soon as there is that file. */
static CK_RV
surrender(CK_SESSION_HANDLE of, CK_NOTIFICATION event, void *file)
{
    return of == seat->session && event == CKN_SURRENDER
                   && access(file, F_OK) == 0
               ? CKR_CANCEL
               : CKR_OK;
}

static CK_RV
do_open(const struct words *words)
{
    static char file[WORD_MAX];
    CK_FLAGS flags = CKF_SERIAL_SESSION;
    memcpy(file, words->word[2], sizeof file);
    if (strcmp(words->word[1], "rw") == 0) {
        flags |= CKF_RW_SESSION;
    }
    return list->C_OpenSession(seat->slot, flags, file, surrender,
                               &seat->session);
}

static CK_RV
do_close(const struct words *words)
{
    (void)words;
    return list->C_CloseSession(seat->session);
}

static CK_RV
do_session(const struct words *words)
{
    CK_SESSION_INFO info = {0};
    (void)words;
    CK_RV rv = list->C_GetSessionInfo(seat->session, &info);
    printf("%lx %lu ", info.ulDeviceError, info.state);
    return rv;
}

static CK_RV
do_pick(const struct words *words)
{
    CK_SLOT_ID slots[16] = {0};
    CK_ULONG count = 16;
    unsigned long number = strtoul(words->word[1], NULL, 10);
    CK_RV rv = list->C_GetSlotList(CK_FALSE, slots, &count);
    if (rv == CKR_OK && number < count) {
        seat->slot = slots[number];
    }
    printf("%lu ", seat->slot);
    return rv;
}

static CK_RV
do_event(const struct words *words)
{
    (void)words;
    CK_RV rv = list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &seat->changed, NULL);
    printf("%lu ", seat->changed);
    return rv;
}

static CK_RV
do_wait(const struct words *words)
{
    (void)words;
    return list->C_WaitForSlotEvent(0, &seat->changed, NULL);
}

static CK_RV
do_finalize(const struct words *words)
{
    (void)words;
    return list->C_Finalize(NULL);
}

static CK_RV
do_initialize(const struct words *words)
{
    (void)words;
    return list->C_Initialize(&args);
}

static CK_RV
do_seat(const struct words *words)
{
    seat = &seats[words->word[1][0] == '1' ? 1 : 0];
    return CKR_OK;
}

/* Answers with the slot that "wait" got, if that was the command. */
static CK_RV
do_join(const struct words *words)
{
    (void)words;
    int err = pthread_join(seat->thread, NULL);
    printf("%lu ", seat->changed);
    return err == 0 ? seat->rv : CKR_GENERAL_ERROR;
}

static CK_RV
log_in(CK_USER_TYPE user, const struct words *words)
{
    unsigned char pin[WORD_MAX];
    size_t len = strlen(words->word[1]);
    if (len == 0) {
        return list->C_Login(seat->session, user, NULL, 0);
    }
    memcpy(pin, words->word[1], len);
    return list->C_Login(seat->session, user, pin, len);
}

static CK_RV
do_login(const struct words *words)
{
    return log_in(CKU_USER, words);
}

static CK_RV
do_context(const struct words *words)
{
    return log_in(CKU_CONTEXT_SPECIFIC, words);
}

static CK_RV
do_setpin(const struct words *words)
{
    (void)words;
    return list->C_SetPIN(seat->session, NULL, 0, NULL, 0);
}

static CK_RV
do_logout(const struct words *words)
{
    (void)words;
    return list->C_Logout(seat->session);
}

static CK_RV
do_certificate(const struct words *words)
{
    CK_OBJECT_HANDLE object = 0;
    static unsigned char value[8192];
    CK_ATTRIBUTE asked = {CKA_VALUE, value, sizeof value};
    CK_RV rv = find(CKO_CERTIFICATE, &object);
    if (rv == CKR_OK) {
        rv = list->C_GetAttributeValue(seat->session, object, &asked, 1);
    }
    if (rv == CKR_OK && !save(words->word[1], value, asked.ulValueLen)) {
        rv = CKR_GENERAL_ERROR;
    }
    return rv;
}

static CK_RV
do_key(const struct words *words)
{
    (void)words;
    return find(CKO_PRIVATE_KEY, &seat->key);
}

static CK_RV
do_init(const struct words *words)
{
    CK_MECHANISM mechanism = {strtoul(words->word[1], NULL, 16), NULL, 0};
    return list->C_SignInit(seat->session, &mechanism, seat->key);
}

static CK_RV
do_sign(const struct words *words)
{
    unsigned char data[DATA_MAX];
    unsigned char signature[DATA_MAX];
    CK_ULONG len = sizeof signature;
    unsigned long size = strtoul(words->word[2], NULL, 10);
    if (size > sizeof data) {
        return CKR_GENERAL_ERROR;
    }
    memset(data, (int)strtoul(words->word[1], NULL, 16), sizeof data);
    CK_RV rv = list->C_Sign(seat->session, data, size, signature, &len);
    if (rv == CKR_OK && !save(words->word[3], signature, len)) {
        rv = CKR_GENERAL_ERROR;
    }
    return rv;
}

struct command {
    const char *word;
    CK_RV (*run)(const struct words *words);
};

static CK_RV do_start(const struct words *words);

static const struct command commands[] = {
    {"slots", do_slots},       {"slot", do_slot},
    {"token", do_token},       {"open", do_open},
    {"close", do_close},       {"session", do_session},
    {"login", do_login},       {"context", do_context},
    {"logout", do_logout},     {"certificate", do_certificate},
    {"key", do_key},           {"init", do_init},
    {"sign", do_sign},         {"pick", do_pick},
    {"event", do_event},       {"wait", do_wait},
    {"finalize", do_finalize}, {"initialize", do_initialize},
    {"seat", do_seat},         {"start", do_start},
    {"join", do_join},         {"setpin", do_setpin},
};

static struct words
cut(const char *line)
{
    struct words words = {0};
    (void)sscanf(line, "%255s %255s %255s %255s", words.word[0], words.word[1],
                 words.word[2], words.word[3]);
    return words;
}

static const struct command *
command_of(const struct words *words)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(words->word[0], commands[i].word) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static void *
run_started(void *of)
{
    seat = of;
    struct words words = cut(seat->line);
    const struct command *command = command_of(&words);
    seat->rv = command == NULL ? CKR_GENERAL_ERROR : command->run(&words);
    return NULL;
}

/* The rest of the line in a thread; only commands that print nothing. */
static CK_RV
do_start(const struct words *words)
{
    (void)words;
    return pthread_create(&seat->thread, NULL, run_started, seat) == 0
               ? CKR_OK
               : CKR_GENERAL_ERROR;
}

static void
obey(const char *line)
{
    struct words words = cut(line);
    const struct command *command = command_of(&words);
    if (strncmp(line, "start ", 6) == 0) {
        (void)snprintf(seat->line, sizeof seat->line, "%s", line + 6);
    }
    if (command == NULL) {
        printf("unknown command\n");
    } else {
        printf("%lx\n", command->run(&words));
    }
    (void)fflush(stdout);
}

int
main(int argc, char **argv)
{
    char line[4 * WORD_MAX];
    CK_C_GetFunctionList get = NULL;
    void *module = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (module == NULL) {
        (void)fprintf(stderr, "cannot load the module\n");
        return 2;
    }
    args.pReserved = argc > 2 ? argv[2] : NULL;
    /* The way POSIX gives to get a function out of dlsym(). */
    *(void **)&get = dlsym(module, "C_GetFunctionList");
    if (get == NULL || get(&list) != CKR_OK
        || list->C_Initialize(&args) != CKR_OK) {
        (void)fprintf(stderr, "cannot initialise the module\n");
        return 2;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        obey(line);
    }
    CK_RV rv = list->C_Finalize(NULL);
    (void)dlclose(module);
    return rv == CKR_OK ? 0 : 1;
}

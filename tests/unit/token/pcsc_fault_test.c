/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Every call to PC/SC fails in turn, with every return code, during list,
 * read, login, signature and change of PIN: the right code comes back, no PIN
 * is sent twice, nothing is left behind (the sanitizers watch), and the next
 * attempt works. pcscd.c ends the program when a PIN that nobody gave is sent
 * or a handle is used after it was closed.
 */
#include "../unit.h"
#include "dialogue.h"
#include "pcscd.h"

#include <string.h>

#define NO_SUCH_FEATURE 0x8010001FU

struct setting {
    enum still_applet applet;
    bool context; /* transaction=sign */
    bool pinpad; /* the PIN is typed on the reader */
};

static struct setting settings[] = {
    {STILL_1_7, false, false}, {STILL_1_8, false, false},
    {STILL_1_7, true, false},  {STILL_1_8, true, false},
    {STILL_1_7, false, true},  {STILL_1_8, true, true},
};

/* The failure that is armed. */
static struct {
    size_t at; /* calls until then; 0: none */
    struct pcscd_action action;
    enum pcscd_call struck;
} fault;

static void
strike(void *ctx, enum pcscd_call call, struct pcscd_action *action)
{
    (void)ctx;
    if (fault.at > 0 && --fault.at == 0) {
        *action = fault.action;
        fault.struck = call;
    }
}

static const char *
start(const struct setting *setting)
{
    pcscd_reset(setting->applet, 1);
    pcscd_hook_set(strike, NULL);
    pcscd_pinpad(setting->pinpad);
    return setting->context ? "transaction=sign" : NULL;
}

/* libp11 gives up on all slots for other codes than these of a token. */
static bool
fits_list(CK_RV rv)
{
    return rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_TOKEN_NOT_RECOGNIZED
           || rv == CKR_DEVICE_ERROR;
}

/* Codes that mean that pcscd went away. */
static bool
no_service(uint32_t code)
{
    return code == 0x80100003 || code == 0x80100013 || code == 0x8010001D
           || code == 0x8010001E || code == 0x8010006A;
}

static bool
signs(enum dialogue_step step)
{
    return step == DIALOGUE_SIGN || step == DIALOGUE_SIGN_PARTS
           || step == DIALOGUE_SIGN_AGAIN;
}

/* What a client may be told when PC/SC said this. */
static bool
fits(enum dialogue_step step, uint32_t code, CK_RV rv)
{
    bool gone = rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT;
    if (rv == CKR_SLOT_ID_INVALID) {
        /* No pcscd is no slots to C_GetSlotList, and dialogue.c has none. */
        return fault.struck == PCSCD_ESTABLISH || fault.struck == PCSCD_LIST
               || no_service(code);
    }
    switch (code) {
    case 0x80100006: /* no memory */
        return rv == CKR_HOST_MEMORY;
    case 0x80100002: /* cancelled */
        return rv == CKR_FUNCTION_CANCELED;
    case 0x80100009: /* unknown reader */
    case 0x8010000C: /* no card */
    case 0x80100017: /* reader unavailable */
    case 0x8010002E: /* no readers */
    case 0x80100069: /* removed */
        return gone;
    case 0x80100068: /* reset: the right is lost, and with it the keys */
    case 0x80100016: /* not transacted: read again after a reset, as well */
        return rv == CKR_DEVICE_ERROR || gone
               || (signs(step)
                   && (rv == CKR_USER_NOT_LOGGED_IN
                       || rv == CKR_KEY_HANDLE_INVALID))
               || (step == DIALOGUE_LIST && fits_list(rv));
    case 0x8010000F: /* no common protocol */
    case 0x80100065: /* unsupported card */
        return rv == CKR_TOKEN_NOT_RECOGNIZED || gone;
    default:
        return step == DIALOGUE_LIST ? fits_list(rv)
                                     : rv == CKR_DEVICE_ERROR || gone;
    }
}

/* One step with the failure at the n-th call; false when it was not reached. */
static bool
try_at(const struct setting *setting, enum dialogue_step step, size_t n,
       struct pcscd_action action)
{
    fault.at = 0;
    const char *options = start(setting);
    assert_int_equal(dialogue_start(options), CKR_OK);
    fault.at = n;
    fault.action = action;
    CK_RV rv = dialogue_step(step, setting->context, setting->pinpad);
    bool reached = fault.at == 0;
    fault.at = 0;
    if (rv != CKR_OK && !fits(step, action.code, rv)) {
        fail_msg("step %d, call %zu of kind %d, PC/SC code %x: %lx", (int)step,
                 n, (int)fault.struck, (unsigned)action.code, rv);
    }
    assert_true(reached || rv == CKR_OK);
    assert_true(pcscd_verifies() <= 2);
    assert_int_equal(dialogue_step(step, setting->context, setting->pinpad),
                     CKR_OK);
    assert_int_equal(pcscd_card()->tries, STILL_TRIES);
    assert_true(!signs(step) || pcscd_card()->signatures > 0);
    dialogue_stop();
    assert_int_equal(pcscd_open_count(), 0);
    return reached;
}

/* Every call, until there are no more of them. */
static void
every_call(const struct setting *setting, enum dialogue_step step,
           struct pcscd_action action)
{
    size_t n = 1;
    while (try_at(setting, step, n, action)) {
        n++;
        assert_true(n < 500);
    }
    assert_true(n > 5);
}

static void
every_code_at_every_call(void **state)
{
    static const enum dialogue_step steps[] = {
        DIALOGUE_LIST, DIALOGUE_FIND,       DIALOGUE_LOGIN,
        DIALOGUE_SIGN, DIALOGUE_SIGN_AGAIN, DIALOGUE_SET_PIN,
    };
    const struct setting *setting = *state;
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        if (steps[s] == DIALOGUE_LOGIN && setting->context) {
            continue; /* there is no other login than that of a signature */
        }
        for (size_t c = 0; c < pcscd_code_count; c++) {
            if (setting->pinpad && pcscd_codes[c] == NO_SUCH_FEATURE) {
                continue; /* a reader that says so has no keys for good */
            }
            every_call(setting, steps[s],
                       (struct pcscd_action){.what = PCSCD_FAIL,
                                             .code = pcscd_codes[c]});
        }
    }
}

/* The call did what it should, and its result was lost. */
static void
answers_that_were_lost(void **state)
{
    static const uint32_t codes[] = {0x80100013, 0x80100069, 0x80100068,
                                     0x8010001D};
    const struct setting *setting = *state;
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
        const struct pcscd_action action = {.what = PCSCD_FAIL_AFTER,
                                            .code = codes[c]};
        every_call(setting, DIALOGUE_FIND, action);
        every_call(setting, DIALOGUE_SIGN, action);
        every_call(setting, DIALOGUE_SIGN_AGAIN, action);
        every_call(setting, DIALOGUE_SET_PIN, action);
    }
}

/* All objects and attributes ask the readers a thousand times: a failure of
 * each class, at ever fewer of the later calls, which are all alike. */
static void
reading_everything(void **state)
{
    static const uint32_t codes[] = {0x80100006, 0x80100069, 0x80100068,
                                     0x8010001D, 0x80100016};
    const struct setting *setting = *state;
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
        const struct pcscd_action action = {.what = PCSCD_FAIL,
                                            .code = codes[c]};
        size_t n = 1;
        while (try_at(setting, DIALOGUE_READ, n, action)) {
            n += 1 + n / 8;
            assert_true(n < 20000);
        }
        assert_true(n > 30);
    }
}

/* What a failed test before this one left. */
static int
prepare(void **state)
{
    (void)state;
    pcscd_reset(STILL_1_7, 1);
    (void)C_Finalize(NULL);
    return 0;
}

#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on settings[" #n "]", .test_func = (test),             \
        .setup_func = prepare, .initial_state = &settings[(n)]                 \
    }
#define PLAIN(test) ON((test), 0), ON((test), 1), ON((test), 2), ON((test), 3)
#define ALL(test) PLAIN(test), ON((test), 4), ON((test), 5)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(every_code_at_every_call),
        ALL(answers_that_were_lost),
        PLAIN(reading_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

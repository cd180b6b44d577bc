/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "worker/cryptoki_error.h"

#include <beid/slot_state.h>

#include <p11-kit/pkcs11.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 64U
#define TRIES_ALL 3U

struct cli_module {
    void *library;
    CK_FUNCTION_LIST_PTR call;
    bool started;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session; /* CK_INVALID_HANDLE: none */
};

static enum beid_err
load(const char *path, struct cli_module *module)
{
    module->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = module->library != NULL
                       ? dlsym(module->library, "C_GetFunctionList")
                       : NULL;
    CK_C_GetFunctionList get = NULL;
    memcpy(&get, &symbol, sizeof get); /* POSIX dlsym(): object to function */
    if (get == NULL || get(&module->call) != CKR_OK || module->call == NULL) {
        return BEID_ERR_NOT_FOUND;
    }
    char options[] = BEID_OPTION_SLOT_STATE;
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK,
                                      .pReserved = options};
    module->started = module->call->C_Initialize(&arguments) == CKR_OK;
    return module->started ? BEID_OK : BEID_ERR_NOT_FOUND;
}

enum beid_err
cli_module_open(const char *path, struct cli_module **out)
{
    struct cli_module *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = load(path, made);
    if (err != BEID_OK) {
        cli_module_close(&made);
        return err;
    }
    *out = made;
    return BEID_OK;
}

void
cli_module_close(struct cli_module **module)
{
    struct cli_module *old = *module;
    if (old == NULL) {
        return;
    }
    if (old->started) {
        (void)old->call->C_Finalize(NULL);
    }
    if (old->library != NULL) {
        (void)dlclose(old->library);
    }
    free(old);
    *module = NULL;
}

static enum cli_card_state
state_of(CK_FLAGS flags)
{
    if ((flags & BEID_SLOT_BUSY) != 0) {
        return CLI_CARD_BUSY;
    }
    if ((flags & BEID_SLOT_MUTE) != 0) {
        return CLI_CARD_MUTE;
    }
    if ((flags & BEID_SLOT_UNSUPPORTED) != 0) {
        return CLI_CARD_FOREIGN;
    }
    return (flags & CKF_TOKEN_PRESENT) != 0 ? CLI_CARD_READABLE : CLI_CARD_NONE;
}

enum beid_err
cli_module_slots(const struct cli_module *module, struct cli_slots *out)
{
    CK_SLOT_ID ids[CLI_SLOTS_MAX];
    CK_ULONG count = 0;
    struct cli_slots slots = {0};
    CK_RV rv = module->call->C_GetSlotList(CK_FALSE, NULL, &count);
    if (rv == CKR_OK) {
        count = CLI_SLOTS_MAX;
        rv = module->call->C_GetSlotList(CK_FALSE, ids, &count);
    }
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
        CK_SLOT_INFO info = {0};
        rv = module->call->C_GetSlotInfo(ids[i], &info);
        slots.id[slots.count] = ids[i];
        slots.state[slots.count] = state_of(info.flags);
        slots.count++;
    }
    if (rv != CKR_OK) {
        return cryptoki_err(rv);
    }
    *out = slots;
    return BEID_OK;
}

enum beid_err
cli_module_use(struct cli_module *module, unsigned long slot)
{
    CK_SLOT_INFO info = {0};
    if (module->session != CK_INVALID_HANDLE) {
        (void)module->call->C_CloseSession(module->session);
        module->session = CK_INVALID_HANDLE;
    }
    CK_RV rv = module->call->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
                                           &module->session);
    module->slot = slot;
    if (rv == CKR_OK) {
        return BEID_OK;
    }
    module->session = CK_INVALID_HANDLE;
    if (module->call->C_GetSlotInfo(slot, &info) == CKR_OK
        && (info.flags & BEID_SLOT_TOO_OLD) != 0) {
        return BEID_ERR_CARD_TOO_OLD;
    }
    return cryptoki_err(rv);
}

enum beid_err
cli_module_model(const struct cli_module *module, char out[CLI_MODEL_LEN + 1])
{
    CK_TOKEN_INFO info;
    memset(&info, 0, sizeof info);
    CK_RV rv = module->call->C_GetTokenInfo(module->slot, &info);
    if (rv != CKR_OK) {
        return cryptoki_err(rv);
    }
    size_t len = sizeof info.model;
    while (len > 0 && info.model[len - 1] == ' ') {
        len--;
    }
    memcpy(out, info.model, len);
    out[len] = '\0';
    return BEID_OK;
}

enum beid_err
cli_module_tries(const struct cli_module *module, unsigned int *out)
{
    CK_TOKEN_INFO info;
    memset(&info, 0, sizeof info);
    CK_RV rv = module->call->C_GetTokenInfo(module->slot, &info);
    if (rv != CKR_OK) {
        return cryptoki_err(rv);
    }
    if ((info.flags & CKF_USER_PIN_LOCKED) != 0) {
        *out = 0;
    } else if ((info.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        *out = 1;
    } else {
        *out = (info.flags & CKF_USER_PIN_COUNT_LOW) != 0 ? 2 : TRIES_ALL;
    }
    return BEID_OK;
}

bool
cli_module_has_keys(const struct cli_module *module)
{
    CK_SLOT_INFO info = {0};
    return module->call->C_GetSlotInfo(module->slot, &info) == CKR_OK
           && (info.flags & BEID_SLOT_PINPAD) != 0;
}

/* Which key or clock of the reader ended the entry; the card knows of none. */
static enum beid_err
entry_err(const struct cli_module *module, CK_SESSION_HANDLE session, CK_RV rv)
{
    static const struct {
        CK_ULONG said;
        enum beid_err err;
    } table[] = {{0x6400, BEID_ERR_TIMEOUT},
                 {0x6401, BEID_ERR_CANCELLED},
                 {0x6402, BEID_ERR_FORMAT},
                 {0x6403, BEID_ERR_PIN_LENGTH}};
    CK_SESSION_INFO info = {0};
    if (rv == CKR_ARGUMENTS_BAD) {
        return BEID_ERR_UNSUPPORTED;
    }
    CK_RV asked =
        rv != CKR_OK ? module->call->C_GetSessionInfo(session, &info) : CKR_OK;
    for (size_t i = 0; asked == CKR_OK && i < sizeof table / sizeof *table;
         i++) {
        if (table[i].said == info.ulDeviceError) {
            return table[i].err;
        }
    }
    return cryptoki_err(rv);
}

enum beid_err
cli_module_change_pin(const struct cli_module *module,
                      struct beid_secret *old_pin, struct beid_secret *new_pin)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CK_RV rv = module->call->C_OpenSession(module->slot,
                                           CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                           NULL, NULL, &session);
    enum beid_err err = cryptoki_err(rv);
    if (rv == CKR_OK && old_pin != NULL && new_pin != NULL) {
        rv = module->call->C_SetPIN(
            session, beid_secret_room(old_pin), beid_secret_span(old_pin).len,
            beid_secret_room(new_pin), beid_secret_span(new_pin).len);
        err = cryptoki_err(rv);
    } else if (rv == CKR_OK) {
        rv = module->call->C_SetPIN(session, NULL, 0, NULL, 0);
        err = entry_err(module, session, rv);
    }
    if (session != CK_INVALID_HANDLE) {
        (void)module->call->C_CloseSession(session);
    }
    return err;
}

static enum beid_err
find(const struct cli_module *module, CK_OBJECT_CLASS class, const char *label,
     CK_OBJECT_HANDLE *out)
{
    char text[LABEL_MAX];
    CK_ULONG count = 0;
    CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
    int len = snprintf(text, sizeof text, "%s", label);
    if (len < 0 || (size_t)len >= sizeof text) {
        return BEID_ERR_ARGUMENT;
    }
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_LABEL, text, (CK_ULONG)len}};
    CK_RV rv = module->call->C_FindObjectsInit(module->session, wanted, 2);
    if (rv == CKR_OK) {
        rv = module->call->C_FindObjects(module->session, &found, 1, &count);
        CK_RV ended = module->call->C_FindObjectsFinal(module->session);
        rv = rv == CKR_OK ? ended : rv;
    }
    if (rv != CKR_OK) {
        return cryptoki_err(rv);
    }
    if (count == 0) {
        return BEID_ERR_NOT_FOUND;
    }
    *out = found;
    return BEID_OK;
}

static enum beid_err
read_value(const struct cli_module *module, CK_OBJECT_HANDLE object,
           struct beid_buf *out)
{
    CK_ATTRIBUTE asked = {CKA_VALUE, NULL, 0};
    CK_RV rv =
        module->call->C_GetAttributeValue(module->session, object, &asked, 1);
    if (rv == CKR_OK && asked.ulValueLen > 0) {
        asked.pValue = beid_buf_extend(out, asked.ulValueLen);
        if (asked.pValue == NULL) {
            return beid_buf_status(out);
        }
        rv = module->call->C_GetAttributeValue(module->session, object, &asked,
                                               1);
    }
    if (rv == CKR_OBJECT_HANDLE_INVALID) {
        return BEID_ERR_NOT_FOUND; /* such a file was expected, in vain */
    }
    return rv == CKR_OK ? beid_buf_truncate(out, asked.ulValueLen)
                        : cryptoki_err(rv);
}

enum beid_err
cli_module_data(const struct cli_module *module, const char *label,
                struct beid_buf *out)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    enum beid_err err = find(module, CKO_DATA, label, &object);
    beid_buf_reset(out);
    return err == BEID_OK ? read_value(module, object, out) : err;
}

/* CK_DATE has no separators and no terminator. */
static void
put_date(const CK_DATE *date, char out[CLI_DATE_LEN + 1])
{
    (void)snprintf(out, CLI_DATE_LEN + 1, "%.4s-%.2s-%.2s",
                   (const char *)date->year, (const char *)date->month,
                   (const char *)date->day);
}

enum beid_err
cli_module_certificate(const struct cli_module *module, const char *label,
                       struct cli_certificate *out)
{
    CK_DATE from = {0};
    CK_DATE to = {0};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ATTRIBUTE dates[] = {{CKA_START_DATE, &from, sizeof from},
                            {CKA_END_DATE, &to, sizeof to}};
    enum beid_err err = find(module, CKO_CERTIFICATE, label, &object);
    beid_buf_reset(&out->der);
    if (err == BEID_OK) {
        err = read_value(module, object, &out->der);
    }
    if (err != BEID_OK) {
        return err;
    }
    CK_RV rv =
        module->call->C_GetAttributeValue(module->session, object, dates, 2);
    if (rv != CKR_OK || dates[0].ulValueLen != sizeof from
        || dates[1].ulValueLen != sizeof to) {
        return BEID_ERR_FORMAT;
    }
    put_date(&from, out->from);
    put_date(&to, out->to);
    return BEID_OK;
}

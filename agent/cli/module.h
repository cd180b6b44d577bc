/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_MODULE_H
#define BEID_CLI_MODULE_H

#include <beid/bytes.h>
#include <beid/err.h>
#include <beid/secret.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * The card for subcommands, through the PKCS#11 module alone: what any
 * program can do.
 */
struct cli_module;

#define CLI_SLOTS_MAX 32U
#define CLI_DATE_LEN 10U /* YYYY-MM-DD */
#define CLI_MODEL_LEN 16U

enum cli_card_state {
    CLI_CARD_NONE,
    CLI_CARD_READABLE,
    CLI_CARD_FOREIGN, /* not a Belgian eID card */
    CLI_CARD_MUTE,
    CLI_CARD_BUSY, /* held by another program */
};

struct cli_slots {
    size_t count;
    unsigned long id[CLI_SLOTS_MAX];
    enum cli_card_state state[CLI_SLOTS_MAX];
};

struct cli_certificate {
    struct beid_buf der;
    char from[CLI_DATE_LEN + 1]; /* empty when there is none */
    char to[CLI_DATE_LEN + 1];
};

/* Loads and initialises; BEID_ERR_NOT_FOUND when that is no module. */
enum beid_err cli_module_open(const char *path,
                              struct cli_module **out) BEID_NODISCARD;

/* Finalises and unloads; accepts NULL; sets *module to NULL. */
void cli_module_close(struct cli_module **module);

/* All readers, in the order of their slots. BEID_ERR_NO_SERVICE. */
enum beid_err cli_module_slots(const struct cli_module *module,
                               struct cli_slots *out) BEID_NODISCARD;

/* Opens a session on that slot in place of the one before; BEID_ERR_CARD_TOO_OLD
 * for cards of applet 1.0 and 1.1. */
enum beid_err cli_module_use(struct cli_module *module,
                             unsigned long slot) BEID_NODISCARD;

/* CK_TOKEN_INFO.model of the slot in use, "Applet 1.8". */
enum beid_err cli_module_model(const struct cli_module *module,
                               char out[CLI_MODEL_LEN + 1]) BEID_NODISCARD;

/* Tries left of the PIN for logging in, from the token's flags: 0 to 3. */
enum beid_err cli_module_tries(const struct cli_module *module,
                               unsigned int *out) BEID_NODISCARD;

/* Can the PIN be typed on the keys of the reader in use? */
bool cli_module_has_keys(const struct cli_module *module);

/*
 * Changes the PIN of the card in use; both NULL: typed on the reader. No
 * right is open afterwards. BEID_ERR_PIN_WRONG, BEID_ERR_PIN_BLOCKED, and from
 * the reader BEID_ERR_CANCELLED, BEID_ERR_TIMEOUT, BEID_ERR_PIN_LENGTH,
 * BEID_ERR_FORMAT when the two new PINs differ, BEID_ERR_UNSUPPORTED when its
 * keys are not for this.
 */
enum beid_err cli_module_change_pin(const struct cli_module *module,
                                    struct beid_secret *old_pin,
                                    struct beid_secret *new_pin) BEID_NODISCARD;

/* Of the slot in use, by label; BEID_ERR_NOT_FOUND when the card has none. */
enum beid_err cli_module_data(const struct cli_module *module,
                              const char *label,
                              struct beid_buf *out) BEID_NODISCARD;
enum beid_err
cli_module_certificate(const struct cli_module *module, const char *label,
                       struct cli_certificate *out) BEID_NODISCARD;

#endif

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_LAYERS_H
#define BEID_SYS_LAYERS_H

#include <stdbool.h>

/* Does this kernel offer the layer? Nothing is changed by asking. */
bool beid_layer_landlock(void);
bool beid_layer_seccomp(void);

#endif

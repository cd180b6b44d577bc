/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_SELF_ATTACK_H
#define BEID_SYS_SELF_ATTACK_H

/*
 * Test builds only (CMake option BEID_SELF_ATTACK): a process does to itself
 * what an attacker in it would try, so that a test sees its walls hold. In
 * released programs the call does nothing (self_attack_none.c).
 */

/* When a process tries: between the layers, or behind both. */
enum beid_attack_stage {
    BEID_ATTACK_LANDLOCK,
    BEID_ATTACK_SECCOMP
};

/*
 * word is WHAT, or landlock-WHAT for the first stage; NULL: none. WHAT: open
 * write socket connect exec fork ptrace signal mmapwx thread owner fastopen
 * dlopen load unix=PATH. Writes "self-attack WHAT: succeeded" or the name of
 * the error to the log, when the process lives to tell. A word of another stage
 * does nothing.
 */
void beid_self_attack(enum beid_attack_stage stage, const char *word);

#endif

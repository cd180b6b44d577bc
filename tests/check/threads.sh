#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# threads.sh TREE BUILD CARDS: the tests with threads, of the module, of the
# verifier and of the portal, under ThreadSanitizer; those of the module once
# more over the real pcscd, with the virtual cards of the build CARDS.
set -euo pipefail
cd "$1"
module=(event_test mutex_test place_test sharing_test thread_test torture_test)
verifier=(unit_verify_shared unit_verify_trust unit_verify_memory
    unit_verify_crypto)
portal=(portal-slow)
cmake --preset dev -B "$2" -DBEID_SANITIZE=thread >/dev/null
cmake --build "$2" -j 2 --target "${module[@]}" "${verifier[@]}" \
    beid-portal beid_module module_client module_forker -- --quiet

# under OPTIONS TEST...: a finding ends the program with a failure.
under()
{
    export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 $1"
    shift
    local pattern
    pattern=$(IFS='|'; echo "$*")
    ctest --test-dir "$build" --no-tests=error --output-on-failure \
        --tests-regex "^($pattern)\$"
}
build=$2
under "" "${module[@]}"
under "suppressions=$PWD/tests/check/threads.supp" "${verifier[@]}" "${portal[@]}"

# 77 where no private pcscd is allowed.
BEID_BUILD=$3 BEID_APPLET=1.8 PYTHONDONTWRITEBYTECODE=1 \
    BEID_CLIENT=$build/tests/contract/module/module_client \
    BEID_MODULE=$build/pkcs11/beid-agent-pkcs11.so \
    tests/harness/alone python3 tests/contract/module/test_slots.py

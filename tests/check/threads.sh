#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# threads.sh TREE BUILD: the tests with threads, of the module, of the verifier and
# of the portal, under ThreadSanitizer.
set -euo pipefail
cd "$1"
module=(event_test mutex_test place_test sharing_test thread_test torture_test)
verifier=(unit_verify_shared unit_verify_trust unit_verify_memory
    unit_verify_crypto)
portal=(portal-slow)
cmake --preset dev -B "$2" -DBEID_SANITIZE=thread >/dev/null
cmake --build "$2" -j 2 --target "${module[@]}" "${verifier[@]}" \
    beid-portal -- --quiet

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

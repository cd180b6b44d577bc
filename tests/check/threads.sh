#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# threads.sh TREE BUILD: the module's tests with threads under ThreadSanitizer.
set -euo pipefail
cd "$1"
tests=(event_test mutex_test sharing_test thread_test torture_test)
cmake --preset dev -B "$2" -DBEID_SANITIZE=thread >/dev/null
cmake --build "$2" -j 2 --target "${tests[@]}" -- --quiet
# A finding ends the program with a failure; no finding is left out.
export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1"
pattern=$(IFS='|'; echo "${tests[*]}")
exec ctest --test-dir "$2" --no-tests=error --output-on-failure \
    --tests-regex "^($pattern)\$"

#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# sanitizers.sh TREE BUILD: the unit tests and what the fuzzers found, under
# ASan and UBSan.
set -euo pipefail
cd "$1"
cmake --preset dev -B "$2" >/dev/null
cmake --build "$2" -j 2 -- --quiet
exec ctest --test-dir "$2" --no-tests=error --output-on-failure \
    --label-regex '^(unit|fuzz)$'

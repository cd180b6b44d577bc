#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# tidy.sh BUILD [FILE-REGEX]: clang-tidy has nothing to say about the files of
# the clang build that clang.sh left in BUILD.
set -euo pipefail
# shellcheck source=tests/check/tools.sh
. "$(dirname "$0")/tools.sh"
need_clang_14 clang-tidy
status=0
output=$(run-clang-tidy -quiet -j 2 -p "$1" "${2:-.*}" 2>&1) || status=$?
# Neither colours, nor the commands, nor the counts of suppressed warnings.
printf '%s\n' "$output" | sed 's/\x1b\[[0-9;]*m//g' \
    | grep -vE '^(clang-tidy|[0-9]+ warnings? generated|$)' || true
exit "$status"

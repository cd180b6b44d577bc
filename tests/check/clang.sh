#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# clang.sh TREE BUILD: the whole tree builds with clang, without a warning.
set -euo pipefail
cd "$1"
cmake --preset ci-clang -B "$2" >/dev/null
cmake --build "$2" -j 2 -- --quiet

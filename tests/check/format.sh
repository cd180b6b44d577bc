#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# format.sh TREE: every C file is as clang-format 14 leaves it.
set -euo pipefail
# shellcheck source=tests/check/tools.sh
. "$(dirname "$0")/tools.sh"
need_clang_14 clang-format
cd "$1"
list_files '*.c' '*.h' | xargs -0 clang-format --dry-run -Werror

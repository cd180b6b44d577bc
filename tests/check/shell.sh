#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# shell.sh TREE: shellcheck has nothing to say about any shell script.
set -euo pipefail
# shellcheck source=tests/check/tools.sh
. "$(dirname "$0")/tools.sh"
cd "$1"
list_files '*' | while IFS= read -r -d '' name; do
    read -r first <"$name" 2>/dev/null || continue
    case "$name:$first" in
    *.sh:* | *:'#!'*sh) printf '%s\0' "$name" ;;
    esac
done 2>/dev/null | xargs -0 shellcheck --external-sources

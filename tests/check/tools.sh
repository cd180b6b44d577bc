#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by the shell checks: listing files, and the tools' versions.

# list_files PATTERN...: zero-terminated names below the current directory; of
# a git work tree, what git knows or would add.
list_files()
{
    if [ -e .git ]; then
        git -c safe.directory="$PWD" ls-files -z --cached --others \
            --exclude-standard -- "$@" | while IFS= read -r -d '' name; do
            if [ -f "$name" ]; then
                printf '%s\0' "$name"
            fi
        done
    else
        local pattern
        for pattern in "$@"; do
            find . -type f -name "$pattern" -print0
        done
    fi
}

# The tree is formatted and linted with Debian 12's clang 14; other versions
# want other things.
need_clang_14()
{
    local version
    version=$("$1" --version | sed -n 's/.*version \([0-9]*\).*/\1/p' | head -1)
    if [ "$version" != 14 ]; then
        echo "skipped: $1 is version $version, the tree follows version 14"
        exit 77
    fi
}

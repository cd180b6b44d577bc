#!/bin/sh
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
# The module exports what clients look up, and nothing of its inside or of
# what it links; it needs no library but these.
#   usage: exports.sh MODULE
set -eu

exported=$(nm -D --defined-only "$1" | awk '{ print $3 }' | sed 's/@.*//' \
    | LC_ALL=C sort)
[ "$exported" = C_GetFunctionList ] || {
    echo "exported symbols: $exported" >&2
    exit 1
}
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' \
    | grep -vE '^lib(c|crypto|pcsclite|asan|ubsan|gcc_s)\.so' || true)
[ -z "$needed" ] || {
    echo "needs: $needed" >&2
    exit 1
}

#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: installed.sh BUILD-DIR CMAKE CC. What another project gets: the
# installed header, library and pkg-config file build and run its program.
set -euo pipefail
build=$(realpath "$1")
cmake=$2
cc=$3
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
for component in verify verify-devel; do
    DESTDIR=$root "$cmake" --install "$build" --component "$component" >/dev/null
done
pc=$(find "$root" -name beid-verify.pc)
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root
cat >"$root/client.c" <<'C'
#include <beid/verify.h>
#include <stdio.h>
int
main(void)
{
    return puts(beid_verify_result_name(BEID_VERIFY_EXPIRED)) < 0;
}
C
# shellcheck disable=SC2046 # words on purpose
"$cc" "$root/client.c" -o "$root/client" $(pkg-config --cflags --libs beid-verify) \
    ${BEID_SANITIZE:+-fsanitize="$BEID_SANITIZE"}
library=$(dirname "$(find "$root" -name libbeid-verify.so.0)")
[ "$(LD_LIBRARY_PATH=$library "$root/client")" = expired ]
# The headers are those two and no more.
[ "$(find "$root" -path '*include*' -type f | wc -l)" = 2 ]
command=$(find "$root" -name beid-verify -type f)
LD_LIBRARY_PATH=$library "$command" --help >/dev/null

#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: exports.sh LIBRARY HEADER CC. The library exports exactly what its
# header declares, under one version and soname; a program that has nothing
# but that header and the library builds as C11 and runs.
set -euo pipefail
library=$(realpath "$1")
header=$(realpath "$2")
cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
nm -D --defined-only "$library" | awk '$2 == "T" {print $3}' | sort >exported
sed -n 's/.*\b\(beid_verify_[a-z_]*\)(.*/\1/p' "$header" | grep -v -x beid_verify_result \
    | sort -u >declared
diff <(sed 's/@@BEID_VERIFY_0$//' exported) declared
grep -v '@@BEID_VERIFY_0$' exported && exit 1
readelf -d "$library" | grep -q 'SONAME.*\[libbeid-verify\.so\.0\]'
mkdir -p include/beid
cp "$header" "${header%.h}_types.h" include/beid/
cat >client.c <<'C'
#include <beid/verify.h>
int
main(void)
{
    struct beid_verify *verifier = 0;
    struct beid_verify_report *report = 0;
    const struct beid_verify_token request = {"{}", 2, "https://a.example",
        "12345678901234567890123456789012345678901234"};
    if (beid_verify_new(&verifier) != BEID_VERIFY_OK) {
        return 1;
    }
    int result = beid_verify_token(verifier, &request, &report);
    beid_verify_free(&verifier);
    return result == BEID_VERIFY_TOKEN_SIZE && report == 0 ? 0 : 1;
}
C
"$cc" -std=c11 -pedantic -Wall -Werror -Iinclude client.c "$library" -o client \
    ${BEID_SANITIZE:+-fsanitize="$BEID_SANITIZE"}
LD_LIBRARY_PATH=$(dirname "$library") ./client

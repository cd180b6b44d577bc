#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# The demo where the kernel refuses namespaces, Landlock and netlink: it must
# still log in, and must name what is missing.
#
# The demo then uses pcscd's usual path. So that another pcscd of this machine
# neither disturbs nor is disturbed, the directory of that path is an empty one
# of this test's own, where the kernel allows that.
set -euo pipefail
source_dir=$1
usual=/run/pcscd

if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: pcscd at its usual path needs root"
    exit 77
fi
if [ "${2:-}" != --own-path ] && unshare --mount true 2>/dev/null; then
    exec "$(dirname "$0")/own_path" "$0" "$source_dir" --own-path
fi
if [ -e "$usual/pcscd.comm" ]; then
    echo "skipped: another pcscd uses its usual path on this machine"
    exit 77
fi

out=$(mktemp)
trap 'rm -f "$out"' EXIT
/usr/bin/python3 "$source_dir/tests/harness/plain_container.py" \
    "$source_dir/tests/demo" </dev/null | tee "$out"
for layer in namespaces Landlock NETLINK_SOCK_DIAG; do
    if ! grep -q "missing layers:.*$layer" "$out"; then
        echo "the demo did not name the missing layer $layer"
        exit 1
    fi
done
grep -q "login and step-up worked, and a statement was signed" "$out"
if [ -e "$usual/pcscd.comm" ]; then
    echo "the demo left its pcscd behind"
    exit 1
fi

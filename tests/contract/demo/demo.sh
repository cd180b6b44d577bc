#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# demo.sh SOURCE APPLET: the demo while another pcscd runs at its usual path. It
# tells each step, leaves nothing behind, and that pcscd is as it was.
set -euo pipefail
source_dir=$1
applet=$2
if [ "${3:-}" != --own-path ]; then
    exec "$(dirname "$0")/own_path" "$0" "$source_dir" "$applet" --own-path
fi

work=$(mktemp -d)
pcscd --foreground >"$work/pcscd.log" 2>&1 &
pcscd=$!
trap 'kill "$pcscd" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    [ -S /run/pcscd/pcscd.comm ] && break
    sleep 0.1
done
[ -S /run/pcscd/pcscd.comm ]

# No terminal, in both ways: an empty standard input, and none.
mkdir "$work/tmp"
if [ "$applet" = 1.7 ]; then
    exec <&-
else
    exec </dev/null
fi
TMPDIR=$work/tmp "$source_dir/tests/demo" --applet "$applet" | tee "$work/out"

for step in 'card found: ' 'the prompt says:' 'APDUs: [0-9]' \
    'verified identity: ' 'level of assurance: Hoog' \
    'answers 401: ' 'CAdES Verification successful' \
    'login and step-up worked'; do
    if ! grep -q "$step" "$work/out"; then
        echo "the demo did not print: $step"
        exit 1
    fi
done
left=$(find "$work/tmp" -mindepth 1)
if [ -n "$left" ]; then
    echo "the demo left files behind: $left"
    exit 1
fi
# Each of its programs had this directory in its environment.
for process in /proc/[0-9]*; do
    if tr '\0' '\n' 2>/dev/null <"$process/environ" \
        | grep -qxF "TMPDIR=$work/tmp"; then
        echo "the demo left a process behind: $(tr '\0' ' ' <"$process/cmdline")"
        exit 1
    fi
done
kill -0 "$pcscd"
[ -S /run/pcscd/pcscd.comm ]

#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Wrong arguments of the demo end at once with status 2 and say why.
set -uo pipefail
demo=$1/tests/demo
failed=0

refuses()
{
    local said status
    said=$("$demo" "$@" 2>&1 </dev/null)
    status=$?
    if [ "$status" -ne 2 ] || [[ "$said" != demo:* ]]; then
        echo "demo $*: status $status, said: $said"
        failed=1
    fi
}

refuses --applet
refuses --applet 1.1
refuses --nonsense
refuses --keep-photos
refuses --keep-photos /proc/photos
refuses --keep-photos "$demo"
"$demo" --help | grep -q '^Usage:' || failed=1
exit "$failed"

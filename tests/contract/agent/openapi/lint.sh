#!/bin/sh
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# lint.sh DIR FILE   lints FILE with the Spectral that npm put into DIR, and
#                    copies of it with a mistake, which must be found.
set -eu
spectral=$1/node_modules/.bin/spectral
rules=$(dirname "$0")/ruleset.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

lint() {
    "$spectral" lint --quiet --fail-severity=hint --ruleset "$rules" "$1"
}

# wrong NAME SED: the rule NAME finds what SED does to the file.
wrong() {
    sed "$2" "$file" >"$work/wrong.yaml"
    if lint "$work/wrong.yaml" >"$work/said" 2>&1; then
        echo "not found: $1" >&2
        exit 1
    fi
    grep -q " $1 " "$work/said" || {
        cat "$work/said" >&2
        exit 1
    }
}

file=$2
lint "$file"
wrong oas3-valid-media-example 's/reference: E13-7K3QX/reference: [E13]/'
wrong operation-operationId-unique 's/operationId: events/operationId: status/'
wrong invalid-ref 's|schemas/SignAnswer|schemas/SignAnswr|'
wrong oas3-unused-component 's/^    Event: /    Other: /'
echo "the description passes, and four mistakes are found"

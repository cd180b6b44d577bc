#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: pack.sh SDK FOLDER
# Packs the SDK as npm publishes it and unpacks that into FOLDER/node_modules,
# where npm would install it.
set -euo pipefail
sdk=$1
folder=$2
work=$(mktemp -d "$folder/pack.XXXXXX")
trap 'rm -rf "$work"' EXIT
npm pack "$sdk" --pack-destination "$work" --cache "$folder/npm-cache" \
    --offline --silent >/dev/null
mkdir "$work/beid-agent"
tar -xzf "$work"/beid-agent-*.tgz -C "$work/beid-agent" --strip-components=1
rm -rf "$folder/node_modules/beid-agent"
mv "$work/beid-agent" "$folder/node_modules/"

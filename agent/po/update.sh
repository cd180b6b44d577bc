#!/bin/sh
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# update.sh          writes beid-agent.pot anew and brings every .po along
# update.sh --check  fails when beid-agent.pot is older than text_*.h
set -eu
cd "$(dirname "$0")"

extract() {
    xgettext --language=C --from-code=UTF-8 --keyword --keyword=TEXT:2 \
        --no-location --sort-by-file --width=80 \
        --package-name=beid-agent --copyright-holder='The beid-agent authors' \
        --output="$1" text_card.h text_cli.h text_doctor.h text_errand.h text_journal.h text_list.h text_pin.h text_prompt.h
    # The date would make every run a change.
    sed -i -e '/^"POT-Creation-Date:/d' -e '/^# FIRST AUTHOR/d' \
        -e '/^#, fuzzy$/d' -e 's/charset=CHARSET/charset=UTF-8/' \
        -e '/^# This file is distributed/d' -e '/^#$/d' \
        -e '1s/.*/# SPDX-FileCopyrightText: The beid-agent authors/' \
        -e 's/^# Copyright (C).*/# SPDX-License-Identifier: Apache-2.0/' "$1"
}

fresh=$(mktemp)
trap 'rm -f "$fresh" "$fresh.new"' EXIT
extract "$fresh"
# What counts: headers and line lengths differ between versions of gettext.
messages() {
    msgcat --no-wrap "$1" | sed '1,/^$/d'
}

if [ "${1:-}" = --check ]; then
    messages "$fresh" >"$fresh.new"
    messages beid-agent.pot | diff -u - "$fresh.new"
    exit
fi
cat "$fresh" >beid-agent.pot
for language in nl fr de; do
    msgmerge --quiet --update --backup=none --no-fuzzy-matching --width=80 \
        "$language.po" beid-agent.pot
done

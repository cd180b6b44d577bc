#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: command.sh BEID-VERIFY. The command line itself: options, exit
# codes, output in text, files that cannot be read.
set -euo pipefail
verify=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/contract/verify/pki.sh
. "$here/pki.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

# expect CODE PATTERN ARGUMENT...: exit code, and what output must match.
expect()
{
    local code=$1 pattern=$2 got=0
    shift 2
    "$verify" "$@" >out 2>&1 </dev/null || got=$?
    if [ "$got" -ne "$code" ] || ! grep -q -e "$pattern" out; then
        echo "FAILED: beid-verify $*: exit $got instead of $code, output:"
        cat out
        failures=$((failures + 1))
    fi
}

origin=https://portal.example:8443
nonce=$(openssl rand -base64 32)
pki_make p384
token_make ES384 "$origin" "$nonce" >token.json
answer_make "$(cat token.json)" ca.pem root.pem >answer.json
base=(token --origin "$origin" --nonce "$nonce")
printf 'no certificate\n' >text.pem
sed -n 1,5p root.pem >cut.pem
: >empty.pem

expect 0 '^verified$' "${base[@]}" --trust root.pem answer.json
expect 0 '^given names:  *Nora Angèle$' "${base[@]}" --trust root.pem answer.json
expect 0 '^national number:  *85073003328$' "${base[@]}" --trust root.pem answer.json
expect 0 '^revocation:  *not checked$' "${base[@]}" --trust root.pem answer.json
expect 0 '^verified$' "${base[@]}" answer.json --trust root.pem
expect 0 '^verified$' "${base[@]}" --trust root.pem --intermediate ca.pem token.json
expect 0 '"result":"ok"' "${base[@]}" --json --trust root.pem answer.json
expect 0 '^Usage: ' --help
expect 0 '^Usage: ' token --help
expect 0 '^beid-verify [0-9]' --version
expect 21 '^refused (untrusted): ' "${base[@]}" answer.json
expect 18 '^refused (expired): ' "${base[@]}" --trust root.pem --at 2090-01-01T00:00:00+01:00 answer.json
expect 18 '^refused (expired): ' "${base[@]}" --trust root.pem --at 9999-12-31T23:59:59Z answer.json
expect 10 '^refused (token_size): ' "${base[@]}" --trust root.pem -
expect 1 'nowhere.json: ' "${base[@]}" --trust root.pem nowhere.json
expect 1 'nowhere.pem: ' "${base[@]}" --trust nowhere.pem answer.json
expect 1 '\.: ' "${base[@]}" --trust root.pem .

for file in text.pem cut.pem empty.pem auth.pem token.json; do
    expect 2 "$file: not a CA certificate" "${base[@]}" --trust "$file" answer.json
    expect 2 "$file: not a CA certificate" "${base[@]}" --intermediate "$file" answer.json
done
cat root.pem cut.pem >half.pem
expect 2 'half.pem: not a CA certificate' "${base[@]}" --trust half.pem answer.json
expect 2 'beid-verify --help'
expect 2 'one CERTIFICATE' certificate
expect 2 'unknown option' certificate --nonce "$nonce" auth.pem
expect 2 'unknown option' token --use signature answer.json
expect 2 'unknown option' "${base[@]}" --trusted root.pem answer.json
expect 2 'a value is missing' "${base[@]}" answer.json --trust
expect 2 'one TOKEN.json' "${base[@]}" --trust root.pem
expect 2 'one TOKEN.json' "${base[@]}" answer.json token.json
expect 2 'are needed' token --nonce "$nonce" answer.json
expect 2 'are needed' token --origin "$origin" answer.json
for wrong in https://portal.example/ https://Portal.example https://portal.example:443 \
    http://portal.example portal.example https:// https://portal.example:0 \
    https://user@portal.example 'https://portal.example?x' https://portal.example:99999; do
    expect 2 '--origin wants' token --origin "$wrong" --nonce "$nonce" answer.json
done
for wrong in short "${nonce% *} with blanks and more" "$(printf 'n%.0s' {1..129})" "${nonce%?}"; do
    expect 2 '--nonce wants' token --origin "$origin" --nonce "$wrong" answer.json
done
for wrong in yesterday 2026-11-23 2026-02-30T00:00:00Z 2026-11-23T24:00:00Z \
    2026-11-23T00:00:00 2026-11-23T00:00:00+1 2026-11-23T00:00:00.Z \
    9999-12-31T23:59:00-00:01 0000-01-01T00:00:00+00:01; do
    expect 2 '--at wants' "${base[@]}" --at "$wrong" answer.json
done

# What is wrong is named, whatever the file is.
head -c 100000 /dev/urandom >garbage
head -c 8000000 /dev/zero >huge
mkdir folder
request=$(printf '{}' | base64).x.y
printf '%s' "$request" >request.jws
says() { expect "$@"; expect "$1" "\"exitCode\":$1[,}]" "${@:3}" --json; }
for file in empty.pem garbage huge text.pem; do
    says 10 'refused (token_size)' "${base[@]}" --trust root.pem "$file"
    says 14 'refused (certificate)' certificate --trust root.pem "$file"
    says 31 'refused (request)' statement --request "$file" --portal-name P answer.json
    expect 2 "$file: not a CA certificate" certificate --trust "$file" auth.pem
done
for file in nowhere folder; do
    says 1 "beid-verify: $file: " "${base[@]}" --trust root.pem "$file"
    says 1 "beid-verify: $file: " certificate --trust root.pem "$file"
    says 1 "beid-verify: $file: " statement --request request.jws --portal-name P "$file"
    says 1 "beid-verify: $file: " statement --request "$file" --portal-name P answer.json
    says 1 "beid-verify: $file: " statement --request request.jws --portal-name P \
        --same-person-as "$file" answer.json
    expect 1 "beid-verify: $file: " certificate --trust "$file" auth.pem
    expect 1 "beid-verify: $file: " cas "$file"
done
expect 20 'garbage: neither certificates' cas garbage
expect 20 'huge: neither certificates' cas huge
expect 2 'empty.pem: no CA certificate in it' cas empty.pem
expect 2 '--trusted: unknown option' "${base[@]}" --trusted root.pem answer.json
expect 2 '--trust: a value is missing' "${base[@]}" answer.json --trust
expect 2 '--lang wants' statement --request request.jws --portal-name P --lang it answer.json
for option in --ocsp-age --skew --timeout; do
    for wrong in x '' -1 1x 99999999999999999999; do
        expect 2 "$option wants a number" "${base[@]}" "$option" "$wrong" answer.json
    done
    expect 2 "$option" "${base[@]}" "$option" 9999999999999 answer.json
done
for option in --ocsp-prefix --crl-prefix; do
    for wrong in ftp://host http:// http://host/ '' http://a@b; do
        expect 2 "$option wants http" "${base[@]}" "$option" "$wrong" answer.json
    done
done

# A verdict that nobody can read is no success.
if "$verify" "${base[@]}" --trust root.pem answer.json >/dev/full 2>err; then
    echo "FAILED: success although the verdict could not be written"
    failures=$((failures + 1))
fi
echo "$failures failures"
[ "$failures" -eq 0 ]

#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: certificate.sh BEID-VERIFY. One certificate by itself: both uses, the
# policies of each, and the qualified statements of the signature certificate.
set -euo pipefail
verify=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/contract/verify/pki.sh
. "$here/pki.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

# expect CODE WHAT FILTER FILE [ARGUMENT...]: exit code, and a jq filter.
expect()
{
    local code=$1 what=$2 filter=$3 file=$4 got=0
    shift 4
    "$verify" certificate --trust root.pem --intermediate ca.pem --json "$@" \
        "$file" >verdict.json 2>verdict.err || got=$?
    if [ "$got" -ne "$code" ] || ! jq -e "$filter" verdict.json >/dev/null; then
        echo "FAILED: $what: exit $got instead of $code: $(cat verdict.json verdict.err)"
        failures=$((failures + 1))
    fi
}

# sign_variant CODE WHAT EXTENSIONS [ARGUMENT...]
sign_variant()
{
    local code=$1 what=$2 extensions=$3
    shift 3
    pki_sign odd ca "${pki_subject/Authentication/Signature}" "$extensions" -sha384
    expect "$code" "$what" . odd.pem "$@"
}

pki_make p384
pki_key odd.key p384
policy=certificatePolicies=2.16.56.12.1.1.2.1
pki_signer p384
cp sign.pem odd.pem
expect 0 "authentication" '.certificate.use == "authentication" and
    (.certificate.qualified | not) and .revocation == "not checked"' auth.pem
expect 0 "signature" '.certificate.use == "signature" and .certificate.qualified
    and (.certificate.qualifiedDevice | not)
    and .certificate.policy == "2.16.56.12.1.1.2.1"' odd.pem
expect 0 "signature, asked for" . odd.pem --use signature
expect 0 "authentication, asked for" . auth.pem --use authentication
expect 16 "signature in place of authentication" . odd.pem --use authentication
expect 16 "authentication in place of signature" . auth.pem --use signature
expect 27 "device not stated" . odd.pem --require-device
expect 16 "a CA" . ca.pem
expect 14 "no certificate" . odd.key
cat odd.pem auth.pem >two.pem
expect 14 "two certificates" . two.pem
openssl x509 -in odd.pem -outform DER -out odd.der
expect 0 "in DER" . odd.der
printf x >>odd.der
expect 14 "a byte behind" . odd.der
head -c 20000 /dev/zero >zeros
expect 14 "too long" . zeros
expect 18 "past its end" . odd.pem --at 2090-01-01T00:00:00Z

usage=keyUsage=critical,nonRepudiation
qc='1.3.6.1.5.5.7.1.3=DER:'
sign_variant 27 "not qualified" "$usage"$'\n'"$policy"
sign_variant 27 "only QcSSCD" "$usage"$'\n'"$policy"$'\n'"${qc}300A3008060604008E460104"
sign_variant 0 "both statements" "$usage"$'\n'"$policy"$'\n'"${qc}30143008060604008E4601013008060604008E460104" --require-device
sign_variant 27 "no sequence" "$usage"$'\n'"$policy"$'\n'"${qc}0500"
sign_variant 27 "cut short" "$usage"$'\n'"$policy"$'\n'"${qc}300A3008060604008E46"
sign_variant 26 "policy of the other use" "$usage"$'\n'"$pki_policy"$'\n'"$pki_qc"
sign_variant 16 "both usages" $'keyUsage=digitalSignature,nonRepudiation\n'"$policy"$'\n'"$pki_qc"
echo "$failures failures"
[ "$failures" -eq 0 ]

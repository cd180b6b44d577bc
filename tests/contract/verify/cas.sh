#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: cas.sh BEID-VERIFY. The issuing CAs for validators that need them
# configured: those that chain to what is trusted, and no others.
set -euo pipefail
verify=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/contract/verify/pki.sh
. "$here/pki.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

fail()
{
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect CODE WHAT ARGUMENT...: into list.pem; a refusal lists nothing.
expect()
{
    local code=$1 what=$2 got=0
    shift 2
    "$verify" cas "$@" >list.pem 2>list.err || got=$?
    [ "$got" -eq "$code" ] || fail "$what: exit $got instead of $code: $(cat list.err)"
    [ "$code" -eq 0 ] || [ ! -s list.pem ] || fail "$what: refused, and yet a list"
}

# listed N: so many certificates are in list.pem.
listed()
{
    [ "$(grep -c 'BEGIN CERTIFICATE' list.pem)" -eq "$1" ] ||
        fail "not $1 certificates: $(cat list.pem)"
}

spki()
{
    openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64
}

good()
{
    token=$(token_make ES384 https://portal.example MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=)
    answer_make "$token" ca.pem root.pem >login.json
    jq -n --arg ca "$(pem_base64 ca.pem)" '{certificate: "x", chain: [$ca]}' >signing.json
    jq -n --arg ca "$(pem_base64 ca.pem)" \
        '{statement: "x", signature: "x", unverifiedEvidence: {chain: [$ca]}}' >statement.json
    openssl x509 -in ca.pem -outform DER -out ca.der
    for file in login.json signing.json statement.json ca.pem ca.der; do
        expect 0 "from $file" --trust root.pem "$file"
        listed 1
        openssl verify -CAfile root.pem -untrusted list.pem auth.pem >/dev/null ||
            fail "openssl cannot use the list of $file"
        cmp -s <(openssl x509 -in list.pem) <(openssl x509 -in ca.pem) || fail "another certificate"
    done
    grep -q "^# SPKI SHA-256: $(spki ca.pem)\$" list.pem || fail "no hash of the key"
    grep -q '^# subject: .*TEST Citizen CA' list.pem || fail "no subject"
    grep -q "$(spki root.pem)" list.pem || fail "the root is not named"
    grep -q "^# valid: .* to $(date -u -d "$(openssl x509 -in ca.pem -noout -enddate | cut -d= -f2)" \
        +%Y-%m-%dT%H:%M:%SZ)\$" list.pem || fail "no end"
    expect 0 "from all of them, each once" --trust root.pem login.json signing.json ca.pem root.pem
    listed 1
    expect 0 "from standard input" --trust root.pem - <login.json
    listed 1
    expect 0 "trust in the issuing CA itself" --trust ca.pem ca.pem
    listed 1
}

between()
{
    pki_key mid.key p384
    pki_key low.key p384
    pki_sign mid root '/CN=TEST Middle' "$pki_ca_extensions" -sha384
    pki_sign low mid '/CN=TEST Low' "$pki_ca_extensions" -sha384
    expect 0 "one CA between, in another file" --trust root.pem low.pem mid.pem
    listed 2
    expect 0 "one CA between, helping only" --trust root.pem --intermediate mid.pem low.pem
    listed 1
    expect 21 "one CA between is missing" --trust root.pem low.pem
}

refused()
{
    expect 21 "a test CA, and the Belgian roots" login.json
    pki_key fake.key p384
    pki_key below.key p384
    pki_sign fake fake '/C=BE/CN=Belgium Root CA4' "$pki_ca_extensions" -sha384
    pki_sign below fake '/C=BE/CN=Citizen CA/serialNumber=202601' "$pki_ca_extensions" -sha384
    expect 21 "a root that has the name only" below.pem fake.pem
    expect 21 "the same beside good ones" --trust root.pem login.json below.pem
    grep -q 'refused (untrusted): .*Citizen CA' list.err || fail "not told which: $(cat list.err)"
    expect 16 "a citizen's certificate" --trust root.pem auth.pem
    pki_sign below root '/CN=TEST x' 'basicConstraints=critical,CA:TRUE
keyUsage=critical,cRLSign' -sha384
    expect 16 "a CA that may not issue" --trust root.pem below.pem
    pki_sign below root '/CN=TEST x' "$pki_ca_extensions" -sha1
    expect 19 "SHA-1" --trust root.pem below.pem
    pki_key weak.key rsa1024
    pki_sign weak root '/CN=TEST x' "$pki_ca_extensions" -sha384
    expect 19 "RSA of 1024 bits" --trust root.pem weak.pem
    expect 22 "after its time" --trust root.pem --at 2090-01-01T00:00:00Z ca.pem
    pki_sign below ca '/CN=TEST x' "$pki_ca_extensions" -sha384
    pki_sign ca root '/C=BE/CN=TEST Citizen CA/serialNumber=202601' \
        "${pki_ca_extensions/CA:TRUE/CA:TRUE,pathlen:0}" -sha384
    expect 21 "below a CA that issues to people only" --trust root.pem --intermediate ca.pem below.pem
    sed '/^-----END/d' ca.pem >cut.pem
    expect 20 "half a certificate" --trust root.pem cut.pem
    echo x >cut.pem
    expect 20 "no certificate" --trust root.pem cut.pem
    jq '.unverifiedEvidence.chain[0] = "?"' login.json >bad.json
    expect 20 "a chain that cannot be read" --trust root.pem bad.json
    echo '{"token":' >bad.json
    expect 11 "no JSON" --trust root.pem bad.json
    jq 'del(.unverifiedEvidence)' login.json >bad.json
    expect 2 "no chain" --trust root.pem bad.json
    expect 2 "roots only" --trust root.pem root.pem
    expect 2 "an option of others" --nonce x ca.pem
}

json()
{
    "$verify" cas --trust root.pem --json login.json >list.json
    jq -e --arg ca "$(spki ca.pem)" --arg root "$(spki root.pem)" '(.certificates | length) == 2
        and (.certificates[0] | .result == "ok" and .spkiSha256 == $ca and (.pem | startswith("-----BEGIN"))
            and .root == false and .anchorSpkiSha256 == $root)
        and (.certificates[1] | .root == true and .pem == null)' list.json >/dev/null ||
        fail "JSON: $(cat list.json)"
    local got=0
    "$verify" cas --json login.json >list.json 2>/dev/null || got=$?
    [ "$got" -eq 21 ] || fail "JSON: exit $got"
    jq -e '[.certificates[].result] == ["untrusted", "untrusted"] and .certificates[0].pem == null
        and [.pinnedRoots[].commonName] == ["Belgium Root CA", "Belgium Root CA2", "Belgium Root CA3",
            "Belgium Root CA4", "Belgium Root CA6"]' list.json >/dev/null || fail "JSON: $(cat list.json)"
}

pki_make p384
good
between
json
refused
expect 0 "without files, the roots"
listed 0
grep -q '^# SPKI SHA-256: b1538a9071705a92d938e506b738da0cafd1ae66aec2eeddc75479d433bd8776$' list.pem ||
    fail "Belgium Root CA4 is not listed"
[ "$failures" -eq 0 ]

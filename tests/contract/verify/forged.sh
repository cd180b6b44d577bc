#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: forged.sh BEID-VERIFY. Good tokens are accepted; tokens that break
# exactly one rule are refused with exactly that rule's exit code.
set -euo pipefail
verify=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/contract/verify/pki.sh
. "$here/pki.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

origin=https://portal.example
nonce=$(openssl rand -base64 32)
failures=0
cases=0

# expect CODE WHAT [ARGUMENT...]: the token is on standard input.
expect()
{
    local code=$1 what=$2 got=0
    shift 2
    cat >token.in
    vector token "$code" "$what" --origin "$origin" --nonce "$nonce" "$@" <token.in
    "$verify" token --origin "$origin" --nonce "$nonce" "$@" --json - \
        <token.in >verdict.json 2>verdict.err || got=$?
    cases=$((cases + 1))
    if [ "$got" -ne "$code" ] \
        || [ "$(jq .exitCode verdict.json)" != "$code" ]; then
        echo "FAILED: $what: exit $got instead of $code: $(cat verdict.json verdict.err)"
        failures=$((failures + 1))
    fi
    # Who was refused is nobody's business.
    if [ "$code" -ne 0 ] && grep -q -e 85073003328 -e Specimen verdict.json verdict.err; then
        echo "FAILED: $what: a refusal tells the holder"
        failures=$((failures + 1))
    fi
}

trusted=(--trust root.pem)

# corpus ALGORITHM: what holds for both kinds of key. Needs the PKI in place.
corpus()
{
    local alg=$1 token answer
    token=$(token_make "$alg" "$origin" "$nonce")
    answer=$(answer_make "$token" ca.pem root.pem)

    expect 0 "$alg: answer of the agent" "${trusted[@]}" <<<"$answer"
    jq -e '.revocation == "not checked"
        and .identity.nationalNumber == "85073003328"
        and .identity.givenNames == "Nora Angèle"
        and .anchor.pinned == false' verdict.json >/dev/null || {
        echo "FAILED: $alg: verdict is $(cat verdict.json)"
        failures=$((failures + 1))
    }
    expect 0 "$alg: bare token, intermediate named" "${trusted[@]}" \
        --intermediate ca.pem <<<"$token"
    expect 0 "$alg: issuing CA trusted" --trust ca.pem <<<"$token"
    openssl x509 -in root.pem -outform DER -out root.der
    expect 0 "$alg: trust in DER" --trust root.der <<<"$answer"
    cat root.pem ca.pem >both.pem
    expect 0 "$alg: several in one PEM" --trust both.pem <<<"$token"
    expect 0 "$alg: another trusted CA beside" --trust other.pem --trust root.pem <<<"$answer"
    expect 0 "$alg: unknown members" "${trusted[@]}" \
        <<<"$(jq -c '.token.action = "web-eid:authenticate"' <<<"$answer")"
    expect 0 "$alg: format web-eid:1.1 with its intermediates" "${trusted[@]}" \
        <<<"$(jq -c --arg ca "$(pem_base64 ca.pem)" '.format = "web-eid:1.1"
            | .unverifiedIntermediateCertificates = [$ca]' <<<"$token")"

    expect 25 "$alg: other origin" "${trusted[@]}" \
        <<<"$(answer_make "$(token_make "$alg" https://portal.example.evil.example "$nonce")" ca.pem root.pem)"
    expect 25 "$alg: origin with port" "${trusted[@]}" \
        <<<"$(answer_make "$(token_make "$alg" "$origin:443" "$nonce")" ca.pem root.pem)"
    expect 25 "$alg: other nonce" "${trusted[@]}" \
        <<<"$(answer_make "$(token_make "$alg" "$origin" "$(openssl rand -base64 32)")" ca.pem root.pem)"
    expect 25 "$alg: origin and nonce in the other order" "${trusted[@]}" \
        <<<"$(answer_make "$(token_make "$alg" "$nonce" "$origin")" ca.pem root.pem)"
    expect 25 "$alg: another key of the same kind" "${trusted[@]}" \
        <<<"$(answer_make "$(token_make "$alg" "$origin" "$nonce" auth.pem twin.key)" ca.pem root.pem)"
    signed=$(jq -r .signature <<<"$token")
    expect 25 "$alg: one bit of the signature" "${trusted[@]}" \
        <<<"$(jq -c --arg s "$(flip "$signed")" '.token.signature = $s' <<<"$answer")"
    expect 24 "$alg: signature cut short" "${trusted[@]}" \
        <<<"$(jq -c --arg s "$(base64 -d <<<"$signed" | head -c 95 | base64 -w0)" '.token.signature = $s' <<<"$answer")"
    expect 24 "$alg: signature with a byte behind" "${trusted[@]}" \
        <<<"$(jq -c --arg s "$({ base64 -d <<<"$signed" && printf x; } | base64 -w0)" '.token.signature = $s' <<<"$answer")"
    expect 24 "$alg: line break in the signature" "${trusted[@]}" \
        <<<"$(jq -c '.token.signature |= .[0:64] + "\n" + .[64:]' <<<"$answer")"
    expect 24 "$alg: empty signature" "${trusted[@]}" \
        <<<"$(jq -c '.token.signature = ""' <<<"$answer")"
    expect 24 "$alg: base64url signature" "${trusted[@]}" \
        <<<"$(jq -c '.token.signature |= "-_" + .[2:]' <<<"$answer")"

    local word
    for word in none HS256 ES256 ES512 RS512 PS256 rs256 "ES384 "; do
        expect 13 "$alg: algorithm $word" "${trusted[@]}" \
            <<<"$(jq -c --arg a "$word" '.token.algorithm = $a' <<<"$answer")"
    done
    for word in web-eid:2 web-eid:1.2 web-eid:1.0.0 WEB-EID:1.0 web-eid; do
        expect 12 "$alg: format $word" "${trusted[@]}" \
            <<<"$(jq -c --arg f "$word" '.token.format = $f' <<<"$answer")"
    done
    expect 12 "$alg: members of 1.1 under the label 1.0" "${trusted[@]}" \
        <<<"$(jq -c '.token.unverifiedSigningCertificates = []' <<<"$answer")"

    expect 21 "$alg: not even a root is trusted by default" <<<"$answer"
    expect 21 "$alg: another root" --trust other.pem <<<"$answer"
    expect 21 "$alg: no intermediate" "${trusted[@]}" <<<"$token"
    expect 17 "$alg: before its time" "${trusted[@]}" --at 2001-01-01T00:00:00Z <<<"$answer"
    expect 18 "$alg: after its time" "${trusted[@]}" --at 2090-01-01T00:00:00Z <<<"$answer"
}

# hash_of TEXT: as agent and portal make the nonce of a request.
hash_of()
{
    printf %s "$1" | openssl dgst -sha256 -binary | base64 -w0
}

# What answers a step-up request for access: its nonce is the whole request's.
accesses()
{
    local requests=$here/../../../portal/vectors/requests.jsonl nonce BEID_REQUEST other answer
    BEID_REQUEST=$(jq -rs 'map(select(.stepUp == "access"))[0].request' "$requests")
    other=$(jq -rs 'map(select(.stepUp == "access"))[1].request' "$requests")
    export BEID_REQUEST
    nonce=$(hash_of "$BEID_REQUEST")
    answer=$(answer_make "$(token_make ES384 "$origin" "$nonce")" ca.pem root.pem)
    expect 0 "answer to an access request" "${trusted[@]}" <<<"$answer"
    answer=$(answer_make "$(token_make ES384 "$origin" "$(hash_of "$other")")" ca.pem root.pem)
    expect 25 "answer to another access request" "${trusted[@]}" <<<"$answer"
    other=$(hash_of "${BEID_REQUEST%.*}")
    answer=$(answer_make "$(token_make ES384 "$origin" "$other")" ca.pem root.pem)
    expect 25 "answer to an access request without its signature" "${trusted[@]}" <<<"$answer"
}

# flip BASE64: the same bytes with one bit of the last but ten changed.
flip()
{
    python3 -c 'import base64, sys
raw = bytearray(base64.b64decode(sys.argv[1]))
raw[-10] ^= 1
print(base64.b64encode(raw).decode())' "$1"
}

# JSON and certificate text: the same for both kinds of key.
texts()
{
    local token answer cert
    token=$(token_make ES384 "$origin" "$nonce")
    answer=$(answer_make "$token" ca.pem root.pem)
    cert=$(pem_base64 auth.pem)

    expect 11 "text behind" "${trusted[@]}" <<<"$answer{}"
    expect 11 "cut off" "${trusted[@]}" <<<"${answer%?}"
    expect 11 "comment" "${trusted[@]}" <<<"/* */$answer"
    expect 11 "trailing comma" "${trusted[@]}" <<<"${answer%?},}"
    expect 11 "array" "${trusted[@]}" <<<"[$answer]"
    expect 11 "member twice" "${trusted[@]}" \
        <<<"${token%?},\"format\":\"web-eid:1.0\"}"
    expect 11 "member twice, one escaped" "${trusted[@]}" \
        <<<"${token%?},\"\\u0066ormat\":\"web-eid:1.0\"}"
    expect 11 "token twice" "${trusted[@]}" <<<"${answer%?},\"token\":$token}"
    expect 11 "escaped zero" "${trusted[@]}" <<<"${token%?},\"x\":\"a\\u0000b\"}"
    expect 11 "lone surrogate" "${trusted[@]}" <<<"${token%?},\"x\":\"\\ud800\"}"
    expect 11 "not UTF-8" "${trusted[@]}" < <(printf '%s,"x":"\xff"}' "${token%?}")
    expect 11 "nested too deeply" "${trusted[@]}" \
        <<<"${token%?},\"x\":[[[[[[[[1]]]]]]]]}"
    expect 11 "number as signature" "${trusted[@]}" <<<"$(jq -c '.token.signature = 1' <<<"$answer")"
    expect 11 "no certificate" "${trusted[@]}" <<<"$(jq -c 'del(.token.unverifiedCertificate)' <<<"$answer")"
    expect 11 "names in another case" "${trusted[@]}" \
        <<<"$(jq -c '.token.Format = .token.format | del(.token.format)' <<<"$answer")"
    expect 11 "token is text" "${trusted[@]}" <<<"$(jq -c '.token |= tojson' <<<"$answer")"
    expect 10 "too short" "${trusted[@]}" <<<'{"format":"web-eid:1.0"}'
    expect 10 "token over 10000 characters" "${trusted[@]}" \
        <<<"$(jq -c '.token.x = "a" * 10000' <<<"$answer")"
    expect 10 "file over 64 KiB" "${trusted[@]}" \
        <<<"$(jq -c '.x = "a" * 70000' <<<"$answer")"
    expect 10 "nothing" "${trusted[@]}" </dev/null

    expect 14 "certificate is no base64" "${trusted[@]}" \
        <<<"$(jq -c '.token.unverifiedCertificate |= "!" + .[1:]' <<<"$answer")"
    expect 14 "certificate with a byte behind" "${trusted[@]}" \
        <<<"$(jq -c --arg c "$({ base64 -d <<<"$cert" && printf x; } | base64 -w0)" \
            '.token.unverifiedCertificate = $c' <<<"$answer")"
    expect 14 "certificate cut short" "${trusted[@]}" \
        <<<"$(jq -c --arg c "$(base64 -d <<<"$cert" | head -c 300 | base64 -w0)" \
            '.token.unverifiedCertificate = $c' <<<"$answer")"
    expect 14 "certificate in PEM" "${trusted[@]}" \
        <<<"$(jq -c --rawfile c auth.pem '.token.unverifiedCertificate = $c' <<<"$answer")"
    expect 20 "evidence is no base64" "${trusted[@]}" \
        <<<"$(jq -c '.unverifiedEvidence.chain[0] = "????"' <<<"$answer")"
    expect 20 "evidence is a number" "${trusted[@]}" \
        <<<"$(jq -c '.unverifiedEvidence.chain[0] = 5' <<<"$answer")"
    expect 20 "too much evidence" "${trusted[@]}" \
        <<<"$(jq -c '.unverifiedEvidence.chain |= . + . + . + . + .' <<<"$answer")"

    expect 24 "ECDSA signature in DER" "${trusted[@]}" \
        <<<"$(jq -c --arg s "$(base64 -w0 message.sig)" '.token.signature = $s' <<<"$answer")"
    expect 25 "ECDSA signature of zeros" "${trusted[@]}" \
        <<<"$(jq -c --arg s "$(head -c 96 /dev/zero | base64 -w0)" '.token.signature = $s' <<<"$answer")"
    expect 25 "ECDSA numbers above the order" "${trusted[@]}" \
        <<<"$(jq -c --arg s "$(head -c 96 /dev/zero | tr '\0' '\377' | base64 -w0)" '.token.signature = $s' <<<"$answer")"
}

# variant CODE WHAT KEYTYPE ALGORITHM SUBJECT EXTENSIONS [x509 option...]: a
# token of a certificate of its own under the good CA.
variant()
{
    local code=$1 what=$2 type=$3 alg=$4 subject=$5 extensions=$6
    shift 6
    pki_key odd.key "$type"
    pki_sign odd ca "$subject" "$extensions" "$@"
    expect "$code" "$what" "${trusted[@]}" <<<"$(answer_make \
        "$(token_make "$alg" "$origin" "$nonce" odd.pem odd.key)" ca.pem root.pem)"
}

# policy CODE WHAT POLICIES: a variant with these policies.
policy()
{
    variant "$1" "$2" p384 ES384 "$pki_subject" \
        $'keyUsage=digitalSignature\ncertificatePolicies='"$3" -sha384
}

certificates()
{
    local good=$pki_leaf_extensions who=$pki_subject sha=-sha384
    variant 0 "own variant, nothing wrong" p384 ES384 "$who" "$good" "$sha"
    variant 0 "no extended key usage" p384 ES384 "$who" $'keyUsage=digitalSignature\n'"$pki_policy" "$sha"
    variant 16 "signature certificate" p384 ES384 "$who" 'keyUsage=nonRepudiation' "$sha"
    variant 16 "both usages" p384 ES384 "$who" 'keyUsage=digitalSignature,nonRepudiation' "$sha"
    variant 16 "key agreement only" p384 ES384 "$who" 'keyUsage=keyAgreement' "$sha"
    variant 16 "no key usage" p384 ES384 "$who" 'extendedKeyUsage=clientAuth' "$sha"
    variant 16 "server certificate" p384 ES384 "$who" $'keyUsage=digitalSignature\nextendedKeyUsage=serverAuth' "$sha"
    variant 16 "any extended usage" p384 ES384 "$who" $'keyUsage=digitalSignature\nextendedKeyUsage=anyExtendedKeyUsage' "$sha"
    variant 16 "CA certificate" p384 ES384 "$who" $'basicConstraints=CA:TRUE\nkeyUsage=digitalSignature,keyCertSign' "$sha"
    variant 21 "unknown critical extension" p384 ES384 "$who" "$good"$'\n1.2.3.4=critical,ASN1:NULL' "$sha"
    variant 15 "EC key, RS256" p384 RS256 "$who" "$good" "$sha"
    variant 15 "RSA key, ES384" rsa2048 ES384 "$who" "$good" "$sha"
    variant 15 "P-256 key" p256 ES384 "$who" "$good" "$sha"
    variant 15 "RSA-1024 key" rsa1024 RS256 "$who" "$good" "$sha"
    variant 19 "citizen's certificate signed with SHA-1" p384 ES384 "$who" "$good" -sha1
    variant 23 "two common names" p384 ES384 "$who/CN=Somebody Else" "$good" "$sha"
    variant 23 "two national numbers" p384 ES384 "$who/serialNumber=85073003329" "$good" "$sha"
    variant 26 "no policy" p384 ES384 "$who" 'keyUsage=digitalSignature' "$sha"
    policy 26 "policy of the signature certificate" 2.16.56.12.1.1.2.1
    policy 26 "policy of the National Register" 2.16.56.12.1.1.4
    policy 26 "policy of the root's arc alone" 2.16.56.12.1.1
    policy 26 "policy one number too long" 2.16.56.12.1.1.2.2.1
    policy 26 "policy one digit too long" 2.16.56.12.1.1.2.22
    policy 26 "policy of test cards" 2.16.56.1.40.40.40.1
    policy 26 "any policy" 2.5.29.32.0
    policy 26 "another country's policy" 1.3.6.1.4.1.10015.1.2
    policy 0 "policy beside another" 1.2.3.4,2.16.56.12.1.1.2.2
    policy 0 "policy of a foreigner's card" 2.16.56.12.1.1.7.2
    jq -e .certificate.policyInferred verdict.json >/dev/null || {
        echo "FAILED: an inferred policy is not marked"
        failures=$((failures + 1))
    }
    trusted+=(--no-inferred-policies)
    policy 26 "inferred policy, not wanted" 2.16.56.12.1.1.7.2
    policy 0 "known policy, inferred ones not wanted" 2.16.56.9.1.1.2.2
    trusted=(--trust root.pem --policy 2.16.56.1.40.40.40.1)
    policy 0 "policy of test cards, asked for" 2.16.56.1.40.40.40.1
    trusted=(--trust root.pem)
    variant 23 "control character in a name" p384 ES384 "${who/Nora A/Nora$'\x02'A}" "$good" "$sha"
}

# chain_variant CODE WHAT CA-SUBJECT CA-EXTENSIONS [x509 option... [-- ARGUMENT...]]
chain_variant()
{
    local code=$1 what=$2 subject=$3 extensions=$4 sign=()
    shift 4
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        sign+=("$1")
        shift
    done
    [ $# -gt 0 ] && shift
    pki_key odd-ca.key "${ca_key:-p384}"
    pki_sign odd-ca root "$subject" "$extensions" "${sign[@]}"
    pki_key odd.key p384
    pki_sign odd odd-ca "$pki_subject" "$pki_leaf_extensions" -sha384
    expect "$code" "$what" "${trusted[@]}" "$@" <<<"$(answer_make \
        "$(token_make ES384 "$origin" "$nonce" odd.pem odd.key)" odd-ca.pem root.pem)"
}

chains()
{
    local name='/C=BE/CN=TEST Citizen CA/serialNumber=202602' good=$pki_ca_extensions
    local later
    later=$(date -u -d '+10 days' +%Y-%m-%dT%H:%M:%SZ)
    chain_variant 0 "own CA, nothing wrong" "$name" "$good" -sha384
    chain_variant 21 "CA that is none" "$name" 'basicConstraints=CA:FALSE' -sha384
    chain_variant 21 "CA without basic constraints" "$name" 'keyUsage=keyCertSign' -sha384
    chain_variant 21 "CA that may not sign certificates" "$name" \
        $'basicConstraints=CA:TRUE\nkeyUsage=digitalSignature' -sha384
    chain_variant 19 "CA signed with SHA-1 under a named root" "$name" "$good" -sha1
    ca_key=rsa1024 chain_variant 19 "CA with a weak key" "$name" "$good" -sha384
    chain_variant 22 "CA past its end" "$name" "$good" -sha384 -days 2 -- --at "$later"

    # A CA of the right name and another key; a leaf as CA; no chain at all.
    pki_sign imposter imposter '/C=BE/CN=TEST Citizen CA/serialNumber=202601' "$pki_ca_extensions" -sha384
    pki_sign odd imposter "$pki_subject" "$pki_leaf_extensions" -sha384
    expect 21 "CA of the same name" "${trusted[@]}" <<<"$(answer_make \
        "$(token_make ES384 "$origin" "$nonce" odd.pem odd.key)" imposter.pem ca.pem root.pem)"
    pki_sign odd auth "$pki_subject" "$pki_leaf_extensions" -sha384
    expect 21 "issued by a citizen" "${trusted[@]}" <<<"$(answer_make \
        "$(token_make ES384 "$origin" "$nonce" odd.pem odd.key)" auth.pem ca.pem root.pem)"
    pki_sign odd odd "$pki_subject" "$pki_leaf_extensions" -sha384
    expect 21 "self-signed" "${trusted[@]}" <<<"$(answer_make \
        "$(token_make ES384 "$origin" "$nonce" odd.pem odd.key)" ca.pem root.pem)"
    # The Foreigner CA, and the policy of its certificates.
    pki_key odd-ca.key p384
    pki_sign odd-ca root '/C=BE/CN=TEST Foreigner CA/serialNumber=202601' "$good" -sha384
    pki_sign odd odd-ca "$pki_subject" "${pki_leaf_extensions/1.1.2.2/1.1.7.2}" -sha384
    expect 0 "a foreigner's card" "${trusted[@]}" <<<"$(answer_make \
        "$(token_make ES384 "$origin" "$nonce" odd.pem odd.key)" odd-ca.pem root.pem)"
    jq -e '.certificate.policyInferred' verdict.json >/dev/null || {
        echo "FAILED: a foreigner's policy is not marked"
        failures=$((failures + 1))
    }
    # A root of one's own called Belgium Root CA6 is still not the key.
    pki_sign imposter imposter '/C=BE/CN=Belgium Root CA6' "$pki_ca_extensions" -sha384
    pki_sign odd imposter "$pki_subject" "$pki_leaf_extensions" -sha384
    expect 21 "a root that only has the name" <<<"$(answer_make \
        "$(token_make ES384 "$origin" "$nonce" odd.pem odd.key)" imposter.pem)"
}

pki_key other.key p384
pki_sign other other '/C=BE/CN=TEST Other Root CA' "$pki_ca_extensions" -sha384
pki_key imposter.key p384
for kind in "p384 ES384" "rsa2048 RS256"; do
    read -r type alg <<<"$kind"
    pki_make "$type"
    pki_key twin.key "$type"
    corpus "$alg"
done
pki_make p384
accesses
texts
certificates
chains
echo "$cases tokens, $failures failures"
[ "$failures" -eq 0 ]

#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: statement.sh BEID-VERIFY. Signed statements that the openssl command
# makes: good ones in four languages, and ones that break one rule each.
set -euo pipefail
verify=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/contract/verify/pki.sh
. "$here/pki.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
cases=0
name='Burgerprofiel (proef)'
header='{"alg":"ES256","typ":"beid-step-up+jws"}'

# expect CODE WHAT [ARGUMENT...]: over request.jws and answer.json.
expect()
{
    local code=$1 what=$2 got=0
    shift 2
    [ "$code" -eq 2 ] || vector statement "$code" "$what" --portal-name "$name" --trust root.pem "$@"
    "$verify" statement --request request.jws --portal-name "$name" --trust root.pem \
        --revocation off "$@" --json answer.json >verdict.json 2>verdict.err || got=$?
    cases=$((cases + 1))
    if [ "$got" -ne "$code" ]; then
        echo "FAILED: $what: exit $got instead of $code: $(cat verdict.json verdict.err)"
        failures=$((failures + 1))
    fi
    if [ "$code" -ne 0 ] && grep -q -e 85073003328 -e Specimen verdict.json verdict.err; then
        echo "FAILED: $what: a refusal tells the holder"
        failures=$((failures + 1))
    fi
}

base64url()
{
    base64 -w0 | tr '+/' '-_' | tr -d '='
}

# request [FILTER [HEADER]]: request.jws of claims.json, changed by jq.
request()
{
    printf '%s.%s.%s\n' "$(printf '%s' "${2-$header}" | base64url)" \
        "$(jq -cj "${1-.}" claims.json | base64url)" "$(printf 'not judged here' | base64url)" >request.jws
}

# text TITLE TAAL WEBSITE ADRES PAGINA KENMERK OPGEMAAKT VORM LANG: statement.txt
text()
{
    printf '%s\n' "$1" "$2$9" "$3$name" "$4https://portal.example" '' "$(jq -r --arg l "$9" '.text[$l]' claims.json)" \
        '' "$5https://portal.example/rekening" "$6request-00000001" "$7$(date -u -d @1790000000 +%Y-%m-%dT%H:%M:%SZ)" \
        "$8beid-statement-1" >statement.txt
}

text_nl()
{
    text Verklaring 'Taal: ' 'Website: ' 'Adres: ' 'Pagina: ' 'Kenmerk: ' 'Opgemaakt op: ' 'Vorm: ' nl
}

# sign [openssl cms option...]: statement.p7s over statement.txt, and answer.json.
sign()
{
    openssl cms -sign -binary -in statement.txt -signer "${signer:-sign}.pem" -inkey "${signer:-sign}.key" \
        -md "$hash" -nosmimecap -outform DER -out statement.p7s "$@" 2>/dev/null
    answer
}

answer()
{
    jq -n --rawfile t statement.txt --arg s "$(base64 -w0 statement.p7s)" --arg ca "$(pem_base64 "${issuer:-ca}.pem")" \
        '{statement: $t, signature: $s, unverifiedEvidence: {chain: [$ca]}}' >answer.json
}

corpus()
{
    pki_make "$1"
    pki_signer "$1"
    hash=$2
    request
    text Déclaration 'Langue : ' 'Site web : ' 'Adresse : ' 'Page : ' 'Référence : ' 'Établie le : ' 'Forme : ' fr
    sign -cades
    expect 0 "$1: French"
    expect 0 "$1: French, asked for" --lang fr
    expect 32 "$1: French in place of Dutch" --lang nl
    text Erklärung 'Sprache: ' 'Website: ' 'Adresse: ' 'Seite: ' 'Kennzeichen: ' 'Erstellt am: ' 'Form: ' de
    sign -cades
    expect 0 "$1: German" --lang de
    text Statement 'Language: ' 'Website: ' 'Address: ' 'Page: ' 'Reference: ' 'Issued at: ' 'Form: ' en
    sign -cades
    expect 0 "$1: English" --lang en
    text_nl
    sign -cades -certfile ca.pem
    expect 0 "$1: Dutch" --same-person-as auth.pem --person "$(printf 85073003328 | sha256sum | cut -c1-64)"
    jq -e '.lang == "nl" and .certificate.use == "signature" and .certificate.qualified
        and (.signedAt | test("Z$")) and .identity.nationalNumber == "85073003328"' verdict.json >/dev/null || {
        echo "FAILED: $1: verdict is $(cat verdict.json)"
        failures=$((failures + 1))
    }
    openssl cms -verify -cades -binary -inform DER -in statement.p7s -content statement.txt \
        -CAfile root.pem -purpose any -out /dev/null 2>openssl.err || {
        echo "FAILED: $1: openssl refuses what is to be good: $(cat openssl.err)"
        failures=$((failures + 1))
    }
    cp answer.json good.json
    expect 30 "$1: nobody to ask, and an answer is required" --revocation required
    expect 30 "$1: nobody to ask" --revocation login
    expect 18 "$1: after its time" --at 2090-01-01T00:00:00Z
}

# What is wrong with the request or the text.
texts()
{
    for change in '.iss = "https://portal.example.evil"' '.resource += "x"' '.jti += "1"' '.iat += 1' \
        '.text.nl += "."' '.text.nl |= ascii_downcase' '.text.nl = .text.en'; do
        request "$change"
        expect 32 "another request: $change"
    done
    for change in '.kind = "access"' 'del(.kind)' 'del(.iss)' 'del(.jti)' 'del(.resource)' 'del(.text)' \
        '.iat |= tostring' '.iat = 1.5' '.iat = -1' '.jti += "\nForm: x"' '.iss = ""' '[.]'; do
        request "$change"
        expect 31 "not such a request: $change"
    done
    request '.text.nl += "\n\nPagina: x"'
    expect 32 "a line break in the text"
    request . '{"alg":"ES256","typ":"JWT"}'
    expect 31 "another type of JWS"
    request . '{"alg":"ES256"}'
    expect 31 "no type"
    for change in 's/\./=./' 's/\.[^.]*$//' 's/$/.x/' 's/^/+/' 's/./&&/' 's/^.*$//'; do
        request
        sed -i "$change" request.jws
        expect 31 "JWS after $change"
    done
    request
    name=Burgerprofiel expect 32 "another portal's name"
    for change in '.statement += "\n"' '.statement |= rtrimstr("\n")' '.statement |= sub(": nl"; ": fr")' \
        '.statement |= sub("rekening"; "Rekening")' '.statement = "\ufeff" + .statement'; do
        jq "$change" good.json >answer.json
        expect 32 "text changed: $change"
    done
    for change in 'del(.statement)' 'del(.signature)' '.signature = 1' '[.]'; do
        jq "$change" good.json >answer.json
        expect 11 "answer: $change"
    done
    jq '.unverifiedEvidence.chain[0] = "?"' good.json >answer.json
    expect 20 "evidence is no certificate"
    : >answer.json
    expect 10 "nothing"
}

# What is wrong with the signature.
signatures()
{
    for change in '.signature |= .[4:]' '.signature = "MAA="' '.signature = ""' '.signature |= "!" + .[1:]' \
        '.signature |= .[:-8]' '.signature |= sub("^(?<a>.{60})"; "\(.a)\n")'; do
        jq "$change" good.json >answer.json
        expect 33 "CMS: $change"
    done
    text_nl
    sign -cades -nodetach
    expect 33 "text enclosed"
    sign -cades -nocerts
    expect 33 "no certificate inside"
    pki_key other.key p384
    pki_sign other ca "${pki_subject/Authentication/Signature}" "$pki_sign_extensions" -sha384
    sign -cades -signer other.pem -inkey other.key
    expect 33 "two signers"
    sign
    expect 34 "no signing-certificate-v2"
    sign -noattr
    expect 34 "no attributes"
    hash=sha256 sign -cades
    expect 34 "another hash than the key's"
    sed -i s/rekening/rekeninh/ statement.txt
    sign -cades
    text_nl
    answer
    expect 25 "made over another text"
    sign -cades
    python3 - <<'PY'
data = bytearray(open("statement.p7s", "rb").read())
data[-5] ^= 1
open("statement.p7s", "wb").write(data)
PY
    answer
    expect 25 "one bit of the signature"
}

# What is wrong with the signed attributes, in signatures that hold.
attributes()
{
    local code what
    cp sign.key other.key
    pki_sign other ca "${pki_subject/Authentication/Signature}" "$pki_sign_extensions" -sha384
    text_nl
    "$here/make_cms.py" >variants
    while read -r code what; do
        "$here/make_cms.py" "$what" sign.pem sign.key other.pem statement.txt >statement.p7s
        answer
        expect "$code" "attributes: $what"
        case "$what" in
        "nothing wrong" | "the certificate named"* | "another cert"* | "no signing-time" | *"beside v2")
            # Nothing but the attribute is wrong: the signature itself holds.
            openssl cms -verify -binary -inform DER -in statement.p7s -content statement.txt -noverify \
                -out /dev/null 2>openssl.err || {
                echo "FAILED: $what: openssl says $(cat openssl.err)"
                failures=$((failures + 1))
            }
            ;;
        esac
    done <variants
    pki_key other.key p384
}

# The Foreigner CA, and the policy of its certificates.
foreigner()
{
    pki_key foreigner-ca.key p384
    pki_sign foreigner-ca root '/C=BE/CN=TEST Foreigner CA/serialNumber=202601' "$pki_ca_extensions" -sha384
    pki_sign other foreigner-ca "${pki_subject/Authentication/Signature}" \
        "${pki_sign_extensions/12.1.1.2.1/12.1.1.7.1}" -sha384
    text_nl
    issuer=foreigner-ca signer=other sign -cades
    expect 0 "a foreigner's card"
    jq -e '.certificate.policyInferred and .certificate.policy == "2.16.56.12.1.1.7.1"' verdict.json >/dev/null || {
        echo "FAILED: a foreigner's verdict is $(cat verdict.json)"
        failures=$((failures + 1))
    }
    expect 26 "a foreigner's card, inferred policies not wanted" --no-inferred-policies
}

# signer_variant CODE WHAT SUBJECT EXTENSIONS [x509 option...]
signer_variant()
{
    local code=$1 what=$2 subject=$3 extensions=$4
    shift 4
    pki_sign other ca "$subject" "$extensions" "${@:--sha384}"
    text_nl
    signer=other sign -cades
    expect "$code" "$what" --same-person-as auth.pem
}

signers()
{
    local who=${pki_subject/Authentication/Signature} good=$pki_sign_extensions
    signer_variant 0 "own variant, nothing wrong" "$who" "$good"
    signer_variant 35 "another person" "${who/85073003328/85073003329}" "$good"
    signer_variant 35 "no national number" "${who%/serialNumber*}" "$good"
    signer_variant 16 "the authentication certificate" "$who" "$pki_leaf_extensions"
    signer_variant 16 "both usages" "$who" "${good/nonRepudiation/nonRepudiation,digitalSignature}"
    signer_variant 27 "not qualified" "$who" "${good%"$pki_qc"}"
    signer_variant 26 "policy of authentication" "$who" "${good/2.1$'\n'/2.2$'\n'}"
    signer_variant 19 "SHA-1" "$who" "$good" -sha1
    pki_sign other other "$who" "$good" -sha384
    signer=other sign -cades
    expect 21 "self-signed"
    cp good.json answer.json
    pki_sign other ca "${pki_subject/85073003328/85073003329}" "$pki_leaf_extensions" -sha384
    expect 35 "the login was somebody else's" --same-person-as other.pem
    expect 35 "another hash" --person "$(printf 85073003329 | sha256sum | cut -c1-64)"
    request ".certificateSha256 = \"$(openssl x509 -in auth.pem -outform DER | sha256sum | cut -c1-64)\""
    expect 0 "bound to the login's card" --same-person-as auth.pem
    request ".certificateSha256 = \"$(printf x | sha256sum | cut -c1-64)\""
    expect 35 "bound to another card" --same-person-as auth.pem
    request
    expect 2 "no certificate to compare with" --same-person-as claims.json
    expect 2 "no hash" --person 123
}

jq -n '{iss: "https://portal.example", aud: "beid-agent", iat: 1790000000, exp: 1790000120, jti: "request-00000001",
    kind: "statement", resource: "https://portal.example/rekening", text: {nl: "Mijn rekeningnummer wordt BE00 – één keer.",
    fr: "Mon numéro devient BE00.", de: "Meine Nummer wird BE00.", en: "My number becomes BE00."}}' >claims.json
corpus rsa2048 sha256
corpus p384 sha384
texts
signatures
attributes
signers
foreigner
echo "$cases statements, $failures failures"
[ "$failures" -eq 0 ]

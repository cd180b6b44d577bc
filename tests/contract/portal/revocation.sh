#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: revocation.sh BEID-PORTAL SOURCE-DIR. Logins and step-ups of good,
# revoked and unknown cards while "openssl ocsp" answers, and while nobody does.
set -euo pipefail
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"
export no_proxy='*'

# responder: openssl's own server on a free port; sets ocsp and ocsp_pid.
responder()
{
    local port
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        openssl ocsp -port "$port" -index index.txt -CA ca.pem -rsigner delegate.pem \
            -rkey delegate.key >ocsp.out 2>&1 &
        ocsp_pid=$!
        for _ in $(seq 200); do
            if grep -q 'aiting for OCSP client' ocsp.out; then
                running+=("$ocsp_pid")
                ocsp=http://127.0.0.1:$port
                return 0
            fi
            kill -0 "$ocsp_pid" 2>/dev/null || break
            sleep 0.05
        done
        wait "$ocsp_pid" || true
    done
    echo "openssl ocsp does not start: $(cat ocsp.out)"
    exit 1
}

# card NAME STATE SERIAL [URL]: a card of Nora's; STATE as in OpenSSL's index.
card()
{
    local gone=''
    cp auth.key "$1.key"
    pki_sign "$1" ca "$pki_subject" "$pki_leaf_extensions
authorityInfoAccess=OCSP;URI:${4-$ocsp}" -sha384 -set_serial "0x$3"
    [ "$2" != R ] || gone=$(date -u +%y%m%d%H%M%SZ)
    [ "$2" = '?' ] || printf '%s\t301231235959Z\t%s\t%s\tunknown\t/CN=%s\n' "$2" "$gone" "$3" "$1" >>index.txt
}

# sign_in CARD NONCE: what the agent would send, in answer.json.
sign_in()
{
    answer_make "$(token_make ES384 "$origin" "$2" "$1.pem" "$1.key")" ca.pem root.pem >answer.json
}

# login JAR CARD: the status of a login with this card.
login()
{
    local csrf n
    rm -f "$1"
    csrf=$(open_login "$1")
    n=$(nonce "$1" "$csrf")
    sign_in "$2" "$n"
    post "$1" "$csrf" /login/token answer.json
}

# step_up JAR CARD: of one who logged in without a card.
step_up()
{
    local csrf
    rm -f "$1"
    csrf=$(open_login "$1")
    visit "$1" POST /login/other -H "Origin: $origin" -d "csrf=$csrf&person=nora" >/dev/null
    visit "$1" GET /gezin >/dev/null
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    post "$1" "$csrf" "/step-up/request?for=/gezin" empty.json >/dev/null
    jq -j .request body >request.jws
    sign_in "$2" "$(openssl dgst -sha256 -binary request.jws | base64 -w0)"
    post "$1" "$csrf" /step-up/token answer.json
}

# The profile page says when revocation is looked up.
says()
{
    visit "$1" GET '/profile?lang=en' >/dev/null
    grep -q "id=\"revocation\">$2" body || fail "the profile does not say '$2': $(grep revocation body)"
}

# Whatever the setting, the page has a text for each word.
explained()
{
    local word
    visit visitor GET '/login?lang=en' >/dev/null
    for word in certificate_revoked revocation_unavailable; do
        grep "data-reason=\"$word\"" body | grep -q -e 'municipality' -e 'Try again' \
            || fail "the page does not say what to do after $word"
    done
}

with_responder()
{
    start "up-$1" http "${common[@]}" --revocation "$1" --ocsp-prefix "$ocsp"
    [ "$(login nora good)" = 200 ] || fail "$1: a good card: $(cat body)"
    says nora 'Checked each time you use your card'
    refused 401 certificate_revoked "$(login nora revoked)" "$1: login, revoked"
    refused 401 card_not_accepted "$(login nora unknown)" "$1: login, unknown"
    [ "$(visit nora GET /profile)" = 303 ] || fail "$1: a revoked card is in"
    [ "$(step_up low good)" = 200 ] || fail "$1: step-up: $(cat body)"
    refused 401 certificate_revoked "$(step_up low revoked)" "$1: step-up, revoked"
    [ "$(visit low GET /gezin)" = 401 ] || fail "$1: a revoked card opened the section"
    explained
}

# Nobody answers: a login as the setting says, a step-up never.
without_responder()
{
    start "down-$1" http "${common[@]}" --revocation "$1" --ocsp-prefix "$ocsp" --ocsp-prefix "$silent"
    if [ "$2" = in ]; then
        [ "$(login nora lonely)" = 200 ] || fail "$1: login, nobody answers: $(cat body)"
    else
        refused 503 revocation_unavailable "$(login nora lonely)" "$1: login, nobody answers"
    fi
    refused 503 revocation_unavailable "$(step_up low lonely)" "$1: step-up, nobody answers"
    [ "$(visit low GET /gezin)" = 401 ] || fail "$1: the section opened"
}

echo '{}' >empty.json
pki_make p384
pki_key delegate.key p384
pki_sign delegate ca '/C=BE/CN=TEST OCSP' 'keyUsage=critical,digitalSignature
extendedKeyUsage=OCSPSigning' -sha384
: >index.txt
head -c 32 /dev/urandom >pseudonym.key
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out request.key 2>/dev/null
sed -e "s/^nora.national_number = .*/nora.national_number = 85073003328/" \
    "$source_dir/portal/reference/people.txt" >people.txt
responder
silent=http://127.0.0.1:1
card good V 0A01
card revoked R 0A02
card unknown '?' 0A03
card lonely V 0A04 "$silent"
# It reads its index once.
kill "$ocsp_pid"
wait "$ocsp_pid" || true
openssl ocsp -port "${ocsp##*:}" -index index.txt -CA ca.pem -rsigner delegate.pem \
    -rkey delegate.key >ocsp.out 2>&1 &
running+=($!)
for _ in $(seq 200); do
    grep -q 'aiting for OCSP client' ocsp.out && break
    sleep 0.05
done
common=(--people people.txt --pseudonym-key pseudonym.key --audit audit.jsonl --request-kid test-1
    --request-key request.key)

with_responder login
with_responder required
without_responder login out
without_responder required out
without_responder step-up in
says nora 'Checked each time you confirm or sign'
start off http "${common[@]}" --revocation off
[ "$(login nora revoked)" = 200 ] || fail "off: $(cat body)"
says nora 'Not checked'
[ "$(step_up low lonely)" = 200 ] || fail "off: step-up: $(cat body)"
# Without --ocsp-prefix only the Belgian responders may be asked.
start usual http "${common[@]}" --revocation login
refused 503 revocation_unavailable "$(login nora good)" "a responder that is not named"

for wanted in '.event == "login" and .detail == "card, not revoked by OCSP"' \
    '.event == "login refused" and .detail == "revoked by OCSP"' \
    '.event == "step-up refused" and .detail == "revoked by OCSP"' \
    '.event == "login" and .detail == "card, revocation not checked"'; do
    [ "$(jq -s "map(select($wanted)) | length" audit.jsonl)" -gt 0 ] \
        || fail "the audit trail lacks $wanted"
done
for options in "--revocation soft" "--ocsp-prefix https://x" "--crl-prefix http://x/"; do
    got=0
    # shellcheck disable=SC2086 # words on purpose
    "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 \
        --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
        $options >/dev/null 2>options.err || got=$?
    { [ "$got" = 2 ] && [ -s options.err ]; } || fail "options '$options': $got"
done
echo "$failures failures"
[ "$failures" -eq 0 ]

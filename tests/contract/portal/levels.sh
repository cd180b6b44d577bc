#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: levels.sh BEID-PORTAL SOURCE-DIR. Levels of assurance with curl and
# openssl: what a login without a card opens, and what raises it.
set -euo pipefail
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"

acr=urn:be:vlaanderen:authmech:eid
low_paths=(/meldingen /woonst /werk /onderwijs /contact)
high_paths=(/gezin /voordelen /attesten)

# other JAR PERSON [NEXT]: a login without a card; prints the status.
other()
{
    local csrf
    csrf=$(open_login "$1")
    visit "$1" POST /login/other -H "Origin: $origin" \
        --data-urlencode "csrf=$csrf" --data-urlencode "person=$2" \
        --data-urlencode "next=${3-}"
}

# page_csrf JAR PATH: the CSRF token of the page that this visitor sees.
page_csrf()
{
    visit "$1" GET "$2" >/dev/null
    sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body
}

# ask JAR CSRF PATH: a step-up request; leaves it in request.jws.
ask()
{
    local code
    code=$(post "$1" "$2" "/step-up/request?for=$3" empty.json)
    [ "$code" = 200 ] || fail "step-up request: $code $(cat body)"
    jq -j .request body >request.jws
}

request_nonce()
{
    openssl dgst -sha256 -binary request.jws | base64 -w0
}

# part N: header or claims of the request as JSON.
part()
{
    local text
    text=$(cut -d. -f"$1" request.jws | tr -- '-_' '+/')
    while [ $((${#text} % 4)) -ne 0 ]; do
        text+="="
    done
    base64 -d <<<"$text"
}

claim()
{
    part 2 | jq -r "$1"
}

low_opens_little()
{
    local path
    rm -f low
    [ "$(visit low GET /gezin)" = 303 ] || fail "a section without a login"
    grep -q -i '^location: /login?next=/gezin' headers || fail "no way back: $(cat headers)"
    [ "$(other low nora /gezin)" = 303 ] || fail "login without card: $(cat headers body)"
    grep -q -i '^location: /gezin' headers || fail "does not go on: $(cat headers)"
    for path in "${low_paths[@]}"; do
        [ "$(visit low GET "$path")" = 200 ] || fail "$path at the low level"
    done
    for path in "${high_paths[@]}"; do
        [ "$(visit low GET "$path")" = 401 ] || fail "$path opened at the low level"
        grep -q -i "^www-authenticate: Bearer error=\"insufficient_user_authentication\", .*acr_values=\"$acr\", max_age=\"300\"" headers \
            || fail "RFC 9470: $(cat headers)"
        if grep -q -e 'Lou Voorbeeld' -e 592- -e Groeipakket body; then
            fail "$path shows data with its refusal"
        fi
    done
    visit low GET /profile >/dev/null
    if grep -q "data-acr=\"$acr\"" body; then
        fail "the profile calls the low level high"
    fi
}

# The certificate, as a file with what the administration knows.
paper()
{
    [ "$(visit low GET /attesten/gezinssamenstelling)" = 200 ] || fail "the paper: $(cat headers)"
    grep -q -i '^content-disposition: attachment; filename="gezinssamenstelling.html"' headers \
        || fail "the paper is no file: $(cat headers)"
    { grep -q 'Lou Voorbeeld' body && grep -q 'Proefstraat 12' body; } || fail "the paper is empty: $(cat body)"
}

raised_by_the_card()
{
    local csrf cookie_before cookie_after
    csrf=$(page_csrf low /gezin)
    cookie_before=$(cookie_of low portal)
    ask low "$csrf" /gezin
    [ "$(part 1 | jq -r '.alg + " " + .kid + " " + .typ')" = "$1 test-1 beid-step-up+jws" ] \
        || fail "header: $(part 1)"
    [ "$(claim '.iss + " " + .aud + " " + .kind + " " + .resource + " " + .acr')" \
        = "$origin beid-agent access $origin/gezin $acr" ] || fail "claims: $(part 2)"
    [ "$(claim '.exp - .iat')" = 120 ] || fail "time: $(part 2)"
    [ "$(claim '.text | keys | join(" ")')" = "de en fr nl" ] || fail "texts: $(part 2)"
    claim .text.nl | grep -q 'U en uw gezin' || fail "text: $(part 2)"
    answer "$(request_nonce)"
    # A token for the step-up is none for a login.
    refused 401 nonce_expired "$(post low "$csrf" /login/token answer.json)" "step-up token as a login"
    [ "$(post low "$csrf" /step-up/token answer.json)" = 200 ] || fail "step-up: $(cat body)"
    [ "$(jq -r .next body)" = /gezin ] || fail "next: $(cat body)"
    cookie_after=$(cookie_of low portal)
    [ "$cookie_before" != "$cookie_after" ] || fail "the session id did not change"
    [ "$(visit low GET /gezin)" = 200 ] || fail "the section after the step-up"
    grep -q 'Lou Voorbeeld' body || fail "no data in the section"
    [ "$(curl -s -o body -w '%{http_code}' -H "Cookie: portal=$cookie_before" "$origin/woonst")" = 303 ] \
        || fail "the session before the step-up still lives"
    csrf=$(page_csrf low /gezin)
    refused 401 nonce_expired "$(post low "$csrf" /step-up/token answer.json)" "step-up token again"
    paper
    [ "$(visit low POST /logout -H "Origin: $origin" -d "csrf=$csrf")" = 303 ] || fail "logout: $(cat headers)"
    [ "$(visit low GET /gezin)" = 303 ] || fail "a section after the logout"
}

refusals()
{
    local csrf
    rm -f emile guest
    other emile emile >/dev/null
    csrf=$(page_csrf emile /gezin)
    ask emile "$csrf" /gezin
    answer "$(request_nonce)"
    refused 403 other_person "$(post emile "$csrf" /step-up/token answer.json)" "card of somebody else"
    [ "$(visit emile GET /gezin)" = 401 ] || fail "somebody else's card opened the section"
    # A token over a login's nonce, and one over another request.
    ask emile "$csrf" /gezin
    answer "$(nonce emile "$csrf")"
    refused 401 token_refused "$(post emile "$csrf" /step-up/token answer.json)" "login token as a step-up"
    ask emile "$csrf" /gezin
    answer "$(request_nonce)"
    ask emile "$csrf" /attesten
    refused 401 token_refused "$(post emile "$csrf" /step-up/token answer.json)" "token over the request before"
    refused 404 bad_request "$(post emile "$csrf" '/step-up/request?for=/nowhere' empty.json)" "unknown section"
    refused 403 session_unknown "$(visit emile POST '/step-up/request?for=/gezin' -H "Origin: $origin" \
        -H 'Content-Type: application/json' -d '{}')" "request without CSRF token"
    csrf=$(open_login guest)
    refused 401 session_unknown "$(post guest "$csrf" '/step-up/request?for=/gezin' empty.json)" "nobody logged in"
    [ "$(other guest nobody)" = 400 ] || fail "an unknown person logged in"
    [ "$(visit guest POST /login/other -H "Origin: $origin" -d 'csrf=x&person=nora')" = 403 ] \
        || fail "login without CSRF token"
    grep -q '<h1>Deze pagina is verlopen' body || fail "a person is not told: $(cat body)"
    [ "$(visit guest POST /login/other -H "Origin: https://evil.example" -d "csrf=$csrf&person=nora")" = 403 ] \
        || fail "login from another site"
    [ "$(other guest nora https://evil.example/)" = 303 ] || fail "login with a foreign next"
    grep -q -i '^location: /profile' headers || fail "open redirect: $(cat headers)"
}

# report JAR CSRF FIELD TEXT: posts the form; leaves the address that follows
# in back.
report()
{
    [ "$(visit "$1" POST /terugmelding -H "Origin: $origin" --data-urlencode "csrf=$2" \
        --data-urlencode "field=$3" --data-urlencode "right=$4")" = 303 ] || fail "report: $(cat headers body)"
    back=$(sed -n 's/^[Ll]ocation: \(.*\)\r$/\1/p' headers)
}

# raise JAR CSRF PLACE: the step-up that the page at this address begins.
raise()
{
    ask "$1" "$2" "$(jq -rn --arg place "$3" '$place | @uri')"
    [ "$(claim .resource)" = "$origin/terugmelding" ] || fail "resource: $(part 2)"
    answer "$(request_nonce)"
    [ "$(post "$1" "$2" /step-up/token answer.json)" = 200 ] || fail "step-up: $(cat body)"
    [ "$(jq -r .next body)" = "$3" ] || fail "the step-up for $3 leads to $(cat body)"
}

# What was chosen and typed before the card is there after it.
goes_on()
{
    local csrf place fact
    rm -f low
    place='/terugmelding?about=tax'
    [ "$(visit low GET "$place")" = 303 ] || fail "a report without a login"
    grep -q -F "ocation: /login?next=$place"$'\r' headers || fail "the fact is lost: $(cat headers)"
    [ "$(other low nora "$place")" = 303 ] || fail "login without card: $(cat headers body)"
    grep -q -F "ocation: $place"$'\r' headers || fail "the fact is lost: $(cat headers)"
    csrf=$(page_csrf low "$place")
    grep -q -F "data-for=\"$place\"" body || fail "the step-up forgets the fact: $(cat body)"
    grep -q -F 'href="/terugmelding?lang=fr&amp;about=tax"' body || fail "the languages forget the fact"
    report low "$csrf" school 'Zin <1> & "één"'
    [ "$back" = '/terugmelding?typed=yes' ] || fail "the report leads to $back"
    [ "$(visit low GET "$back")" = 401 ] || fail "a form at the low level"
    grep -q -F "data-for=\"$back\"" body || fail "the step-up forgets what was typed: $(cat body)"
    raise low "$csrf" "$back"
    [ "$(visit low GET "$back")" = 200 ] || fail "the form after the step-up"
    { grep -q -F '<option value="school" selected>' body \
        && grep -q -F '>Zin &lt;1&gt; &amp; &quot;één&quot;</textarea>' body; } \
        || fail "what was typed is lost: $(cat body)"
    # Each fact that the form knows goes along, and nothing else does.
    sed -n 's/.*<option value="\([a-z_]*\)".*/\1/p' body >facts
    [ "$(wc -l <facts)" -gt 10 ] || fail "facts: $(cat body)"
    while read -r fact; do
        place="/terugmelding?about=$fact"
        visit low GET "/login?next=$place" >/dev/null
        grep -q -F "ocation: $place"$'\r' headers || fail "$fact is lost: $(cat headers)"
    done <facts
    for place in contact?wrong={name,reach,phone,email,full} terugmelding?wrong={field,right,full,changed}; do
        visit low GET "/login?next=/$place" >/dev/null
        grep -q -F "ocation: /$place"$'\r' headers || fail "$place is lost: $(cat headers)"
    done
    for place in '/terugmelding?about=pin' '/terugmelding?about=' '/gezin?about=tax' '/contact?about=tax' \
        '/terugmelding?typed=no' '/woonst?typed=yes' '/terugmelding?about=tax&x=y' '/terugmelding?' \
        '/terugmelding?about=tax?about=tax' '//terugmelding?about=tax' '/terugmelding?wrong=name' \
        '/terugmelding?wrong=' '/terugmelding?wrong=full&x=y' '/contact?wrong=changed' '/woonst?wrong=full'; do
        visit low GET "/login?next=$(jq -rn --arg place "$place" '$place | @uri')" >/dev/null
        grep -q -i '^location: /profile' headers || fail "$place goes along: $(cat headers)"
    done
    csrf=$(page_csrf low /profile)
    refused 404 bad_request "$(post low "$csrf" '/step-up/request?for=/terugmelding%3Fabout%3Dpin' empty.json)" \
        "a step-up about an unknown fact"
}

# Why it was not signed is still said after the step-up.
reasons_go_on()
{
    local csrf place
    for place in '/terugmelding?wrong=changed' '/terugmelding?wrong=full'; do
        rm -f low
        [ "$(other low nora "$place")" = 303 ] || fail "login without card: $(cat headers body)"
        grep -q -F "ocation: $place"$'\r' headers || fail "the reason is lost: $(cat headers)"
        csrf=$(page_csrf low "$place")
        grep -q -F "data-for=\"$place\"" body || fail "the step-up forgets the reason: $(cat body)"
        raise low "$csrf" "$place"
        [ "$(visit low GET "$place")" = 200 ] || fail "the form after the step-up"
        [ "$(grep -c -F 'class="problem" role="alert"' body)" = 1 ] || fail "the reason of $place is lost: $(cat body)"
        grep -q -F '>Zin &lt;1&gt; &amp; &quot;één&quot;</textarea>' body || fail "what was typed is lost: $(cat body)"
    done
    # A word that nobody knows is none; what was typed comes back all the same.
    page_csrf low '/terugmelding?wrong=pin' >/dev/null
    grep -q -F 'href="/terugmelding?lang=fr&amp;typed=yes"' body || fail "an unknown reason goes along: $(cat body)"
}

# Who writes for longer than a card counts finds it all again.
writes_slowly()
{
    local csrf=$1
    report card "$csrf" tax 'Wie traag schrijft'
    # On a slow machine the level may be over once more.
    for _ in 1 2 3 4 5; do
        raise card "$csrf" "$back"
        [ "$(visit card GET "$back")" = 200 ] && break
        csrf=$(page_csrf card "$back")
    done
    { grep -q -F '<option value="tax" selected>' body && grep -q -F '>Wie traag schrijft</textarea>' body; } \
        || fail "what was typed is lost: $(cat headers body)"
}

level_over()
{
    for _ in $(seq 200); do
        [ "$(visit card GET /attesten)" = 401 ] && break
        sleep 0.1
    done
    [ "$(visit card GET /attesten)" = 401 ] || fail "the level does not expire"
}

# What waits for a signature says what the section says: to who has used the card.
waits_for_the_card()
{
    local csrf shown=0
    for _ in 1 2 3 4 5; do
        raise card "$(page_csrf card /profile)" '/terugmelding?typed=yes'
        csrf=$(page_csrf card /profile)
        report card "$csrf" tax 'Nog niet getekend'
        shown=$(visit card GET /ondertekenen)
        [ "$shown" = 200 ] && break
    done
    { [ "$shown" = 200 ] && grep -q 'Nog niet getekend' body; } || fail "what is to be signed: $(cat headers body)"
    level_over
    [ "$(visit card GET /ondertekenen)" = 303 ] || fail "shown without the card: $(cat headers body)"
    grep -q -F 'ocation: /terugmelding?typed=yes'$'\r' headers || fail "leads elsewhere: $(cat headers)"
    if grep -q 'Nog niet getekend' body; then
        fail "the refusal says what was to be signed"
    fi
    refused 401 session_unknown "$(post card "$csrf" /statement/request empty.json)" "a request without the card"
    for _ in 1 2 3 4 5; do
        raise card "$(page_csrf card /profile)" '/terugmelding?typed=yes'
        [ "$(visit card GET '/terugmelding?typed=yes')" = 200 ] && break
    done
    grep -q -F '>Nog niet getekend</textarea>' body || fail "what was typed is lost: $(cat headers body)"
    # What no card is wanted for is signed at any level.
    level_over
    csrf=$(page_csrf card /meldingen)
    [ "$(visit card POST /ebox -H "Origin: $origin" -d "csrf=$csrf")" = 303 ] || fail "the eBox: $(cat headers body)"
    [ "$(visit card GET /ondertekenen)" = 200 ] || fail "the eBox at the low level: $(cat headers)"
    [ "$(post card "$csrf" /statement/request empty.json)" = 200 ] || fail "a request for the eBox: $(cat body)"
}

# A card counts for max_age seconds; the login with a card as well.
expires()
{
    local csrf n
    rm -f card
    csrf=$(open_login card)
    n=$(nonce card "$csrf")
    answer "$n"
    [ "$(post card "$csrf" /login/token answer.json)" = 200 ] || fail "login: $(cat body)"
    level_over
    grep -q 'max_age="3"' headers || fail "max_age: $(cat headers)"
    [ "$(visit card GET /woonst)" = 200 ] || fail "the session ended with the level"
    csrf=$(page_csrf card /attesten)
    ask card "$csrf" /attesten
    [ "$(claim .certificateSha256)" = "$(openssl x509 -in auth.pem -outform DER | sha256sum | cut -d' ' -f1)" ] \
        || fail "the request does not name the card of the login: $(part 2)"
    writes_slowly "$csrf"
    waits_for_the_card
}

echo '{}' >empty.json
pki_make p384
head -c 32 /dev/urandom >pseudonym.key
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.key 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.key 2>/dev/null
# Nora is who the test PKI's certificate is about.
sed -e "s/^nora.national_number = .*/nora.national_number = 85073003328/" \
    "$source_dir/portal/reference/people.txt" >people.txt
common=(--people people.txt --pseudonym-key pseudonym.key --audit audit.jsonl --request-kid test-1)

start es384 http "${common[@]}" --request-key p384.key
low_opens_little
raised_by_the_card ES384
refusals
start es256 http "${common[@]}" --request-key p256.key
low_opens_little
raised_by_the_card ES256
goes_on
reasons_go_on
start short http "${common[@]}" --request-key p256.key --max-age 3
expires
start none http
rm -f low
open_login low >/dev/null
if grep -q '/login/other' body; then
    fail "a stand-in without --people"
fi

# The trail: every line JSON, who by pseudonym, the refusal in it.
jq -e -s 'all(.[]; (.subject == "" or (.subject | test("^[0-9a-f]{64}$"))) and .time != "")' \
    audit.jsonl >/dev/null || fail "audit: $(cat audit.jsonl)"
pseudonym=$(printf 85073003328 | openssl dgst -sha256 -mac HMAC \
    -macopt "hexkey:$(od -An -v -tx1 pseudonym.key | tr -d ' \n')" -r | cut -d' ' -f1)
for wanted in ".event == \"step-up\" and .detail == \"/gezin\" and .subject == \"$pseudonym\"" \
    '.event == "step-up refused" and .detail == "other person"' \
    ".event == \"login\" and .detail == \"other means\" and .subject == \"$pseudonym\"" \
    ".event == \"shown\" and .detail == \"/gezin\" and .subject == \"$pseudonym\"" \
    ".event == \"shown\" and .detail == \"/terugmelding\" and .subject == \"$pseudonym\"" \
    ".event == \"downloaded\" and .detail == \"/attesten\" and .subject == \"$pseudonym\"" \
    ".event == \"logout\" and .subject == \"$pseudonym\""; do
    [ "$(jq -s "map(select($wanted)) | length" audit.jsonl)" -gt 0 ] \
        || fail "the audit trail lacks $wanted"
done
if grep -q -e 85073003328 -e Specimen -e Nora audit.jsonl ./*.out ./*.err; then
    fail "personal data in the trail or the log"
fi
for pid in "${running[@]}"; do
    kill -TERM "$pid"
    wait "$pid" || fail "a portal ended with $?"
done
running=()
for options in "--request-key p256.key" "--request-key root.pem --request-kid a" \
    "--request-key p256.key --request-kid a/b" "--people root.pem" \
    "--pseudonym-key p256.key" "--max-age 0" "--max-age 3601" "--audit ."; do
    got=0
    # shellcheck disable=SC2086 # words on purpose
    "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 \
        --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
        $options >/dev/null 2>options.err || got=$?
    { [ "$got" != 0 ] && [ -s options.err ]; } || fail "options '$options': $got"
done
echo "$failures failures"
[ "$failures" -eq 0 ]

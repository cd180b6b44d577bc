#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: sso.sh BEID-PORTAL SOURCE-DIR. Two municipalities on origins of their
# own and one portal, visited with curl: one login opens all of them, and no
# code opens anything for anybody else.
set -euo pipefail
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"
# shellcheck source=tests/contract/portal/panel.sh
. "${BASH_SOURCE[0]%/*}/panel.sh"
export no_proxy='*'

# site NAME ORIGIN [OPTION...]: a server on the port of this origin.
site()
{
    local name=$1 where=$2
    shift 2
    "$portal" --listen "127.0.0.1:${where##*:}" --origin "$where" --tls-cert tls.crt --tls-key tls.key \
        --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
        "$@" >"$name.out" 2>"$name.err" &
    running+=($!)
    for _ in $(seq 400); do
        if grep -q "^listening on $where\$" "$name.out"; then
            return 0
        fi
        if ! kill -0 "${running[-1]}" 2>/dev/null; then
            unset 'running[-1]'
            return 1
        fi
        sleep 0.05
    done
    return 1
}

halt()
{
    kill -TERM "$1"
    wait "$1" || fail "a site ended with $?"
}

# all [OPTION...]: portal and municipalities anew, with options for the portal.
all()
{
    local pid
    for pid in "${running[@]}"; do
        halt "$pid"
    done
    running=()
    for _ in 1 2 3 4 5; do
        local port=$((20000 + RANDOM % 12000))
        home=https://localhost:$port
        gent=https://gent.localhost:$((port + 1))
        brugge=https://brugge.localhost:$((port + 2))
        if site gent "$gent" --portal "$home" --portal-ca tls.crt \
            && site brugge "$brugge" --portal "$home" --portal-ca tls.crt \
            && site home "$home" --trust root.pem --revocation off --municipality "$gent" \
                --municipality "$brugge" --people people.txt --pseudonym-key pseudonym.key \
                --audit audit.jsonl "$@"; then
            home_pid=${running[-1]}
            origin=$home
            return 0
        fi
        for pid in "${running[@]}"; do
            kill "$pid" 2>/dev/null || true
        done
        running=()
    done
    echo "the sites do not start: $(cat ./*.err)"
    exit 1
}

# get JAR URL [CURL-OPTION...]: as visit, with a whole address.
get()
{
    local jar=$1 url=$2
    shift 2
    curl -sk -b "$jar" -c "$jar" -D headers -o body -w '%{http_code}' "$@" "$url"
}

location()
{
    sed -n 's/^[Ll]ocation: \(.*\)\r$/\1/p' headers
}

# begin JAR TOWN [PLACE]: starts a login there; leaves the portal's address in
# asked.
begin()
{
    [ "$(get "$1" "$2/login${3:+?next=$3}")" = 303 ] || fail "$2/login: $(cat headers)"
    asked=$(location)
    [[ $asked == "$home/sso?client=$2&state="* ]] || fail "$2/login leads to $asked"
}

# card JAR: logs in on the login page of the portal that is in body.
card()
{
    local csrf next
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    next=$(sed -n 's/.*data-next="\([^"]*\)".*/\1/p' body)
    answer "$(nonce "$1" "$csrf")"
    [ "$(post "$1" "$csrf" /login/token answer.json)" = 200 ] || fail "login: $(cat body)"
    [ "$(get "$1" "$home$next")" = 303 ] || fail "$next after the login: $(cat headers)"
    back=$(location)
}

# through JAR TOWN: logs in for this municipality, up to the address with the
# code, which is left in back.
through()
{
    begin "$1" "$2"
    [ "$(get "$1" "$asked")" = 303 ] || fail "sso: $(cat headers)"
    case $(location) in
    /login?next=/sso?ask=*)
        [ "$(get "$1" "$home$(location)")" = 200 ] || fail "login page: $(cat headers)"
        grep -q -F "<strong>$2</strong>" body || fail "the login page does not name $2"
        card "$1"
        ;;
    *) back=$(location) ;;
    esac
    [[ $back == "$2/login/return?code="*"&state="* ]] || fail "sent back to $back"
}

parameter()
{
    sed -n "s/.*[?&]$1=\([^&]*\).*/\1/p" <<<"$2"
}

known_at()
{
    [ "$(get "$1" "$2/")" = 200 ] || fail "$2: $(cat headers)"
    grep -q 'id="verified-name">Nora Angèle Specimen<' body
}

one_login()
{
    rm -f nora
    [ "$(get nora "$gent/")" = 200 ] || fail "the municipality's page"
    if grep -q -e 'sdk/' -e 127.0.0.1:24880 body headers; then
        fail "the municipality looks for the agent"
    fi
    through nora "$gent"
    [ "$(get nora "$back")" = 303 ] || fail "return: $(cat headers body)"
    [ "$(location)" = / ] || fail "return leads to $(location)"
    known_at nora "$gent" || fail "not logged in at the municipality"
    [ "$(get nora "$home/profile")" = 200 ] || fail "not logged in at the portal"
    # The next one asks for nothing any more, and one stays where one was.
    get nora "$brugge/afspraak" >/dev/null
    [ "$(grep -c -F 'href="/login?next=/afspraak"' body)" = 2 ] || fail "links to the login: $(cat body)"
    begin nora "$brugge" /afspraak
    [ "$(get nora "$asked")" = 303 ] || fail "sso again: $(cat headers)"
    [[ $(location) == "$brugge/login/return?code="* ]] || fail "a second login is asked: $(location)"
    [ "$(get nora "$(location)")" = 303 ] || fail "return to the second: $(cat headers)"
    [ "$(location)" = /afspraak ] || fail "return to the second leads to $(location)"
    known_at nora "$brugge" || fail "not logged in at the second municipality"
    [ "$(jq -s 'map(select(.event == "login")) | length' audit.jsonl)" = 1 ] || fail "logins: $(cat audit.jsonl)"
    [ "$(jq -s 'map(select(.event == "login handed on")) | length' audit.jsonl)" = 2 ] \
        || fail "handed on: $(cat audit.jsonl)"
}

# form JAR TOWN: as through, without a card; leaves where it went on in next.
form()
{
    begin "$1" "$2"
    form_answer "$1"
}

form_answer()
{
    local csrf
    get "$1" "$asked" >/dev/null
    get "$1" "$home$(location)" >/dev/null
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    next=$(sed -n 's/.*data-next="\([^"]*\)".*/\1/p' body)
    grep -q -i "^content-security-policy: .*form-action 'self' $gent $brugge" headers \
        || fail "the form may not lead back: $(cat headers)"
    [ "$(get "$1" "$home/login/other" -H "Origin: $home" -d "csrf=$csrf&person=nora&next=$next")" = 303 ] \
        || fail "login without card: $(cat headers)"
    [ "$(location)" = "$next" ] || fail "goes on to $(location)"
    [ "$(get "$1" "$home$next")" = 303 ] || fail "sso: $(cat headers)"
    back=$(location)
}

without_card()
{
    rm -f low
    form low "$gent"
    [ "$(get low "$back")" = 303 ] || fail "return: $(cat headers)"
    get low "$gent/" >/dev/null
    grep -q 'id="verified-name">Nora' body || fail "not logged in without a card"
    # What was asked is handed on once.
    [ "$(get low "$home$next")" = 400 ] || fail "asked once, answered twice: $(cat headers)"
}

wrong_browsers()
{
    rm -f thief victim
    through thief "$gent"
    cp thief thief.before
    [ "$(get thief "$back")" = 303 ] || fail "return: $(cat headers)"
    [ "$(get thief.before "$back")" = 400 ] || fail "a code twice: $(cat headers)"
    rm -f thief
    through thief "$gent"
    # Somebody is to be logged in as somebody else.
    [ "$(get victim "$back")" = 400 ] || fail "a code without a login begun: $(cat headers)"
    begin victim "$gent"
    [ "$(get victim "$back")" = 400 ] || fail "somebody else's code and state: $(cat headers)"
    begin victim "$gent"
    [ "$(get victim "$gent/login/return?code=$(parameter code "$back")&state=$(parameter state "$asked")")" = 400 ] \
        || fail "somebody else's code: $(cat headers)"
    if known_at victim "$gent"; then
        fail "the victim is logged in as somebody else"
    fi
    # It was shown to the portal by the wrong one, and is spent.
    [ "$(get thief "$back")" = 400 ] || fail "a code that another browser has shown: $(cat headers)"
    # A page elsewhere does not begin a login.
    [ "$(get victim "$gent/login" -H 'Sec-Fetch-Site: cross-site')" = 303 ] || fail "foreign start: $(cat headers)"
    [ "$(location)" = / ] || fail "a foreign page began a login: $(location)"
}

# Who chose a language at the municipality goes on in it at the portal; who did
# not finds the portal in the language that was chosen there.
languages()
{
    rm -f speaker
    get speaker "$gent/" >/dev/null
    grep -q "href=\"$home/\"" body || fail "a link with a language that nobody chose: $(cat body)"
    get speaker "$gent/?lang=fr" >/dev/null
    grep -q "href=\"$home/?lang=fr\"" body || fail "the link has no French: $(cat body)"
    begin speaker "$gent"
    [ "$(parameter lang "$asked")" = fr ] || fail "French does not go along: $asked"
    get speaker "$asked" >/dev/null
    get speaker "$home$(location)" >/dev/null
    grep -q '<html lang="fr">' body || fail "the login is not in French: $(cat body)"
    get speaker "$home/?lang=de" >/dev/null
    begin speaker "$brugge"
    [ -z "$(parameter lang "$asked")" ] || fail "a language that nobody chose: $asked"
    get speaker "$asked" >/dev/null
    get speaker "$home$(location)" >/dev/null
    grep -q '<html lang="de">' body || fail "the login is not in German: $(cat body)"
}

# A municipality's server of our own, for what the real one never does.
redeem()
{
    curl -sk -o body -w '%{http_code}' -d "client=$1" -d "state=$2" -d "code=$3" -d "verifier=$4" "$home/sso/redeem"
}

challenge_of()
{
    printf %s "$1" | openssl dgst -sha256 -binary | base64 -w0 | tr '+/' '-_' | tr -d =
}

# code_for CLIENT: a code for nora, who is logged in; sets code.
code_for()
{
    get nora "$home/sso?client=$1&state=$state&challenge=$(challenge_of "$verifier")" >/dev/null
    code=$(parameter code "$(location)")
    [ "${#code}" = 44 ] || fail "no code: $(cat headers)"
}

wrong_servers()
{
    local first
    verifier=$(openssl rand -hex 22)
    state=$(openssl rand -hex 22)
    code_for "$gent"
    [ "$(redeem "$gent" "$state" "$code" "$verifier")" = 200 ] || fail "redeem: $(cat body)"
    [ "$(jq -r '.given_names + " " + .surname + " " + (.subject | length | tostring)' body)" = 'Nora Angèle Specimen 64' ] \
        || fail "identity: $(cat body)"
    first=$(jq -r .subject body)
    refused 400 invalid_grant "$(redeem "$gent" "$state" "$code" "$verifier")" "code redeemed twice"
    code_for "$brugge"
    [ "$(redeem "$brugge" "$state" "$code" "$verifier")" = 200 ] || fail "redeem: $(cat body)"
    [ "$(jq -r .subject body)" != "$first" ] || fail "two municipalities know the same subject"
    if grep -q -e 85073003328 -e national body; then
        fail "the national number is handed on: $(cat body)"
    fi
    code_for "$gent"
    refused 400 invalid_grant "$(redeem "$brugge" "$state" "$code" "$verifier")" "code of another municipality"
    refused 400 invalid_grant "$(redeem "$gent" "$state" "$code" "$verifier")" "code after that"
    code_for "$gent"
    refused 400 invalid_grant "$(redeem "$gent" "$(openssl rand -hex 22)" "$code" "$verifier")" "another state"
    code_for "$gent"
    refused 400 invalid_grant "$(redeem "$gent" "$state" "$code" "$(openssl rand -hex 22)")" "another verifier"
    refused 400 bad_request "$(redeem "$gent" "$state" "$code" short)" "no verifier"
    refused 400 invalid_grant "$(redeem "$gent" "$state" "$(openssl rand -hex 22)" "$verifier")" "a made-up code"
}

# nowhere QUERY: refused on a page of the portal, which leads to nowhere else.
nowhere()
{
    [ "$(get nora "$home/sso?$1")" = 400 ] || fail "/sso?$1: $(cat headers)"
    [ -z "$(location)" ] || fail "/sso?$1 leads to $(location)"
}

no_open_redirect()
{
    local good client path
    good="state=$(openssl rand -hex 22)&challenge=$(challenge_of x)"
    for client in https://evil.example "$gent.evil.example" "$gent/" "$gent@evil.example" "${gent/gent/GENT}" \
        "${gent/https/http}" "${gent%?}" "$home" '' "$gent%0d%0aX:y" "//evil.example"; do
        nowhere "client=$client&$good"
    done
    nowhere "client=$gent&state=short&challenge=$(challenge_of x)"
    nowhere "client=$gent&state=$(openssl rand -hex 22)&challenge=x"
    nowhere "client=$gent"
    nowhere "ask=$(openssl rand -hex 22)"
    nowhere ""
    for path in https://evil.example //evil.example "/sso?client=$gent" '/sso?ask=x' '/login/../x'; do
        get nora "$home/login?next=$path" >/dev/null
        [ "$(location)" = /profile ] || fail "next=$path leads to $(location)"
    done
    for path in https://evil.example //evil.example /afspraak/ '/afspraak%0d%0aX:y' /logout '/%23open-panel'; do
        rm -f lost
        begin lost "$gent" "$path"
        form_answer lost
        get lost "$back" >/dev/null
        [ "$(location)" = / ] || fail "next=$path of a municipality leads to $(location)"
    done
}

town_logout()
{
    local csrf
    get nora "$gent/?lang=en" >/dev/null
    csrf=$(sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' body)
    [ "$(get nora "$gent/logout" -H "Origin: $home" -d "csrf=$csrf")" = 403 ] || fail "logout from another origin"
    [ "$(get nora "$gent/logout" -H "Origin: $gent" -d "csrf=$csrf")" = 303 ] || fail "logout: $(cat headers)"
    # The portal asks whether that is all; who is logged out there goes back.
    [ "$(location)" = "$home/logout?client=$gent&lang=en" ] || fail "logout leads to $(location)"
    [ "$(get nora "$home/logout?client=$gent")" = 200 ] || fail "logout at the portal: $(cat headers)"
    { grep -q 'id="logout-here"' body && grep -q -F "<strong>$gent</strong>" body; } || fail "the portal does not ask"
    [ "$(get other "$home/logout?client=$gent")" = 303 ] || fail "logout of nobody: $(cat headers)"
    [ "$(location)" = "$gent/" ] || fail "logout of nobody leads to $(location)"
    get other "$home/logout?client=https://evil.example" >/dev/null
    [ "$(location)" = / ] || fail "logout leads to $(location)"
    [ "$(get nora "$home/profile")" = 200 ] || fail "logged out of the portal without having asked for it"
    if known_at nora "$gent"; then
        fail "still logged in at the municipality"
    fi
}

portal_away()
{
    rm -f late
    through late "$gent"
    halt "$home_pid"
    unset 'running[-1]'
    [ "$(get late "$back")" = 503 ] || fail "the portal is away: $(cat headers)"
    grep -q 'id="again"' body || fail "the page does not say what to do"
}

late_code()
{
    all --nonce-lifetime 1
    rm -f slow nora
    form slow "$gent"
    sleep 2
    [ "$(get slow "$back")" = 400 ] || fail "a code after its time: $(cat headers)"
}

options_refused()
{
    local options got
    for options in "--portal https://a.example/" "--portal http://a.example" "--municipality https://b.example/" \
        "--municipality b.example" "--portal https://a.example --municipality https://b.example" \
        "--portal-ca tls.crt"; do
        got=0
        # shellcheck disable=SC2086 # words on purpose
        "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 $options >/dev/null 2>options.err || got=$?
        { [ "$got" = 2 ] && [ -s options.err ]; } || fail "options '$options': $got $(cat options.err)"
    done
}

echo '{}' >empty.json
pki_make p384
head -c 32 /dev/urandom >pseudonym.key
sed -e "s/^nora.national_number = .*/nora.national_number = 85073003328/" \
    "$source_dir/portal/reference/people.txt" >people.txt
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout tls.key -out tls.crt 2>/dev/null

all
one_login
without_card
languages
wrong_browsers
wrong_servers
no_open_redirect
panel
panel_again
panel_of_another
town_logout
portal_away
late_code
options_refused
if grep -q -e 85073003328 -e Specimen -e Nora audit.jsonl ./*.out ./*.err; then
    fail "personal data in the trail or the log"
fi
if grep -q -e '^error:.*template' -e 'runtime error' -e Sanitizer ./*.err; then
    fail "a site complained: $(cat ./*.err)"
fi
echo "$failures failures"
[ "$failures" -eq 0 ]

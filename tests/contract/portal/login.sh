#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: login.sh BEID-PORTAL SOURCE-DIR. A running portal, visited with curl,
# and tokens made with openssl: who gets in, and who does not.
set -euo pipefail
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"

good_login()
{
    local cookie=$1 csrf n before after
    rm -f jar
    csrf=$(open_login jar)
    before=$(cookie_of jar "$cookie")
    [ "${#before}" = 44 ] || fail "no session cookie: $(cat jar)"
    n=$(nonce jar "$csrf")
    [ "${#n}" = 44 ] || fail "nonce of ${#n} characters"
    [ "$(base64 -d <<<"$n" | wc -c)" = 32 ] || fail "nonce is not 32 bytes"
    [ "$(visit jar GET /profile)" = 303 ] || fail "profile before the login"
    answer "$n"
    [ "$(post jar "$csrf" /login/token answer.json)" = 200 ] || fail "login: $(cat body)"
    [ "$(jq -r .next body)" = /profile ] || fail "next: $(cat body)"
    after=$(cookie_of jar "$cookie")
    [ "$before" != "$after" ] || fail "the session id did not change"
    [ "$(visit jar GET /profile)" = 200 ] || fail "profile after the login"
    grep -q 'id="verified-name">Nora Angèle Specimen<' body || fail "no name on the profile"
    grep -q 'id="assurance-level"' body || fail "no level of assurance"
    if grep -q 85073003328 body; then
        fail "the national number is on the page"
    fi
    # The old id opens nothing.
    [ "$(curl -sk -o body -w '%{http_code}' -H "Cookie: $cookie=$before" "$origin/profile")" = 303 ] \
        || fail "the session before the login still lives as that person"
}

replays()
{
    local csrf other n
    rm -f a b
    csrf=$(open_login a)
    n=$(nonce a "$csrf")
    answer "$n"
    cp a a.before
    [ "$(post a "$csrf" /login/token answer.json)" = 200 ] || fail "login: $(cat body)"
    refused 403 session_unknown "$(post a.before "$csrf" /login/token answer.json)" "replay with the old cookie"
    other=$(open_login b)
    refused 401 nonce_expired "$(post b "$other" /login/token answer.json)" "token in another session without nonce"
    nonce b "$other" >/dev/null
    refused 401 token_refused "$(post b "$other" /login/token answer.json)" "token in another session with a nonce"
    refused 401 nonce_expired "$(post b "$other" /login/token answer.json)" "nonce of a failed login"

    # Used once, also when the first use was refused.
    n=$(nonce b "$other")
    answer "$n"
    echo '{}' >junk.json
    refused 401 token_refused "$(post b "$other" /login/token junk.json)" "junk instead of a token"
    refused 401 nonce_expired "$(post b "$other" /login/token answer.json)" "good token after junk"
    # Only the last nonce counts.
    n=$(nonce b "$other")
    nonce b "$other" >/dev/null
    answer "$n"
    refused 401 token_refused "$(post b "$other" /login/token answer.json)" "token over a nonce that was replaced"
}

# One token posted many times at once lets its visitor in once.
race()
{
    local csrf n
    rm -f r
    csrf=$(open_login r)
    n=$(nonce r "$csrf")
    answer "$n"
    seq 60 | xargs -P 20 -I{} curl -s -b r -o /dev/null -w '%{http_code}\n' \
        -H "Origin: $origin" -H "X-CSRF-Token: $csrf" -H 'Content-Type: application/json' \
        --data-binary @answer.json "$origin/login/token" >codes
    { [ "$(grep -c '^200$' codes)" = 1 ] && [ "$(grep -c '^40[13]$' codes)" = 59 ]; } \
        || fail "one token, many posts: $(sort codes | uniq -c)"
}

# The portal chooses session ids; a visitor's own is not taken over.
fixation()
{
    local chosen
    chosen=$(openssl rand -base64 32)
    curl -s -o body -D headers -H "Cookie: portal=$chosen" "$origin/login"
    grep -i '^set-cookie: portal=' headers | grep -q -v -F "$chosen" \
        || fail "a chosen session id was kept: $(cat headers)"
    curl -s -o body -D headers -H "Cookie: portal=$chosen" "$origin/profile"
    grep -q '^HTTP/1.1 303' headers || fail "a chosen session id opened the profile"
}

limits()
{
    local csrf i
    rm -f q
    csrf=$(open_login q)
    for i in $(seq 10); do
        nonce q "$csrf" >/dev/null
    done
    refused 429 rate_limited "$(post q "$csrf" /login/nonce empty.json)" "eleventh nonce, after $i"
}

# Before anybody came with a chain, a token alone leads nowhere.
no_chain()
{
    local csrf n
    csrf=$(open_login k)
    n=$(nonce k "$csrf")
    answer "$n"
    jq -c '.unverifiedEvidence.chain = []' answer.json >short.json
    refused 401 card_not_accepted "$(post k "$csrf" /login/token short.json)" "no chain"
    [ "$(visit k GET /profile)" = 303 ] || fail "in without a chain"
}

tokens()
{
    local csrf n
    rm -f c
    csrf=$(open_login c)
    n=$(nonce c "$csrf")
    answer "$n" https://localhost.evil.example
    refused 401 token_refused "$(post c "$csrf" /login/token answer.json)" "wrong origin"
    n=$(nonce c "$csrf")
    head -c 70000 /dev/zero | tr '\0' ' ' >large.json
    [ "$(post c "$csrf" /login/token large.json)" = 413 ] || fail "70000 bytes: $(cat headers)"
    [ "$(visit c GET /profile)" = 303 ] || fail "in without a good token"
}

forgeries()
{
    local csrf code
    rm -f d e
    csrf=$(open_login d)
    local json=(-H 'Content-Type: application/json' -d '{}')
    code=$(visit d POST /login/nonce -H "X-CSRF-Token: $csrf" "${json[@]}")
    refused 403 session_unknown "$code" "no Origin"
    code=$(visit d POST /login/nonce -H "Origin: https://evil.example" -H "X-CSRF-Token: $csrf" "${json[@]}")
    refused 403 session_unknown "$code" "foreign Origin"
    code=$(visit d POST /login/nonce -H "Origin: $origin" "${json[@]}")
    refused 403 session_unknown "$code" "no CSRF token"
    code=$(visit d POST /login/nonce -H "Origin: $origin" -H "X-CSRF-Token: ${csrf%?}0${csrf#?}" "${json[@]}")
    refused 403 session_unknown "$code" "wrong CSRF token"
    code=$(visit e POST /login/nonce -H "Origin: $origin" -H "X-CSRF-Token: $csrf" "${json[@]}")
    refused 403 session_unknown "$code" "CSRF token without its session"
    code=$(visit d POST /login/nonce -H "Origin: $origin" -H "X-CSRF-Token: $csrf" -d 'a=b')
    refused 415 bad_request "$code" "a form"
    [ "$(visit d GET /login/nonce)" = 405 ] || fail "GET on a POST route"
    [ "$(visit d GET /nowhere)" = 404 ] || fail "unknown path"
    [ "$(visit d GET '/../page.c' --path-as-is)" = 404 ] || fail "path upwards"
    [ "$(visit d GET '/text/nl.txt')" = 404 ] || fail "text file served"
    [ "$(visit d DELETE /)" = 405 ] || fail "DELETE"
}

log_out()
{
    local csrf
    [ "$(visit jar GET /profile)" = 200 ] || fail "not logged in before the logout"
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    cp jar jar.before
    [ "$(visit jar POST /logout -H "Origin: $origin" -d 'csrf=wrong')" = 403 ] || fail "logout without token"
    [ "$(visit jar GET /profile)" = 200 ] || fail "a forged logout worked"
    # From another site the browser sends no Lax cookie, but would let it be set.
    [ "$(curl -sk -D headers -o /dev/null -w '%{http_code}' -X POST -H 'Origin: https://evil.example' \
        "$origin/logout")" = 303 ] || fail "another site's logout"
    if grep -q -i '^set-cookie:' headers; then
        fail "another site takes the cookie of a session that lives: $(cat headers)"
    fi
    [ "$(visit jar POST /logout -H "Origin: $origin" -d "csrf=$csrf")" = 303 ] || fail "logout"
    [ "$(visit jar.before GET /profile)" = 303 ] || fail "the session outlives the logout"
}

headers()
{
    local name
    visit h GET /login >/dev/null
    for name in "frame-ancestors 'none'" "default-src 'none'" "script-src 'self';" \
        "connect-src 'self' http://127.0.0.1:24880 .*http://127.0.0.1:24887;" \
        'Permissions-Policy: loopback-network=(self), local-network-access=(self),' \
        'X-Content-Type-Options: nosniff' 'Cache-Control: no-store'; do
        grep -q -e "$name" headers || fail "header $name is missing"
    done
    if grep -q -i -e unsafe -e 'access-control' headers; then
        fail "too generous headers"
    fi
    { [ "$(visit h GET '/?lang=fr')" = 200 ] && grep -q '<html lang="fr">' body; } || fail "French"
    { [ "$(visit h GET /login)" = 200 ] && grep -q '<html lang="fr">' body; } || fail "French is not remembered"
    { [ "$(visit stranger GET /login -H 'Cookie: xlang=fr; other=lang=fr')" = 200 ] \
        && grep -q '<html lang="nl">' body; } || fail "another cookie was read as ours"
    { [ "$(visit nobody GET /login -H 'Cookie: other=1; lang=fr')" = 200 ] \
        && grep -q '<html lang="fr">' body; } || fail "our cookie was not found among others"
    if grep -q '{{' body; then
        fail "a mark is left in the page"
    fi
    local path
    for path in /style.css /login.js /favicon.svg /sdk/{beid-agent,agent,errors,events,permission,reference}.js; do
        [ "$(visit h GET "$path")" = 200 ] || fail "$path"
    done
}

echo '{}' >empty.json
pki_make p384

start plain http
no_chain
good_login portal
replays
race
fixation
limits
tokens
forgeries
log_out
headers
for language in nl fr de en; do
    for page in / /login /nowhere; do
        visit l GET "$page?lang=$language" >/dev/null
        grep -q "<html lang=\"$language\">" body || fail "$page in $language"
    done
done

start short http --nonce-lifetime 1
csrf=$(open_login s)
n=$(nonce s "$csrf")
answer "$n"
sleep 2
refused 401 nonce_expired "$(post s "$csrf" /login/token answer.json)" "nonce after its time"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -keyout tls.key -out tls.crt 2>/dev/null
start secure https --tls-cert tls.crt --tls-key tls.key
good_login __Host-portal
visit x GET /login >/dev/null
rm -f x && visit x GET /login >/dev/null
grep -i '^set-cookie: __Host-portal=' headers | grep -i secure | grep -i httponly \
    | grep -q -i 'samesite=lax' || fail "cookie: $(grep -i set-cookie headers)"

# The end: at once, with status 0, and nothing personal was logged.
for pid in "${running[@]}"; do
    kill -TERM "$pid"
    wait "$pid" || fail "a portal ended with $?"
done
running=()
if grep -q -e 85073003328 -e Specimen -e Nora ./*.out ./*.err; then
    fail "personal data in the log"
fi
if grep -q -e '^error:' -e 'runtime error' -e Sanitizer ./*.err; then
    fail "the portal complained: $(cat ./*.err)"
fi

# Options that cannot work are told, with status 2.
for options in "" "--listen 127.0.0.1:1" "--origin http://localhost:1" \
    "--listen nowhere --origin http://localhost:1" \
    "--listen 127.0.0.1:70000 --origin http://localhost:1" \
    "--listen 127.0.0.1:1 --origin ftp://localhost" \
    "--listen 127.0.0.1:1 --origin https://a.example --tls-cert tls.crt" \
    "--listen 127.0.0.1:1 --origin http://localhost:1 --nonce-lifetime 301" \
    "--listen 127.0.0.1:1 --origin http://localhost:1 --trust tls.key" \
    "--listen 127.0.0.1:1 --origin http://localhost:1 --wrong"; do
    got=0
    # shellcheck disable=SC2086 # words on purpose
    "$portal" $options >/dev/null 2>options.err || got=$?
    { [ "$got" = 2 ] && [ -s options.err ]; } || fail "options '$options': $got $(cat options.err)"
done
# An origin that no browser writes would refuse every login.
for wrong in https://a.example/ https://a.example/login https://A.example \
    HTTPS://a.example https://a.example:443 https://a.example?x http://a.example \
    https:// ftp://localhost; do
    got=0
    "$portal" --listen 127.0.0.1:1 --origin "$wrong" >/dev/null 2>options.err || got=$?
    { [ "$got" = 2 ] && grep -q -e '--origin wants' options.err; } \
        || fail "origin '$wrong': $got $(cat options.err)"
done
# Pages that are not where they are looked for: the message names the folder.
for option in --www --sdk; do
    got=0
    "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 --www "$source_dir/portal/reference/www" \
        --sdk "$source_dir/portal/sdk" "$option" /nowhere >/dev/null 2>options.err || got=$?
    { [ "$got" = 1 ] && grep -q -e "$option is /nowhere" options.err; } \
        || fail "$option: $got $(cat options.err)"
done
echo "$failures failures"
[ "$failures" -eq 0 ]

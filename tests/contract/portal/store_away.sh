#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: store_away.sh BEID-PORTAL SOURCE-DIR STORE-UNIT-TEST ARCHIVE-UNIT-TEST.
# Sessions in Redis: what is kept and for how long, and what happens while Redis is
# away.
set -euo pipefail
unit_tests=("$(realpath "$3")" "$(realpath "$4")")
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"
# shellcheck source=tests/contract/portal/redis.sh
. "$source_dir/tests/contract/portal/redis.sh"

# login JAR: with the card.
login()
{
    local csrf n
    rm -f "$1"
    csrf=$(open_login "$1")
    n=$(nonce "$1" "$csrf")
    answer "$n"
    [ "$(post "$1" "$csrf" /login/token answer.json)" = 200 ] || fail "login of $1: $(cat body)"
}

# Everything has an end of its own, and nothing says who it is about in clear
# where it need not.
keys_end()
{
    local key left
    while read -r key; do
        left=$(redis_ask TTL "$key")
        { [ "$left" -gt 0 ] && [ "$left" -le 3600 ]; } || fail "$key lives for $left s"
    done < <(redis_ask --raw KEYS '*' | grep -v '^beid-portal:kept-count$')
    [ "$(redis_ask KEYS 'beid-portal:session:*' | wc -l)" -gt 0 ] || fail "no session in Redis"
    if grep -r -q -a -e 85073003328 -e "$(cookie_of kept portal)" appendonlydir; then
        fail "the national number or a cookie is in Redis"
    fi
}

refused_while_away()
{
    local csrf
    csrf=$(open_login waiting)
    answer "$(nonce waiting "$csrf")"
    redis_kill
    refused 503 portal_unavailable "$(post waiting "$csrf" /login/token answer.json)" "token while Redis is away"
    refused 503 portal_unavailable "$(post waiting "$csrf" /login/nonce empty.json)" "nonce while Redis is away"
    [ "$(visit kept GET /profile)" = 503 ] || fail "a session while Redis is away: $(cat headers)"
    [ "$(visit nobody GET /login)" = 503 ] || fail "the login page while Redis is away"
    [ "$(visit nobody GET /)" = 200 ] || fail "the public page while Redis is away"
    [ "$(visit kept GET /style.css)" = 200 ] || fail "the style while Redis is away"
    grep -q 'the store is away' redis.err || fail "the log says nothing: $(cat redis.err)"
    redis_start
    [ "$(visit kept GET /profile)" = 200 ] || fail "the session is lost with Redis' restart"
    [ "$(post waiting "$csrf" /login/token answer.json)" = 200 ] || fail "login after Redis is back: $(cat body)"
}

# A server that says nothing, as when its machine is gone: visitors do not queue
# up, each to wait for it in turn.
silent_server()
{
    local before waited
    before=$(grep -c 'the store is away' redis.err || true)
    kill -STOP "$redis_pid"
    seq 24 | xargs -P 24 -I{} curl -s -b kept -o /dev/null -w '%{http_code}\n' --max-time 120 \
        "$origin/profile" >codes
    kill -CONT "$redis_pid"
    waited=$(($(grep -c 'the store is away' redis.err) - before))
    [ "$(grep -c '^503$' codes)" = 24 ] || fail "visitors of a silent server: $(sort codes | uniq -c)"
    { [ "$waited" -ge 1 ] && [ "$waited" -le 12 ]; } || fail "of 24 visitors $waited waited in turn"
    for _ in $(seq 300); do
        [ "$(visit kept GET /profile)" = 503 ] || break
        sleep 0.1
    done
    [ "$(visit kept GET /profile)" = 200 ] || fail "the session after the silence: $(cat headers)"
}

# What was used before the power went stays used.
stays_used()
{
    local csrf
    csrf=$(open_login again)
    answer "$(nonce again "$csrf")"
    echo '{}' >junk.json
    refused 401 token_refused "$(post again "$csrf" /login/token junk.json)" "junk"
    redis_kill
    redis_start
    refused 401 nonce_expired "$(post again "$csrf" /login/token answer.json)" "nonce used before the crash"
}

# What was signed is not given to a server that throws it away when it is full.
evicting_server()
{
    local got=0
    redis_ask CONFIG SET maxmemory-policy volatile-lru >/dev/null
    "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 --pseudonym-key pseudonym.key \
        --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
        --store "redis+unix://$work/redis.sock" 2>options.err || got=$?
    { [ "$got" = 1 ] && grep -q noeviction options.err; } || fail "a server that evicts: $got $(cat options.err)"
    redis_ask CONFIG SET maxmemory-policy noeviction >/dev/null
}

# Another portal that knows what the server wants to be told.
with_password()
{
    local before=$origin got
    printf 'secret\nmore\n' >password
    printf 'wrong\n' >wrong.password
    start told http --store "redis+unix://$work/redis.sock?db=0" --store-password password \
        --pseudonym-key pseudonym.key
    [ "$(visit kept GET /profile)" = 200 ] || fail "a session with the password: $(cat headers)"
    kill -TERM "${running[-1]}"
    wait "${running[-1]}" || fail "the portal with a password ended with $?"
    unset 'running[-1]'
    # Sessions in a file, and only the archive there.
    start archive http --store "$work/sessions.db" --archive "redis+unix://$work/redis.sock?db=0" \
        --store-password password --pseudonym-key pseudonym.key
    [ "$(visit nobody GET /login)" = 200 ] || fail "sessions in a file beside the archive: $(cat headers)"
    kill -TERM "${running[-1]}"
    wait "${running[-1]}" || fail "the portal with a password for its archive ended with $?"
    unset 'running[-1]'
    origin=$before
    got=0
    "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 --pseudonym-key pseudonym.key \
        --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
        --store "$work/sessions.db" --store-password password 2>options.err || got=$?
    { [ "$got" = 2 ] && grep -q 'cannot keep' options.err; } || fail "a password for nobody: $got $(cat options.err)"
    got=0
    "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 --pseudonym-key pseudonym.key \
        --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
        --store "redis+unix://$work/redis.sock" --store-password wrong.password 2>options.err || got=$?
    { [ "$got" = 1 ] && grep -q WRONGPASS options.err; } || fail "a wrong password: $got $(cat options.err)"
    if grep -q -e secret -e '^wrong' ./*.err ./*.out; then
        fail "the password is in a log"
    fi
}

# A server that answers, but does not want to.
refusing_server()
{
    redis_ask CONFIG SET maxmemory 1 >/dev/null
    [ "$(visit full GET /login)" = 503 ] || fail "a login page without memory for it"
    grep -q 'refuses: OOM' redis.err || fail "the log does not tell OOM: $(tail -3 redis.err)"
    redis_ask CONFIG SET maxmemory 0 >/dev/null
    [ "$(visit full GET /login)" = 200 ] || fail "login page with memory again"
    redis_ask CONFIG SET requirepass secret >/dev/null
    redis_ask -a secret --no-auth-warning CLIENT KILL TYPE normal SKIPME yes >/dev/null
    [ "$(visit kept GET /profile)" = 503 ] || fail "a session without being let in"
    grep -q 'refuses: NOAUTH' redis.err || fail "the log does not tell NOAUTH: $(tail -3 redis.err)"
    with_password
    redis_ask -a secret --no-auth-warning CONFIG SET requirepass '' >/dev/null
    [ "$(visit kept GET /profile)" = 200 ] || fail "the session when it is let in again"
}

# What Redis does not delete is not said to be gone.
not_deleted()
{
    local csrf
    login stays
    visit stays GET /profile >/dev/null
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    redis_ask ACL SETUSER default -del -getdel >/dev/null
    [ "$(visit stays POST /logout -H "Origin: $origin" -d "csrf=$csrf")" = 503 ] || fail "a logout that failed: $(cat headers)"
    grep -q 'id="logout-again" href="/logout"' body || fail "the page does not say what to do: $(cat body)"
    if grep -q -i '^set-cookie: portal=' headers; then
        fail "the cookie of a session that lives is gone"
    fi
    rm -f fresh
    csrf=$(open_login fresh)
    [ "$(visit fresh POST /login/other -H "Origin: $origin" -d "csrf=$csrf&person=nora")" = 503 ] \
        || fail "login beside the session before: $(cat headers)"
    if grep -q -i '^set-cookie: portal=' headers; then
        fail "a session beside the one before"
    fi
    redis_ask ACL SETUSER default +del +getdel >/dev/null
    [ "$(visit fresh GET /profile)" = 303 ] || fail "logged in though the id before lives"
    [ "$(visit stays GET /profile)" = 200 ] || fail "the session that was not deleted"
    visit stays GET /logout >/dev/null
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    [ "$(visit stays POST /logout -H "Origin: $origin" -d "csrf=$csrf")" = 303 ] || fail "the second logout: $(cat headers)"
    [ "$(visit stays GET /profile)" = 303 ] || fail "logged in after the logout"
}

# A count whose end was never set gets one: else a citizen is out for good.
counts_end()
{
    local csrf key
    csrf=$(open_login counted)
    redis_ask --raw KEYS 'beid-portal:nonces:*' | while read -r key; do
        redis_ask DEL "$key" >/dev/null
    done
    nonce counted "$csrf" >/dev/null
    key=$(redis_ask --raw KEYS 'beid-portal:nonces:*')
    [ "$(redis_ask TTL "$key")" -gt 0 ] || fail "a count without an end: $key"
    redis_ask PERSIST "$key" >/dev/null
    nonce counted "$csrf" >/dev/null
    [ "$(redis_ask TTL "$key")" -gt 0 ] || fail "a count that lost its end stays for good"
}

# No record of another program is taken for one of ours.
damaged()
{
    local key
    rm -f odd
    login odd
    key=$(redis_ask KEYS 'beid-portal:session:*' | head -1)
    redis_ask SET "$key" junk KEEPTTL >/dev/null
    for key in $(redis_ask KEYS 'beid-portal:session:*'); do
        redis_ask SET "$key" junk KEEPTTL >/dev/null
    done
    [ "$(visit odd GET /profile)" = 503 ] || fail "a damaged session: $(cat headers)"
    redis_ask FLUSHALL >/dev/null
    [ "$(visit odd GET /profile)" = 303 ] || fail "a session that Redis forgot"
}

echo '{}' >empty.json
pki_make p384
head -c 32 /dev/urandom >pseudonym.key
redis_start
for url in "redis://127.0.0.1:$redis_port/7" "redis+unix://$work/redis.sock?db=8"; do
    for unit_test in "${unit_tests[@]}"; do
        BEID_TEST_STORE=$url BEID_TEST_REDIS="redis-cli -s $work/redis.sock" "$unit_test" >unit.out 2>&1 \
            || fail "store at $url: $(cat unit.out)"
    done
done
[ "$(redis_ask INFO keyspace | grep -c '^db[78]:')" -le 2 ] || fail "another database was used"

start redis http --store "redis+unix://$work/redis.sock?db=0" --pseudonym-key pseudonym.key \
    --people "$source_dir/portal/reference/people.txt"
login kept
keys_end
refused_while_away
silent_server
stays_used
not_deleted
counts_end
evicting_server
refusing_server
damaged
kill -TERM "${running[-1]}" 2>/dev/null || true

for wrong in redis:// redis://localhost redis://localhost:0 redis://localhost:70000 redis://localhost:1/16 \
    redis://localhost:1/x redis://:1 redis+unix://relative redis+unix:// redis+unix:///a?db= \
    rediss://localhost:1 "redis://127.0.0.1:$redis_port/1/2" "redis://a b:1x"; do
    got=0
    "$portal" --listen 127.0.0.1:1 --origin http://localhost:1 --pseudonym-key pseudonym.key \
        --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
        --store "$wrong" 2>options.err || got=$?
    { [ "$got" = 2 ] && grep -q -F "$wrong" options.err; } || fail "--store $wrong: $got $(cat options.err)"
done
got=0
"$portal" --listen 127.0.0.1:1 --origin http://localhost:1 --pseudonym-key pseudonym.key \
    --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
    --store "redis+unix://$work/none.sock" 2>options.err || got=$?
{ [ "$got" = 1 ] && grep -q 'is away' options.err; } || fail "nobody at the socket: $got $(cat options.err)"
if grep -q -e 85073003328 -e Specimen -e Nora ./*.out ./*.err; then
    fail "personal data in the log"
fi
echo "$failures failures"
[ "$failures" -eq 0 ]

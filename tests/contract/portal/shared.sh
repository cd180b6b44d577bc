#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: shared.sh BEID-PORTAL SOURCE-DIR sqlite|redis. Four portals behind one
# origin and one store: one session in all of them, one token used once.
set -euo pipefail
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"

# Every portal says the same origin; a balancer would stand before them.
public=https://portal.example
places=()
members=()

# member NAME: one more portal on a free port, in places and members.
member()
{
    local name=$1
    for _ in 1 2 3 4 5; do
        local port=$((20000 + RANDOM % 12000))
        "$portal" --listen "127.0.0.1:$port" --origin "$public" --trust root.pem --revocation off \
            --store "$store" --pseudonym-key pseudonym.key \
            --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" \
            >"$name.out" 2>"$name.err" &
        running+=($!)
        for _ in $(seq 200); do
            if grep -q "^listening on" "$name.out"; then
                places+=("http://127.0.0.1:$port")
                members+=("${running[-1]}")
                return 0
            fi
            kill -0 "${running[-1]}" 2>/dev/null || break
            sleep 0.05
        done
        unset 'running[-1]'
    done
    echo "the portal does not start: $(cat "$name.err")"
    exit 1
}

# to PLACE METHOD PATH [CURL-OPTION...]: the cookie is in $cookie.
to()
{
    local place=$1 method=$2 path=$3
    shift 3
    curl -s -X "$method" -H "Cookie: __Host-portal=$cookie" -D headers -o body \
        -w '%{http_code}' "$@" "$place$path"
}

# script CSRF: headers of a page's own script.
script()
{
    own=(-H "Origin: $public" -H "X-CSRF-Token: $1" -H 'Content-Type: application/json')
}

# begin: a visitor at the first portal; sets cookie and own.
begin()
{
    cookie=
    to "${places[0]}" GET /login >/dev/null
    cookie=$(sed -n 's/^[Ss]et-[Cc]ookie: __Host-portal=\([^;]*\);.*/\1/p' headers)
    script "$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)"
}

echo '{}' >empty.json
pki_make p384
head -c 32 /dev/urandom >pseudonym.key
store=sessions.db
if [ "$3" = redis ]; then
    # shellcheck source=tests/contract/portal/redis.sh
    . "$source_dir/tests/contract/portal/redis.sh"
    redis_start
    store=redis://127.0.0.1:$redis_port/3
fi
for i in 1 2 3 4; do
    member "m$i"
done
if [ "$3" = sqlite ]; then
    [ "$(stat -c %a sessions.db)" = 600 ] || fail "mode of the store: $(stat -c %a sessions.db)"
fi

begin
[ "$(to "${places[1]}" POST /login/nonce "${own[@]}" -d '{}')" = 200 ] || fail "nonce: $(cat body)"
answer "$(jq -r .nonce body)" "$public"
for i in $(seq 100); do
    echo "${places[$((i % 4))]}"
done | xargs -P 100 -I{} curl -s -H "Cookie: __Host-portal=$cookie" -o /dev/null -w '%{http_code}\n' \
    "${own[@]}" --data-binary @answer.json {}/login/token >codes
{ [ "$(grep -c '^200$' codes)" = 1 ] && [ "$(grep -c '^40[13]$' codes)" = 99 ]; } \
    || fail "one token, four portals: $(sort codes | uniq -c)"

# One session everywhere, and everywhere gone after the logout.
begin
to "${places[2]}" POST /login/nonce "${own[@]}" -d '{}' >/dev/null
answer "$(jq -r .nonce body)" "$public"
[ "$(to "${places[3]}" POST /login/token "${own[@]}" --data-binary @answer.json)" = 200 ] || fail "login: $(cat body)"
cookie=$(sed -n 's/^[Ss]et-[Cc]ookie: __Host-portal=\([^;]*\);.*/\1/p' headers)
for place in "${places[@]}"; do
    [ "$(to "$place" GET /profile)" = 200 ] || fail "not logged in at $place"
done
csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)

# What one keeps every other one has.
to "${places[1]}" GET /feedback >/dev/null
[ "$(to "${places[2]}" POST /feedback -H "Origin: $public" -d "csrf=$csrf" -d text=Gedeeld)" = 303 ] || fail "feedback"
"$portal" --listen 127.0.0.1:1 --origin "$public" --store "$store" --pseudonym-key pseudonym.key \
    --www "$source_dir/portal/reference/www" --sdk "$source_dir/portal/sdk" --show-feedback >feedback.jsonl
[ "$(jq -r .text feedback.jsonl)" = Gedeeld ] || fail "the feedback is not shared: $(cat feedback.jsonl)"

# All of them stop; what was open lives on for those that come after.
for pid in "${members[@]}"; do
    kill -TERM "$pid"
    wait "$pid" || fail "a portal ended with $?"
done
places=()
members=()
member again
[ "$(to "${places[0]}" GET /profile)" = 200 ] || fail "the session is lost with the process"
[ "$(to "${places[0]}" POST /logout -H "Origin: $public" -d "csrf=$csrf")" = 303 ] || fail "logout"
[ "$(to "${places[0]}" GET /profile)" = 303 ] || fail "logged in after the logout"

# The number is nowhere on the disk.
if grep -q -r -a -e 85073003328 sessions.db* appendonlydir ./*.err 2>/dev/null; then
    fail "the national number is in the store"
fi
kill -TERM "${members[0]}"
wait "${members[0]}" || fail "a portal ended with $?"
got=0
"$portal" --listen 127.0.0.1:1 --origin http://localhost:1 --store a.db 2>options.err || got=$?
{ [ "$got" = 2 ] && grep -q pseudonym-key options.err; } || fail "--store alone: $got $(cat options.err)"
echo "$failures failures"
[ "$failures" -eq 0 ]

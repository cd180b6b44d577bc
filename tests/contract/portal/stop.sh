#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: stop.sh BEID-PORTAL SOURCE-DIR. SIGTERM while a login is on its way in:
# nobody else gets in, this one gets its answer, and the portal ends with 0.
set -euo pipefail
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"

echo '{}' >empty.json
pki_make p384
head -c 32 /dev/urandom >pseudonym.key
start first http --store sessions.db --pseudonym-key pseudonym.key
first=${running[-1]}
port=${origin##*:}
csrf=$(open_login jar)
answer "$(nonce jar "$csrf")"

# Two connections that are idle, one of them after an answer.
exec 5<>"/dev/tcp/127.0.0.1/$port"
exec 6<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /favicon.svg HTTP/1.1\r\nHost: localhost:%s\r\n\r\n' "$port" >&6
head -n 1 <&6 | grep -q ' 200 ' || fail "the idle connection was not answered"

# The login: its headers and half of its body.
size=$(stat -c %s answer.json)
half=$((size / 2))
exec 4<>"/dev/tcp/127.0.0.1/$port"
{
    printf 'POST /login/token HTTP/1.1\r\nHost: localhost:%s\r\nOrigin: %s\r\n' "$port" "$origin"
    printf 'Cookie: portal=%s\r\nX-CSRF-Token: %s\r\n' "$(cookie_of jar portal)" "$csrf"
    printf 'Content-Type: application/json\r\nContent-Length: %s\r\n\r\n' "$size"
    head -c "$half" answer.json
} >&4
# The server has begun with it when it has answered somebody after it.
[ "$(visit other GET /)" = 200 ] || fail "another visitor"

kill -TERM "$first"
for _ in $(seq 400); do
    code=0
    curl -s -o /dev/null "$origin/" || code=$?
    [ "$code" != 7 ] || break
    sleep 0.05
done
[ "$code" = 7 ] || fail "connections are still accepted: curl ends with $code"
kill -0 "$first" 2>/dev/null || fail "the portal did not wait for the login"
tail -c "+$((half + 1))" answer.json >&4
cat <&4 >reply
grep -q '^HTTP/1.1 200' reply || fail "the login under way: $(cat reply)"
grep -q -i '^connection: close' reply || fail "the connection stays open: $(cat reply)"
wait "$first" || fail "the portal ended with $?"
exec 4>&- 5>&- 6>&-

# Whoever got in that way is in at the portal that comes after.
cookie=$(sed -n 's/^[Ss]et-[Cc]ookie: portal=\([^;]*\);.*/\1/p' reply)
start second http --store sessions.db --pseudonym-key pseudonym.key
[ "$(curl -s -o body -w '%{http_code}' -H "Cookie: portal=$cookie" "$origin/profile")" = 200 ] \
    || fail "the session is lost: $(cat body)"

# Nobody waits: the end is there at once.
kill -TERM "${running[-1]}"
wait "${running[-1]}" || fail "the second portal ended with $?"
running=()
echo "$failures failures"
[ "$failures" -eq 0 ]

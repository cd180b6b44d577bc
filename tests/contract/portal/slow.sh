#!/usr/bin/env bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# Usage: slow.sh BEID-PORTAL SOURCE-DIR. Logins wait for an OCSP responder that
# says nothing: other visitors have their pages meanwhile, and many threads at
# once let one token in once.
set -euo pipefail
# shellcheck source=tests/contract/portal/visitor.sh
. "${BASH_SOURCE[0]%/*}/visitor.sh"
export no_proxy='*'

# responder: accepts, says in asked.N that it was asked, and never answers. Who
# makes the file check learns in state whether the last one still waits.
responder()
{
    cat >responder.py <<'PYTHON'
import os, pathlib, select, socket
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
def tell(name, text):
    pathlib.Path(name + ".new").write_text(text)
    os.rename(name + ".new", name)
def waits(connection):
    connection.setblocking(False)
    try:
        while connection.recv(4096):
            pass
        return "gone"
    except BlockingIOError:
        return "waits"
    except OSError:
        return "gone"
tell("port", str(listener.getsockname()[1]))
held = []
while True:
    if select.select([listener], [], [], 0.02)[0]:
        held.append(listener.accept()[0])
        tell(f"asked.{len(held)}", "")
    if os.path.exists("check"):
        os.remove("check")
        tell("state", waits(held[-1]))
PYTHON
    python3 responder.py &
    running+=($!)
    for _ in $(seq 600); do
        [ ! -e port ] || return 0
        sleep 0.05
    done
    echo "the responder does not start"
    exit 1
}

# slow_login NAME: one whose card is asked about; its status will be in NAME.
slow_login()
{
    local csrf n
    csrf=$(open_login "jar.$1")
    n=$(nonce "jar.$1" "$csrf")
    answer "$n"
    cp answer.json "$1.json"
    curl -s -b "jar.$1" -o "$1.body" -w '%{http_code}' -H "Origin: $origin" -H "X-CSRF-Token: $csrf" \
        -H 'Content-Type: application/json' --data-binary "@$1.json" "$origin/login/token" >"$1.status"
    mv "$1.status" "$1"
}

# meanwhile N: are other visitors served while the N-th question is open? The
# page counts only when the responder is still waited for after it came: on a
# machine that stands still for seconds nobody can tell.
meanwhile()
{
    local pid page
    rm -f "login.$1" state
    slow_login "login.$1" &
    pid=$!
    for _ in $(seq 1200); do
        [ ! -e "asked.$1" ] || break
        sleep 0.05
    done
    [ -e "asked.$1" ] || fail "the responder was not asked"
    page=$(curl -s -o page -w '%{http_code}' "$origin/login")
    [ "$page" = 200 ] || fail "the page of another visitor: $page"
    : >check
    for _ in $(seq 1200); do
        [ ! -e state ] || break
        sleep 0.05
    done
    if [ "$(cat state)" = waits ]; then
        served=$((served + 1))
    fi
    wait "$pid" || true
    { [ "$(cat "login.$1")" = 503 ] && grep -q revocation_unavailable "login.$1.body"; } \
        || fail "the slow login: $(cat "login.$1" "login.$1.body")"
}

echo '{}' >empty.json
pki_make p384
responder
pki_sign auth ca "$pki_subject" "$pki_leaf_extensions
authorityInfoAccess=OCSP;URI:http://127.0.0.1:$(cat port)" -sha384
start slow http --revocation login --ocsp-prefix "http://127.0.0.1:$(cat port)"
served=0
for i in 1 2 3; do
    meanwhile "$i"
    [ "$served" = 0 ] || break
done
[ "$served" -gt 0 ] || fail "nobody else was served while a login waited"

# One process, many threads, one token; all of them from one address.
start many http --connections-per-address 256
rm -f jar
csrf=$(open_login jar)
answer "$(nonce jar "$csrf")"
seq 100 | xargs -P 100 -I{} curl -s -b jar -o /dev/null -w '%{http_code}\n' \
    -H "Origin: $origin" -H "X-CSRF-Token: $csrf" -H 'Content-Type: application/json' \
    --data-binary @answer.json "$origin/login/token" >codes
{ [ "$(grep -c '^200$' codes)" = 1 ] && [ "$(grep -c '^40[13]$' codes)" = 99 ]; } \
    || fail "one token, many threads: $(sort codes | uniq -c)"
# Pages of everybody at once, with and without a session.
for _ in $(seq 50); do
    printf '%s\n' /login / /style.css '/feedback?lang=fr'
done | xargs -P 100 -I{} curl -s -o /dev/null -w '%{http_code}\n' "$origin{}" >codes
[ "$(grep -c '^200$' codes)" = 200 ] || fail "many visitors: $(sort codes | uniq -c)"
for pid in "${running[@]:1}"; do
    kill -TERM "$pid"
    wait "$pid" || fail "a portal ended with $?"
done
if grep -q -e 'ThreadSanitizer' -e 'runtime error' ./*.err; then
    fail "a sanitizer found something: $(cat ./*.err)"
fi
running=("${running[0]}")
echo "$failures failures"
[ "$failures" -eq 0 ]

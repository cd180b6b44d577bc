# shellcheck shell=bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# A running portal and a visitor with curl, and the test PKI, for scripts with
# the arguments BEID-PORTAL SOURCE-DIR. They go on in a folder of their own;
# what is in "running" ends with them.
portal=$(realpath "$1")
source_dir=$(realpath "$2")
# shellcheck source=tests/contract/verify/pki.sh
. "$source_dir/tests/contract/verify/pki.sh"
work=$(mktemp -d)
running=()
failures=0
finish()
{
    local pid
    for pid in "${running[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
cd "$work" || exit

fail()
{
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# start NAME SCHEME [OPTION...]: a portal on a free port; sets origin.
start()
{
    local name=$1 scheme=$2
    shift 2
    for _ in 1 2 3 4 5; do
        local port=$((20000 + RANDOM % 12000))
        origin=$scheme://localhost:$port
        "$portal" --listen "127.0.0.1:$port" --origin "$origin" --trust root.pem \
            --revocation off --www "$source_dir/portal/reference/www" \
            --sdk "$source_dir/portal/sdk" "$@" >"$name.out" 2>"$name.err" &
        running+=($!)
        for _ in $(seq 100); do
            if grep -q "^listening on $origin\$" "$name.out"; then
                return 0
            fi
            kill -0 "${running[-1]}" 2>/dev/null || break
            sleep 0.05
        done
    done
    echo "the portal does not start: $(cat "$name.err")"
    exit 1
}

# visit JAR METHOD PATH [CURL-OPTION...]: status code; body in body, headers
# in headers.
visit()
{
    local jar=$1 method=$2 path=$3
    shift 3
    curl -sk -X "$method" -b "$jar" -c "$jar" -D headers -o body -w '%{http_code}' \
        "$@" "$origin$path"
}

# The CSRF token of a visitor who opens the login page.
open_login()
{
    local code
    code=$(visit "$1" GET /login)
    [ "$code" = 200 ] || fail "login page: $code"
    sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body
}

# post JAR CSRF PATH BODY-FILE: as the page's script does.
post()
{
    visit "$1" POST "$3" -H "Origin: $origin" -H "X-CSRF-Token: $2" \
        -H 'Content-Type: application/json' --data-binary "@$4"
}

# nonce JAR CSRF
nonce()
{
    local code
    code=$(post "$1" "$2" /login/nonce empty.json)
    [ "$code" = 200 ] || fail "nonce: $code"
    jq -r .nonce body
}

# answer NONCE [ORIGIN]: what the agent would send, in answer.json.
answer()
{
    answer_make "$(token_make ES384 "${2:-$origin}" "$1")" ca.pem root.pem >answer.json
}

# refused CODE WORD STATUS WHAT: the last reply was this refusal.
refused()
{
    if [ "$3" != "$1" ] || [ "$(jq -r .error body)" != "$2" ]; then
        fail "$4: $3 $(cat body) instead of $1 $2"
    fi
}

cookie_of()
{
    awk -v name="$2" '$6 == name {print $7}' "$1"
}

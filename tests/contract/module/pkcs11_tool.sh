#!/bin/bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
# pkcs11-tool with our module on a virtual card below a real pcscd: it lists,
# logs in and signs with every mechanism, in one part and in several; openssl
# verifies with the certificate that it read.
#   usage: pkcs11_tool.sh BEID-VIRTUAL-CARD MODULE APPLET
set -euo pipefail

card=$1 module=$2 applet=$3
dir=$(mktemp -d)
trap '"$card" stop --dir "$dir/c" >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

status=0
started=$("$card" start --dir "$dir/c" --applet "$applet") || status=$?
[ "$status" = 77 ] && echo "no private pcscd here" && exit 77
[ "$status" = 0 ] || fail "the virtual card does not start"
export "${started?}"

tool()
{
    LD_PRELOAD=${BEID_PRELOAD:-} ASAN_OPTIONS=detect_leaks=0 \
        pkcs11-tool --module "$module" "$@"
}

count()
{
    "$card" counters --dir "$dir/c" | awk -v name="$1" '$1 == name { print $2 }'
}

echo "== list"
tool -L | tee "$dir/slots"
grep -q 'token label *: Belgian eID' "$dir/slots" || fail "no token"
grep -q "token model *: Applet $applet" "$dir/slots" || fail "wrong applet"
tool -O > "$dir/public"
grep -q 'Certificate Object' "$dir/public" || fail "no certificate"
grep -q 'Public Key Object' "$dir/public" || fail "no public key"
grep -q 'Private Key Object' "$dir/public" && fail "a private key before login"
[ "$(count verify)" = 0 ] || fail "listing cost a VERIFY"
tool -l --pin 1234 -O > "$dir/all"
grep -q 'Private Key Object' "$dir/all" || fail "no private key after login"

echo "== certificate and public key are the card's"
tool -r -y cert --id 02 -o "$dir/cert.der" > "$dir/log" 2>&1
openssl x509 -in "$dir/c/pki/auth.pem" -outform DER -out "$dir/pki.der"
cmp "$dir/pki.der" "$dir/cert.der"
openssl x509 -in "$dir/pki.der" -inform DER -noout -pubkey > "$dir/key.pem"
openssl pkey -pubin -in "$dir/key.pem" -outform DER -out "$dir/pki-key.der"
if [ "$applet" = 1.7 ]; then
    tool -r -y pubkey --id 02 -o "$dir/key.der" > "$dir/log" 2>&1
    openssl pkey -pubin -inform DER -in "$dir/key.der" -outform DER \
        -out "$dir/key2.der"
    cmp "$dir/pki-key.der" "$dir/key2.der"
else
    # pkcs11-tool 0.23 cannot read an EC key with OpenSSL 3 (OpenSC #3200).
    point=$(awk '$1 == "EC_POINT:" { print $2; exit }' "$dir/public")
    tail -c 97 "$dir/pki-key.der" | od -An -v -tx1 | tr -d ' \n' > "$dir/point"
    [ "$point" = "0461$(cat "$dir/point")" ] || fail "another point"
fi

context=0 # logins for one signature
head -c 5000 /dev/urandom > "$dir/long"
head -c 48 "$dir/long" > "$dir/short"

openssl x509 -in "$dir/c/pki/sign.pem" -noout -pubkey > "$dir/key-03.pem"
cp "$dir/key.pem" "$dir/key-02.pem"

# sign KEY MECHANISM FILE [OPTION...]
sign()
{
    local key=$1 mechanism=$2 data=$3 before after
    shift 3
    echo "== $mechanism with key $key, $(basename "$data")"
    rm -f "$dir/sig"
    before=$(count verify)
    tool -l --pin 1234 -s -m "$mechanism" --id "$key" -i "$data" \
        -o "$dir/sig" --signature-format openssl "$@" > "$dir/log" 2>&1 \
        || { cat "$dir/log"; fail "$mechanism on $data"; }
    # The signature key takes a VERIFY of its own for each signature.
    after=$((before + 1 + (10#$key == 3)))
    context=$((context + (10#$key == 3)))
    [ "$(count verify)" = "$after" ] || fail "not the VERIFY that key $key takes"
}

# verify KEY MECHANISM FILE SIGNATURE [OPTION...]: pkcs11-tool ends with 0
# whatever it says.
verify()
{
    local key=$1 mechanism=$2 data=$3 signature=$4
    shift 4
    tool --verify -m "$mechanism" --id "$key" -i "$data" \
        --signature-file "$signature" --signature-format openssl "$@" \
        > "$dir/log" 2>&1 || true
    grep -q 'Signature is valid' "$dir/log"
}

# verified KEY MECHANISM FILE [OPTION...]: what was just signed, with its key;
# what key 02 signed is no signature of the other's.
verified()
{
    local key=$1 mechanism=$2 data=$3
    shift 3
    verify "$key" "$mechanism" "$data" "$dir/sig" "$@" \
        || { cat "$dir/log"; fail "$mechanism with key $key is not valid"; }
    [ "$key" = 02 ] || return 0
    verify 03 "$mechanism" "$data" "$dir/sig" "$@" \
        && fail "$mechanism is valid with another key"
    grep -q 'Invalid signature' "$dir/log" \
        || { cat "$dir/log"; fail "$mechanism with another key"; }
}

# hashed MECHANISM HASH [OPENSSL-OPTION...]
hashed()
{
    local mechanism=$1 hash=$2 key
    shift 2
    for key in 02 03; do
        sign "$key" "$mechanism" "$dir/long"
        openssl dgst "-$hash" -verify "$dir/key-$key.pem" \
            -signature "$dir/sig" "$@" "$dir/long"
        verified "$key" "$mechanism" "$dir/long"
    done
    sign 02 "$mechanism" "$dir/short"
    openssl dgst "-$hash" -verify "$dir/key-02.pem" -signature "$dir/sig" "$@" \
        "$dir/short"
}

# bare MECHANISM FILE OPENSSL-OPTIONS [OPTION...]
bare()
{
    local mechanism=$1 data=$2 key
    local -a options
    read -ra options <<< "$3"
    shift 3
    for key in 02 03; do
        sign "$key" "$mechanism" "$data" "$@"
        openssl pkeyutl -verify -pubin -inkey "$dir/key-$key.pem" -in "$data" \
            -sigfile "$dir/sig" "${options[@]}"
        verified "$key" "$mechanism" "$data" "$@"
    done
}

tool -M > "$dir/mechanisms"
grep -c 'digest' "$dir/mechanisms" | grep -qx 5 || fail "not five digests"
if [ "$applet" = 1.7 ]; then
    grep -c 'sign' "$dir/mechanisms" | grep -qx 9 || fail "not nine mechanisms"
    bare RSA-PKCS "$dir/short" ""
    for bits in 1 224 256 384 512; do
        hashed "SHA$bits-RSA-PKCS" "sha$bits"
    done
    for bits in 1 256; do
        hashed "SHA$bits-RSA-PKCS-PSS" "sha$bits" \
            -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
    done
    for bits in 1 256; do
        openssl dgst "-sha$bits" -binary "$dir/long" > "$dir/hash"
        name=SHA$bits
        name=${name/SHA1/SHA-1} # as pkcs11-tool calls it
        bare RSA-PKCS-PSS "$dir/hash" "-pkeyopt digest:sha$bits \
            -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest" \
            --hash-algorithm "$name" --mgf "MGF1-SHA$bits" \
            --salt-len "$(wc -c < "$dir/hash")"
    done
else
    grep -c 'sign' "$dir/mechanisms" | grep -qx 6 || fail "not six mechanisms"
    for hash in sha1 sha224 sha256 sha384 sha512; do
        openssl dgst "-$hash" -binary "$dir/long" > "$dir/hash"
        bare ECDSA "$dir/hash" ""
        hashed "ECDSA-${hash^^}" "$hash"
    done
fi

echo "== hashes and random bytes"
for hash in sha1 sha224 sha256 sha384 sha512; do
    name=${hash^^}
    tool --hash -m "${name/SHA1/SHA-1}" -i "$dir/long" -o "$dir/hash" > "$dir/log" 2>&1
    openssl dgst "-$hash" -binary "$dir/long" | cmp - "$dir/hash"
done
tool --generate-random 64 -o "$dir/random" > "$dir/log" 2>&1
[ "$(wc -c < "$dir/random")" = 64 ] || fail "not 64 random bytes"

echo "== a wrong PIN, then the right one"
tool -l --pin 9999 -O > "$dir/log" 2>&1 && fail "a wrong PIN was taken"
grep -q CKR_PIN_INCORRECT "$dir/log" || fail "not CKR_PIN_INCORRECT"
[ "$(count tries_left)" = 2 ] || fail "not two tries left"
tool -L | grep -q 'user PIN count low' || fail "the low count is not shown"
tool -l --pin 1234 -O > "$dir/log" 2>&1
[ "$(count tries_left)" = 3 ] || fail "not three tries left"
tool -l --pin 123 -O > "$dir/log" 2>&1 && fail "a short PIN was taken"
[ "$(count tries_left)" = 3 ] || fail "a short PIN reached the card"

echo "== every login was logged off, nothing was reset"
# The login of one signature ends with it and leaves the other to log off.
[ "$(count logoffs)" = "$(($(count verify_ok) - context))" ] \
    || fail "a login stayed open"
[ "$(count resets)" = 0 ] || fail "a card was reset"

echo "== another PIN, and back"
tool -l --pin 1234 --change-pin --new-pin 246810 > "$dir/log" 2>&1 \
    || { cat "$dir/log"; fail "the PIN is not changed"; }
tool -l --pin 1234 -O > "$dir/log" 2>&1 && fail "the old PIN is still taken"
tool -l --pin 246810 --change-pin --new-pin 1234 > "$dir/log" 2>&1 \
    || { cat "$dir/log"; fail "the PIN is not changed back"; }
[ "$(count tries_left)" = 3 ] || fail "not three tries left"

echo "== pkcs11-tool's own test"
tool -l --pin 1234 --test > "$dir/test" 2>&1 || { cat "$dir/test"; fail "--test"; }
grep -q 'No errors' "$dir/test" || { cat "$dir/test"; fail "errors in --test"; }
[ "$(count resets)" = 0 ] || fail "a card was reset"

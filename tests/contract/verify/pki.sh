# shellcheck shell=bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# A test PKI and Web eID tokens made with nothing but the openssl command, so
# that the verifier is judged by signatures it had no part in.

# vector KIND CODE WHAT ARGUMENT...: keeps the case for portal/vectors when
# BEID_VECTORS names a file.
vector()
{
    [ -z "${BEID_VECTORS-}" ] || "$(dirname "${BASH_SOURCE[0]}")/vector.py" "$@" >>"$BEID_VECTORS"
}

# pki_key FILE TYPE: TYPE is rsa1024, rsa2048, p256 or p384.
pki_key()
{
    case "$2" in
    rsa1024 | rsa2048)
        openssl genpkey -quiet -algorithm RSA \
            -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$1"
        ;;
    p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
    p384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$1" ;;
    esac 2>/dev/null
}

pki_ca_extensions='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
pki_policy='certificatePolicies=2.16.56.12.1.1.2.2'
pki_leaf_extensions='keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
'$pki_policy
# QcCompliance and nothing else, as real cards say it.
pki_qc='1.3.6.1.5.5.7.1.3=DER:300A3008060604008E460101'
pki_sign_extensions='keyUsage=critical,nonRepudiation
certificatePolicies=2.16.56.12.1.1.2.1
'$pki_qc
pki_subject='/C=BE/CN=Nora Specimen (Authentication)/SN=Specimen/GN=Nora Angèle/serialNumber=85073003328'

# pki_sign NAME ISSUER SUBJECT EXTENSIONS [openssl x509 option...]: signs
# NAME.key as NAME.pem; ISSUER is NAME itself for a root. 200 days by default.
pki_sign()
{
    local name=$1 issuer=$2 subject=$3 extensions=$4
    shift 4
    openssl req -new -utf8 -key "$name.key" -subj "$subject" -out "$name.csr"
    if [ "$name" = "$issuer" ]; then
        openssl x509 -req -in "$name.csr" -signkey "$name.key" -days 200 \
            -extfile <(printf '%s\n' "$extensions") -out "$name.pem" "$@"
    else
        openssl x509 -req -in "$name.csr" -CA "$issuer.pem" -CAkey "$issuer.key" \
            -CAcreateserial -days 200 \
            -extfile <(printf '%s\n' "$extensions") -out "$name.pem" "$@"
    fi 2>/dev/null
}

# pki_make TYPE: root, ca and auth in the current directory; CAs are P-384.
pki_make()
{
    local name
    for name in root ca; do
        pki_key "$name.key" p384
    done
    pki_key auth.key "$1"
    pki_sign root root '/C=BE/CN=TEST Belgium Root CA' "$pki_ca_extensions" -sha384
    pki_sign ca root '/C=BE/CN=TEST Citizen CA/serialNumber=202601' \
        "$pki_ca_extensions" -sha384
    pki_sign auth ca "$pki_subject" "$pki_leaf_extensions" -sha384
}

# pki_signer TYPE: a signature certificate sign.pem of the same holder.
pki_signer()
{
    pki_key sign.key "$1"
    pki_sign sign ca "${pki_subject/Authentication/Signature}" \
        "$pki_sign_extensions" -sha384
}

# pki_raw: a DER ECDSA signature on standard input as raw r and s (P-384).
pki_raw()
{
    printf '%b' "$(openssl asn1parse -inform DER 2>/dev/null | awk -F: '/INTEGER/ {
        value = $NF
        while (length(value) < 96) value = "0" value
        printf "%s", value
    }' | sed 's/../\\x&/g')"
}

# token_signature ALGORITHM KEY ORIGIN NONCE: the signature in base64.
token_signature()
{
    local hash=sha256
    [ "$1" = ES384 ] && hash=sha384
    {
        printf '%s' "$3" | openssl dgst "-$hash" -binary
        printf '%s' "$4" | openssl dgst "-$hash" -binary
    } >message.bin
    openssl dgst "-$hash" -sign "$2" -out message.sig message.bin
    if [ "$1" = ES384 ]; then
        pki_raw <message.sig | base64 -w0
    else
        base64 -w0 message.sig
    fi
}

# pem_base64 FILE: the DER of a PEM certificate in one line of base64.
pem_base64()
{
    openssl x509 -in "$1" -outform DER | base64 -w0
}

# token_make ALGORITHM ORIGIN NONCE [CERTIFICATE KEY]: a bare token.
token_make()
{
    local cert=${4:-auth.pem} key=${5:-auth.key}
    printf '{"unverifiedCertificate":"%s","algorithm":"%s","signature":"%s","format":"web-eid:1.0","appVersion":"https://example.org/test/1"}\n' \
        "$(pem_base64 "$cert")" "$1" \
        "$(token_signature "$1" "$key" "$2" "$3")"
}

# answer_make TOKEN CERTIFICATE...: an answer of the agent with a chain.
answer_make()
{
    local token=$1 chain='' file
    shift
    for file in "$@"; do
        chain="$chain${chain:+,}\"$(pem_base64 "$file")\""
    done
    printf '{"token":%s,"unverifiedEvidence":{"pinEntry":"keyboard","chain":[%s]}}\n' \
        "$token" "$chain"
}

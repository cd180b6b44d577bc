# shellcheck shell=bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# The panel in a municipality's page, for sso.sh, whose sites and visitors these
# are.
#
# shellcheck disable=SC2154 # sso.sh sets them
ticket_of()
{
    sed -n "s|.*data-src=\"$home/panel?ticket=\([0-9a-f]*\)&amp;.*|\1|p" "$1"
}

# The panel in a municipality's page, as a browser would frame it.
panel()
{
    local framed=(-H 'Sec-Fetch-Dest: iframe' -H 'Sec-Fetch-Site: cross-site') ticket path
    get nora "$gent/" >/dev/null
    grep -q -i "^content-security-policy: .*frame-ancestors 'none'.*frame-src $home" headers \
        || fail "policy of the municipality: $(cat headers)"
    grep -q -i '^permissions-policy: loopback-network=(), local-network-access=(),' headers \
        || fail "a municipality may ask the agent: $(cat headers)"
    ticket=$(ticket_of body)
    [ "${#ticket}" = 44 ] || fail "no ticket: $(cat body)"
    rm -f frame other
    # A session of the portal opens no frame.
    [ "$(get nora "$home/profile" "${framed[@]}")" = 403 ] || fail "a frame without ticket: $(cat headers)"
    if grep -q Specimen body; then
        fail "a frame without ticket shows who it is"
    fi
    [ "$(get frame "$home/panel?ticket=$ticket&lang=en" "${framed[@]}")" = 303 ] || fail "panel: $(cat headers)"
    grep -i '^set-cookie: __Host-panel=' headers | grep -i 'samesite=none' | grep -i secure | grep -i partitioned \
        | grep -q -i httponly || fail "cookie of the panel: $(cat headers)"
    for path in /profile /woonst /meldingen; do
        [ "$(get frame "$home$path" "${framed[@]}")" = 200 ] || fail "$path in the panel: $(cat headers)"
        grep -q -i "^content-security-policy: default-src 'none'; style-src 'self';.*frame-ancestors $gent $brugge.\$" headers \
            || fail "policy of the panel: $(cat headers)"
        if grep -q -i -e '^x-frame-options' headers || grep -q '<script' body; then
            fail "$path in the panel: $(cat headers)"
        fi
        grep -q '<html lang="en">' body || fail "$path in the panel is not in English"
    done
    for path in /gezin /attesten /voordelen /contact; do
        [ "$(get frame "$home$path" "${framed[@]}")" = 200 ] || fail "$path in the panel: $(cat headers)"
        grep -q "href=\"$path\" target=\"_top\"" body || fail "$path does not lead out of the panel"
        if grep -q -e 'Lou Voorbeeld' -e Groeipakket body; then
            fail "$path shows its data in the panel"
        fi
    done
    [ "$(get frame "$home/login" "${framed[@]}")" = 403 ] || fail "a login in a frame: $(cat headers)"
    [ "$(get frame "$home/logout" "${framed[@]}" -H "Origin: $home" -d csrf=x)" = 403 ] || fail "a form in a frame"
    # The ticket again: this frame goes on, another one is let in nowhere.
    [ "$(get frame "$home/panel?ticket=$ticket" "${framed[@]}")" = 303 ] || fail "panel again: $(cat headers)"
    [ "$(get other "$home/panel?ticket=$ticket" "${framed[@]}")" = 403 ] || fail "the ticket twice: $(cat headers)"
    # Outside a frame its cookie is worth nothing, under any name.
    [ "$(get frame "$home/profile")" = 303 ] || fail "the panel's cookie outside a frame"
    [ "$(curl -sk -o body -w '%{http_code}' -H "Cookie: __Host-portal=$(cookie_of frame __Host-panel)" \
        "$home/profile")" = 303 ] || fail "the panel's id as a session"
    # A wrong ticket ends what was open before.
    [ "$(get frame "$home/panel?ticket=$(openssl rand -hex 22)" "${framed[@]}")" = 403 ] || fail "a made-up ticket"
    [ "$(get frame "$home/profile" "${framed[@]}")" = 403 ] || fail "the panel of who was here before"
    for path in / /login; do
        get other "$home$path" >/dev/null
        { grep -q -i "frame-ancestors 'none'" headers && grep -q -i '^x-frame-options: deny' headers; } \
            || fail "$path may be framed: $(cat headers)"
    done
}

# The panel's time is over, and the municipality's is not.
panel_again()
{
    local framed=(-H 'Sec-Fetch-Dest: iframe' -H 'Sec-Fetch-Site: cross-site') before ticket
    rm -f frame
    get nora "$gent/afspraak" >/dev/null
    before=$(ticket_of body)
    grep -q -F 'id="panel-again" href="/panel?next=/afspraak"' body || fail "no way to open the panel again: $(cat body)"
    [ "$(get frame "$home/panel?ticket=$before" "${framed[@]}")" = 403 ] || fail "a ticket that is spent"
    grep -q 'Opnieuw openen' body || fail "the panel does not say what to do: $(cat body)"
    # Nobody else's page begins it.
    [ "$(get nora "$gent/panel?next=/afspraak" -H 'Sec-Fetch-Site: cross-site')" = 303 ] || fail "$(cat headers)"
    [ "$(location)" = /afspraak ] || fail "a foreign page opens the panel: $(location)"
    rm -f lost
    [ "$(get lost "$gent/panel" -H 'Sec-Fetch-Site: same-origin')" = 303 ] || fail "the panel of nobody: $(cat headers)"
    [ "$(location)" = / ] || fail "the panel of nobody leads to $(location)"
    # No page, and no card: the portal knows who it is.
    [ "$(get nora "$gent/panel?next=/afspraak" -H 'Sec-Fetch-Site: same-origin')" = 303 ] || fail "$(cat headers)"
    [ "$(get nora "$(location)")" = 303 ] || fail "the portal asks for something: $(cat headers body)"
    [ "$(get nora "$(location)")" = 303 ] || fail "return with the panel: $(cat headers body)"
    [ "$(location)" = '/afspraak#open-panel' ] || fail "the panel opens at $(location)"
    get nora "$gent/afspraak" >/dev/null
    ticket=$(ticket_of body)
    { [ "${#ticket}" = 44 ] && [ "$ticket" != "$before" ]; } || fail "no other ticket: $(cat body)"
    [ "$(get frame "$home/panel?ticket=$ticket" "${framed[@]}")" = 303 ] || fail "panel again: $(cat headers)"
    [ "$(get frame "$home/profile" "${framed[@]}")" = 200 ] || fail "profile again: $(cat headers)"
    { grep -q Specimen body && grep -q 'id="help"' body; } || fail "the panel: $(cat body)"
    [ "$(get frame "$home/terugmelding?about=tax" "${framed[@]}")" = 200 ] || fail "report in the panel: $(cat headers)"
    grep -q -F 'href="/terugmelding?about=tax" target="_top"' body || fail "the fact is lost: $(cat body)"
}

# Somebody else has logged in at the portal since: nobody becomes that person by
# opening the panel again, and the page says who is logged in where.
panel_of_another()
{
    local csrf ticket
    rm -f two
    form two "$gent"
    [ "$(get two "$back")" = 303 ] || fail "return: $(cat headers)"
    get two "$gent/" >/dev/null
    grep -q 'id="verified-name">Nora' body || fail "not logged in at the municipality"
    ticket=$(ticket_of body)
    cp two two.before
    get two "$home/profile" >/dev/null
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    [ "$(get two "$home/logout" -H "Origin: $home" -d "csrf=$csrf")" = 303 ] || fail "logout: $(cat headers)"
    get two "$home/login" >/dev/null
    csrf=$(sed -n 's/.*name="csrf" content="\([0-9a-f]*\)".*/\1/p' body)
    [ "$(get two "$home/login/other" -H "Origin: $home" -d "csrf=$csrf&person=emile")" = 303 ] \
        || fail "login of another person: $(cat headers)"
    [ "$(get two "$gent/panel?next=/afspraak" -H 'Sec-Fetch-Site: same-origin')" = 303 ] || fail "$(cat headers)"
    [ "$(get two "$(location)")" = 303 ] || fail "the portal asks for something: $(cat headers body)"
    back=$(location)
    [[ $back == "$gent/login/return?code="* ]] || fail "sent back to $back"
    [ "$(get two "$back")" = 400 ] || fail "another person's panel: $(cat headers body)"
    { grep -q 'id="other-person"' body && grep -q -F "href=\"$home/logout\"" body && grep -q 'id="again"' body; } \
        || fail "the page does not say what to do: $(cat body)"
    if grep -q -i -e 'verified-name' -e Exemple -e 'data-src=' body; then
        fail "the refusal shows somebody: $(cat body)"
    fi
    # The session that there was has ended, under its old cookie as well.
    for jar in two two.before; do
        [ "$(get "$jar" "$gent/")" = 200 ] || fail "the municipality: $(cat headers)"
        if grep -q -e 'id="verified-name"' -e 'data-src=' body; then
            fail "still somebody's page with $jar: $(cat body)"
        fi
    done
    # Who asks for it logs in as who the portal knows now.
    through two "$gent"
    [ "$(get two "$back")" = 303 ] || fail "return: $(cat headers)"
    get two "$gent/" >/dev/null
    grep -q 'id="verified-name">Émile' body || fail "the other person's login: $(cat body)"
    [ "$(ticket_of body)" != "$ticket" ] || fail "the ticket of the person before"
}

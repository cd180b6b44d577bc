/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SECTION_H
#define BEID_PORTAL_SECTION_H

#include "site.h"

/* What Flemish portals call a login with the card (threats.md §3.2). */
#define ACR_CARD "urn:be:vlaanderen:authmech:eid"

/* One part of the profile. */
struct section {
    const char *path;
    const char *title; /* key of its title */
    enum page_id page;
    bool high; /* wants a card within the last max_age seconds */
};

/* The longest address that a ceremony comes back to. */
#define SECTION_PLACE_SIZE NONCE_ABOUT_SIZE

/* The section of a path; NULL when there is none, or path is NULL. */
const struct section *section_find(const char *path);

/*
 * The same for an address that may say a little more: of a form, about which
 * fact it is, that something was typed in it, or what is wrong with that.
 * Nothing else goes along.
 */
const struct section *section_to(const char *place);

/*
 * Where the section that is shown is had again, with what goes along; "" when
 * none is shown.
 */
void section_place(const struct visit *visit, char out[SECTION_PLACE_SIZE]);

/*
 * Shows a section; asks for a login, or answers 401 as RFC 9470 says when
 * the level is too low.
 */
void section_show(struct visit *visit, const struct section *section);

#endif

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
    const char *login; /* where visitors without a login go */
    const char *title; /* key of its title */
    enum page_id page;
    bool high; /* wants a card within the last max_age seconds */
};

/* The section of a path; NULL when there is none, or path is NULL. */
const struct section *section_find(const char *path);

/*
 * Shows a section; asks for a login, or answers 401 as RFC 9470 says when
 * the level is too low.
 */
void section_show(struct visit *visit, const struct section *section);

#endif

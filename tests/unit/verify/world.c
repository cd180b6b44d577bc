/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "../unit.h"

X509 *
test_issue(const struct test_world *world, const struct test_issue *what)
{
    return test_cert_make(&(struct test_cert){.subject = what->subject,
                                              .issuer = what->issuer,
                                              .key = what->key,
                                              .issuer_key = what->by,
                                              .hash = EVP_sha384(),
                                              .ca = what->key != world->holder,
                                              .not_before = world->now - DAY,
                                              .not_after = what->until});
}

int
test_world_make(struct test_world *world, time_t ca_days)
{
    *world = (struct test_world){.root = test_key(),
                                 .ca = test_key(),
                                 .holder = test_key(),
                                 .now = time(NULL)};
    const time_t end = world->now + 400 * DAY;
    world->root_cert =
        test_issue(world, &(struct test_issue){"TEST Root", world->root,
                                               "TEST Root", world->root, end});
    world->ca_cert = test_issue(
        world, &(struct test_issue){"TEST CA", world->ca, "TEST Root",
                                    world->root, world->now + ca_days * DAY});
    world->holder_cert = test_issue(
        world, &(struct test_issue){"Nora", world->holder, "TEST CA", world->ca,
                                    world->now + 200 * DAY});
    world->pin = (struct pin){.common_name = "TEST Root",
                              .not_before = world->now - DAY,
                              .not_after = end};
    if (!certificate_spki_sha256(world->root_cert, world->pin.spki_sha256)
        || beid_verify_new(&world->verifier) != BEID_VERIFY_OK) {
        return -1;
    }
    world->verifier->pins = &world->pin;
    world->verifier->pin_count = 1;
    return 0;
}

void
test_world_free(struct test_world *world)
{
    beid_verify_free(&world->verifier);
    X509_free(world->root_cert);
    X509_free(world->ca_cert);
    X509_free(world->holder_cert);
    EVP_PKEY_free(world->root);
    EVP_PKEY_free(world->ca);
    EVP_PKEY_free(world->holder);
}

/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "internal.h"
#include "pki.h"

#include <openssl/pem.h>

#include <string.h>

#define YEAR ((time_t)365 * 24 * 3600)

/* The list of issuing CAs below roots that are pinned by their keys. */
struct world {
    EVP_PKEY *root;
    EVP_PKEY *ca;
    EVP_PKEY *other;
    time_t now;
    struct pin pin;
    struct beid_verify *verifier;
    struct beid_verify_cas *cas;
};

static X509 *
issue(const struct world *world, const char *subject, EVP_PKEY *key,
      const char *issuer, EVP_PKEY *by, const EVP_MD *hash)
{
    return test_cert_make(&(struct test_cert){.subject = subject,
                                              .issuer = issuer,
                                              .key = key,
                                              .issuer_key = by,
                                              .hash = hash,
                                              .ca = true,
                                              .not_before = world->now - YEAR,
                                              .not_after = world->now + YEAR});
}

static struct world *
world_of(void **state)
{
    return *state;
}

static int
set_up(void **state)
{
    static struct world world;
    world = (struct world){.root = test_key(),
                           .ca = test_key(),
                           .other = test_key(),
                           .now = time(NULL)};
    world.pin = (struct pin){.common_name = "TEST Root",
                             .not_before = world.now - 2 * YEAR,
                             .not_after = world.now + 2 * YEAR};
    X509 *cert = issue(&world, "TEST Root", world.root, "TEST Root", world.root,
                       EVP_sha384());
    bool good = certificate_spki_sha256(cert, world.pin.spki_sha256)
                && beid_verify_new(&world.verifier) == BEID_VERIFY_OK
                && beid_verify_cas_new(&world.cas) == BEID_VERIFY_OK;
    X509_free(cert);
    if (good) {
        world.verifier->pins = &world.pin;
        world.verifier->pin_count = 1;
    }
    *state = &world;
    return good ? 0 : -1;
}

static int
tear_down(void **state)
{
    struct world *world = world_of(state);
    beid_verify_cas_free(&world->cas);
    beid_verify_cas_free(&world->cas);
    beid_verify_free(&world->verifier);
    EVP_PKEY_free(world->root);
    EVP_PKEY_free(world->ca);
    EVP_PKEY_free(world->other);
    return 0;
}

/* Adds as PEM and frees. */
static void
add(struct world *world, X509 *cert)
{
    BIO *mem = BIO_new(BIO_s_mem());
    char *data = NULL;
    assert_non_null(mem);
    assert_int_equal(PEM_write_bio_X509(mem, cert), 1);
    long len = BIO_get_mem_data(mem, &data);
    assert_int_equal(beid_verify_cas_add(world->cas, data, (size_t)len),
                     BEID_VERIFY_OK);
    BIO_free(mem);
    X509_free(cert);
}

static enum beid_verify_result
judge(struct world *world, size_t index)
{
    assert_int_equal(beid_verify_cas_judge(world->verifier, world->cas),
                     BEID_VERIFY_OK);
    assert_in_range(index, 0, world->cas->count - 1);
    const struct beid_verify_ca *ca = &world->cas->ca[index];
    assert_true((ca->result == BEID_VERIFY_OK) <= (ca->anchor != NULL));
    return ca->result;
}

static void
add_root(struct world *world)
{
    add(world, issue(world, "TEST Root", world->root, "TEST Root", world->root,
                     EVP_sha384()));
}

static void
ca_below_a_pinned_key(void **state)
{
    struct world *world = world_of(state);
    add(world, issue(world, "TEST CA", world->ca, "TEST Root", world->root,
                     EVP_sha384()));
    assert_int_equal(judge(world, 0), BEID_VERIFY_UNTRUSTED);
    X509 *root = issue(world, "TEST Root", world->root, "TEST Root",
                       world->root, EVP_sha384());
    add(world, X509_dup(root));
    add(world, root);
    assert_int_equal(judge(world, 0), BEID_VERIFY_OK);
    const struct beid_verify_ca *ca = world->cas->ca;
    assert_int_equal(world->cas->count, 2);
    assert_int_equal(ca[0].root, 0);
    assert_string_equal(ca[0].subject, "CN=TEST CA");
    assert_string_equal(ca[0].anchor, "CN=TEST Root");
    assert_int_equal(ca[1].result, BEID_VERIFY_OK);
    assert_int_equal(ca[1].root, 1);
    assert_string_equal(ca[1].spki_sha256, ca[0].anchor_spki_sha256);
}

/* As roots of 2003 to 2013 signed their CAs; no others. */
static void
old_ca_below_a_pinned_key(void **state)
{
    struct world *world = world_of(state);
    add(world, issue(world, "TEST CA", world->ca, "TEST Root", world->root,
                     EVP_sha1()));
    add(world, issue(world, "TEST Lower", world->other, "TEST CA", world->ca,
                     EVP_sha1()));
    add_root(world);
    assert_int_equal(judge(world, 0), BEID_VERIFY_OK);
    assert_int_equal(judge(world, 1), BEID_VERIFY_WEAK_SIGNATURE);
}

static void
root_after_its_time(void **state)
{
    struct world *world = world_of(state);
    world->pin.not_after = world->now - 1;
    add(world, issue(world, "TEST CA", world->ca, "TEST Root", world->root,
                     EVP_sha384()));
    add_root(world);
    assert_int_equal(judge(world, 0), BEID_VERIFY_CHAIN_VALIDITY);
    assert_int_equal(judge(world, 1), BEID_VERIFY_CHAIN_VALIDITY);
}

static void
the_name_alone_is_nothing(void **state)
{
    struct world *world = world_of(state);
    add(world, issue(world, "TEST CA", world->ca, "TEST Root", world->other,
                     EVP_sha384()));
    add(world, issue(world, "TEST Root", world->other, "TEST Root",
                     world->other, EVP_sha384()));
    assert_int_equal(judge(world, 0), BEID_VERIFY_UNTRUSTED);
    assert_int_equal(judge(world, 1), BEID_VERIFY_UNTRUSTED);
    add_root(world); /* of which none of them is */
    assert_int_equal(judge(world, 0), BEID_VERIFY_UNTRUSTED);
    assert_int_equal(judge(world, 1), BEID_VERIFY_UNTRUSTED);
}

static void
what_cannot_be_read_adds_nothing(void **state)
{
    struct world *world = world_of(state);
    static const char *const wrong[] = {"x", "{", "-----BEGIN CERTIFICATE-----",
                                        "{\"chain\":[\"?\"]}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_not_equal(
            beid_verify_cas_add(world->cas, wrong[i], strlen(wrong[i])),
            BEID_VERIFY_OK);
    }
    assert_int_equal(beid_verify_cas_add(world->cas, "{}", 2),
                     BEID_VERIFY_ARGUMENT);
    assert_int_equal(beid_verify_cas_add(world->cas, NULL, 1),
                     BEID_VERIFY_ARGUMENT);
    assert_int_equal(beid_verify_cas_judge(world->verifier, world->cas),
                     BEID_VERIFY_OK);
    assert_int_equal(world->cas->count, 0);
}

static void
pinned_roots_are_told(void **state)
{
    (void)state;
    struct beid_verify_root root = {0};
    size_t count = 0;
    while (beid_verify_root(count, &root) == BEID_VERIFY_OK) {
        assert_int_equal(strlen(root.spki_sha256), 64);
        assert_memory_equal(root.common_name, "Belgium Root CA", 15);
        count++;
    }
    assert_int_equal(count, belgium_root_count);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ca_below_a_pinned_key, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(old_ca_below_a_pinned_key, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(root_after_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_name_alone_is_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_adds_nothing,
                                        set_up, tear_down),
        cmocka_unit_test(pinned_roots_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Pieces of memory by number: apart from each other, and given back by the chunk. */
#include "base/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { PIECES = 20000, ROUNDS = 200000 };

struct piece {
    uint32_t number; /* 0: none */
    uint32_t bytes;
};

static uint64_t below(uint64_t *random, uint64_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % bound;
}

static bool holds_only(const struct slab *slab, const struct piece *piece, unsigned char byte)
{
    const unsigned char *bytes = slab_at(slab, piece->number);
    for (uint32_t i = 0; i < piece->bytes; i++) {
        if (bytes[i] != byte) {
            return false;
        }
    }
    return true;
}

static size_t chunks_in_use(const struct slab *slab)
{
    size_t count = 0;
    for (uint32_t i = 0; i < slab->chunk_count; i++) {
        count += slab->bases[i] != NULL;
    }
    return count;
}

/* Each is filled with a byte of its own, and still full of it when it goes. */
static void test_slab_take__pieces_are_apart(void **state)
{
    (void)state;
    static struct piece pieces[PIECES];
    static const uint32_t sizes[] = {1, 8, 9, 24, 96, 100, 1024, SLAB_PIECE_BYTES_MAX};
    uint64_t random = 7;
    struct slab slab = {0};
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t place = below(&random, i < ROUNDS / 2 ? 300 : PIECES);
        struct piece *piece = &pieces[place];
        if (piece->number) {
            assert_true(holds_only(&slab, piece, (unsigned char)place));
            slab_give(&slab, piece->number);
            piece->number = 0;
            continue;
        }
        piece->bytes = sizes[below(&random, place % 100 == 0 ? 8 : 7)];
        piece->number = slab_take(&slab, piece->bytes);
        assert_true(piece->number > 0);
        assert_int_equal((uintptr_t)slab_at(&slab, piece->number) % SLAB_UNIT_BYTES, 0);
        assert_true(holds_only(&slab, piece, 0));
        memset(slab_at(&slab, piece->number), (int)place, piece->bytes);
    }
    for (size_t i = 0; i < PIECES; i++) {
        if (pieces[i].number) {
            assert_true(holds_only(&slab, &pieces[i], (unsigned char)i));
            slab_give(&slab, pieces[i].number);
        }
    }
    assert_true(chunks_in_use(&slab) <= 8); /* one of each size may stay */
    slab_deinit(&slab);
}

/* Whoever still holds the number of a piece that was given back finds it there, or finds it gone:
 * never the middle of another one. */
static void test_slab_give__a_number_stays_one_of_its_size(void **state)
{
    (void)state;
    enum { COUNT = 3 * SLAB_CHUNK_BYTES / 64 };
    static uint32_t numbers[COUNT];
    struct slab slab = {0};
    for (size_t i = 0; i < COUNT; i++) {
        numbers[i] = slab_take(&slab, 64);
        memset(slab_at(&slab, numbers[i]), 'x', 64);
    }
    assert_int_equal(chunks_in_use(&slab), 3);
    for (size_t i = 0; i < COUNT; i++) {
        slab_give(&slab, numbers[i]);
    }
    assert_int_equal(chunks_in_use(&slab), 1);
    for (size_t i = 0; i < COUNT; i++) {
        (void)slab_take(&slab, 40); /* others take numbers that none of these had */
    }
    size_t there = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const char *bytes = slab_at_last(&slab, numbers[i]);
        assert_true(!bytes || bytes[SLAB_UNIT_BYTES] == 'x');
        there += bytes != NULL;
    }
    assert_int_equal(there, COUNT / 3);
    for (size_t i = 0; i < COUNT / 3 + 1; i++) { /* one piece in a chunk that comes back */
        memset(slab_at(&slab, slab_take(&slab, 64)), 'y', 64);
    }
    assert_int_equal(chunks_in_use(&slab), 2 + 2);
    there = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const char *bytes = slab_at_last(&slab, numbers[i]);
        assert_true(!bytes || bytes[SLAB_UNIT_BYTES] == 'y');
        there += bytes != NULL;
    }
    assert_int_equal(there, COUNT / 3 + 1);
    slab_deinit(&slab);
}

/* Beyond the first chunks, those of a large page go and come one by one. */
static void test_slab_take__many_chunks_share_large_pages(void **state)
{
    (void)state;
    enum { PIECE = SLAB_CHUNK_BYTES / 4, COUNT = 4 * 200 };
    static uint32_t numbers[COUNT];
    struct slab slab = {0};
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            numbers[i] = slab_take(&slab, PIECE);
            memset(slab_at(&slab, numbers[i]), (int)i, PIECE);
        }
        assert_int_equal(chunks_in_use(&slab), COUNT / 4);
        for (size_t i = 0; i < COUNT; i++) { /* every other chunk, then the rest */
            size_t place = i < COUNT / 2 ? i / 4 * 8 + i % 4 : (i - COUNT / 2) / 4 * 8 + 4 + i % 4;
            struct piece piece = {numbers[place], PIECE};
            assert_true(holds_only(&slab, &piece, (unsigned char)place));
            slab_give(&slab, numbers[place]);
        }
        assert_int_equal(chunks_in_use(&slab), 1);
    }
    slab_deinit(&slab);
}

static void test_slab_rounded__to_units(void **state)
{
    (void)state;
    assert_int_equal(slab_rounded(1), 8);
    assert_int_equal(slab_rounded(8), 8);
    assert_int_equal(slab_rounded(9), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slab_take__pieces_are_apart),
        cmocka_unit_test(test_slab_give__a_number_stays_one_of_its_size),
        cmocka_unit_test(test_slab_take__many_chunks_share_large_pages),
        cmocka_unit_test(test_slab_rounded__to_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024, ROUNDS = 1000 };

static void test_arena_alloc__zeroed_aligned_apart(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 1023, 1024, 1025, 100000, 3};
    struct arena *arena = arena_new(CHUNK_BYTES);
    unsigned char *made[sizeof sizes / sizeof *sizes];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        made[i] = arena_alloc(arena, sizes[i]);
        assert_non_null(made[i]);
        assert_int_equal((uintptr_t)made[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(made[i][k], 0);
        }
        memset(made[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(made[i][k], i + 1);
        }
    }
    arena_free(&arena);
    assert_null(arena);
    arena_free(&arena);
}

static void test_arena_reset__gives_the_same_memory_again_zeroed(void **state)
{
    (void)state;
    struct arena *arena = arena_new(CHUNK_BYTES);
    char *first = arena_alloc(arena, 100);
    memset(first, 'x', 100);
    assert_int_equal(arena_used(arena), 112);
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
    char *again = arena_alloc(arena, 100);
    assert_ptr_equal(first, again);
    assert_int_equal(again[99], 0);
    arena_free(&arena);
}

/* A batch whose one large record stands elsewhere each time must not take more memory each time. */
static void test_arena_reset__large_pieces_in_any_place_reuse_their_chunk(void **state)
{
    (void)state;
    struct arena *arena = arena_new(CHUNK_BYTES);
    char *large = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        arena_reset(arena);
        for (int i = 0; i < 8; i++) {
            if (i == round % 8) {
                char *piece = arena_alloc(arena, 10 * CHUNK_BYTES);
                assert_true(!large || piece == large);
                large = piece;
            }
            arena_alloc(arena, CHUNK_BYTES - 100);
        }
    }
    arena_free(&arena);
}

static void test_arena_copy__ends_in_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct span copy = arena_copy(arena, span_of("ab\0cdXX", 5));
    assert_int_equal(copy.len, 5);
    assert_memory_equal(copy.ptr, "ab\0cd", 6);
    struct span empty = arena_copy(arena, span_of(NULL, 0));
    assert_int_equal(empty.len, 0);
    assert_int_equal(empty.ptr[0], '\0');
    arena_free(&arena);
}

static void test_arena_printf__any_length(void **state)
{
    (void)state;
    struct arena *arena = arena_new(CHUNK_BYTES);
    struct span text = arena_printf(arena, "%s-%d", "row", 7);
    assert_true(span_equals(text, SPAN("row-7")));
    assert_int_equal(arena_printf(arena, "%5000d", 1).len, 5000);
    arena_free(&arena);
}

static char released[8];

static void note_release(void *object)
{
    size_t length = strlen(released);
    released[length] = *(const char *)object;
}

static void test_arena_defer__at_reset_and_free_the_latest_first(void **state)
{
    (void)state;
    static char names[] = "abc";
    struct arena *arena = arena_new(CHUNK_BYTES);
    arena_defer(arena, note_release, &names[0]);
    arena_defer(arena, note_release, &names[1]);
    assert_string_equal(released, "");
    arena_reset(arena);
    assert_string_equal(released, "ba");
    arena_defer(arena, note_release, &names[2]);
    arena_free(&arena);
    assert_string_equal(released, "bac");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_defer__at_reset_and_free_the_latest_first),
        cmocka_unit_test(test_arena_alloc__zeroed_aligned_apart),
        cmocka_unit_test(test_arena_reset__gives_the_same_memory_again_zeroed),
        cmocka_unit_test(test_arena_reset__large_pieces_in_any_place_reuse_their_chunk),
        cmocka_unit_test(test_arena_copy__ends_in_nul),
        cmocka_unit_test(test_arena_printf__any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

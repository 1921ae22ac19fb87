/* The queue of matches that are held back, against a list that is searched from end to end. */
#include "engine/held_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { STEPS = 20000, LISTED_MAX = STEPS };

struct listed {
    uint64_t number;
    int64_t due_us;
};

struct world {
    struct held_queue *queue;
    struct listed listed[LISTED_MAX];
    size_t count;
    uint64_t random;
};

static uint64_t draw(struct world *world, uint64_t below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (world->random >> 33) % below;
}

static struct held_match match_due(int64_t due_us)
{
    return (struct held_match){.offset = (uint64_t)due_us,
                               .policy_id = SPAN("p"),
                               .due_us = due_us,
                               .account = SPAN("1"),
                               .bytes = SPAN("{}")};
}

static void add(struct world *world)
{
    struct held_match match = match_due((int64_t)draw(world, 50));
    held_queue_add(world->queue, &match);
    world->listed[world->count++] = (struct listed){held_queue_last(world->queue), match.due_us};
}

static size_t first_due(const struct world *world)
{
    size_t first = 0;
    for (size_t i = 1; i < world->count; i++) {
        first = world->listed[i].due_us < world->listed[first].due_us ? i : first;
    }
    return first;
}

static void remove_next(struct world *world)
{
    size_t at = first_due(world);
    memmove(&world->listed[at], &world->listed[at + 1],
            (world->count - at - 1) * sizeof *world->listed);
    world->count--;
    held_queue_remove_next(world->queue);
}

static void compare(struct world *world)
{
    const struct held_match *oldest = held_queue_oldest(world->queue);
    const struct held_match *next = held_queue_next_due(world->queue);
    assert_int_equal(held_queue_count(world->queue), world->count);
    if (world->count == 0) {
        assert_null(oldest);
        assert_null(next);
        return;
    }
    const struct listed *due = &world->listed[first_due(world)];
    assert_int_equal(oldest->number, world->listed[0].number);
    assert_int_equal(next->number, due->number);
    assert_int_equal(next->offset, (uint64_t)due->due_us);
    assert_true(span_equals(next->bytes, SPAN("{}")));
}

static void compare_after(struct world *world)
{
    struct held_match *after = calloc(world->count + 1, sizeof *after);
    uint64_t number = draw(world, held_queue_last(world->queue) + 1);
    size_t first = 0;
    size_t count = held_queue_after(world->queue, number, after);
    while (first < world->count && world->listed[first].number <= number) {
        first++;
    }
    assert_int_equal(count, world->count - first);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(after[i].number, world->listed[first + i].number);
    }
    free(after);
}

static void test_held_queue__as_a_list_that_is_searched(void **state)
{
    (void)state;
    struct world *world = calloc(1, sizeof *world);
    world->queue = held_queue_new();
    for (int i = 0; i < STEPS; i++) {
        /* it fills in some stretches and runs empty in others */
        bool grows = (i / 200) % 2 == 0 ? draw(world, 3) > 0 : draw(world, 3) == 0;
        if (grows || world->count == 0) {
            add(world);
        } else {
            remove_next(world);
        }
        compare(world);
        if (i % 50 == 0) {
            compare_after(world);
        }
    }
    held_queue_free(&world->queue);
    free(world);
}

static void test_held_queue_add__a_stored_match_keeps_its_number(void **state)
{
    (void)state;
    struct held_queue *queue = held_queue_new();
    struct held_match match = match_due(7);
    match.number = 41;
    held_queue_add(queue, &match);
    match.number = 0;
    held_queue_add(queue, &match);
    assert_int_equal(held_queue_oldest(queue)->number, 41);
    assert_int_equal(held_queue_last(queue), 42);
    held_queue_free(&queue);
}

static void test_held_queue_is_full__by_count_and_by_bytes(void **state)
{
    (void)state;
    struct held_queue *queue = held_queue_new();
    struct held_match match = match_due(1);
    assert_false(held_queue_is_full(queue, HELD_BYTES_MAX + 1)); /* one always fits */
    held_queue_add(queue, &match);
    assert_true(held_queue_is_full(queue, HELD_BYTES_MAX));
    assert_false(held_queue_is_full(queue, HELD_BYTES_MAX / 2));
    while (held_queue_count(queue) < HELD_COUNT_MAX) {
        assert_false(held_queue_is_full(queue, 1));
        held_queue_add(queue, &match);
    }
    assert_true(held_queue_is_full(queue, 1));
    held_queue_free(&queue);
    assert_null(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_queue__as_a_list_that_is_searched),
        cmocka_unit_test(test_held_queue_add__a_stored_match_keeps_its_number),
        cmocka_unit_test(test_held_queue_is_full__by_count_and_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

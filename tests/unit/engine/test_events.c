/* The events of a group: their order, what a full store forgets or counts together, and that a
 * store which was saved and loaded is the same. */
#include "engine/correlate/event_form.h"

#include "base/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { PART_US = 1000 };

static const struct events_shape shapes[] = {
    {.room = EVENTS_UNITE_PARTS, .part_us = PART_US, .no_sequence = true},
    {.room = EVENTS_UNITE_PARTS, .part_us = PART_US, .numbers = true},
    {.room = EVENTS_UNITE_VALUES, .part_us = PART_US, .values = true},
    {.room = EVENTS_FORGET, .part_us = PART_US, .values = true, .numbers = true, .inputs = true},
    {.room = EVENTS_FORGET, .part_us = PART_US, .inputs = true, .no_sequence = true},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* All members of it say the number; the offsets become too large for the narrow form at 600. */
static struct operator_event event_of(int64_t time_us, unsigned number)
{
    struct operator_event event = {
        .time_us = time_us,
        .sequence = number + UINT64_C(1),
        .offset = number < 600 ? number : UINT64_MAX - number,
        .source = number % 5,
        .count = 1,
        .input = number % 16,
        .number = decimal_from_uint(number),
    };
    memcpy(event.finding.bytes, &number, sizeof number);
    memcpy(event.value.bytes, &number, sizeof number);
    return event;
}

static uint64_t insert(struct events *events, const struct events_shape *shape, int64_t time_us,
                       unsigned number)
{
    struct operator_event event = event_of(time_us, number);
    size_t place;
    uint64_t forgotten = events_insert(events, shape, &event, &place);
    assert_true(place < events_count(events));
    return forgotten;
}

static void assert_holds(const struct events *events, const struct events_shape *shape,
                         size_t place, const struct operator_event *event)
{
    struct operator_event kept = events_at(events, shape, place);
    assert_int_equal(kept.time_us, event->time_us);
    assert_int_equal(kept.offset, event->offset);
    assert_int_equal(kept.source, event->source);
    assert_int_equal(kept.count, event->count);
    assert_true(digest_equals(&kept.finding, &event->finding));
    assert_int_equal(kept.sequence, shape->no_sequence ? 0 : event->sequence);
    assert_int_equal(kept.input, shape->inputs ? event->input : 0);
    assert_true(!shape->values || digest_equals(&kept.value, &event->value));
    assert_true(!shape->numbers || decimal_equals(kept.number, event->number));
    assert_int_equal(events_input(events, shape, place), kept.input);
    assert_int_equal(events_time_us(events, place), event->time_us);
    assert_int_equal(events_weight(events, place, place + 1), event->count);
}

static void assert_same(const struct events *a, const struct events *b,
                        const struct events_shape *shape)
{
    assert_int_equal(events_count(a), events_count(b));
    assert_int_equal(events_bytes(a), events_bytes(b));
    for (size_t i = 0; i < events_count(a); i++) {
        struct operator_event event = events_at(a, shape, i);
        assert_holds(b, shape, i, &event);
    }
}

static void assert_saved_and_loaded(const struct events *events, const struct events_shape *shape)
{
    struct buf saved = {0};
    struct buf again = {0};
    struct events loaded = {0};
    events_save(events, shape, &saved);
    struct unpacker from = {.rest = buf_view(&saved), .version = 3};
    events_load(&loaded, shape, 5, &from);
    assert_true(!from.failed && from.rest.len == 0);
    assert_same(events, &loaded, shape);
    events_save(&loaded, shape, &again);
    assert_true(span_equals(buf_view(&saved), buf_view(&again)));
    for (size_t cut = 0; cut < saved.len; cut += saved.len / 50 + 1) {
        struct events none = {0};
        from = (struct unpacker){.rest = span_of(saved.ptr, cut), .version = 3};
        events_load(&none, shape, 5, &from);
        assert_true(from.failed);
        events_release(&none);
    }
    events_release(&loaded);
    buf_deinit(&saved);
    buf_deinit(&again);
}

/* Later in the log is behind, where the time is the same. */
static void test_events_insert__by_time_then_by_the_log(void **state)
{
    (void)state;
    static const int64_t times[] = {5, 9, 5, -7, INT64_MAX, 9, INT64_MIN, 5, 0};
    static const unsigned order[] = {6, 3, 8, 0, 2, 7, 1, 5, 4};
    enum { COUNT = sizeof times / sizeof *times };
    for (size_t s = 0; s < SHAPES; s++) {
        struct events events = {0};
        for (unsigned i = 0; i < COUNT; i++) {
            assert_int_equal(insert(&events, &shapes[s], times[i], i), 0);
        }
        for (size_t i = 0; i < COUNT; i++) {
            struct operator_event event = event_of(times[order[i]], order[i]);
            assert_holds(&events, &shapes[s], i, &event);
        }
        assert_int_equal(events_find(&events, INT64_MIN), 0);
        assert_int_equal(events_find(&events, 5), 3);
        assert_int_equal(events_find(&events, 6), 6);
        assert_int_equal(events_find(&events, 10), 8);
        assert_saved_and_loaded(&events, &shapes[s]);
        events_release(&events);
        assert_int_equal(events_count(&events), 0);
    }
}

/* Events come and go for long; a copy of them in an array that only grows says what is there.
 * In pieces of the heap, then of a slab. */
static void test_events_forget_first__what_is_left_stays_as_it_was(void **state)
{
    (void)state;
    static struct operator_event all[5000];
    struct slab slab = {0};
    for (size_t s = 0; s < 2 * SHAPES; s++) {
        struct events_shape shape = shapes[s % SHAPES];
        struct events events = {0};
        shape.slab = s < SHAPES ? NULL : &slab;
        size_t first = 0;
        for (unsigned i = 0; i < 5000; i++) {
            all[i] = event_of((int64_t)i * 77, i);
            (void)insert(&events, &shape, all[i].time_us, i);
            size_t gone = i % 1000 < 500 ? 0 : 2 - (i % 500 == 0);
            gone = gone < events_count(&events) ? gone : events_count(&events);
            events_forget_first(&events, gone);
            first += gone;
            assert_int_equal(events_count(&events), i + 1 - first);
            for (size_t k = 0; i % 97 == 0 && k < events_count(&events); k++) {
                assert_holds(&events, &shape, k, &all[first + k]);
            }
            if (i % 997 == 0 && events_count(&events) > 0) {
                assert_saved_and_loaded(&events, &shape);
            }
        }
        events_release(&events);
    }
    assert_true(slab.chunk_count > 1);
    slab_deinit(&slab);
}

static void test_events_insert__a_full_store_unites_parts(void **state)
{
    (void)state;
    const struct events_shape *shape = &shapes[1];
    struct events events = {0};
    for (unsigned i = 0; i < EVENTS_MAX; i++) {
        assert_int_equal(insert(&events, shape, (int64_t)i * 10, i), 0); /* 100 a part */
    }
    assert_int_equal(insert(&events, shape, 555, 7), 0);
    assert_int_equal(events_count(&events), EVENTS_MAX / 100 + 1);
    struct operator_event newest = event_of(990, 99);
    newest.count = 101;
    newest.number = decimal_from_uint(99 * 100 / 2 + 7);
    assert_holds(&events, shape, 0, &newest);
    assert_saved_and_loaded(&events, shape);
    events_release(&events);
}

static void test_events_insert__a_full_store_unites_values(void **state)
{
    (void)state;
    const struct events_shape *shape = &shapes[2];
    struct events events = {0};
    for (unsigned i = 0; i < EVENTS_MAX; i++) {
        assert_int_equal(insert(&events, shape, i, i % 10), 0);
    }
    assert_int_equal(insert(&events, shape, EVENTS_MAX, 77), 0);
    assert_int_equal(events_count(&events), 11);
    struct operator_event oldest = event_of(1014, 4); /* the newest of its value */
    oldest.count = 102;
    assert_holds(&events, shape, 0, &oldest);
    assert_saved_and_loaded(&events, shape);
    events_release(&events);
}

static void test_events_insert__a_full_store_forgets_the_oldest(void **state)
{
    (void)state;
    const struct events_shape *shape = &shapes[3];
    struct events events = {0};
    for (unsigned i = 0; i < 3 * EVENTS_MAX; i++) {
        assert_int_equal(insert(&events, shape, i, i), i >= EVENTS_MAX);
    }
    assert_int_equal(events_count(&events), EVENTS_MAX);
    assert_int_equal(events_time_us(&events, 0), 2 * EVENTS_MAX);
    assert_saved_and_loaded(&events, shape);
    events_release(&events);
}

/* A store goes over to the wide form with the first number that wants it: all read as they were. */
static void test_events_insert__numbers_at_the_ends_of_the_narrow_form(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0", "-1", "1E+127", "-1E-128", "36028797018963967", "-36028797018963967E-3", /* 2^55 - 1 */
        "36028797018963968", "1E+128", "1E-129", "99999999999999999999999999999999999999", "7",
    };
    enum { COUNT = sizeof numbers / sizeof *numbers, FITTING = 6 };
    const struct events_shape *shape = &shapes[1];
    size_t narrow = 0;
    struct events events = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        struct operator_event event = event_of(i, i);
        size_t place;
        assert_int_equal(decimal_parse(span_view(numbers[i]), &event.number), STATUS_OK);
        event.number.rounded = i == COUNT - 1;
        (void)events_insert(&events, shape, &event, &place);
        for (unsigned k = 0; k <= i; k++) {
            struct decimal wanted;
            assert_int_equal(decimal_parse(span_view(numbers[k]), &wanted), STATUS_OK);
            assert_true(decimal_equals(events_number(&events, shape, k), wanted));
        }
        narrow = i < FITTING ? events.size : narrow;
        assert_true(i < FITTING || events.size > narrow);
    }
    assert_true(events_number(&events, shape, COUNT - 1).rounded);
    assert_saved_and_loaded(&events, shape);
    events_release(&events);
    struct operator_event rounded = event_of(0, 1);
    rounded.number.rounded = true;
    (void)events_insert(&events, shape, &rounded, &(size_t){0});
    assert_true(events_number(&events, shape, 0).rounded);
    events_release(&events);
}

/* What docs/LIMITS.md says of them. */
static void test_events_bytes__an_event_takes_32(void **state)
{
    (void)state;
    static const size_t first[] = {0, 64, 128, 128};
    struct slab slab = {0};
    struct events_shape of_slab = shapes[0];
    const struct events_shape *shape = &of_slab;
    struct events events = {0};
    of_slab.slab = &slab;
    assert_int_equal(sizeof events, 40);
    for (unsigned i = 0; i < 600; i++) {
        (void)insert(&events, shape, i, i);
        size_t bytes = 32 * (i + 1);
        assert_true(i > 3 || events_bytes(&events) == first[i]);
        assert_true(i == 0 ? events_bytes(&events) == 0
                           : events_bytes(&events) >= bytes &&
                                 events_bytes(&events) <= 16 + bytes + bytes / 2);
    }
    for (unsigned i = 600; i > 1; i--) { /* the room goes with them */
        events_forget_first(&events, 1);
        assert_true(events.capacity <= 3 * i);
        struct operator_event event = event_of(600 - i + 1, 600 - i + 1);
        assert_holds(&events, shape, 0, &event);
    }
    assert_int_equal(events.capacity, 0);
    assert_int_equal(events_bytes(&events), 0);
    events_release(&events);
    slab_deinit(&slab);
}

static void test_events_load__what_was_not_saved_is_refused(void **state)
{
    (void)state;
    const struct events_shape *shape = &shapes[0];
    struct events events = {0};
    struct buf saved = {0};
    (void)insert(&events, shape, 2, 1);
    (void)insert(&events, shape, 1, 4);
    events_save(&events, shape, &saved);
    static const struct {
        size_t place;  /* of the byte */
        char byte;     /* put there; -1: as it was */
        uint32_t sources;
        bool failed;
    } rows[] = {
        {0, -1, 5, false},
        {0, -1, 4, true},            /* the sources are 1 and 4 */
        {0, EVENT_WIDE, 5, false},
        {0, EVENT_FORMS, 5, true},
        {1, 0, 5, true},             /* no event */
        {5, 3, 5, true},             /* the first would be the later one */
        {5 + 8 + 16 + 4 + 7, 1, 5, true}, /* an offset that is not narrow */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char was = saved.ptr[rows[i].place];
        saved.ptr[rows[i].place] = rows[i].byte < 0 ? was : rows[i].byte;
        struct events loaded = {0};
        struct unpacker from = {.rest = buf_view(&saved), .version = 3};
        events_load(&loaded, shape, rows[i].sources, &from);
        assert_int_equal(from.failed, rows[i].failed);
        events_release(&loaded);
        saved.ptr[rows[i].place] = was;
    }
    events_release(&events);
    buf_deinit(&saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_insert__by_time_then_by_the_log),
        cmocka_unit_test(test_events_forget_first__what_is_left_stays_as_it_was),
        cmocka_unit_test(test_events_insert__a_full_store_unites_parts),
        cmocka_unit_test(test_events_insert__a_full_store_unites_values),
        cmocka_unit_test(test_events_insert__a_full_store_forgets_the_oldest),
        cmocka_unit_test(test_events_insert__numbers_at_the_ends_of_the_narrow_form),
        cmocka_unit_test(test_events_bytes__an_event_takes_32),
        cmocka_unit_test(test_events_load__what_was_not_saved_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

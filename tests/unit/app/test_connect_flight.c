/* Pages on their way to Kafka: a position is told only when everything below it is acknowledged,
 * whatever the order of the reports. */
#include "app/connect/connect_flight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { PAGES_MAX = 8 };

/* Steps, one a letter: a to h begin the next page with one message, A to H deliver that page's
 * message, 1 to 8 close it, 'w' begins a checkpoint, 'W' ends it. What is to be seen: the positions
 * of checkpoints, '-' where none was to be written, '.' after each acknowledged one. */
static const struct {
    const char *steps;
    const char *seen;
} rows[] = {
    {"w", "-"},
    {"aw", "-"},
    {"a1w", "-"},
    {"aAw", "-"},         /* more of the page may come */
    {"a1Aw", "p1"},
    {"aA1w", "p1"},
    {"a1b2Bw", "-"},      /* the second was quicker */
    {"a1b2BAw", "p2"},
    {"a1b2ABw", "p2"},
    {"a1b2Aw", "p1"},
    {"a1Aww", "p1-"},
    {"a1AwWw", "p1.-"},
    {"a1Awb2Bw", "p1-"},  /* one at a time */
    {"a1Awb2BWw", "p1.p2"},
    {"a1b2c3CBw", "-"},
    {"a1b2c3CBAw", "p3"},
};

struct play {
    struct flight flight;
    struct flight_part *part;
    struct flight_page *pages[PAGES_MAX];
    struct buf seen;
};

static void begin(struct play *play, size_t page)
{
    char position[8];
    int length = snprintf(position, sizeof position, "p%zu", page + 1);
    play->pages[page] = flight_begin(&play->flight, play->part,
                                     span_of(position, (size_t)length), false, 10);
    flight_sent(&play->flight, play->pages[page]);
}

static void step(struct play *play, char letter)
{
    if (letter == 'w') {
        bool wrote = flight_write(play->part);
        buf_append(&play->seen, wrote ? buf_view(&play->part->written) : SPAN("-"));
    } else if (letter == 'W') {
        flight_written(play->part);
        buf_append(&play->seen, SPAN("."));
    } else if (letter >= 'a') {
        begin(play, (size_t)(letter - 'a'));
    } else if (letter >= 'A') {
        flight_delivered(&play->flight, play->pages[letter - 'A']);
    } else {
        flight_close(&play->flight, play->pages[letter - '1']);
    }
}

static void test_flight__positions_follow_acknowledgements(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct play play = {0};
        play.part = flight_part(&play.flight, 0, SPAN("s"), SPAN("orders/s"));
        for (const char *letter = rows[i].steps; *letter; letter++) {
            step(&play, *letter);
        }
        assert_string_equal(play.seen.ptr, rows[i].seen);
        buf_deinit(&play.seen);
        flight_deinit(&play.flight);
    }
}

static void test_flight__what_is_on_its_way_is_counted(void **state)
{
    (void)state;
    struct play play = {0};
    play.part = flight_part(&play.flight, 0, SPAN("s"), SPAN("orders/s"));
    begin(&play, 0);
    begin(&play, 1);
    play.pages[0]->counts = (struct flight_counts){.read = 3, .sent = 1, .quarantined = 1,
                                                   .skipped = 1};
    assert_int_equal(play.flight.pages, 2);
    assert_int_equal(play.flight.messages, 2);
    assert_int_equal(play.flight.bytes, 20);
    flight_close(&play.flight, play.pages[0]);
    flight_delivered(&play.flight, play.pages[0]);
    assert_int_equal(play.flight.pages, 1);
    assert_int_equal(play.flight.messages, 1);
    assert_int_equal(play.flight.bytes, 10);
    assert_int_equal(play.flight.counts.read, 3);
    assert_int_equal(play.flight.counts.quarantined, 1);
    flight_deinit(&play.flight);
}

/* Only when nothing of it is on its way and its last position is in a checkpoint. */
static void test_flight_forget__keeps_what_is_not_done(void **state)
{
    (void)state;
    struct play play = {0};
    play.part = flight_part(&play.flight, 0, SPAN("s"), SPAN("orders/s"));
    assert_ptr_equal(flight_part(&play.flight, 0, SPAN("s"), SPAN("orders/s")), play.part);
    begin(&play, 0);
    flight_forget(&play.flight, play.part);
    assert_ptr_equal(play.flight.parts, play.part);
    flight_close(&play.flight, play.pages[0]);
    flight_delivered(&play.flight, play.pages[0]);
    flight_forget(&play.flight, play.part);
    assert_ptr_equal(play.flight.parts, play.part);
    assert_true(flight_write(play.part));
    flight_forget(&play.flight, play.part);
    assert_ptr_equal(play.flight.parts, play.part);
    flight_written(play.part);
    flight_forget(&play.flight, play.part);
    assert_null(play.flight.parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flight__positions_follow_acknowledgements),
        cmocka_unit_test(test_flight__what_is_on_its_way_is_counted),
        cmocka_unit_test(test_flight_forget__keeps_what_is_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

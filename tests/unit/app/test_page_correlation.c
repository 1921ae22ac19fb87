/* What a page says of a correlation, type by type. */
#include "app/command/page_correlation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define EVENT "{\"event_time\":\"T1\",\"source\":{\"name\":\"orders\",\"offset\":7}}"
#define MADE "\"from\":\"T1\",\"to\":\"T2\",\"event_count\":3,\"events\":[" EVENT "]"
#define MADE_LINES "events    3, T1 to T2\n          T1  orders, offset 7\n"

static const struct {
    const char *text;
    const char *page;
} rows[] = {
    {"", ""},
    {"{\"type\":\"event_count\",\"timespan\":\"60s\",\"condition\":{\"gte\":3,\"lt\":9},"
     "\"value\":3," MADE "}",
     "why       event_count is 3, asked for gte 3 and lt 9 within 60s\n" MADE_LINES},
    {"{\"type\":\"value_percentile\",\"percentile\":95,\"window\":\"tumbling\","
     "\"timespan\":\"60s\",\"condition\":{\"gt\":1.5},\"value\":2.25,\"approximate\":true," MADE
     "}",
     "why       value_percentile 95 is 2.25, asked for gt 1.5; window tumbling within 60s"
     " (approximate)\n" MADE_LINES},
    {"{\"type\":\"temporal\",\"timespan\":\"300s\",\"value\":2," MADE "}",
     "why       temporal is 2 within 300s\n" MADE_LINES},
    {"{\"type\":\"absence\",\"timespan\":\"90s\",\"before\":\"30s\",\"after\":\"60s\",\"value\":1,"
     MADE "}",
     "why       not answered: nothing 30s before it, nor 60s after it\n" MADE_LINES},
    {"{\"type\":\"new_terms\",\"timespan\":\"14d\",\"value\":4,\"since\":\"T0\"," MADE "}",
     "why       new within 14d; other values known: 4, since T0\n" MADE_LINES},
    {"{\"type\":\"baseline\",\"bucket\":\"60s\",\"metric\":\"event_count\",\"expected_low\":3,"
     "\"expected_high\":9,\"observed\":240,\"view\":\"level\",\"reason\":\"a new level\","
     "\"baseline_n\":480,\"season_learned\":true,\"since\":\"T0\",\"value\":240," MADE "}",
     "why       expected 3..9, saw 240: event_count in 60s; a new level\n"
     "          learned from 480 buckets since T0\n" MADE_LINES},
    {"{\"type\":\"all\",\"require\":\"a && !b\",\"parts\":{\"a\":{\"holds\":true,\"count\":3,"
     "\"value\":5,\"since\":\"T1\"},\"b\":{\"holds\":false}},\"value\":3," MADE "}",
     "why       required: a && !b\n"
     "          a: true, events 3, value 5, since T1\n"
     "          b: false\n" MADE_LINES},
    {"{\"type\":\"event_count\",\"value\":6,\"event_count\":6,\"events\":[" EVENT "," EVENT ","
     EVENT "," EVENT "," EVENT "," EVENT "]}",
     "why       event_count is 6\n"
     "events    6\n"
     "          T1  orders, offset 7\n          T1  orders, offset 7\n"
     "          T1  orders, offset 7\n          T1  orders, offset 7\n"
     "          T1  orders, offset 7\n"
     "          and others (--json lists the first 20)\n"},
};

static void test_page__says_why_and_which_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf page = {0};
        struct arena *arena = arena_new(0);
        page_write_correlation(span_view(rows[i].text), arena, &page);
        buf_append_char(&page, '\0');
        assert_string_equal(page.ptr, rows[i].page);
        buf_deinit(&page);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page__says_why_and_which_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

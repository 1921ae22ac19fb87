/* How far all sources have come, by what each says, and what the log must be told of that. */
#include "base/buf.h"
#include "engine/decide/sources.h"
#include "engine/source_times.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { TICKS_MAX = 32, STEPS = 20000, SOURCES = 4 };

/* "a=5" has come to 5, "a=?" is heard of, "a=5!" is idle at 5; words apart by blanks. */
static bool next_word(const char **text, struct span *name, int64_t *watermark_us, bool *idle)
{
    const char *at = *text + strspn(*text, " ");
    size_t length = strcspn(at, " ");
    size_t name_length = strcspn(at, "=");
    if (length == 0) {
        return false;
    }
    *text = at + length;
    *name = span_of(at, name_length);
    const char *number = at + name_length + 1;
    *watermark_us = *number == '?' ? INT64_MIN : strtoll(number, NULL, 10);
    *idle = at[length - 1] == '!';
    return true;
}

static void test_sources_low__by_what_each_says(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *said;
        int64_t low;
        bool with_ids;
    } rows[] = {
        {"one alone", "a=5", 5, false},
        {"the furthest behind", "a=5 b=3", 5, false},
        {"all are heard of before the first tells its time", "a=? b=? a=5 b=3", 3, false},
        {"one that has not told its time holds all back", "a=? b=? a=5", INT64_MIN, false},
        {"never back, when one more is heard of", "a=5 b=? b=3", 5, false},
        {"but it holds back until it is there", "a=5 b=3 a=9", 5, false},
        {"and then counts like all", "a=5 b=3 a=9 b=7", 7, false},
        {"an idle one holds nobody back", "a=? b=? a=5! b=9", 9, false},
        {"also when it never told a time", "a=? b=? a=?! b=9", 9, false},
        {"all idle: the highest", "a=? b=? a=5! b=9!", 9, false},
        {"in any order", "a=? b=? b=9! a=5!", 9, false},
        {"all idle, none with a time", "a=?! b=?!", INT64_MIN, false},
        {"heard again it counts at once", "a=? b=? a=5! b=9 a=6 b=20", 9, false},
        {"until it has caught up", "a=? b=? a=5! b=9 a=6 b=20 a=15", 15, false},
        {"idle again", "a=? b=? a=5! b=9 a=6 b=20 a=6!", 20, false},
        {"of a name all ids have one time", "a#1=? b#1=7 a#2=5", 5, true},
        {"and are idle together", "a#1=? b#1=7 a#2=5!", 7, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sources *sources = sources_new(rows[i].with_ids);
        const char *text = rows[i].said;
        struct span name;
        int64_t watermark_us;
        bool idle;
        while (next_word(&text, &name, &watermark_us, &idle)) {
            sources_hear(sources, sources_intern(sources, name), watermark_us, idle);
        }
        if (sources_low(sources) != rows[i].low) {
            fail_msg("%s: %" PRId64, rows[i].name, sources_low(sources));
        }
        sources_free(&sources);
    }
}

/* Words as above, of partitions "e/0#1"; "e/0#1=5~3" says that topic e has three. */
static void hear_partitions(struct sources *sources, const char *said)
{
    struct span name;
    int64_t watermark_us;
    bool idle;
    while (next_word(&said, &name, &watermark_us, &idle)) {
        uint32_t source = sources_intern(sources, name);
        const char *of = name.ptr + strcspn(name.ptr, " ~");
        sources_expect(sources, source, *of == '~' ? (uint32_t)strtoul(of + 1, NULL, 10) : 0);
        sources_hear(sources, source, watermark_us, idle);
    }
}

static void test_sources_low__not_before_all_partitions_were_heard_of(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *said;
        int64_t low;
    } rows[] = {
        {"nobody says how many there are: those that were heard of", "e/0#1=5 e/1#1=7", 5},
        {"one is missing", "e/0#1=5~2", INT64_MIN},
        {"also when those heard of have gone on", "e/0#1=5~3 e/1#1=6~3 e/0#1=9~3", INT64_MIN},
        {"all are there: the furthest behind", "e/0#1=5~2 e/1#1=3~2", 3},
        {"in any order", "e/1#1=3~2 e/0#1=5~2", 3},
        {"one that is there without a time", "e/0#1=5~2 e/1#1=?~2", INT64_MIN},
        {"idle ones count as there", "e/0#1=5~2 e/1#1=?~2!", 5},
        {"all idle, but one is missing", "e/0#1=5~3! e/1#1=7~3!", INT64_MIN},
        {"another id is the same partition", "e/0#1=5~2 e/0#2=6~2", INT64_MIN},
        {"a tick that does not say takes nothing back", "e/0#1=5~2 e/0#1=6", INT64_MIN},
        {"nor one that says fewer", "e/0#1=5~2 e/0#1=6~1", INT64_MIN},
        {"of the version before, then all say it", "e/0#1=5 e/1#1=7 e/0#1=8~3 e/1#1=9~3", 5},
        {"added: it stands until they are heard of", "e/0#1=5~2 e/1#1=7~2 e/0#1=9~3 e/1#1=9~3", 5},
        {"and then counts like all", "e/0#1=5~2 e/1#1=7~2 e/0#1=9~3 e/2#1=6~3", 6},
        {"each topic for itself", "f/0#2=7~2 e/0#1=5~1", INT64_MIN},
        {"all of both", "f/0#2=7~2 e/0#1=5~1 f/1#2=8~2", 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sources *sources = sources_new(true);
        hear_partitions(sources, rows[i].said);
        if (sources_low(sources) != rows[i].low) {
            fail_msg("%s: %" PRId64, rows[i].name, sources_low(sources));
        }
        sources_free(&sources);
    }
}

/* What a table would tell, in words as above, each behind a blank; names are one letter. */
static void tell(struct source_times *times, const char *except, struct buf *out)
{
    struct signal ticks[TICKS_MAX];
    assert_true(source_times_ticks_max(times) <= TICKS_MAX);
    size_t count = source_times_tell(times, span_view(except), ticks);
    buf_clear(out);
    buf_append(out, SPAN(""));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ticks[i].kind, SIGNAL_TICK);
        assert_true(ticks[i].event_time_us == ticks[i].watermark_us);
        buf_printf(out, " %c=", ticks[i].source.ptr[0]);
        if (ticks[i].watermark_us == INT64_MIN) {
            buf_append_char(out, '?');
        } else {
            buf_printf(out, "%" PRId64, ticks[i].watermark_us);
        }
        buf_append(out, ticks[i].idle ? SPAN("!") : SPAN(""));
    }
}

static void see(struct source_times *times, const char *said)
{
    struct span name;
    int64_t watermark_us;
    bool idle;
    while (next_word(&said, &name, &watermark_us, &idle)) {
        source_times_see(times, name, watermark_us, idle);
    }
}

static void test_source_times_tell__what_is_not_in_the_log(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *before; /* seen, and told */
        const char *seen;
        const char *except;
        const char *told;
    } rows[] = {
        {"one source tells its time by its signals", "", "a=5", "", ""},
        {"the existence of all, then their times", "", "a=5 b=?", "", " a=? b=? a=5"},
        {"of the one that is read its existence alone", "", "a=5 b=7", "a", " a=? b=? b=7"},
        {"nothing twice", "a=5 b=7", "", "", ""},
        {"what went on", "a=5 b=7", "a=6 b=7", "", " a=6"},
        {"what went on and is read now", "a=5 b=7", "a=6 b=9", "b", " a=6"},
        {"who is waited for, before anybody's time", "a=5! b=7", "b=9 a=6", "", " a=5 a=6 b=9"},
        {"who is not waited for, last", "a=5 b=7", "a=6! b=9", "", " b=9 a=6!"},
        {"also when it is read now", "a=5 b=7", "a=6! b=9", "a", " b=9 a=6!"},
        {"an idle one that came further unseen", "a=5! b=7", "a=6!", "", " a=6!"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct source_times *times = source_times_new();
        struct buf told = {0};
        see(times, rows[i].before);
        tell(times, "", &told);
        see(times, rows[i].seen);
        tell(times, rows[i].except, &told);
        if (strcmp(told.ptr, rows[i].told) != 0) {
            fail_msg("%s:%s", rows[i].name, told.ptr);
        }
        tell(times, rows[i].except, &told);
        assert_string_equal(told.ptr, "");
        buf_deinit(&told);
        source_times_free(&times);
    }
}

static void test_source_times_replay__the_log_says_what_was_told(void **state)
{
    (void)state;
    struct source_times *times = source_times_new();
    const struct signal log[] = {
        {.kind = SIGNAL_TICK, .source = SPAN("a"), .watermark_us = 5},
        {.kind = SIGNAL_MATCH, .source = SPAN("a"), .watermark_us = 8},
        {.kind = SIGNAL_TICK, .source = SPAN("b"), .watermark_us = 3, .idle = true},
    };
    struct buf told = {0};
    for (size_t i = 0; i < sizeof log / sizeof *log; i++) {
        source_times_replay(times, &log[i]);
    }
    assert_true(source_times_low(times) == 8);
    assert_false(source_times_is_told(times, SPAN("a")));
    assert_true(source_times_is_told(times, SPAN("b")));
    tell(times, "", &told);
    assert_string_equal(told.ptr, " a=8");
    source_times_rest_all(times); /* `a` is read no more */
    see(times, "b=3 c=?");
    tell(times, "", &told);
    assert_string_equal(told.ptr, " b=3 c=? a=8!");
    buf_deinit(&told);
    assert_true(source_times_low(times) == INT64_MIN);
    source_times_free(&times);
}

static uint64_t below(uint64_t *random, uint64_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % bound;
}

/* Whatever is told, and when: once all is told, who heard it alone has come as far as the engine
 * itself, and never further before. */
static void test_source_times_tell__brings_others_as_far(void **state)
{
    (void)state;
    static const char *const names[SOURCES] = {"a", "b", "c", "d"};
    struct source_times *times = source_times_new();
    struct sources *heard = sources_new(false);
    uint64_t random = 7;
    int64_t furthest_us = INT64_MIN;
    int64_t clock[SOURCES] = {0};
    see(times, "a=? b=? c=? d=?");
    for (size_t step = 0; step < STEPS; step++) {
        size_t source = below(&random, SOURCES);
        clock[source] += (int64_t)below(&random, 20);
        source_times_see(times, span_view(names[source]), clock[source], below(&random, 6) == 0);
        int64_t low_us = source_times_low(times);
        if (below(&random, 3)) {
            continue;
        }
        struct signal ticks[TICKS_MAX];
        size_t count = source_times_tell(times, SPAN(""), ticks);
        furthest_us = low_us > furthest_us ? low_us : furthest_us;
        for (size_t i = 0; i < count; i++) {
            sources_hear(heard, sources_intern(heard, ticks[i].source), ticks[i].watermark_us,
                         ticks[i].idle);
            assert_true(sources_low(heard) <= furthest_us);
        }
        assert_true(sources_low(heard) == furthest_us);
    }
    sources_free(&heard);
    source_times_free(&times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources_low__by_what_each_says),
        cmocka_unit_test(test_sources_low__not_before_all_partitions_were_heard_of),
        cmocka_unit_test(test_source_times_tell__what_is_not_in_the_log),
        cmocka_unit_test(test_source_times_replay__the_log_says_what_was_told),
        cmocka_unit_test(test_source_times_tell__brings_others_as_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

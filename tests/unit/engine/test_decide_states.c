/* Rule 9: what a correlation remembers ends where a stretch was evaluated without it, with the ids
 * of its findings; scripted logs, each with the shortest failure that the rule prevents. */
#include "decide_text.h"

#include "model/state_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* Revision 1 has no correlation, 2 has the state 7, 3 the same under another title, 4 has it
 * edited. */
#define LISTS "states r=1\nstates 7 r=2\nstates 7 r=3\nstates 8 r=4\n"
#define X " pairs each state=7 s=a#1"
#define EDITED " pairs each state=8 s=a#1"

static void test_rule_09_a_tick_ends_what_its_stretch_was_evaluated_without(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *log;
        const char *alerts;
    } rows[] = {
        {"of the same revision nothing ends",
         LISTS "0 g 1 o=0" X "\ntick 9 o=3 r=2 s=a#1\n10 g 2 o=4" X, "opened g 1 10..10 v7.0\n"},
        {"a zombie has policy X already; the owner committed 0 to 3 without it: what X would wait "
         "for was never looked at",
         LISTS "0 g 1 o=0" X "\ntick 9 o=3 r=1 s=a#1\n10 g 2 o=4" X, ""},
        {"the state of another source ends as well",
         LISTS "0 g 1 o=0" X "\ntick 9 o=3 r=1 s=b#1\n10 g 2 o=4" X, ""},
        {"its ids end with it: X@1 comes again, and counts",
         LISTS "0 g 1 o=1" X "\ntick 0 o=1 r=1 s=a#1\n0 g 1 o=1" X "\n1 g 2 o=2" X,
         "opened g 1 1..1 v8.0\n"},
        {"rule 6: the tick of the owner before comes late: what it closes is closed already",
         LISTS "tick 0 o=1 r=1 s=a#1\n0 g 1 o=1" X "\ntick 0 o=1 r=1 s=a#1\n1 g 2 o=2" X,
         "opened g 1 1..1 v8.0\n"},
        {"an idle partition still names the revision of its last commit",
         LISTS "tick 0 o=1 r=1 s=b#1\n0 g 1 o=1" X "\ntick 9 o=1 r=1 s=b#1\n1 g 2 o=2" X,
         "opened g 1 1..1 v8.0\n"},
        {"an edited title keeps its state",
         LISTS "0 g 1 o=0" X "\ntick 9 o=3 r=3 s=a#1\n10 g 2 o=4" X, "opened g 1 10..10 v7.0\n"},
        {"what is watched was edited: the old state ends, the new one begins",
         LISTS "0 g 1 o=0" X "\ntick 9 o=3 r=4 s=a#1\n10 g 2 o=4" EDITED "\n11 g 3 o=5" EDITED
               "\n11 g 4 o=6" X,
         "opened g 1 11..11 v8.0\n"},
        {"plain policies keep their ids and episodes, which claim nothing about other changes",
         LISTS "0 g 1 o=5 s=a#1\ntick 1 o=3 r=1 s=a#1\n0 g 1 o=5 s=a#1\n1 g 2 o=6 s=a#1\n"
               "tick 900 o=9 r=1 s=a#1",
         "opened g 1 0..0 v5.0\nresolved g 2 0..1 v8.2\n"},
        {"of a revision that was never listed nothing is known",
         LISTS "0 g 1 o=0" X "\ntick 9 o=3 r=5 s=a#1\n10 g 2 o=4" X, "opened g 1 10..10 v7.0\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        decide_text_check(rows[i].name, DECIDE_REPEATS, rows[i].log, rows[i].alerts);
    }
}

static void test_rule_09_embedded_the_log_says_what_is_in_force(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *log;
        const char *alerts;
    } rows[] = {
        {"in force", "0 g 1" X "\nstates 7 8\n1 g 2" X, "opened g 1 1..1 v3.0\n"},
        {"removed", "0 g 1" X "\nstates 8\n1 g 2" X, ""},
        {"removed and put back: it begins anew, and what it found counts again",
         "0 g 1" X "\nstates\nstates 7\n0 g 1" X "\n1 g 2" X, "opened g 1 1..1 v5.0\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        decide_text_check(rows[i].name, DECIDE_ONCE, rows[i].log, rows[i].alerts);
    }
}

static void note(void *context, const struct decide_dropped *dropped)
{
    buf_printf(context, "%.*s %d %zu\n", SPAN_ARG(dropped->policy_id), dropped->state_id.bytes[0],
               dropped->groups);
}

static void test_decider_take_dropped__says_what_ended(void **state)
{
    (void)state;
    struct decide_text text = decide_text_new(DECIDE_REPEATS);
    struct buf said = {0};
    decide_text_fold(&text, LISTS "0 g 1 o=1" X "\n0 h 2 o=1" X "\n0 g 3 o=1" EDITED);
    decider_take_dropped(text.decider, note, &said);
    assert_int_equal(said.len, 0);
    decide_text_fold(&text, "tick 1 o=1 r=1 s=a#1");
    assert_int_equal(decider_group_count(text.decider), 0);
    assert_int_equal(decider_finding_count(text.decider), 0);
    decider_take_dropped(text.decider, note, &said);
    assert_true(span_equals(buf_view(&said), SPAN("p 8 1\np 7 2\n")));
    decider_take_dropped(text.decider, note, &said);
    assert_true(span_equals(buf_view(&said), SPAN("p 8 1\np 7 2\n")));
    buf_deinit(&said);
    decide_text_free(&text);
}

/* The revision that was not named for longest is forgotten, not the one that is in use. */
static void test_revisions__beyond_the_bound(void **state)
{
    (void)state;
    struct decide_text text = decide_text_new(DECIDE_REPEATS);
    decide_text_fold(&text, "states r=1\nstates r=2\n");
    for (int i = 3; i <= 65; i++) {
        char line[64];
        decide_text_fold(&text, "tick 0 o=0 r=1 s=b#1");
        (void)snprintf(line, sizeof line, "states 7 r=%d", i);
        decide_text_fold(&text, line);
    }
    decide_text_fold(&text, "0 g 1 o=9" X "\ntick 1 o=1 r=2 s=a#1");
    assert_int_equal(decider_group_count(text.decider), 1);
    decide_text_fold(&text, "tick 1 o=2 r=1 s=a#1");
    assert_int_equal(decider_group_count(text.decider), 0);
    decide_text_free(&text);
}

static void test_state_list__round_trip(void **state)
{
    struct arena *arena = arena_new(0);
    struct digest states[] = {{{9}}, {{2}}, {{9}}, {{1, 1}}};
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    struct state_list read;
    size_t count = state_list_sort(states, 4);
    (void)state;
    assert_int_equal(count, 3);
    state_list_write((struct state_list){states, count}, &writer);
    assert_string_equal(text.ptr, "{\"states\":[\"01010000000000000000000000000000\","
                                  "\"02000000000000000000000000000000\","
                                  "\"09000000000000000000000000000000\"]}");
    assert_int_equal(state_list_read(buf_view(&text), arena, &read), STATUS_OK);
    assert_int_equal(read.count, 3);
    assert_true(state_list_has(read, &states[1]));
    assert_false(state_list_has(read, &(struct digest){{3}}));
    buf_deinit(&text);
    arena_free(&arena);
}

static void test_state_list_read__nothing_else(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "{}", "[]", "{\"states\":{}}", "{\"states\":[1]}", "{\"states\":[\"01\"]}",
        "{\"states\":[]} ", "{\"other\":[]}", "{\"states\":[],\"states\":[]}",
        "{\"states\":[\"02000000000000000000000000000000\",\"01000000000000000000000000000000\"]}",
        "{\"states\":[\"02000000000000000000000000000000\",\"02000000000000000000000000000000\"]}",
        "{\"states\":[\"0A000000000000000000000000000000\"]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena *arena = arena_new(0);
        struct state_list read;
        assert_int_equal(state_list_read(span_view(texts[i]), arena, &read), STATUS_INVALID);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_09_a_tick_ends_what_its_stretch_was_evaluated_without),
        cmocka_unit_test(test_rule_09_embedded_the_log_says_what_is_in_force),
        cmocka_unit_test(test_decider_take_dropped__says_what_ended),
        cmocka_unit_test(test_revisions__beyond_the_bound),
        cmocka_unit_test(test_state_list__round_trip),
        cmocka_unit_test(test_state_list_read__nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* updates.c: has signals change what is remembered of groups, under valgrind's callgrind: see
 * test_updates.py. usage: updates CASE...
 *
 * Each case is a measurement of its own: GROUPS groups have been there for a while, and one signal
 * after the other, SIGNALS of them, comes to one of these. Output: the number of signals. */
#include "engine/decide/decide.h"

#include "base/check.h"

#include <stdio.h>
#include <valgrind/callgrind.h>

enum { GROUPS = 200, SIGNALS = 2000, FILLED = 10 * GROUPS, KEY_SIZE = 16 };

#define LASTING "\"timespan_us\":360000000000,\"lateness_us\":0"

struct bounds_case {
    const char *name;
    const char *rule;
    bool values;  /* digests, of which a group has met all before */
    bool numbers;
    bool folded;  /* all that a decider does, not the update alone */
};

static const struct bounds_case cases[] = {
    {"event_count", "{\"type\":\"event_count\"," LASTING ",\"condition\":{\"gte\":1000000}}",
     false, false, false},
    {"event_count that goes",
     "{\"type\":\"event_count\",\"timespan_us\":2000000,\"lateness_us\":0,"
     "\"condition\":{\"gte\":1000000}}", false, false, false},
    {"value_count", "{\"type\":\"value_count\"," LASTING ",\"condition\":{\"gte\":500}}",
     true, false, false},
    {"value_sum", "{\"type\":\"value_sum\"," LASTING ",\"condition\":{\"gte\":1000000}}",
     false, true, false},
    {"new_terms", "{\"type\":\"new_terms\"," LASTING ",\"learning_us\":0,\"condition\":{}}",
     true, false, false},
    {"event_count, folded",
     "{\"type\":\"event_count\"," LASTING ",\"condition\":{\"gte\":1000000}}",
     false, false, true},
    {"event_count that joins, folded",
     "{\"type\":\"event_count\"," LASTING ",\"condition\":{\"gte\":1}}", false, false, true},
};

struct world {
    const struct bounds_case *chosen;
    struct correlations *correlations;
    struct decider *decider;
    struct arena *arena;
    struct signal signals[SIGNALS + DECIDE_AHEAD];
    char keys[GROUPS][KEY_SIZE];
    char values[GROUPS][DIGEST_HEX_LENGTH + 3];
};

/* The signals of each group take turns; its values too, which come again after ten of them. */
static void make_signal(struct world *world, struct signal *signal, uint64_t number)
{
    int length = snprintf(world->keys[number % GROUPS], KEY_SIZE, "[\"group-%d\"]",
                          (int)(number % GROUPS));
    char *value = world->values[number / GROUPS % 10];
    snprintf(value, DIGEST_HEX_LENGTH + 3, "\"%032llx\"",
             (unsigned long long)(number / GROUPS % 10 + 1) * 0x9E3779B97F4A7C15u);
    *signal = (struct signal){
        .sequence = number + 1,
        .offset = number + 1,
        .policy_id = SPAN("policy"),
        .severity = SPAN("high"),
        .source = SPAN("changes/0#id"),
        .body = SPAN("{}"),
        .event_time_us = (int64_t)number * 1000,
        .watermark_us = (int64_t)number * 1000,
        .horizon_us = 2000000,
        .episode_us = INT64_C(360000000000),
        .group_key = span_of(world->keys[number % GROUPS], (size_t)length),
        .correlation = span_view(world->chosen->rule),
        .value = world->chosen->values    ? span_of(value, DIGEST_HEX_LENGTH + 2)
                 : world->chosen->numbers ? SPAN("12.5")
                                          : span_of(NULL, 0),
    };
    uint64_t id = (number + 1) * UINT64_C(0x9E3779B97F4A7C15); /* ids are hashes */
    id = (id ^ id >> 32) * UINT64_C(0xBF58476D1CE4E5B9);
    id ^= id >> 29;
    memcpy(signal->finding.bytes, &id, sizeof id);
}

static void fold(struct world *world, const struct signal *signals, size_t count)
{
    struct alert_list alerts = {0};
    for (size_t i = 0; i < count; i++) {
        decider_foresee(world->decider, &signals[i + DECIDE_AHEAD]);
        (void)decider_fold(world->decider, &signals[i], world->arena, &alerts);
    }
}

static void update(struct world *world, const struct signal *signals, size_t count)
{
    struct operator_firing firing;
    struct correlate_finding due;
    uint64_t evicted = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t watermark_us = signals[i].watermark_us;
        correlations_foresee(world->correlations, &signals[i + DECIDE_AHEAD]);
        enum correlate_answer answer = correlations_apply(world->correlations, &signals[i], 0,
                                                          watermark_us, &evicted, &firing);
        check(answer == CORRELATE_KEPT || answer == CORRELATE_FIRED);
        while (correlations_next(world->correlations, watermark_us, world->arena, &due)) {
        }
    }
}

static void apply(struct world *world, size_t count)
{
    if (world->chosen->folded) {
        fold(world, world->signals, count);
    } else {
        update(world, world->signals, count);
    }
}

static void measure(const struct bounds_case *chosen)
{
    static struct world world;
    world = (struct world){.chosen = chosen, .arena = arena_new(0),
                           .correlations = correlations_new(CORRELATE_BYTES_MAX),
                           .decider = decider_new(DECIDE_ONCE)};
    for (uint64_t done = 0; done <= FILLED; done += SIGNALS) {
        for (size_t i = 0; i < SIGNALS + DECIDE_AHEAD; i++) {
            make_signal(&world, &world.signals[i], done + i);
        }
        if (done == FILLED) {
            CALLGRIND_START_INSTRUMENTATION;
            CALLGRIND_ZERO_STATS;
        }
        apply(&world, SIGNALS);
        arena_reset(world.arena);
    }
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
    correlations_free(&world.correlations);
    decider_free(&world.decider);
    arena_free(&world.arena);
}

int main(int argc, char **argv)
{
    _Static_assert(FILLED % SIGNALS == 0, "whole rounds");
    for (int i = 1; i < argc; i++) {
        size_t found = 0;
        while (found < sizeof cases / sizeof *cases && strcmp(cases[found].name, argv[i]) != 0) {
            found++;
        }
        check(found < sizeof cases / sizeof *cases);
        measure(&cases[found]);
        printf("%d\n", SIGNALS);
    }
    return 0;
}

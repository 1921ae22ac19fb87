/* case_run.c: turns a test into records, and runs them through an engine of its own: as one batch,
 * unless rows of lookups arrive between them. */
#include "app/case/case_run.h"

#include "app/case/case_record.h"

struct source_batch case_records(const struct policy_test *test, struct arena *arena)
{
    struct source_record *records =
        arena_array(arena, test->event_count + 1, sizeof *records);
    struct buf text = {0};
    for (size_t i = 0; i < test->event_count; i++) {
        buf_clear(&text);
        case_record_write(test, &test->events[i], CASE_START_US, i, &text);
        records[i] = (struct source_record){
            .bytes = arena_copy(arena, buf_view(&text)),
            .offset = i,
            .line = i + 1,
        };
    }
    buf_deinit(&text);
    return (struct source_batch){.records = records, .count = test->event_count};
}

static size_t policy_index(const struct plan *plan, struct span id)
{
    size_t at = 0;
    while (at < plan->policy_count && !span_equals(plan->policies[at].id, id)) {
        at++;
    }
    return at;
}

static bool same_file(const struct plan *plan, const struct policy_test *test, struct span id)
{
    size_t at = policy_index(plan, id);
    return at < plan->policy_count &&
           span_equals(plan_policy_file(plan, (uint32_t)at), plan_policy_file(plan, test->policy));
}

/* Adds the alerts that a batch opened to the result. */
static void take_alerts(const struct plan *plan, const struct policy_test *test,
                        const struct store_batch *batch, struct arena *arena,
                        struct case_result *result)
{
    struct alert *alerts = arena_array(arena, result->count + batch->alert_count + 1,
                                       sizeof *alerts);
    size_t count = result->count;
    if (count) {
        memcpy(alerts, result->alerts, count * sizeof *alerts);
    }
    for (size_t i = 0; i < batch->alert_count; i++) {
        const struct alert *alert = &batch->alerts[i];
        if (alert->status != ALERT_OPENED ||
            !same_file(plan, test, alert->signal.policy_id)) {
            continue;
        }
        alerts[count++] = alert_copy(alert, arena);
    }
    result->alerts = alerts;
    result->count = count;
}

/* A test under way. */
struct running {
    const struct plan *plan;
    const struct policy_test *test;
    struct engine *engine;
    struct engine_source source;
    struct arena *arena;
    struct case_result result;
};

static void take_batch(struct running *run, const struct store_batch *batch)
{
    take_alerts(run->plan, run->test, batch, run->arena, &run->result);
    if (batch->quarantined_count && !run->result.refused.len) {
        run->result.refused = arena_copy(run->arena, batch->quarantined[0].reason);
    }
    run->source.watermark_us = batch->watermark_us;
}

/* Records that come one after the other, without a row between them. */
static void run_records(struct running *run, const struct source_record *records, size_t count)
{
    const struct source_batch some = {.records = records, .count = count};
    struct store_batch batch = {0};
    if (count) {
        engine_run(run->engine, &run->source, &some, &batch);
        take_batch(run, &batch);
    }
}

/* Time goes on up to this: what is held back and due before it is asked without what comes then. */
static void run_time(struct running *run, int64_t until_us)
{
    const struct source_batch nothing = {0};
    struct store_batch batch = {0};
    if (engine_held(run->engine).count && until_us > run->source.watermark_us) {
        run->source.watermark_us = until_us;
        engine_run(run->engine, &run->source, &nothing, &batch);
        take_batch(run, &batch);
    }
}

/* The rows that have arrived by now are in force. */
static void run_arrival(struct running *run, struct plan *plan, int64_t at_us)
{
    struct lookup_set *lookups = NULL;
    if (case_lookups(plan, run->test, at_us, run->arena, &lookups).len == 0) {
        engine_set_plan(run->engine, plan, lookups);
    }
    lookup_set_unref(&lookups);
}

/* How many of the events, from the first on, come before a time. */
static size_t count_before(const struct policy_test *test, size_t first, int64_t at_us)
{
    size_t end = first;
    while (end < test->event_count && test->events[end].at_us < at_us) {
        end++;
    }
    return end - first;
}

/* The events between two arrivals of rows are a batch; last comes the time behind them. */
static void run_events(struct running *run, struct plan *plan)
{
    struct source_batch records = case_records(run->test, run->arena);
    struct store_batch batch = {0};
    int64_t arrival_us = case_next_arrival(plan, run->test, 0);
    size_t done = 0;
    while (arrival_us != INT64_MAX) {
        size_t count = count_before(run->test, done, arrival_us);
        run_records(run, records.records + done, count);
        run_time(run, CASE_START_US + arrival_us - 1);
        run_arrival(run, plan, arrival_us);
        arrival_us = case_next_arrival(plan, run->test, arrival_us);
        done += count;
    }
    run_records(run, records.records + done, records.count - done);
    engine_run_on(run->engine, &run->source, &batch);
    take_alerts(run->plan, run->test, &batch, run->arena, &run->result);
}

struct case_result case_run(struct plan *plan, const struct policy_test *test,
                            struct arena *arena)
{
    struct lookup_set *lookups = NULL;
    struct span problem = case_lookups(plan, test, 0, arena, &lookups);
    if (problem.len) {
        return (struct case_result){.refused = problem};
    }
    const struct engine_options options = {.threads = 1, .clock = clock_system()};
    struct plan *shared = plan_ref(plan);
    struct running run = {
        .plan = plan,
        .test = test,
        .engine = engine_new(&options, shared, lookups),
        .source = {.name = SPAN("test"), .format = RECORD_FORMAT_AUTO, .watermark_us = INT64_MIN},
        .arena = arena,
    };
    run_events(&run, plan);
    engine_free(&run.engine);
    lookup_set_unref(&lookups);
    plan_unref(&shared);
    return run.result;
}

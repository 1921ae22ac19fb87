/* case_run.c: turns a test into rows and records, and runs them as one batch through an engine of
 * its own. */
#include "app/case/case_run.h"

#include "app/case/case_record.h"

/* Rows as a lookup's file would give them: times are texts in a test, and may count from its start.
 * */
static struct span time_cell(struct value *cell, struct arena *arena)
{
    int64_t time_us = 0;
    if (cell->kind != VALUE_STRING) {
        return SPAN("must be a time or an offset such as -1h");
    }
    if (clock_parse_duration(cell->text, &time_us)) {
        *cell = value_timestamp_us(CASE_START_US + time_us);
    } else if (clock_parse(cell->text, &time_us)) {
        *cell = value_timestamp_us(time_us);
    } else {
        return arena_printf(arena, "'%.*s' is neither a time nor an offset such as -1h",
                            SPAN_ARG(cell->text));
    }
    return (struct span){0};
}

static bool holds_time(const struct plan_lookup *lookup, struct span column)
{
    for (size_t i = 0; i < lookup->column_count; i++) {
        if (span_equals(lookup->columns[i].name, column)) {
            return lookup->columns[i].type == PLAN_COLUMN_TIMESTAMP;
        }
    }
    return span_equals(column, lookup->valid_from) || span_equals(column, lookup->valid_to);
}

static struct span read_row(const struct plan_lookup *lookup, const struct value *row,
                            struct arena *arena, struct value *out)
{
    struct value_entry *entries = arena_array(arena, row->map.count + 1, sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < row->map.count; i++) {
        struct value_entry entry = row->map.entries[i];
        if (entry.value.kind == VALUE_NULL) {
            continue;
        }
        struct span problem = holds_time(lookup, entry.key.text)
                                  ? time_cell(&entry.value, arena)
                                  : (struct span){0};
        if (problem.len) {
            return arena_printf(arena, "lookup %.*s, %.*s: %.*s", SPAN_ARG(lookup->id),
                                SPAN_ARG(entry.key.text), SPAN_ARG(problem));
        }
        entries[count++] = entry;
    }
    *out = (struct value){.kind = VALUE_MAP, .map = {entries, count}};
    return (struct span){0};
}

static struct span given_rows(const struct plan_lookup *lookup, const struct value *list,
                              struct arena *arena, struct lookup_rows *out)
{
    struct value *rows = arena_array(arena, list->list.count + 1, sizeof *rows);
    for (size_t i = 0; i < list->list.count; i++) {
        struct span problem = read_row(lookup, &list->list.items[i], arena, &rows[i]);
        if (problem.len) {
            return problem;
        }
    }
    *out = (struct lookup_rows){rows, list->list.count, CASE_START_US};
    return (struct span){0};
}

static struct span file_rows(const struct plan_lookup *lookup, struct arena *arena,
                             struct lookup_rows *out)
{
    struct diag_list diags = diag_list_in(arena);
    if (lookup->topic.len) {
        return arena_printf(arena, "lookup %.*s is not given by the test, and a test reads no "
                            "topic (%.*s)", SPAN_ARG(lookup->id), SPAN_ARG(lookup->topic));
    }
    if (lookup_file_read(lookup, arena, &diags, out) == STATUS_OK) {
        return (struct span){0};
    }
    return arena_printf(arena, "lookup %.*s is not given by the test, and its file cannot be read: "
                        "%.*s (%.*s)", SPAN_ARG(lookup->id),
                        SPAN_ARG(diags.count ? diags.items[0].message : SPAN("unknown")),
                        SPAN_ARG(lookup->path));
}

/* Rows of the test, else of the file. Not empty: what is wrong. */
static struct span rows_of(const struct plan *plan, const struct policy_test *test, size_t index,
                           struct arena *arena, struct lookup_rows *out)
{
    for (size_t i = 0; i < test->lookup_count; i++) {
        if (test->lookups[i].lookup == index) {
            return given_rows(&plan->lookups[index], &test->lookups[i].rows, arena, out);
        }
    }
    return file_rows(&plan->lookups[index], arena, out);
}

struct span case_lookups(const struct plan *plan, const struct policy_test *test,
                         struct arena *arena, struct lookup_set **out)
{
    struct lookup_rows *rows = arena_array(arena, plan->lookup_count + 1, sizeof *rows);
    for (size_t i = 0; i < plan->lookup_count; i++) {
        struct span problem = rows_of(plan, test, i, arena, &rows[i]);
        if (problem.len) {
            return problem;
        }
    }
    *out = lookup_set_from_rows(plan, rows);
    return (struct span){0};
}

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
        struct alert *kept = &alerts[count++];
        *kept = *alert;
        kept->signal.policy_id = arena_copy(arena, alert->signal.policy_id);
        kept->signal.group_key = arena_copy(arena, alert->signal.group_key);
        kept->signal.severity = arena_copy(arena, alert->signal.severity);
        kept->signal.body = arena_copy(arena, alert->signal.body);
    }
    result->alerts = alerts;
    result->count = count;
}

/* The events as one batch, then the time behind them. */
static struct case_result run_events(struct engine *engine, const struct plan *plan,
                                     const struct policy_test *test, struct arena *arena)
{
    struct engine_source source = {
        .name = SPAN("test"),
        .format = RECORD_FORMAT_AUTO,
        .watermark_us = INT64_MIN,
    };
    struct case_result result = {0};
    struct source_batch records = case_records(test, arena);
    struct store_batch batch = {0};
    engine_run(engine, &source, &records, &batch);
    take_alerts(plan, test, &batch, arena, &result);
    if (batch.quarantined_count) {
        result.refused = arena_copy(arena, batch.quarantined[0].reason);
    }
    source.watermark_us = batch.watermark_us;
    engine_run_on(engine, &source, &batch);
    take_alerts(plan, test, &batch, arena, &result);
    return result;
}

struct case_result case_run(struct plan *plan, const struct policy_test *test,
                            struct arena *arena)
{
    struct lookup_set *lookups = NULL;
    struct span problem = case_lookups(plan, test, arena, &lookups);
    if (problem.len) {
        return (struct case_result){.refused = problem};
    }
    const struct engine_options options = {.threads = 1, .clock = clock_system()};
    struct plan *shared = plan_ref(plan);
    struct engine *engine = engine_new(&options, shared, lookups);
    struct case_result result = run_events(engine, plan, test, arena);
    engine_free(&engine);
    lookup_set_unref(&lookups);
    plan_unref(&shared);
    return result;
}

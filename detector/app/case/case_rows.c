/* case_rows.c: rows as a lookup's file would give them: times are texts in a test, and may count
 * from its start. */
#include "app/case/case_rows.h"

#include "base/clock.h"

/* The member of a row that says when it arrives, unless the lookup has a column of that name. */
static const struct span arrives_name = {"arrives", 7};
#define ARRIVES_US_MAX (INT64_C(366) * 86400 * 1000000)

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

/* The member of a row that says when it arrives; NULL: it is there from the start. */
static const struct value *arrival_of(const struct plan_lookup *lookup, const struct value *row)
{
    bool is_column = span_equals(lookup->key, arrives_name) ||
                     span_equals(lookup->valid_from, arrives_name) ||
                     span_equals(lookup->valid_to, arrives_name);
    for (size_t i = 0; i < lookup->column_count; i++) {
        is_column = is_column || span_equals(lookup->columns[i].name, arrives_name);
    }
    return is_column ? NULL : value_map_get(row, arrives_name);
}

/* False: it says no time, or one that no test goes on to. */
static bool read_arrival(const struct plan_lookup *lookup, const struct value *row, int64_t *at_us)
{
    const struct value *said = arrival_of(lookup, row);
    *at_us = 0;
    return !said || (said->kind == VALUE_STRING && clock_parse_duration(said->text, at_us) &&
                     *at_us >= 0 && *at_us <= ARRIVES_US_MAX);
}

static struct span read_row(const struct plan_lookup *lookup, const struct value *row,
                            struct arena *arena, struct value *out)
{
    const struct value *arrives = arrival_of(lookup, row);
    struct value_entry *entries = arena_array(arena, row->map.count + 1, sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < row->map.count; i++) {
        struct value_entry entry = row->map.entries[i];
        if (entry.value.kind == VALUE_NULL || &row->map.entries[i].value == arrives) {
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

/* The same, with when it arrives. */
static struct span read_given(const struct plan_lookup *lookup, const struct value *row,
                              struct arena *arena, struct value *out, int64_t *arrives_us)
{
    if (row->kind != VALUE_MAP) {
        return arena_printf(arena, "lookup %.*s: a row is a map", SPAN_ARG(lookup->id));
    }
    if (!read_arrival(lookup, row, arrives_us)) {
        return arena_printf(arena,
                            "lookup %.*s, arrives: must be an offset from 0s to 366d, such as 5m",
                            SPAN_ARG(lookup->id));
    }
    return read_row(lookup, row, arena, out);
}

static struct span given_rows(const struct plan_lookup *lookup, const struct value *list,
                              int64_t at_us, struct arena *arena, struct lookup_rows *out)
{
    struct value *rows = arena_array(arena, list->list.count + 1, sizeof *rows);
    size_t count = 0;
    int64_t newest_us = 0;
    for (size_t i = 0; i < list->list.count; i++) {
        int64_t arrives_us = 0;
        struct span problem =
            read_given(lookup, &list->list.items[i], arena, &rows[count], &arrives_us);
        if (problem.len) {
            return problem;
        }
        if (arrives_us <= at_us) {
            count++;
            newest_us = arrives_us > newest_us ? arrives_us : newest_us;
        }
    }
    *out = (struct lookup_rows){rows, count, CASE_START_US + newest_us};
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

/* The rows that the test gives to a lookup; NULL: none. */
static const struct value *rows_in(const struct policy_test *test, size_t index)
{
    for (size_t i = 0; i < test->lookup_count; i++) {
        if (test->lookups[i].lookup == index) {
            return &test->lookups[i].rows;
        }
    }
    return NULL;
}

struct span case_lookups(const struct plan *plan, const struct policy_test *test, int64_t at_us,
                         struct arena *arena, struct lookup_set **out)
{
    struct lookup_rows *rows = arena_array(arena, plan->lookup_count + 1, sizeof *rows);
    for (size_t i = 0; i < plan->lookup_count; i++) {
        const struct value *given = rows_in(test, i);
        struct span problem = given ? given_rows(&plan->lookups[i], given, at_us, arena, &rows[i])
                                    : file_rows(&plan->lookups[i], arena, &rows[i]);
        if (problem.len) {
            return problem;
        }
    }
    *out = lookup_set_from_rows(plan, rows);
    return (struct span){0};
}

int64_t case_next_arrival(const struct plan *plan, const struct policy_test *test, int64_t at_us)
{
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < test->lookup_count; i++) {
        const struct plan_lookup *lookup = &plan->lookups[test->lookups[i].lookup];
        const struct value *list = &test->lookups[i].rows;
        for (size_t k = 0; k < list->list.count; k++) {
            int64_t arrives_us = 0;
            bool later = read_arrival(lookup, &list->list.items[k], &arrives_us) &&
                         arrives_us > at_us;
            next_us = later && arrives_us < next_us ? arrives_us : next_us;
        }
    }
    return next_us;
}
